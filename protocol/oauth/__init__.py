"""OAuth building blocks: sender-constrained tokens (RFC 9449)."""
