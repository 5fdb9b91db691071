"""Who of those that the provider knows may make offers: asked at sign-in and at every request after it."""

from issuer.deps import Deps


class NotStaff(Exception):
    """The provider knows this person, and the settings don't name them, or not any more."""


def admit_staff(deps: Deps, subject: str) -> None:
    """Raises NotStaff unless the settings name this subject (in a demonstration: anybody)."""
    sign_in = deps.settings.sign_in
    if sign_in is None or (sign_in.staff and subject not in sign_in.staff):
        deps.log.warning("staff_refused", staff=staff_mark(deps, subject))
        raise NotStaff


def staff_mark(deps: Deps, subject: str) -> str:
    """Which member of staff, for the audit: the same mark for the same person, and not who it is."""
    return deps.keystore.mac("audit", subject.encode()).hex()[:16]
