"""Issuing an SD-JWT: claims in, signed JWT with disclosures out (RFC 9901 §4.1, §4.2)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from protocol.jose.jws import create_jws
from protocol.keys import SigningKey
from protocol.sd_jwt.compact import join_compact
from protocol.sd_jwt.conceal import conceal_claims
from protocol.sd_jwt.paths import Path


def create_sd_jwt(
    claims: Mapping[str, Any],
    disclosable: Iterable[Path],
    *,
    signing_key: SigningKey,
    typ: str,
    x5c: Sequence[bytes] = (),
    random: Callable[[int], bytes],
    decoys: int = 0,
) -> str:
    """Signs the claims, those at `disclosable` paths as disclosures; ends with a tilde.

    `random(n)` gives n secret bytes; `decoys` is the number of digests without a claim beside each group of
    digests. Raises LocalError for a path that stands for no claim and for reserved claim names.
    """
    payload, disclosures = conceal_claims(claims, disclosable, random=random, decoys=decoys)
    issuer_jwt = create_jws(payload, signing_key, typ=typ, x5c=x5c)
    return join_compact(issuer_jwt, [disclosure.encoded for disclosure in disclosures])
