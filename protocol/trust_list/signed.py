"""The signed trust list: ETSI TS 119 602 clause 6.8, compact JWS with the signer's chain in x5c.

The specification has it signed as JAdES baseline B, of which this is the part that JOSE has in common.
"""

from collections.abc import Sequence
from typing import Final

from cryptography import x509

from protocol.errors import MalformedError
from protocol.jose.jws import create_jws, parse_jws, verify_jws
from protocol.keys import SigningKey
from protocol.trust_list.document import read_trust_list, write_trust_list
from protocol.trust_list.members import TrustList
from protocol.trust_list.standing import check_current, check_operator, check_successor, payload_digest
from protocol.x509 import Profile, verify_chain

TRUST_LIST_TYP: Final = "lote+jwt"

MAX_TRUST_LIST_BYTES: Final = 16_777_216


def create_trust_list(trust_list: TrustList, key: SigningKey, *, x5c: Sequence[bytes]) -> str:
    """The signed list; the first certificate's organisation must be the list's operator (clause 6.8)."""
    if not trust_list.issued_at < trust_list.next_update:
        raise MalformedError("a trust list must be good for a while", code="invalid_trust_list")
    return create_jws(write_trust_list(trust_list), key, typ=TRUST_LIST_TYP, x5c=x5c)


def verify_trust_list(
    compact: str,
    *,
    anchors: Sequence[x509.Certificate],
    now: int,
    previous: TrustList | None = None,
    kept: bool = False,
) -> TrustList:
    """The list, verified; raises RemoteError. Establishes, in this order, that

    1. it is signed by a certificate that `anchors` vouch for as a trust list signer;
    2. the signer is the operator that the list names (clause 6.8);
    3. it is not from the future, and its next update is not overdue: for one that was `kept` from before, by
       more than the grace that it states;
    4. it is not older than `previous`, and the same number has the same content.
    """
    jws = parse_jws(compact, expected_typ=TRUST_LIST_TYP, max_bytes=MAX_TRUST_LIST_BYTES)
    signer = verify_chain(jws.x5c, anchors=anchors, now=now, expected_profile=Profile.TRUST_LIST)
    trust_list = read_trust_list(verify_jws(jws, signer.public_key), digest=payload_digest(jws))
    check_operator(trust_list, signer)
    check_current(trust_list, now=now, kept=kept)
    if previous is not None:
        check_successor(trust_list, previous)
    return trust_list
