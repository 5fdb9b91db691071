"""What a certificate's key may sign: one extended key usage a certificate (RFC 5280 §4.2.1.12).

The usages are our own, below one UUID arc (ITU-T X.667). The Token Status List draft's
`id-kp-oauthStatusSigning` has no number yet, so status signing has one of ours as well.
"""

import re
from enum import Enum
from typing import Final

from cryptography.x509 import ObjectIdentifier

_ARC: Final = "2.25.175425659894453672716734809639501858223"

# organizationIdentifier (ITU-T X.520 §6.4.4), carried in the subject after ETSI EN 319 412-1 §5.1.4.
ORGANISATION_ID: Final = ObjectIdentifier("2.5.4.97")
# Our own form of it: scheme "PDX", country "GB", then a name that is fit for URLs and files.
MEMBER_ID: Final = re.compile(r"PDXGB-[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


class Profile(Enum):
    """The one purpose of a leaf certificate; the value is its extended key usage."""

    CLAIM_SIGNING = ObjectIdentifier(f"{_ARC}.1")
    STATUS_SIGNING = ObjectIdentifier(f"{_ARC}.2")
    REQUEST_SIGNING = ObjectIdentifier(f"{_ARC}.3")
    REGISTRAR = ObjectIdentifier(f"{_ARC}.4")
    TRUST_LIST = ObjectIdentifier(f"{_ARC}.5")
    WALLET_ATTESTATION = ObjectIdentifier(f"{_ARC}.6")
