"""A department's own registers, read and never written."""
