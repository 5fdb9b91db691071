"""What whoever has the keys does before it does a decision.

In each round the ID tokens that came are verified and deleted (`verify_decisions`); what was verified is kept
where the office can't write. Then each decision has to find a verified document that says exactly the same,
and uses it up (`check_confirmed`): a document is good for one row, and in the order of the decisions.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from sqlmodel import Session

from authority.confirmation import store
from authority.confirmation.document import (
    MAX_BYTES,
    RANDOM,
    REVISION,
    Said,
    digest_of,
    nonce_of,
    said_of_member,
    said_of_proposal,
    says,
    subject_of,
    used_for_decision,
    used_for_proposal,
)
from authority.confirmation.provider_keys import ProviderAwayError
from authority.confirmation.store import Confirmation
from authority.confirmation.verify_id_token import NotConfirmedError, UnknownKeyError, verify_id_token
from authority.people.store import DecisionRow
from authority.proposals.proposal import Proposal
from authority.records import Records
from authority.settings import DAY, ReviewerSettings
from protocol.encoding import json_object
from protocol.errors import ProtocolError
from serving.randomness import Random

KEPT_SECONDS: Final = 7 * DAY  # a token that could not be verified for so long says who somebody is to nobody
FUTURE: Final = 300  # seconds by which the office's clock may be ahead


def verify_decisions(records: Records, *, now: int, random: Random) -> list[str]:  # noqa: ARG001
    """Verifies the ID tokens that came; gives what is wrong with one, once, in words for the operator."""
    reviewers = records.settings().reviewers
    if reviewers is None:
        return []
    with records.database.reading() as session:
        waiting = store.to_verify(session)
    return list(_looked_at(records, reviewers, waiting, now))


def check_confirmed(
    session: Session, said: Said, *, used_for: str, told: tuple[str, ...] = (RANDOM,)
) -> None:
    """Uses the document up that says this; raises NotConfirmedError. The caller commits.

    Doing it twice for the same row changes nothing.
    """
    subject = subject_of(said)
    documents = [one for one in store.documents_about(session, subject) if says(one, said, told=told)]
    digests = [digest_of(one) for one in documents]
    verified = [one for one in (store.find_verified(session, digest) for digest in digests) if one]
    if not verified:
        raise NotConfirmedError("not confirmed: no reviewer signed in for exactly this")
    mine = next((one for one in verified if one.used_for in {None, used_for}), None)
    if mine is None:
        raise NotConfirmedError("not confirmed: what a reviewer signed in for was used before")
    if mine.decided_at < store.newest_used(session, subject, but=used_for):
        raise NotConfirmedError("not confirmed: something was decided since then")
    if not store.use_verified(session, mine.digest, used_for):
        raise NotConfirmedError("not confirmed: what a reviewer signed in for was used before")


def check_member_decision(records: Records, row: DecisionRow) -> None:
    """Raises NotConfirmedError for a decision about an organisation that no reviewer signed in for."""
    settings = records.settings()
    if settings.reviewers is None:
        return
    said = said_of_member(row, authority_id=settings.id)
    with records.database.unit() as session:
        check_confirmed(session, said, used_for=used_for_decision(row.id or 0))
        session.commit()


def check_proposal_decision(records: Records, proposal: Proposal) -> None:
    """Raises NotConfirmedError for an approval that no reviewer signed in for, and tells the office."""
    settings, decision = records.settings(), proposal.final
    if settings.reviewers is None or decision is None:
        return
    said = said_of_proposal(proposal, decision, authority_id=settings.id)
    with records.database.unit() as session:
        problem = ""
        try:
            check_confirmed(session, said, used_for=used_for_proposal(proposal), told=(RANDOM, REVISION))
        except NotConfirmedError as error:
            problem = str(error)
        store.note_not_confirmed(session, proposal.id, problem)
        session.commit()
    if problem:
        raise NotConfirmedError(problem)


def _looked_at(
    records: Records, reviewers: ReviewerSettings, waiting: Sequence[Confirmation], now: int
) -> Iterator[str]:
    for row in waiting:
        problem = ""
        try:
            subject, decided_at = _verified(records, reviewers, row, now)
        except (NotConfirmedError, ProviderAwayError) as error:
            problem = str(error)
        with records.database.unit() as session:
            if problem:
                is_over = row.kept_at + KEPT_SECONDS <= now
                store.note_looked_at(session, row.digest, problem=problem, is_over=is_over)
            else:
                store.note_verified(session, row.digest, subject, decided_at=decided_at)
            session.commit()
        if problem and problem != row.problem:
            yield f"failed: {row.subject}: not confirmed: {problem}"


def _verified(records: Records, reviewers: ReviewerSettings, row: Confirmation, now: int) -> tuple[str, int]:
    """What the document is about and when it was decided; raises NotConfirmedError, ProviderAwayError."""
    if row.digest != digest_of(row.document):
        raise NotConfirmedError("the document is another one")
    try:
        read = json_object(row.document.encode(), max_bytes=MAX_BYTES)
        subject, decided_at = subject_of(read), read["at"]
    except (ProtocolError, KeyError):
        raise NotConfirmedError("the document can't be read") from None
    if type(decided_at) is not int or decided_at > now + FUTURE:
        raise NotConfirmedError("it was decided in the future")
    nonce, token = nonce_of(row.document), row.id_token or ""
    keys = records.provider_keys.get(reviewers, now=now)
    try:
        verify_id_token(token, keys, reviewers, expected_nonce=nonce, decided_at=decided_at)
    except UnknownKeyError:  # the provider has changed its keys since
        keys = records.provider_keys.get(reviewers, now=now, anew=True)
        verify_id_token(token, keys, reviewers, expected_nonce=nonce, decided_at=decided_at)
    return subject, decided_at
