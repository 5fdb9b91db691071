"""The authority's work without a person: what was decided is certified, what runs out is renewed, what is new
is published.

It is done by whoever has the keys, apart from the pages on which people decide: the pages hold no key, and a
server that is broken into can't sign.
"""

from collections.abc import Callable, Sequence

from authority.confirmation.verify_decisions import verify_decisions
from authority.enrolment.certify_requests import certify_requests
from authority.published import TRUST_LIST_FILE
from authority.records import LOG, Records
from authority.transparency.log import newest_checkpoint
from authority.usecases.apply_decisions import apply_decisions
from authority.usecases.carry_out_decisions import carry_out_decisions
from authority.usecases.publish_network import publish_network
from authority.usecases.publish_register import is_register_due, publish_register
from authority.usecases.renew_certificates import renew_certificates
from protocol.errors import ProtocolError
from protocol.transparency.tiles import CHECKPOINT
from protocol.trust_list.signed import verify_trust_list
from serving.randomness import Random

# Each does what is due of one kind, and says so in words; doing it twice does nothing the second time.
Step = Callable[..., Sequence[str]]
# Some seconds' work: what is decided meanwhile does not wait for a register of which every page is new.
PIECES_A_ROUND = 2000
STEPS: tuple[Step, ...] = (
    verify_decisions,
    apply_decisions,
    certify_requests,
    renew_certificates,
    carry_out_decisions,
)


def keep_network(records: Records, *, now: int, random: Random, pieces: int = PIECES_A_ROUND) -> list[str]:
    """Does what is due and publishes if anything changed, or half of the trust list's life is over.

    The trust list comes first, then the public register, `pieces` of it in one round. Gives what was
    done, in words for the operator. Raises OperatorError.
    """
    done = [text for step in STEPS for text in step(records, now=now, random=random)]
    if is_publishing_due(records, now):
        done.append(f"trust list {publish_network(records, now=now)}")
    if is_register_due(records):
        left = publish_register(records, now=now, at_most=pieces)
        done += [f"public register but for {left} pieces"] if left else []
    return done


def is_publishing_due(records: Records, now: int) -> bool:
    """Whether the log says more than was published, or the published list is in its second half."""
    if records.published(f"{LOG}/{CHECKPOINT}") != newest_checkpoint(records.directory / LOG):
        return True
    published = records.published(TRUST_LIST_FILE) or b""
    try:
        present = verify_trust_list(published.decode(), anchors=[records.root_certificate()], now=now)
    except ProtocolError:  # it has run out, or was damaged
        return True
    return (present.next_update - now) * 2 < present.next_update - present.issued_at
