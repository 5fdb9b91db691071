"""Inviting people, taking invitations up, and taking roles away."""

from collections.abc import Collection

from sqlmodel import Session

from authority.actors import Actor, Role, check_role
from authority.office.deps import Deps
from authority.people.email import read_email
from authority.people.sessions import SignedIn
from authority.people.store import (
    ACCEPTED,
    REVOKED,
    Invitation,
    add_roles,
    close_invitation,
    find_invitation,
    lock_owners,
    remove_role,
    revoke_invitations_of,
    roles_of,
)
from serving.errors import ApiError, OperatorError
from serving.randomness import token
from serving.sign_in.sessions import digest

INVITATION_SECONDS = 7 * 86_400
MAX_CODE = 64


class BadInvitationError(OperatorError):
    """An invitation that can't be made; `field` says of what."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


def invite(deps: Deps, actor: Actor, email: str, roles: Collection[Role]) -> str:
    """Gives the code that whoever reads this address takes up; raises NotAllowedError, BadInvitationError."""
    check_role(actor, Role.OWNER, organisation_id=actor.organisation_id)
    return _add(deps, actor.organisation_id, email, roles, by=actor)


def invite_as_operator(deps: Deps, organisation_id: str, email: str, roles: Collection[Role]) -> str:
    """The same by whoever runs the office, from the command line: that is how the first person comes in."""
    return _add(deps, organisation_id, email, roles, by=None)


def read_invitation(deps: Deps, code: str) -> Invitation:
    """What a code stands for; raises ApiError 410 for one that is used, revoked, too old or unknown."""
    with deps.database.reading() as session:
        found = find_invitation(session, code[:MAX_CODE], now=deps.clock.now())
    if found is None:
        raise _gone()
    return found


def accept_invitation(deps: Deps, person: SignedIn, code: str) -> str:
    """Gives the person the roles, once; gives the organisation's id. Raises ApiError 410 or 403."""
    with deps.database.unit() as session:
        found = find_invitation(session, code[:MAX_CODE], now=deps.clock.now())
        if found is None:
            raise _gone()
        if not person.email or person.email != found.email:
            raise ApiError(403, "forbidden", page="other_address")
        # Who invited must still be an owner, in the very moment: this waits for one who is being removed.
        owners = lock_owners(session, found.organisation_id)
        if found.invited_by and found.invited_by not in owners:
            raise _gone()
        if not close_invitation(session, found.id, found.organisation_id, state=ACCEPTED):
            raise _gone()
        add_roles(session, person.id, found.organisation_id, found.role_set)
        session.commit()
    deps.log.info("invitation_accepted", organisation=found.organisation_id, person=person.id)
    return found.organisation_id


def revoke_invitation(deps: Deps, actor: Actor, invitation_id: str) -> None:
    """Raises NotAllowedError, or ApiError 409 where there is nothing to revoke any more."""
    check_role(actor, Role.OWNER, organisation_id=actor.organisation_id)
    with deps.database.unit() as session:
        if not close_invitation(session, invitation_id, actor.organisation_id, state=REVOKED):
            raise ApiError(409, "conflict", "this invitation is not open")
        session.commit()
    deps.log.info("invitation_revoked", organisation=actor.organisation_id, person=actor.person_id)


def take_role(deps: Deps, actor: Actor, person_id: str, role: Role) -> None:
    """Takes a role away; raises NotAllowedError, or ApiError 409 for the last owner or a role not held."""
    check_role(actor, Role.OWNER, organisation_id=actor.organisation_id)
    with deps.database.unit() as session:
        owners = lock_owners(session, actor.organisation_id)
        check_role(  # with the owners held still: two who remove each other are one after the other
            Actor(actor.person_id, actor.organisation_id, _roles(session, actor)),
            Role.OWNER,
            organisation_id=actor.organisation_id,
        )
        if role is Role.OWNER and owners == [person_id]:
            raise ApiError(409, "conflict", page="last_owner")
        if not remove_role(session, person_id, actor.organisation_id, role):
            raise ApiError(409, "conflict", "nobody has this role here")
        if role is Role.OWNER:
            revoke_invitations_of(session, person_id, actor.organisation_id)
        session.commit()
    deps.log.info("role_taken", organisation=actor.organisation_id, person=person_id, kind=role.value)


def _roles(session: Session, actor: Actor) -> frozenset[Role]:
    return roles_of(session, actor.person_id, actor.organisation_id)


def _add(deps: Deps, organisation_id: str, email: str, roles: Collection[Role], *, by: Actor | None) -> str:
    address, code = read_email(email), token(deps.random)
    _check(deps, organisation_id, address, roles)
    row = Invitation(
        id=token(deps.random, 16),
        organisation_id=organisation_id,
        email=address or "",
        roles=" ".join(sorted(role.value for role in roles)),
        code_digest=digest(code),
        invited_by=by.person_id if by else "",
        expires_at=deps.clock.now() + INVITATION_SECONDS,
        state="open",
    )
    with deps.database.unit() as session:
        session.add(row)
        session.commit()
    deps.log.info("person_invited", organisation=organisation_id, person=row.invited_by)
    return code


def _check(deps: Deps, organisation_id: str, address: str | None, roles: Collection[Role]) -> None:
    if address is None:
        raise BadInvitationError("email", "this is no email address")
    if not roles:
        raise BadInvitationError("role", "choose at least one role")
    if Role.REVIEWER in roles and organisation_id != deps.settings.authority:
        raise BadInvitationError("role", "only the authority has reviewers")


def _gone() -> ApiError:
    return ApiError(410, "gone", page="invitation_gone")
