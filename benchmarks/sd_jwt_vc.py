"""SD-JWT VC with key binding: ours against what the signatures alone cost, and against other libraries.

The limit of verifying is two ES256 verifications by OpenSSL through `cryptography`, of the same signatures
(in DER already) over the same bytes, hashing included. Its keys, the department's and another holder's each
time, are loaded and have been used before. The floor is what ours can't go below: the two verifications by
AWS-LC, which ours verifies by, with the holder's key loaded from the token. The limit of issuing is one
signature over the bytes that an issuer signs.
Ours does everything that `verify_presentation` lists, trusts by certificate chain and trust list, and
looks the status up; the chain and the status list, which many presentations share, are verified once.
Every presentation has a holder key of its own, three disclosures and another person's claims.
"""

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from statistics import median

from awscrt.crypto import EC
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

from benchmarks.department import (
    AUDIENCE,
    DAY,
    DISCLOSABLE,
    NONCE,
    NOW,
    STATUS_URI,
    BenchmarkDepartment,
    claims,
    create_department,
)
from benchmarks.measuring import Effort, ratio, time_in_turn
from benchmarks.sd_jwt_js import seconds_of_sd_jwt_js
from protocol.encoding import b64_encode, b64url_decode
from protocol.keys import PublicKey, SoftwareSigningKey
from protocol.sd_jwt_vc import (
    VerifiedSdJwtVc,
    add_key_binding,
    create_sd_jwt_vc,
    present_sd_jwt_vc,
    verify_presentation,
)
from protocol.status_list import (
    StatusList,
    VerifiedStatusList,
    check_status,
    create_status_list_token,
    verify_status_list_token,
)

CASES = 200
_ECDSA = ec.ECDSA(SHA256())


@dataclass(frozen=True)
class Case:
    """One holder: the presentation, and its two signatures taken out for OpenSSL alone."""

    holder_key: PublicKey
    presentation: str
    raw: tuple["RawSignature", "RawSignature"]


@dataclass(frozen=True)
class RawSignature:
    """A key as OpenSSL loaded it, as AWS-LC did, and in DER; a DER signature and the bytes it is over."""

    key: ec.EllipticCurvePublicKey
    quick_key: EC
    spki: bytes
    signature: bytes
    data: bytes


def measure(effort: Effort) -> dict[str, float]:
    """Give the ratios, ours divided by theirs in speed, and median microseconds for each contestant."""
    department = create_department()
    cases = [_case(department, index) for index in range(CASES)]
    verifying = time_in_turn(
        {
            "verify_limit": lambda index: _verify_raw(*cases[index].raw),
            "verify_floor": lambda index: _verify_raw_with_new_key(*cases[index].raw),
            "verify_ours": _our_verification(department, cases),
            "verify_sd_jwt_python": _their_verification(department, cases),
        },
        cases=CASES,
        effort=effort,
    )
    issuing = time_in_turn(
        {
            "issue_limit": lambda index: department.private_key.sign(cases[index].raw[0].data, _ECDSA),
            "issue_ours": lambda index: _issue(department, index, cases[index].holder_key),
            "issue_sd_jwt_python": _their_issuance(department, cases),
        },
        cases=CASES,
        effort=effort,
    )
    taken = {name: median(rounds) for name, rounds in {**verifying, **issuing}.items()}
    taken |= seconds_of_sd_jwt_js(department, effort)
    return {
        "verify_vs_limit": ratio(verifying, of="verify_ours", to="verify_limit"),
        "verify_vs_floor": ratio(verifying, of="verify_ours", to="verify_floor"),
        "verify_floor_vs_limit": ratio(verifying, of="verify_floor", to="verify_limit"),
        "issue_vs_limit": ratio(issuing, of="issue_ours", to="issue_limit"),
        "verify_vs_sd_jwt_python": ratio(verifying, of="verify_ours", to="verify_sd_jwt_python"),
        "issue_vs_sd_jwt_python": ratio(issuing, of="issue_ours", to="issue_sd_jwt_python"),
        "verify_vs_sd_jwt_js": taken["verify_sd_jwt_js"] / taken["verify_ours"],
        "issue_vs_sd_jwt_js": taken["issue_sd_jwt_js"] / taken["issue_ours"],
    } | {f"{name}_us": seconds * 1e6 for name, seconds in taken.items()}


