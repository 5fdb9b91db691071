"""OpenID for Verifiable Presentations 1.0 as HAIP 1.0 profiles it, one file a message."""
