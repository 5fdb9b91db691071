"""A wallet's view of a credential it holds: what it says and what can be shown one by one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from protocol.keys import PublicKey
from protocol.sd_jwt.disclosure import Disclosure
from protocol.sd_jwt.parse import parse_sd_jwt
from protocol.sd_jwt.paths import Path
from protocol.sd_jwt.process import ProcessedPayload, process_payload
from protocol.sd_jwt_vc.claims import check_always_open, read_integrity, read_vct
from protocol.sd_jwt_vc.create import SD_JWT_VC_TYP
from protocol.sd_jwt_vc.holder_key import read_holder_key
from protocol.status_list.reference import StatusReference, parse_status_claim


@dataclass(frozen=True, slots=True)
class UnverifiedSdJwtVc:
    """A credential taken apart, with all its disclosures in place; no signature has been checked.

    `disclosures` says at which concrete path of `claims` each disclosure stands; `x5c` is DER, leaf first.
    """

    vct: str
    claims: Mapping[str, Any]
    disclosures: Mapping[Path, Disclosure]
    x5c: tuple[bytes, ...]
    holder_key: PublicKey | None
    status: StatusReference | None
    integrity: str | None
    payload: ProcessedPayload


def parse_sd_jwt_vc(compact: str) -> UnverifiedSdJwtVc:
    """Takes a credential apart, with or without key binding; raises MalformedError."""
    sd_jwt = parse_sd_jwt(compact, expected_typ=SD_JWT_VC_TYP)
    payload = process_payload(sd_jwt.unverified_payload, sd_jwt.disclosures)
    check_always_open(payload.disclosed)
    return UnverifiedSdJwtVc(
        vct=read_vct(payload.claims),
        claims=payload.claims,
        disclosures=payload.disclosed,
        x5c=sd_jwt.jws.x5c,
        holder_key=read_holder_key(payload.claims),
        status=parse_status_claim(payload.claims),
        integrity=read_integrity(payload.claims),
        payload=payload,
    )
