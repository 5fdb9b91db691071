"""X.509 certificates of the network (RFC 5280): profiles, verifying a chain, making them."""

from protocol.x509.chain import verify_chain
from protocol.x509.leaf import LeafIdentity
from protocol.x509.parse import parse_certificate
from protocol.x509.profiles import Profile

__all__ = ["LeafIdentity", "Profile", "parse_certificate", "verify_chain"]
