"""A scripted department: OpenID4VCI 1.0 as a wallet meets it, with switches for everything that may go
wrong.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from protocol.keys import PublicKey
from protocol.oauth.dpop import verify_dpop_proof
from protocol.openid4vci.credential import (
    CredentialResponse,
    create_credential_response,
    parse_credential_request,
)
from protocol.openid4vci.errors import CredentialError, create_credential_error
from protocol.openid4vci.metadata import (
    create_authorization_server_metadata,
    create_issuer_metadata,
    create_sd_jwt_vc_configuration,
)
from protocol.openid4vci.offer import (
    CredentialOffer,
    OfferReference,
    PreAuthorizedCodeGrant,
    TransactionCode,
    create_offer,
    create_offer_link,
)
from protocol.openid4vci.proof import verify_proofs
from protocol.sd_jwt_vc import create_sd_jwt_vc
from protocol.status_list import StatusList, create_status_list_token
from protocol.x509 import Profile
from serving.clock import FixedClock
from serving.randomness import SystemRandom
from tests.protocol.authority_for_tests import DAY, Authority, Party
from tests.protocol.resigning import payload_of

DEPARTMENT_ID = "PDXGB-dwp"
DEPARTMENT_URL = "https://dwp.example"
STATUS_URL = f"{DEPARTMENT_URL}/status/1"
VCT = "urn:pdx:claim:dwp:moving-around:1"
CONFIGURATION = "moving-around"
CODE = "493021"
AMIRA = {"family_name": "Hassan", "given_name": "Amira", "birthdate": "1979-03-14"}

Change = Callable[[dict[str, Any]], object]


def _unchanged(_value: dict[str, Any]) -> None:
    return None


def _as_they_are(credentials: list[str]) -> list[str]:
    return credentials


@dataclass
class ScriptedDepartment:
    """Issues one type of claim to whoever has the code; the fields are its switches."""

    authority: Authority
    clock: FixedClock
    integrity: str
    batch_size: int = 3
    reverse: bool = False
    wants_dpop_nonces: bool = False
    stale_nonces: int = 0  # so many nonces are refused before one is good
    refusal: str | None = None
    person: dict[str, Any] = field(default_factory=lambda: dict(AMIRA))
    disclosable: tuple[tuple[str, ...], ...] = (("family_name",), ("given_name",), ("birthdate",))
    change_offer: Change = _unchanged
    change_metadata: Change = _unchanged
    change_server: Change = _unchanged
    change_claims: Change = _unchanged
    change_credentials: Callable[[list[str]], list[str]] = _as_they_are
    signer: Party | None = None
    new_random: Callable[[], Callable[[int], bytes]] = lambda: SystemRandom().bytes  # one for each copy
    statuses: StatusList = field(default_factory=lambda: StatusList(2, length=64))
    status_signer: Party | None = None
    next_index: int = 0
    nonces: int = 0
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.signer = self.authority.party(
            Profile.CLAIM_SIGNING, organisation_id=DEPARTMENT_ID, organisation_name="Department"
        )
        self.status_signer = self.authority.party(
            Profile.STATUS_SIGNING, organisation_id=DEPARTMENT_ID, organisation_name="Department"
        )

    def offer_link(self, *, by_reference: bool = False, tx_code: bool = True) -> str:
        """A link as the department would print it."""
        endpoint = "openid-credential-offer://"
        if by_reference:
            return create_offer_link(endpoint, OfferReference(f"{DEPARTMENT_URL}/offers/1"))
        return create_offer_link(endpoint, self.offer(tx_code=tx_code))

    def offer(self, *, tx_code: bool = True) -> CredentialOffer:
        code = TransactionCode(length=6) if tx_code else None
        return CredentialOffer(DEPARTMENT_URL, (CONFIGURATION,), PreAuthorizedCodeGrant("code-1", code))

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-credential-issuer", self._metadata),
                Route("/.well-known/oauth-authorization-server", self._server),
                Route("/offers/1", self._offer),
                Route("/token", self._token, methods=["POST"]),
                Route("/nonce", self._nonce, methods=["POST"]),
                Route("/credential", self._credential, methods=["POST"]),
                Route("/status/1", self._status),
            ]
        )

    # --- endpoints

    def _metadata(self, _request: Request) -> Response:
        metadata = create_issuer_metadata(
            credential_issuer=DEPARTMENT_URL,
            credential_endpoint=f"{DEPARTMENT_URL}/credential",
            nonce_endpoint=f"{DEPARTMENT_URL}/nonce",
            configurations={CONFIGURATION: create_sd_jwt_vc_configuration(vct=VCT, scope="moving")},
            batch_size=self.batch_size,
        )
        self.change_metadata(metadata)
        return JSONResponse(metadata)

    def _server(self, _request: Request) -> Response:
        metadata = create_authorization_server_metadata(
            issuer=DEPARTMENT_URL, token_endpoint=f"{DEPARTMENT_URL}/token"
        )
        self.change_server(metadata)
        return JSONResponse(metadata)

    def _offer(self, _request: Request) -> Response:
        offer = create_offer(self.offer())
        self.change_offer(offer)
        return JSONResponse(offer)

    async def _token(self, request: Request) -> Response:
        form = dict(await request.form())
        self.requests.append(("token", form))
        if missing := self._dpop_nonce(request, status=400):
            return missing
        self._check_dpop(request, None)
        if form.get("tx_code", CODE) != CODE:
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse({"access_token": "token-1", "token_type": "dPoP"})

    def _nonce(self, _request: Request) -> Response:
        self.nonces += 1
        return JSONResponse({"c_nonce": f"nonce-{self.nonces}"})

    async def _credential(self, request: Request) -> Response:
        body = await request.json()
        self.requests.append(("credential", body))
        if missing := self._dpop_nonce(request, status=401):
            return missing
        self._check_dpop(request, "token-1")
        try:
            return JSONResponse(create_credential_response(CredentialResponse(tuple(self._issue(body)))))
        except CredentialError as error:
            return JSONResponse(create_credential_error(error), 400)

    def _status(self, _request: Request) -> Response:
        assert self.status_signer is not None
        now = self.clock.now()
        token = create_status_list_token(
            self.statuses,
            uri=STATUS_URL,
            signing_key=self.status_signer.key,
            x5c=self.status_signer.x5c,
            now=now,
            expires_at=now + DAY,
            ttl=600,
        )
        return Response(token, media_type="application/statuslist+jwt")

    def mark(self, status: int) -> None:
        """Gives every copy issued so far this status."""
        for index in range(1, self.next_index + 1):
            self.statuses.set(index, status)

    # --- what they check and make

    def _issue(self, body: dict[str, Any]) -> list[str]:
        if self.refusal:
            raise CredentialError(self.refusal, "the register says no")  # type: ignore[arg-type]
        proofs = parse_credential_request(body).proofs
        keys = verify_proofs(
            proofs,
            expected_audience=DEPARTMENT_URL,
            check_nonce=self._check_nonce,
            now=self.clock.now(),
            max_batch=self.batch_size,
        )
        credentials = [self.credential(key) for key in keys]
        return self.change_credentials(credentials[::-1] if self.reverse else credentials)

    def credential(self, key: PublicKey | None) -> str:
        """One copy, bound to a key."""
        assert self.signer is not None
        now = self.clock.now()
        claims: dict[str, Any] = {
            "vct": VCT,
            "vct#integrity": self.integrity,
            "iat": now,
            "exp": now + 90 * DAY,
            "status": {"status_list": {"idx": self._index(), "uri": STATUS_URL}},
            **self.person,
        }
        self.change_claims(claims)
        return create_sd_jwt_vc(
            claims=claims,
            disclosable=[path for path in self.disclosable if path[0] in claims],
            signing_key=self.signer.key,
            x5c=self.signer.x5c,
            holder_key=key,
            random=self.new_random(),
            decoys=2,
        )

    def _index(self) -> int:
        self.next_index += 1
        return self.next_index

    def _check_nonce(self, nonce: str) -> None:
        if self.stale_nonces > 0:
            self.stale_nonces -= 1
            raise CredentialError("invalid_nonce", "too old")
        assert nonce == f"nonce-{self.nonces}"

    def _dpop_nonce(self, request: Request, *, status: int) -> Response | None:
        """RFC 9449 §8, §9: another nonce for each endpoint."""
        wanted = f"dpop-{request.url.path.strip('/')}"
        if not self.wants_dpop_nonces or self._sent_nonce(request) == wanted:
            return None
        headers = {"DPoP-Nonce": wanted}
        if status == 401:
            headers["WWW-Authenticate"] = 'dPoP error="use_dpop_nonce"'
            return Response(status_code=401, headers=headers)
        return JSONResponse({"error": "use_dpop_nonce"}, status, headers=headers)

    def _sent_nonce(self, request: Request) -> object:
        return payload_of(request.headers["dpop"]).get("nonce")

    def _check_dpop(self, request: Request, access_token: str | None) -> None:
        if access_token is not None:
            assert request.headers["authorization"] == f"DPoP {access_token}"
        verify_dpop_proof(
            request.headers["dpop"],
            expected_method="POST",
            expected_url=f"{DEPARTMENT_URL}{request.url.path}",
            now=self.clock.now(),
            max_age=60,
            access_token=access_token,
        )
