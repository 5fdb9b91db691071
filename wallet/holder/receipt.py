"""What a department sent, looked at before anything of it is kept.

SD-JWT VC draft 13 §3.5 and §6.6 on the holder's side, OpenID4VCI 1.0 §8.3, HAIP 1.0 §6.1. `verify_receipt`
takes a whole batch: one bad copy refuses them all.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from protocol.errors import BindingError, MalformedError, UntrustedError
from protocol.keys import PublicKey
from protocol.sd_jwt_vc import VerifiedSdJwtVc, verify_sd_jwt_vc
from protocol.sd_jwt_vc.type_check import check_against_type
from protocol.sd_jwt_vc.type_metadata import TypeMetadata
from protocol.sd_jwt_vc.verify import IssuerTrust
from protocol.status_list.reference import StatusReference
from wallet.holder.claims import NewClaim, NewCopy
from wallet.holder.keys import HolderKey

# What SD-JWT VC and JWT give a meaning of their own (SD-JWT VC draft 13 §3.2.2, RFC 9901 §4.1); all else says
# something about the citizen.
REGISTERED_CLAIMS = frozenset(
    {"iss", "nbf", "exp", "iat", "cnf", "vct", "vct#integrity", "aka_vcts", "status", "_sd_alg"}
)


def verify_receipt(
    credentials: Sequence[str],
    *,
    keys: Sequence[HolderKey],
    expected_vct: str,
    expected_issuer: str | None,
    issuers: IssuerTrust,
    metadata: TypeMetadata | None,
    expected_integrity: str | None,
    issuer_url: str,
    now: int,
    leeway: int,
) -> NewClaim:
    """The batch as it may be stored; raises RemoteError. It establishes of each copy that

    1. its issuer's chain and signature hold now, for an issuer trusted for this type, and its times are
    right;
    2. it is of the type that was offered, and from the organisation that offered it (`expected_issuer`, an
       organisation identifier; None for a party under an additional anchor);
    3. its type's document is the one it was signed for, and it keeps that type's rules (`metadata` None: the
       catalogue does not know the type of such a party);
    4. it can be revoked: it has a status or at least an end;
    5. it is bound to one of our keys, each to one copy;

    and of the batch that

    6. all copies say the same, and nothing that they must not share (key, salt, status entry) joins them.
    """
    if not credentials:
        raise MalformedError("no credential came", code="invalid_credential_response")
    verified = [verify_sd_jwt_vc(one, issuers=issuers, now=now, leeway=leeway) for one in credentials]  # 1
    for one in verified:
        _check_origin(one, expected_vct=expected_vct, expected_issuer=expected_issuer)  # 2
        _check_type(one, metadata=metadata, expected_integrity=expected_integrity)  # 3
        _check_ends(one)  # 4
    copies = _match_keys(credentials, verified, keys)  # 5
    _check_alike(verified)  # 6
    return NewClaim(
        vct=expected_vct,
        issuer_id=verified[0].issuer.organisation_id,
        issuer_url=issuer_url,
        expires_at=min((one.expires_at for one in verified if one.expires_at is not None), default=None),
        copies=copies,
    )


def attributes_of(claims: Mapping[str, Any]) -> dict[str, Any]:
    """What a credential says about the citizen: its claims without the registered ones."""
    return {name: value for name, value in claims.items() if name not in REGISTERED_CLAIMS}


def _check_origin(one: VerifiedSdJwtVc, *, expected_vct: str, expected_issuer: str | None) -> None:
    if one.vct != expected_vct:  # OpenID4VCI 1.0 Appendix A.3.2
        raise MalformedError("the credential is of another type than offered", code="unexpected_type")
    if expected_issuer is not None and one.issuer.organisation_id != expected_issuer:
        raise UntrustedError("the credential is from another organisation", code="unexpected_issuer")


def _check_type(
    one: VerifiedSdJwtVc, *, metadata: TypeMetadata | None, expected_integrity: str | None
) -> None:
    if metadata is None:
        return
    # SD-JWT VC draft 13 §7: the credential names the same document that the trust list does
    if one.integrity is not None and one.integrity != expected_integrity:
        raise MalformedError("the credential was made for another type document", code="integrity_mismatch")
    check_against_type(one.payload, metadata, complete=True)


def _check_ends(one: VerifiedSdJwtVc) -> None:
    if one.status is None and one.expires_at is None:  # HAIP 1.0 §6.1
        raise MalformedError("the credential can neither end nor be revoked", code="status_missing")


def _match_keys(
    credentials: Sequence[str], verified: Sequence[VerifiedSdJwtVc], keys: Sequence[HolderKey]
) -> tuple[NewCopy, ...]:
    # OpenID4VCI 1.0 §8.3: the order may be another one, so the key in `cnf` decides
    ours = {key.public_key: key for key in keys}
    pairs = zip(credentials, verified, strict=True)
    return tuple(NewCopy(compact, _take(ours, one.holder_key)) for compact, one in pairs)


def _take(ours: dict[PublicKey, HolderKey], holder_key: PublicKey | None) -> HolderKey:
    if holder_key is None or holder_key not in ours:
        raise BindingError(
            "a credential is bound to a key that is not ours, or twice to one", code="wrong_key"
        )
    return ours.pop(holder_key)


def _check_alike(verified: Sequence[VerifiedSdJwtVc]) -> None:
    first, *others = verified
    if any(attributes_of(one.claims) != attributes_of(first.claims) for one in others):
        raise MalformedError("the copies say different things", code="copies_differ")
    if any(one.issuer.organisation_id != first.issuer.organisation_id for one in others):
        raise UntrustedError("the copies are from different organisations", code="unexpected_issuer")
    _check_apart([one.status for one in verified if one.status is not None], "a status entry")
    # RFC 9901 §10.1: a batch makes its copies unlinkable only if each has salts of its own
    digests = [shown.digest for one in verified for shown in one.payload.disclosed.values()]
    _check_apart(digests, "a disclosure")


def _check_apart(found: Sequence[StatusReference | str], what: str) -> None:
    if len(set(found)) != len(found):
        raise MalformedError(f"two copies share {what}, which would join them", code="copies_linkable")
