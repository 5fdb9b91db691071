"""Builds and runs the Blue Badge network on one machine: every party its own process, keys and database."""
