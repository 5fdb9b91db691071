"""Enrolling a member's server and renewing its certificates: every message, made and read by both sides.

The shape is EST's (RFC 7030): PKCS #10 requests (RFC 2986) bound to the very exchange they are made for. It
is not EST itself, because EST authenticates the first time by TLS and answers with certificates at once: here
the first time rests on a link that an organisation was given, and certificates are made elsewhere, by whoever
has the keys.
"""
