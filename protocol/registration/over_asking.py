"""Whether a query stays within a registration: ETSI TS 119 475 clause 5.2.4, read strictly.

Each credential query has to fit into one registered entry: two entries for the same type may belong to
different alternatives of the question, and nobody approved their sum. Restrictions on `values` widen nothing,
and a query that asks for no claims asks for the bare credential.
"""

from protocol.dcql.paths import covers
from protocol.dcql.query import CredentialQuery, DcqlQuery
from protocol.errors import OverAskingError
from protocol.registration.certificate import RegisteredCredential, RegistrationCertificate


def check_within_registration(query: DcqlQuery, certificate: RegistrationCertificate) -> None:
    """Raises OverAskingError when `query` asks for anything that `certificate` does not allow."""
    for credential in query.credentials:
        _check(credential, certificate.credentials)


def _check(query: CredentialQuery, registered: tuple[RegisteredCredential, ...]) -> None:
    if not query.vct_values:  # a format we do not know, or no restriction to a type at all
        raise OverAskingError("the service asks for an unregistered kind of claim", code="unregistered_type")
    for vct in query.vct_values:
        entries = [one for one in registered if one.format == query.format and vct in one.vct_values]
        if not entries:
            raise OverAskingError("the service asks for an unregistered claim", code="unregistered_type")
        if not any(_covered(query, one) for one in entries):
            raise OverAskingError("the service asks for unregistered details", code="unregistered_claim")


def _covered(query: CredentialQuery, entry: RegisteredCredential) -> bool:
    return all(any(covers(path, claim.path) for path in entry.paths) for claim in query.claims)
