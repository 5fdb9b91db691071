"""What was decided, as one canonical JSON document: written at the office, and anew where the keys are.

Everything that a decision says is in it; `random` keeps anybody from guessing the nonce beforehand.
"""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from authority.people.store import DecisionRow
from authority.proposals.proposal import Decision, Proposal
from protocol.encoding import b64url_encode, json_dumps, json_object
from protocol.errors import ProtocolError

MAX_BYTES: Final = 1 << 18
RANDOM_BYTES: Final = 16
RANDOM: Final = "random"
#: Which revision of a proposal was decided about: told by the office, since later ones take its place.
REVISION: Final = "revision"
Said = Mapping[str, Any]


def said_of_member(row: DecisionRow, *, authority_id: str) -> Said:
    """What a decision about an organisation says."""
    return {
        "kind": "member",
        "authority": authority_id,
        "organisation": row.organisation_id,
        "decision": row.state,
        "reason": row.reason,
        "details_sha256": sha256(row.details.encode()).hexdigest(),
        "person": row.person_id,
        "at": row.decided_at,
    }


def said_of_proposal(proposal: Proposal, decision: Decision, *, authority_id: str) -> Said:
    """What a decision about a proposal says, or about the appeal against one; without the revision."""
    proposed = proposal.document.model_dump(mode="json", by_alias=True, exclude_none=True)
    is_appeal = proposal.appeal is not None and proposal.appeal.decision == decision
    return {
        "kind": "appeal" if is_appeal else "proposal",
        "authority": authority_id,
        "organisation": proposal.organisation_id,
        "proposal": proposal.id,
        "proposed_sha256": sha256(json_dumps(proposed)).hexdigest(),
        "appeal": proposal.appeal.text if is_appeal and proposal.appeal else None,
        "decision": decision.model_dump(mode="json", by_alias=True),
        "at": decision.at,
    }


def subject_of(said: Said) -> str:
    """What is decided about: the same for every decision about it."""
    return f"proposal {said['proposal']}" if "proposal" in said else f"member {said['organisation']}"


def used_for_decision(number: int) -> str:
    """What the document of a decision about an organisation is used for."""
    return f"decision {number}"


def used_for_proposal(proposal: Proposal) -> str:
    """What the document of a proposal's decision that counts is used for."""
    is_appeal = proposal.appeal is not None and proposal.appeal.decision is not None
    return f"{'appeal' if is_appeal else 'proposal'} {proposal.id}"


def write_document(said: Said, *, random: str) -> str:
    """The one way to write it: names in order, nothing between them."""
    whole = {**said, RANDOM: random}
    return json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def says(document: str, said: Said, *, told: Sequence[str] = (RANDOM,)) -> bool:
    """Whether a document says exactly this; `told` are the members that only it knows."""
    try:
        read = json_object(document.encode(), max_bytes=MAX_BYTES)
    except ProtocolError:
        return False
    known = {name: read.get(name) for name in told}
    return write_document({**said, **known}, random=str(known[RANDOM])) == document


def digest_of(document: str) -> str:
    """SHA-256, hexadecimal: by this a document is known in the tables."""
    return sha256(document.encode()).hexdigest()


def nonce_of(document: str) -> str:
    """SHA-256 as base64url: what the provider signs."""
    return b64url_encode(sha256(document.encode()).digest())
