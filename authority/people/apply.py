"""What an organisation does itself: writes its application, signs, answers, sends it, leaves."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlmodel import Session, select

from authority.actors import Actor, Role, check_role
from authority.member import MemberName
from authority.office.deps import Deps
from authority.people.agreements import AGREEMENT_VERSION, CHECKLIST, CHECKLIST_VERSION, agreement_in_force
from authority.people.details import Details
from authority.people.sessions import SignedIn
from authority.people.standing import standing_of
from authority.people.states import EDITABLE, MEMBERS, State
from authority.people.store import (
    Checklist,
    DecisionRow,
    Organisation,
    Signature,
    add_decision,
    add_organisation,
    add_roles,
    change_organisation,
    count_drafts,
    forget_change,
    purge_drafts,
    replace_row,
)
from authority.store import MemberRow, members_of
from serving.errors import ApiError
from serving.settings import LOCAL_HOSTS

MAX_WHY = 500
MAX_DRAFTS = 3  # short names are few, and each draft holds one
DRAFT_SECONDS = 30 * 86_400


@dataclass(frozen=True, slots=True)
class Application:
    """An organisation as it stands, and how far its application is."""

    details: Details
    state: State
    signature: Signature | None
    checklist: Checklist | None

    @property
    def is_signed(self) -> bool:
        return self.signature is not None

    @property
    def is_answered(self) -> bool:
        return self.checklist is not None and self.checklist.version == CHECKLIST_VERSION

    @property
    def is_complete(self) -> bool:
        """Whether the agreement in force is signed and the checklist of today answered."""
        return self.is_signed and self.is_answered

    @property
    def answers(self) -> Mapping[str, str]:
        """Statement by statement: empty for yes, or why not."""
        return dict(json.loads(self.checklist.answers)) if self.checklist else {}


@dataclass(frozen=True, slots=True)
class Listed:
    """An organisation with its name and standing, if it has any."""

    id: str
    name: MemberName | None
    state: State | None


def read_application(session: Session, organisation_id: str) -> Application:
    """Raises ApiError 404 where nobody applied under this id."""
    found = find_application(session, organisation_id)
    if found is None:
        raise ApiError(404, "not_found", "there is no such organisation")
    return found


def find_application(session: Session, organisation_id: str) -> Application | None:
    """An organisation that applied or wants to."""
    row = session.get(Organisation, organisation_id)
    if row is None:
        return None
    return Application(
        details=Details.model_validate_json(row.details),
        state=State(row.state),
        signature=session.get(Signature, (organisation_id, AGREEMENT_VERSION)),
        checklist=session.get(Checklist, organisation_id),
    )


def find_listed(session: Session, organisation_id: str) -> Listed:
    """An organisation in a list, whether it applied here, was admitted elsewhere or is none at all."""
    application = find_application(session, organisation_id)
    if application is not None:
        return Listed(organisation_id, application.details.name, application.state)
    members = members_of(session, organisation_id)
    if not members:
        return Listed(organisation_id, None, None)
    return Listed(organisation_id, members[0].name, standing_of(session, organisation_id))


def start_application(deps: Deps, person: SignedIn, details: Details) -> None:
    """Whoever begins an application becomes the organisation's owner.

    Raises ApiError 409 for a taken id, or for whoever has begun too many that are not sent.
    """
    check_addresses(deps, details)
    now = deps.clock.now()
    row = Organisation(id=details.id, state=State.DRAFT, details=details.model_dump_json(), changed_at=now)
    with deps.database.unit() as session:
        purge_drafts(session, before=now - DRAFT_SECONDS)
        if count_drafts(session, person.id) >= MAX_DRAFTS:
            raise ApiError(409, "conflict", page="too_many_drafts")
        is_taken = details.id == deps.settings.authority or _is_member(session, details.id)
        if is_taken or not add_organisation(session, row):
            raise ApiError(409, "conflict", page="id_taken")
        add_roles(session, person.id, details.id, {Role.OWNER})
        session.commit()
    deps.log.info("application_started", organisation=details.id, person=person.id)


def change_details(deps: Deps, actor: Actor, details: Details) -> None:
    """Raises NotAllowedError, or ApiError 409 once the application was sent."""
    check_role(actor, Role.OWNER, organisation_id=details.id)
    check_addresses(deps, details)
    with deps.database.unit() as session:
        values = {"details": details.model_dump_json(), "changed_at": deps.clock.now()}
        _change(session, actor.organisation_id, *EDITABLE, **values)
        session.commit()


def sign_agreement(deps: Deps, actor: Actor, language: str, *, expected_sha256: str) -> None:
    """Keeps who signed which text; raises ApiError 409 if it is not the text that was read."""
    check_role(actor, Role.OWNER, organisation_id=actor.organisation_id)
    agreement = agreement_in_force(language)
    if agreement.sha256 != expected_sha256:
        raise ApiError(409, "conflict", page="other_agreement")
    row = Signature(
        organisation_id=actor.organisation_id,
        version=agreement.version,
        language=language,
        sha256=agreement.sha256,
        person_id=actor.person_id,
        signed_at=deps.clock.now(),
    )
    with deps.database.unit() as session:
        # a draft that somebody signs is in use, and does not end in this very moment
        states = [state.value for state in EDITABLE]
        change_organisation(session, actor.organisation_id, expected=states, changed_at=row.signed_at)
        read_application(session, actor.organisation_id)
        if session.get(Signature, (row.organisation_id, row.version)) is None:  # the first one stands
            session.add(row)
        session.commit()
    deps.log.info("agreement_signed", organisation=actor.organisation_id, version=agreement.version)


def answer_checklist(deps: Deps, actor: Actor, answers: Mapping[str, str]) -> None:
    """Keeps the answers: a statement's is empty for yes, else why not. Raises ApiError 422, 409."""
    check_role(actor, Role.OWNER, Role.TECHNICAL, organisation_id=actor.organisation_id)
    if set(answers) != set(CHECKLIST) or any(len(why) > MAX_WHY for why in answers.values()):
        raise ApiError(422, "invalid_request", "every statement needs an answer")
    now = deps.clock.now()
    with deps.database.unit() as session:
        # a member answers a newer list, too; what a reviewer is reading stays as it is
        _change(session, actor.organisation_id, *EDITABLE, *MEMBERS, changed_at=now)
        row = Checklist(
            organisation_id=actor.organisation_id,
            version=CHECKLIST_VERSION,
            answers=json.dumps(dict(answers)),
            person_id=actor.person_id,
            answered_at=now,
        )
        replace_row(session, row)
        session.commit()


