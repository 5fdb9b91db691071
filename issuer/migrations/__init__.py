"""Alembic scripts of the issuer's tables."""
