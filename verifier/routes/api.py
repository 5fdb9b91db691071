"""What a service's own program talks to: make a request, hand in a code, read the answer.

Each service has its own bearer keys; what one made does not exist for another.
"""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header
from pydantic import BaseModel, ConfigDict, Field

from serving.errors import ApiError
from serving.limits import limited
from serving.qr import qr_data_uri
from verifier import session as states
from verifier.installation import Installation
from verifier.routes.dependencies import House
from verifier.service import Service
from verifier.session import Channel, Release
from verifier.usecases.create_transaction import Asking, create_transaction
from verifier.usecases.read_answer import Standing, read_transaction
from verifier.usecases.release_answer import confirm, return_to_caller
from verifier.wallets import request_link, wallets


class Refusal(BaseModel):
    """What went wrong: a code that stays the same, and words that may change."""

    error: str
    error_description: str = ""


REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": Refusal, "description": "not possible, or a code that is wrong or used"},
    401: {"model": Refusal, "description": "no key, or not this service's"},
    403: {"model": Refusal, "description": "not allowed"},
    404: {"model": Refusal, "description": "no such request"},
    413: {"model": Refusal, "description": "more than 64 KiB"},
    422: {"model": Refusal, "description": "a field is missing or has the wrong form"},
    429: {"model": Refusal, "description": "too often from this address; Retry-After says how long to wait"},
    503: {"model": Refusal, "description": "not for the moment; nothing is lost"},
}

router = APIRouter(
    prefix="/api/v1/{service}", tags=["requests"], responses=REFUSALS, dependencies=[limited("api")]
)


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewRequest(_Body):
    """Whom to ask how. Without `return_url` the answer waits for a confirmation code, also by link."""

    channel: Literal["link", "qr"]
    question: str | None = Field(default=None, max_length=128, description="id or id@version; else the first")
    return_url: str | None = Field(
        default=None, max_length=512, description="one of the registered addresses"
    )
    reference: str | None = Field(default=None, min_length=1, max_length=256, description="yours; given back")
    language: Literal["en", "cy"] = "en"


class WalletLink(BaseModel):
    """The link for one wallet."""

    wallet: str
    link: str


class CreatedRequest(BaseModel):
    """`link` opens the first wallet; `qr` is the same as an SVG image in a `data:` address."""

    id: str
    channel: Literal["link", "qr"]
    link: str
    links: list[WalletLink]
    qr: str
    expires_at: int
    release: Literal["code", "response_code"] = Field(
        description="what to hand in before the answer is given"
    )


class Code(_Body):
    """What the citizen read from the phone, or the response_code that came to the return_url."""

    code: str | None = Field(default=None, min_length=1, max_length=64)
    response_code: str | None = Field(default=None, min_length=1, max_length=128)


class Claim(BaseModel):
    """One claim that was shown, with what was asked of it and nothing else."""

    vct: str
    issuer: str
    issuer_name: str
    disclosed: dict[str, Any]
    status_at: int | None


class AnswerBody(BaseModel):
    """The answer; `verified_at` is Unix seconds."""

    state: Literal["approved", "not_shown", "referred"]
    reason: str
    verified_at: int
    claims: list[Claim]


class Refusals(BaseModel):
    """How many responses were refused so far, and why the last one was."""

    count: int
    reason: str


class RequestState(BaseModel):
    """Where a request stands. `answer` is there once the state is `answered`."""

    id: str
    state: Literal["open", "returning", "confirming", "answered", "closed", "expired"]
    question: str
    expires_at: int | None = None
    reason: str | None = None
    reference: str | None = None
    refused: Refusals | None = None
    answer: AnswerBody | None = None


def _authorised(service: str, house: House, authorization: Annotated[str, Header()] = "") -> Service:
    scheme, _, key = authorization.partition(" ")
    found = house.services.get(service)
    # an unknown service and a wrong key look the same from outside
    if found is None or scheme.lower() != "bearer" or not found.knows_key(key.strip()):
        raise ApiError(
            401,
            "invalid_token",
            "send this service's key as a bearer token",
            headers={"www-authenticate": "Bearer"},
        )
    return found


Caller = Annotated[Service, Depends(_authorised)]


@router.post("/requests", status_code=201)
def create_request(body: NewRequest, service: Caller, house: House) -> CreatedRequest:
    """Asks one citizen one question."""
    approved = service.question(body.question) if body.question else service.first_question
    if approved is None:
        raise ApiError(400, "invalid_request", "the service does not ask that question")
    channel = Channel(body.channel)
    if body.return_url is not None and channel is Channel.QR:
        raise ApiError(400, "invalid_request", "a QR code is confirmed by code and has no return_url")
    release = Release.CALLER if body.return_url is not None else Release.CODE
    asking = Asking(
        releases={channel: release},
        language=body.language,
        return_url=body.return_url,
        reference=body.reference,
    )
    transaction_id = create_transaction(house, service, approved, asking)
    return _created(house, service, transaction_id, channel, release)


@router.get("/requests/{request_id}")
def read_request(request_id: str, service: Caller, house: House) -> RequestState:
    """Where the request stands and, once it is released, the answer."""
    return describe(read_transaction(house, service, request_id))


@router.post("/requests/{request_id}/confirm")
def confirm_request(request_id: str, body: Code, service: Caller, house: House) -> RequestState:
    """Hands in the confirmation code or the response_code, and gives the answer."""
    if (body.code is None) is (body.response_code is None):
        raise ApiError(400, "invalid_request", "send code or response_code")
    if body.code is not None:
        confirm(house, service, request_id, body.code)
    else:
        return_to_caller(house, service, request_id, body.response_code or "")
    return describe(read_transaction(house, service, request_id))


def _created(
    house: Installation, service: Service, transaction_id: str, channel: Channel, release: Release
) -> CreatedRequest:
    request = read_transaction(house, service, transaction_id).requests[0]
    links = [
        WalletLink(wallet=one.name.en, link=request_link(house, service, request, one))
        for one in wallets(house, now=house.clock.now())
    ]
    return CreatedRequest(
        id=transaction_id,
        channel=channel.value,
        link=links[0].link,
        links=links,
        qr=qr_data_uri(links[0].link, correction="L"),
        expires_at=request.expires_at,
        release="response_code" if release is Release.CALLER else "code",
    )


def describe(standing: Standing) -> RequestState:
    """Where a transaction stands, as the API says it."""
    state = standing.session
    answer = AnswerBody.model_validate(standing.answer.to_json()) if standing.answer else None
    return RequestState(
        id=state.transaction.id,
        state=state.name,
        question=state.transaction.question,
        expires_at=getattr(state, "expires_at", None),
        reason=state.reason if isinstance(state, states.Closed) else None,
        reference=standing.reference,
        refused=_refusals(state),
        answer=answer,
    )


def _refusals(state: states.Session) -> Refusals | None:
    if not isinstance(state, states.Open) or state.refusal is None:
        return None
    return Refusals(count=state.refusals, reason=state.refusal)
