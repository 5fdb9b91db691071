"""Claim types and questions before they are registered: proposed, checked, decided, adopted."""
