"""The trust list in parts, as it is published beside the whole list: what wallets fetch of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from authority.records import Records, Signer
from protocol.trust_list.head import create_trust_list_head, head_of, verify_trust_list_head
from protocol.trust_list.lookup import PartialTrustList
from protocol.trust_list.members import Member, TrustList
from protocol.trust_list.parts import part_path, write_parts
from serving.errors import OperatorError

HEAD_FILE = "trust-list-head.jwt"


@dataclass(frozen=True)
class Divided:
    """A trust list's signed head, and its parts by digest."""

    head: str
    parts: Mapping[bytes, bytes]

    @property
    def files(self) -> dict[str, bytes]:
        """What is published, relative to the authority's address."""
        parts = {part_path(digest): data for digest, data in self.parts.items()}
        return {HEAD_FILE: self.head.encode(), **parts}


def divide(
    trust_list: TrustList, signer: Signer, *, anchors: Sequence[x509.Certificate], now: int
) -> Divided:
    """The head and the parts of a verified list, verified in turn as a wallet would."""
    tables, parts = write_parts(trust_list)
    head = create_trust_list_head(head_of(trust_list, tables), signer.key, x5c=signer.chain)
    divided = Divided(head, parts)
    check_divided(divided, trust_list, anchors=anchors, now=now)
    return divided


def check_divided(
    divided: Divided, trust_list: TrustList, *, anchors: Sequence[x509.Certificate], now: int
) -> None:
    """Raises OperatorError unless head and parts say the very same as the whole list of everybody in it."""
    head = verify_trust_list_head(divided.head, anchors=anchors, now=now)
    found = PartialTrustList(head, divided.parts.__getitem__)
    same = [_said(one, found.service(one.organisation_id)) for one in trust_list.services.values()]
    for one in trust_list.departments.values():
        same += [_said(one, found.department(one.organisation_id)), _said(one, found.department_at(one.url))]
    for vct, entry in trust_list.claim_types.items():
        same += [found.claim_type(vct) == entry, found.issuers_of(vct) == trust_list.issuers_of(vct)]
    same += [head.list_digest == trust_list.digest, head.revoked_keys == trust_list.revoked_keys]
    same += [head.log_keys == trust_list.log_keys]
    if not all(same):
        raise OperatorError("the parts of the trust list do not say the same as the list")


def _said(one: Member, other: Member | None) -> bool:
    return other is not None and (one.organisation_id, one.name, one.url, one.status) == (
        other.organisation_id,
        other.name,
        other.url,
        other.status,
    )


def still_needed(records: Records, named: Mapping[str, bytes], *, now: int, lifetime: int) -> dict[str, Path]:
    """Published parts that only older lists name; a wallet may hold such a head for `lifetime` seconds."""
    last_named = records.last_named() | dict.fromkeys(named, now)
    last_named = {name: at for name, at in last_named.items() if now - at < lifetime}
    records.save_last_named(last_named)
    older = (name for name in last_named if name not in named)
    return {name: path for name in older if (path := records.public.resolve() / name).is_file()}
