"""A service with two tables, as small as one can be."""