def _case(department: BenchmarkDepartment, index: int) -> Case:
    holder_key = SoftwareSigningKey(ec.generate_private_key(ec.SECP256R1()))
    credential = _issue(department, index, holder_key.public_key)
    shown = present_sd_jwt_vc(credential, paths=DISCLOSABLE)
    presentation = add_key_binding(shown, holder_key=holder_key, audience=AUDIENCE, nonce=NONCE, now=NOW)
    issuer_jwt, *_, key_binding_jwt = presentation.split("~")
    raw = (
        _raw_signature(issuer_jwt, department.signing_key.public_key),
        _raw_signature(key_binding_jwt, holder_key.public_key),
    )
    return Case(holder_key.public_key, presentation, raw)


def _raw_signature(jwt: str, key: PublicKey) -> RawSignature:
    signing_input, _, encoded = jwt.rpartition(".")
    signature = b64url_decode(encoded)
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    spki = key.to_spki()
    keys = (key.to_cryptography(), EC.new_key_from_der_data(spki), spki)
    return RawSignature(*keys, encode_dss_signature(r, s), signing_input.encode())


def _verify_raw(first: RawSignature, second: RawSignature) -> None:
    first.key.verify(first.signature, first.data, _ECDSA)
    second.key.verify(second.signature, second.data, _ECDSA)


def _verify_raw_with_new_key(first: RawSignature, second: RawSignature) -> None:
    first.quick_key.verify(sha256(first.data).digest(), first.signature)
    key = EC.new_key_from_der_data(second.spki)
    key.verify(sha256(second.data).digest(), second.signature)


def _issue(department: BenchmarkDepartment, index: int, holder_key: PublicKey) -> str:
    return create_sd_jwt_vc(
        claims=claims(index),
        disclosable=DISCLOSABLE,
        signing_key=department.signing_key,
        x5c=department.x5c,
        holder_key=holder_key,
        random=os.urandom,
    )


def _our_verification(department: BenchmarkDepartment, cases: list[Case]) -> Callable[[int], VerifiedSdJwtVc]:
    status_list = _status_list(department)

    def verify(index: int) -> VerifiedSdJwtVc:
        credential = verify_presentation(
            cases[index].presentation,
            issuers=department.trust,
            expected_audience=AUDIENCE,
            expected_nonce=NONCE,
            now=NOW,
            leeway=60,
            max_kb_age=300,
        )
        assert credential.status is not None
        check_status(credential.status, status_list, issuer=credential.issuer)
        return credential

    return verify


def _status_list(department: BenchmarkDepartment) -> VerifiedStatusList:
    token = create_status_list_token(
        StatusList(1, length=1 << 20),
        uri=STATUS_URI,
        signing_key=department.status_key,
        x5c=department.status_x5c,
        now=NOW,
        expires_at=NOW + DAY,
    )
    return verify_status_list_token(token, expected_uri=STATUS_URI, trust=department.trust, now=NOW)


def _their_verification(department: BenchmarkDepartment, cases: list[Case]) -> Callable[[int], object]:
    issuer_key = JWK.from_pyca(department.private_key.public_key())

    def verify(index: int) -> object:
        presentation = cases[index].presentation
        return SDJWTVerifier(presentation, lambda *_: issuer_key, AUDIENCE, NONCE).get_verified_payload()

    return verify


def _their_issuance(department: BenchmarkDepartment, cases: list[Case]) -> Callable[[int], object]:
    logging.getLogger("sd_jwt").setLevel(logging.ERROR)
    pem = department.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    issuer_key = JWK.from_pem(pem)
    holder_keys = [JWK.from_pyca(case.holder_key.to_cryptography()) for case in cases]
    header = {"typ": "dc+sd-jwt", "x5c": [b64_encode(der) for der in department.x5c]}
    hidden = {path[0] for path in DISCLOSABLE}

    def issue(index: int) -> object:
        marked = {SDObj(name) if name in hidden else name: value for name, value in claims(index).items()}
        return SDJWTIssuer(
            marked, issuer_key, holder_keys[index], extra_header_parameters=header
        ).sd_jwt_issuance

    return issue
