"""Audits a whole log, as anybody can who knows the network's root certificate."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cryptography import x509

from authority.parts import HEAD_FILE
from authority.published import TRUST_LIST_FILE
from authority.records import LOG
from authority.transparency.chronicle import digest_of
from protocol.errors import BindingError, MalformedError, ProtocolError
from protocol.jose.jws import parse_jws
from protocol.registration.certificate import MAX_CERTIFICATE_BYTES, REGISTRATION_TYP
from protocol.transparency import (
    Checkpoint,
    Entry,
    Event,
    LogKey,
    MerkleTree,
    check_consistency,
    leaf_hash,
    parse_entry,
    verify_checkpoint,
)
from protocol.transparency.tiles import CHECKPOINT, WIDTH, bundle_path, read_bundle, spans
from protocol.trust_list.head import verify_trust_list_head
from protocol.trust_list.signed import verify_trust_list
from serving.errors import OperatorError

#: Gives a file of the network by its path below the network's address; raises OperatorError for none.
Read = Callable[[str], bytes]


@dataclass(frozen=True)
class Audit:
    """What was found right: the checkpoint as published, what it says, and every entry, the oldest first."""

    note: str
    checkpoint: Checkpoint
    entries: tuple[Entry, ...]


def verify_log(
    read: Read,
    *,
    anchors: Sequence[x509.Certificate],
    now: int,
    since: str | None = None,
    registrations: Sequence[str] = (),
) -> Audit:
    """Reads every entry and checks, in this order, that

    1. the trust list in force is the network's (`anchors`), its head, by which wallets go, is of this very
       list, and the checkpoint is of the log that it names;
    2. the entries, all of them, have the checkpoint's root: none was changed, left out or put in;
    3. the log only grew since the checkpoint `since` (a signed note), if one is given;
    4. the trust list in force is in the log, and its head in the same entry;
    5. so are the registration certificates (compact JWS) that are given.

    `now` is in Unix seconds. Raises OperatorError with what is wrong.
    """
    try:
        return _verify(read, anchors=anchors, now=now, since=since, registrations=registrations)
    except ProtocolError as error:
        raise OperatorError(f"the log is not right: {error}") from error


def _verify(
    read: Read,
    *,
    anchors: Sequence[x509.Certificate],
    now: int,
    since: str | None,
    registrations: Sequence[str],
) -> Audit:
    published = _published(read, anchors=anchors, now=now)  # 1
    keys = published.log_keys
    note = _text(read(f"{LOG}/{CHECKPOINT}"))
    checkpoint = verify_checkpoint(note, keys=keys)  # 1
    written = [entry for index, width in spans(checkpoint.size) for entry in _bundle(read, index, width)]
    tree = MerkleTree(map(leaf_hash, written))
    if tree.root() != checkpoint.root:  # 2
        raise BindingError("its entries are not those that were signed for", code="log_rewritten")
    if since is not None:  # 3
        _check_grown(verify_checkpoint(since, keys=keys), checkpoint, tree)
    entries = tuple(parse_entry(entry) for entry in written)
    _check_trust_list(published, entries)  # 4
    _check_registrations(registrations, entries)  # 5
    return Audit(note, checkpoint, entries)


@dataclass(frozen=True)
class _Published:
    """A trust list and its head, as they are signed, and whose word counts in its network."""

    trust_list: str
    head: str
    log_keys: Sequence[LogKey]


def _published(read: Read, *, anchors: Sequence[x509.Certificate], now: int) -> _Published:
    signed, signed_head = _text(read(TRUST_LIST_FILE)).strip(), _text(read(HEAD_FILE)).strip()
    head = verify_trust_list_head(signed_head, anchors=anchors, now=now)
    trust_list = verify_trust_list(signed, anchors=anchors, now=now)
    if head.sequence_number > trust_list.sequence_number:  # the next one came out between the two
        signed = _text(read(TRUST_LIST_FILE)).strip()
        trust_list = verify_trust_list(signed, anchors=anchors, now=now)
    if head.list_digest != trust_list.digest:
        raise BindingError("the head that wallets get is of another trust list", code="trust_list_head")
    return _Published(signed, signed_head, trust_list.log_keys)


def _bundle(read: Read, index: int, width: int) -> list[bytes]:
    try:
        return read_bundle(read(f"{LOG}/{bundle_path(index, width)}"), width=width)
    except OperatorError:
        if width == WIDTH:
            raise
    # C2SP tlog-tiles v1: while we read, the log grew, and the full bundle took the place of the partial one
    return read_bundle(read(f"{LOG}/{bundle_path(index, WIDTH)}"), width=WIDTH)[:width]


def _check_grown(before: Checkpoint, now: Checkpoint, tree: MerkleTree) -> None:
    if before.size > now.size:
        raise BindingError("it was longer before", code="log_rewritten")
    check_consistency(before, now, tree.consistency_proof(before.size))


def _check_trust_list(published: _Published, entries: Sequence[Entry]) -> None:
    logged = [one.members() for one in entries if one.event == Event.TRUST_LIST]
    heads = {said.get("sha256"): said.get("head_sha256") for said in logged}
    digest = digest_of(published.trust_list.encode())
    if digest not in heads:
        raise BindingError("the trust list in force is not in it", code="not_logged")
    if heads[digest] != digest_of(published.head.encode()):
        raise BindingError("the head of the trust list in force is not in it", code="not_logged")


def _check_registrations(registrations: Sequence[str], entries: Sequence[Entry]) -> None:
    known = {one.body for one in entries if one.event == Event.REGISTRATION}
    for registration in registrations:
        jws = parse_jws(registration, expected_typ=REGISTRATION_TYP, max_bytes=MAX_CERTIFICATE_BYTES)
        if jws.payload_bytes not in known:
            raise BindingError("a registration is not in it", code="not_logged")


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedError("a file of it is no text", code="bad_note") from None
