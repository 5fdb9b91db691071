"""The pages on which organisations and people do their part."""
