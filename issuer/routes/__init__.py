"""The issuer's addresses: each parses a request, runs one use case, renders the answer."""
