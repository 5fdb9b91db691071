"""Certifies what servers asked for: a step of `pdx authority keep`, which has the keys.

Key, names and standing are looked at again: much may have happened since the request came in, and the office
does not know all of the authority's keys. That a link or a present key stood behind a request only the office
has seen: who can write to its database decides here as with every other decision, and the log shows it. A
process that is killed between certifying and saying so does both again, and the same certificate comes out.
"""

from collections.abc import Mapping

from authority.enrolment import store
from authority.enrolment.store import CertificateRequestRow
from authority.member import Kind, Member, Purpose
from authority.records import Records
from authority.refusal import RefusedError
from authority.usecases.admit_member import Application, admit_member, certify_keys
from protocol.errors import RemoteError
from serving.randomness import Random


def certify_requests(records: Records, *, now: int, random: Random) -> list[str]:
    """Decides every request that waits; gives what was done, in words for the operator."""
    with records.database.reading() as session:
        waiting = store.pending_requests(session)
    return [_decide(records, row, now=now, random=random) for row in waiting]


def _decide(records: Records, row: CertificateRequestRow, *, now: int, random: Random) -> str:
    who = f"{row.kind} {row.member_id}"
    try:
        requests = store.requests_of(row)
        member = _certified(records, row, requests, now=now, random=random)
    except (RefusedError, RemoteError) as refusal:  # what is wrong with the authority itself is not refused
        _say(records, row, store.REFUSED, now=now, reason=str(refusal))
        return f"refused request {row.id} of {who}: {refusal}"
    chains = {one.purpose.value: one.chain for one in member.certificates if one.purpose in requests}
    _say(records, row, store.CERTIFIED, now=now, chains=chains)
    return f"certified {who}"


def _certified(
    records: Records,
    row: CertificateRequestRow,
    requests: Mapping[Purpose, bytes],
    *,
    now: int,
    random: Random,
) -> Member:
    kind = _kind_of(row)
    with records.database.reading() as session:
        admission = store.admission_behind(session, row)
    if admission is None:
        return certify_keys(records, kind, row.member_id, requests, now=now, random=random)
    application = Application(
        kind=kind,
        id=row.member_id,
        name=admission.name,
        url=admission.url,
        requests=requests,
        claim_types=admission.claim_types,
        questions=admission.questions,
        by_request=True,
    )
    return admit_member(records, application, now=now, random=random)


def _kind_of(row: CertificateRequestRow) -> Kind:
    try:
        return Kind(row.kind)
    except ValueError:
        raise RefusedError("the request is for a kind of member that there is not") from None


def _say(
    records: Records,
    row: CertificateRequestRow,
    state: str,
    *,
    now: int,
    reason: str | None = None,
    chains: Mapping[str, str] | None = None,
) -> None:
    with records.database.unit() as session:
        store.decide_request(session, row, state, now=now, reason=reason, chains=chains)
        session.commit()
