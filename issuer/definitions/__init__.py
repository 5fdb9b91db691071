"""Claim definitions: what a department vouches for, in files that a person reads and a program checks."""
