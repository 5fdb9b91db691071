"""JOSE: signatures (RFC 7515) and encryption (RFC 7516) with the few algorithms that we use (RFC 7518)."""
