"""The holder's tables, version by version."""
