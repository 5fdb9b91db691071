"""Revoking what rests on a record: the register changed, or the department made a mistake."""

from collections.abc import Sequence

from issuer.deps import Deps
from issuer.store import revoke_copies
from issuer.usecases.publish_status import publish_status


def revoke_claims(deps: Deps, *, record_key: str, configuration_ids: Sequence[str] | None = None) -> int:
    """Revokes every copy of the claims (all claim types, or some) that rests on a record; gives how many.

    The lists are published at once. Revoking twice revokes nothing more.
    """
    wanted = list(deps.claim_types if configuration_ids is None else configuration_ids)
    with deps.database.unit() as session:
        count = revoke_copies(session, record_key=record_key, configuration_ids=wanted, now=deps.clock.now())
        session.commit()
    deps.log.info("claims_revoked", copies=count)
    publish_status(deps)
    return count