def submit_application(deps: Deps, actor: Actor) -> None:
    """Sends a complete application to the reviewers; raises ApiError 409."""
    check_role(actor, Role.OWNER, organisation_id=actor.organisation_id)
    with deps.database.unit() as session:
        _change(session, actor.organisation_id, *EDITABLE, state=State.APPLIED, changed_at=deps.clock.now())
        if not read_application(session, actor.organisation_id).is_complete:
            raise ApiError(409, "conflict", page="not_complete")
        session.commit()
    deps.log.info("application_sent", organisation=actor.organisation_id, person=actor.person_id)


def leave_network(deps: Deps, actor: Actor, reason: str) -> None:
    """Takes a member out by its own decision; raises NotAllowedError, ApiError 409."""
    check_role(actor, Role.OWNER, organisation_id=actor.organisation_id)
    now = deps.clock.now()
    with deps.database.unit() as session:
        _change(session, actor.organisation_id, *MEMBERS, state=State.LEFT, changed_at=now)
        forget_change(session, actor.organisation_id)
        application = read_application(session, actor.organisation_id)
        row = DecisionRow(
            organisation_id=actor.organisation_id,
            state=State.LEFT,
            reason=reason,
            details=application.details.model_dump_json(),
            person_id=actor.person_id,
            decided_at=now,
        )
        add_decision(session, row)
        session.commit()
    deps.log.info("member_left", organisation=actor.organisation_id, person=actor.person_id)


def _change(session: Session, organisation_id: str, *expected: State, **values: object) -> None:
    states = [state.value for state in expected]
    if not change_organisation(session, organisation_id, expected=states, **values):
        raise ApiError(409, "conflict", page="decided")


def _is_member(session: Session, organisation_id: str) -> bool:
    """Also by the command line, without ever having been at the office."""
    return session.exec(select(MemberRow.id).where(MemberRow.id == organisation_id)).first() is not None


def check_addresses(deps: Deps, details: Details) -> None:
    """Raises ApiError 422 for an address that is not https."""
    for url in details.addresses.values():
        is_local = deps.settings.demo and urlsplit(url).hostname in LOCAL_HOSTS
        if not url.startswith("https://") and not is_local:
            raise ApiError(422, "invalid_request", page="no_https")
