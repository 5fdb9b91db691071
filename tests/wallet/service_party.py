"""A scripted service: makes requests as OpenID4VP 1.0 has them, or with one thing wrong, and keeps what
arrives.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from protocol.dcql import parse_dcql_query
from protocol.jose.jwe import DecryptionKey
from protocol.openid4vp.client_id import create_client_id
from protocol.openid4vp.link import PresentationLink, create_presentation_link
from protocol.openid4vp.request_object import (
    REQUEST_OBJECT_MEDIA_TYPE,
    VerifierInfo,
    create_request_object,
)
from protocol.openid4vp.response import (
    AuthorizationErrorResponse,
    AuthorizationResponse,
    decrypt_response,
    parse_response_form,
)
from protocol.registration.question import Question, question_to_dcql
from protocol.x509 import Profile
from serving.clock import FixedClock
from tests.protocol.authority_for_tests import DAY, Authority, Party
from tests.protocol.registering import create_registration_certificate
from tests.protocol.resigning import resigned
from tests.wallet.department import VCT

SERVICE_ID = "PDXGB-badge-team"
SERVICE_HOST = "badge.example"
SERVICE_URL = f"https://{SERVICE_HOST}"
NONCE = "bm9uY2UtZm9yLXRoaXMtcmVxdWVzdA"
STATE = "state-1"
RETURN_URL = f"{SERVICE_URL}/return?response_code=r1"

Change = Callable[[dict[str, Any]], object]


def question(*attributes: str) -> Question:
    """What the badge team was approved to ask."""
    return Question.model_validate(
        {
            "id": "badge",
            "version": 1,
            "title": {"en": "Apply for a badge", "cy": "Gwneud cais am fathodyn"},
            "purpose": {"en": "To decide about your badge.", "cy": "I benderfynu am eich bathodyn."},
            "law": {"en": "Badge Act, section 1", "cy": "Deddf Bathodynnau, adran 1"},
            "retention": {"days": 90, "text": {"en": "90 days.", "cy": "90 diwrnod."}},
            "privacy_policy": f"{SERVICE_URL}/privacy",
            "contact": {"email": "team@badge.example", "phone": "+44 1632 960001"},
            "supervisory_authority": {"email": "casework@ico.example"},
            "any_of": [{"all_of": [{"claim": VCT, "attributes": [[name] for name in attributes]}]}],
            "objection": {"en": "Write to the team.", "cy": "Ysgrifennwch at y tîm."},
            "needs": [
                {"attribute": [name], "reason": {"en": f"Why {name}.", "cy": f"Pam {name}."}}
                for name in attributes
            ],
        }
    )


def _as_it_is(compact: str) -> str:
    return compact


@dataclass
class ScriptedService:
    """Asks one question; the fields are its switches, `received` is what came to response_uri."""

    authority: Authority
    clock: FixedClock
    query: dict[str, Any] = field(default_factory=dict)
    change_request: Change = lambda _request: None
    change_compact: Callable[[str], str] = _as_it_is
    statements: list[VerifierInfo] | None = None
    request_signer: Party | None = None
    client_id: str | None = None
    reply: Any = field(default_factory=lambda: {"redirect_uri": RETURN_URL})
    reply_status: int = 200
    request_status: int = 200
    received: list[list[tuple[str, str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.key = DecryptionKey.generate("request-1")
        self.signer = self.authority.party(
            Profile.REQUEST_SIGNING,
            organisation_id=SERVICE_ID,
            organisation_name="Badge team",
            hosts=[SERVICE_HOST],
        )
        self.query = question_to_dcql(question("family_name"))

    def link(self, *, method: str = "get", endpoint: str = "https://wallet.example/present") -> str:
        client_id = self.client_id or create_client_id((self.request_signer or self.signer).x5c[0])
        link = PresentationLink(client_id, f"{SERVICE_URL}/request/1", "post" if method == "post" else "get")
        return create_presentation_link(endpoint, link)

    def registration(
        self,
        *attributes: str,
        registrar: Party | None = None,
        subject: str = SERVICE_ID,
        lasts: int = 300 * DAY,
        made: int | None = None,
    ) -> str:
        """The certificate for the badge team's question."""
        signer = registrar or self.authority.party(Profile.REGISTRAR)
        now = self.clock.now() if made is None else made
        return create_registration_certificate(
            question(*(attributes or ("family_name", "given_name"))),
            signer.key,
            x5c=signer.x5c,
            subject=subject,
            name="Badge team",
            registry_uri="https://authority.example",
            info_uri=SERVICE_URL,
            now=now,
            expires_at=now + lasts,
        )

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/request/1", self._request, methods=["GET", "POST"]),
                Route("/response/1", self._response, methods=["POST"]),
            ]
        )

    # --- endpoints

    async def _request(self, request: Request) -> Response:
        if self.request_status != 200:
            return Response(status_code=self.request_status)
        form = dict(await request.form()) if request.method == "POST" else {}
        compact = self.request_object(wallet_nonce=form.get("wallet_nonce"))
        return Response(compact, media_type=REQUEST_OBJECT_MEDIA_TYPE)

    async def _response(self, request: Request) -> Response:
        form = [(name, str(value)) for name, value in (await request.form()).multi_items()]
        assert request.headers["content-type"] == "application/x-www-form-urlencoded"
        assert not request.url.query
        self.received.append(form)
        return JSONResponse(self.reply, self.reply_status)

    def request_object(self, *, wallet_nonce: object = None) -> str:
        signer = self.request_signer or self.signer
        statements = self.statements
        if statements is None:
            statements = [VerifierInfo("registration_cert", self.registration())]
        compact = create_request_object(
            signer.key,
            x5c=signer.x5c,
            response_uri=f"{SERVICE_URL}/response/1",
            nonce=NONCE,
            query=parse_dcql_query(self.query),
            encryption_jwk=self.key.public_jwk(),
            now=self.clock.now(),
            expires_at=self.clock.now() + 300,
            state=STATE,
            wallet_nonce=str(wallet_nonce) if wallet_nonce is not None else None,
            verifier_info=statements,
        )
        return self.change_compact(resigned(compact, signer, self.change_request))

    # --- what arrived

    def opened(self) -> AuthorizationResponse | AuthorizationErrorResponse:
        """The one response that came, decrypted."""
        (form,) = self.received
        assert [name for name, _ in form] == ["response"]
        compact = parse_response_form(form)
        assert isinstance(compact, str)
        return decrypt_response(compact, self.key, expected_state=STATE)
