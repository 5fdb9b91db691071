"""Example networks."""
