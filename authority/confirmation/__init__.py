"""A reviewer's decision is bound to a sign-in: the ID token's nonce is the digest of what was decided.

The office writes the decision down as one document, sends the reviewer to the provider with its digest as
nonce, and keeps the ID token that comes back (the idea is OpenPubkey's). Whoever has the keys verifies the
token and the document before anything is done, so that writing to the office's database decides nothing.
"""
