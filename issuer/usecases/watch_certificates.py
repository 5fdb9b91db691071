"""Certificates that run out: said in good time, since nothing else would show it until it is too late."""

from issuer.definitions.load import ClaimTypes
from issuer.deps import CLAIM_KEY, STATUS_KEY, Deps, Signer

DAY = 86_400
MARGIN_DAYS = 14  # for the authority, and for whoever installs what it sends


class CertificateEnded(Exception):
    """One of the department's certificates has run out: what it signs now nobody may take.

    The text is safe for anybody; `name` says which key's it is.
    """

    def __init__(self, name: str) -> None:
        super().__init__("this department can't issue claims at the moment")
        self.name = name


def check_certificates(deps: Deps) -> None:
    """Raises CertificateEnded when a claim would be over at once, or no status list could speak for it."""
    for name, signer in _signers(deps):
        if signer.ends_at <= deps.clock.now():
            raise CertificateEnded(name)


def days_left(signer: Signer, *, now: int) -> int:
    """How many whole days a key's certificates are still good for; below 0 when they have run out."""
    return (signer.ends_at - now) // DAY


def days_needed(claim_types: ClaimTypes, name: str) -> int:
    """With fewer days left new certificates are due: no claim should end early for want of them."""
    longest = max(one.definition.validity.days for one in claim_types.values())
    return MARGIN_DAYS + (longest if name == CLAIM_KEY else 0)


def watch_certificates(deps: Deps) -> None:
    """Notes each certificate of which too little is left: a warning at first, an error in the last days."""
    for name, signer in _signers(deps):
        days = days_left(signer, now=deps.clock.now())
        if days < MARGIN_DAYS:
            deps.log.error("certificate_ends", kind=name, count=days)
        elif days < days_needed(deps.claim_types, name):
            deps.log.warning("certificate_ends", kind=name, count=days)


def _signers(deps: Deps) -> tuple[tuple[str, Signer], ...]:
    return (CLAIM_KEY, deps.claims_signer.current()), (STATUS_KEY, deps.status_signer.current())
