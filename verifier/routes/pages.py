"""What a citizen sees: start, request, confirmation, answer; and on the phone the code.

A browser session is a random cookie; a transaction is readable in the session that began it and nowhere else.
"""

import re
from typing import Final, Literal

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response

from serving.limits import limited
from serving.qr import qr_svg
from serving.randomness import token
from serving.settings import Text
from verifier import session as states
from verifier.answer import ShownClaim
from verifier.confirmation import show_code
from verifier.errors import (
    CodeRefused,
    CodeUsed,
    OtherSession,
    RequestOver,
    TrustUnavailable,
    UnknownRequest,
)
from verifier.installation import Installation
from verifier.routes.dependencies import House, NamedService
from verifier.routes.forms import FormFields
from verifier.routes.screen import ASSETS, Getting, Screen, poll_state
from verifier.service import ApprovedQuestion, Service
from verifier.session import Channel, Release
from verifier.sources import sources
from verifier.usecases.create_transaction import Asking, create_transaction
from verifier.usecases.find_question import find_question
from verifier.usecases.read_answer import Standing, read_transaction
from verifier.usecases.release_answer import code_to_show, confirm, return_to_session
from verifier.wallets import WalletChoice, request_link, wallets

router = APIRouter(include_in_schema=False)

_SESSION: Final = "session"
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_SEE_OTHER: Final = 303


@router.get("/")
def index(house: House) -> Response:
    """A single service is the whole site; several have no page in common."""
    if len(house.services) != 1:
        raise UnknownRequest
    return RedirectResponse(f"/{next(iter(house.services))}", _SEE_OTHER)


@router.get("/assets/{name}.css")
def stylesheet(name: Literal["check", "poster"]) -> Response:
    return FileResponse(ASSETS / f"{name}.css", headers={"cache-control": "public, max-age=300"})


@router.get("/{service}")
@router.get("/{service}/q/{question}")  # short enough to be read out
def start_page(
    request: Request, service: NamedService, house: House, question: str | None = None
) -> Response:
    """What is asked and what would answer it, why, by which law, how long it is kept."""
    approved = service.question(question) if question else service.first_question
    if approved is None:
        raise UnknownRequest
    screen = Screen(request, service, approved)
    return screen.start(_ways(house, approved), _getting(house, approved))


@router.post("/{service}/start", dependencies=[limited("start")])
def start(request: Request, service: NamedService, house: House, form: FormFields) -> Response:
    """Makes the transaction and gives the browser its session."""
    approved = service.question(dict(form).get("question", "")) or service.first_question
    secret = _session_secret(request, house) or token(house.random)
    asking = Asking(
        releases={Channel.LINK: Release.SESSION, Channel.QR: Release.CODE},
        language=request.app.state.pages.language(request),
        session=service.digest(_SESSION, secret),
    )
    transaction_id = create_transaction(house, service, approved, asking)
    response = RedirectResponse(f"/{service.id}/request/{transaction_id}", _SEE_OTHER)
    _set_session(response, house, secret)
    return response


@router.get("/{service}/start")
@router.get("/{service}/request/{request_id}/confirm")
def asked_a_form(request: Request, service: NamedService, request_id: str | None = None) -> Response:
    """A form's own address, opened to change the language of the page that answered it, or by going back."""
    page = f"/{service.id}/request/{request_id}" if request_id else f"/{service.id}"
    return RedirectResponse(f"{page}?lang={request.app.state.pages.language(request)}", _SEE_OTHER)


@router.get("/{service}/request/{request_id}")
def request_page(
    request: Request, service: NamedService, house: House, request_id: str, wallet: int = 0
) -> Response:
    """Link and QR code, then the confirmation code, then on to the answer."""
    standing = _own(request, house, service, request_id)
    return _page(request, house, service, standing, wallet=wallet)


@router.get("/{service}/request/{request_id}/state")
def request_state(request: Request, service: NamedService, house: House, request_id: str) -> Response:
    """What the page asks for now and then, to load itself again when it is another."""
    return JSONResponse({"state": poll_state(_own(request, house, service, request_id))})


@router.get("/{service}/request/{request_id}/qr.svg")
def request_qr(
    request: Request, service: NamedService, house: House, request_id: str, wallet: int = 0
) -> Response:
    """The QR code, as an image of its own (the content security policy allows no inline one)."""
    standing = _own(request, house, service, request_id)
    row = next((one for one in standing.requests if one.channel == Channel.QR.value), None)
    if row is None:
        raise RequestOver
    link = request_link(house, service, row, _choose(house, wallet)[1])
    return Response(qr_svg(link, correction="L"), media_type="image/svg+xml")


@router.post("/{service}/request/{request_id}/confirm", dependencies=[limited("confirm")])
def confirm_code(
    request: Request, service: NamedService, house: House, request_id: str, form: FormFields
) -> Response:
    """Takes the code that the phone shows."""
    standing = _own(request, house, service, request_id)
    screen, waiting = Screen(request, service, _approved(house, service, standing)), standing.session
    over = RedirectResponse(f"/{service.id}/request/{request_id}", _SEE_OTHER)
    if not isinstance(waiting, states.Confirming):  # the page of the state it is in now says why
        return over
    typed = dict(form).get("code", "").strip()
    seconds = waiting.expires_at - house.clock.now()
    if not typed:
        return screen.confirm(request_id, screen.text("confirm.error_empty"), seconds=seconds)
    try:
        confirm(house, service, request_id, typed)
    except CodeRefused as refused:
        error = screen.counted("confirm.error", left=refused.left)
        return screen.confirm(request_id, error, seconds=seconds)
    except (RequestOver, CodeUsed):
        pass
    return over


@router.get("/{service}/return")
def came_back(request: Request, service: NamedService, house: House, response_code: str = "") -> Response:
    """Where the wallet sends the citizen after a link."""
    secret = _session_secret(request, house)
    session = service.digest(_SESSION, secret) if secret else None
    screen = Screen(request, service, service.first_question)
    try:
        transaction_id = return_to_session(house, service, response_code, session=session)
    except OtherSession as refused:
        return screen.ended("other_session", "other_session", "other_session_next", status=refused.status)
    except CodeUsed as refused:
        return screen.ended("used", "used", status=refused.status)
    except RequestOver:
        return screen.ended("expired", "unfinished", status=410)
    return RedirectResponse(f"/{service.id}/answer/{transaction_id}", _SEE_OTHER)


@router.get("/{service}/answer/{request_id}")
def answer_page(request: Request, service: NamedService, house: House, request_id: str) -> Response:
    """The answer, in the session that asked, for a while."""
    standing = _own(request, house, service, request_id)
    state = standing.session
    if not isinstance(state, states.Answered) or standing.answer is None:
        return RedirectResponse(f"/{service.id}/request/{request_id}", _SEE_OTHER)
    if state.answered_at + house.settings.lifetimes.answer_page_seconds <= house.clock.now():
        raise UnknownRequest
    names = {
        claim.vct: house.claim_names.name(claim.vct, now=house.clock.now())
        for claim in standing.answer.claims
    }
    departments = {claim.issuer: _department(house, claim) for claim in standing.answer.claims}
    approved = _approved(house, service, standing)
    getting = _getting(house, approved)
    return Screen(request, service, approved).answer(standing.answer, names, departments, getting)


def _department(house: Installation, claim: ShownClaim) -> Text:
    """Who vouched, as the trust list names them; a certificate's name is in one language only."""
    try:
        trust_list = house.trust.trust_list(now=house.clock.now())
    except TrustUnavailable:
        trust_list = None
    found = trust_list.departments.get(claim.issuer) if trust_list else None
    return Text(en=claim.issuer_name, cy=found.name.cy if found else claim.issuer_name)


@router.get("/{service}/code/{secret}")
def code_page(request: Request, service: NamedService, house: House, secret: str) -> Response:
    """On the phone: the code, and nothing of what was shown."""
    screen = Screen(request, service, service.first_question)
    try:
        code = code_to_show(house, service, secret)
    except CodeUsed as refused:
        return screen.ended("used", "used", status=refused.status)
    return screen.code(show_code(code), " ".join(code))


@router.get("/{service}/done/{secret}")
def done_page(request: Request, service: NamedService, secret: str) -> Response:  # noqa: ARG001 - only fresh
    """On the phone, after a refusal to show."""
    return Screen(request, service, service.first_question).done()


def _page(
    request: Request, house: Installation, service: Service, standing: Standing, *, wallet: int
) -> Response:
    state, approved = standing.session, _approved(house, service, standing)
    screen = Screen(request, service, approved)
    request_id = state.transaction.id
    match state:
        case states.Open() if not standing.requests:  # both ended by wrong responses
            page = screen.ended("expired", "expired", status=410)
        case states.Open():
            offered, chosen = _choose(house, wallet)
            links = {row.channel: request_link(house, service, row, chosen) for row in standing.requests}
            seconds = min(row.expires_at for row in standing.requests) - house.clock.now()
            getting = _getting(house, approved)
            page = screen.request(
                standing, links=links, wallets=offered, chosen=chosen, seconds=seconds, getting=getting
            )
        case states.Returning():
            page = screen.returning(request_id)
        case states.Confirming():
            page = screen.confirm(request_id, None, seconds=state.expires_at - house.clock.now())
        case states.Answered():
            page = RedirectResponse(f"/{service.id}/answer/{request_id}", _SEE_OTHER)
        case states.Expired():
            text = "expired" if state.was is states.State.OPEN else "unfinished"
            page = screen.ended("expired", text, status=410)
        case states.Closed(reason=states.Event.GUESSED_TOO_OFTEN):
            page = screen.ended("closed", "guessed", status=410)
        case states.Closed():
            page = screen.ended("closed", "elsewhere", "other_session_next", status=410)
    return page


def _ways(house: Installation, approved: ApprovedQuestion) -> list[tuple[Text, ...]]:
    """The claims that would answer, in the catalogue's words: all ways, or none where a name is missing."""
    now = house.clock.now()
    named = [
        [(one.claim, house.claim_names.name(one.claim, now=now)) for one in alternative.all_of]
        for alternative in approved.question.any_of
    ]
    if any(name.en == vct for way in named for vct, name in way):
        return []
    return [tuple(name for _, name in way) for way in named]


def _getting(house: Installation, approved: ApprovedQuestion) -> Getting:
    now = house.clock.now()
    homes = [(one.name, one.home) for one in wallets(house, now=now) if one.home is not None]
    return Getting(sources(house, approved.question, now=now), homes)


def _choose(house: Installation, number: int) -> tuple[tuple[WalletChoice, ...], WalletChoice]:
    offered = wallets(house, now=house.clock.now())
    return offered, offered[number] if 0 <= number < len(offered) else offered[0]


def _approved(house: Installation, service: Service, standing: Standing) -> ApprovedQuestion:
    asked = find_question(house, service, standing.session.transaction.question)
    return asked or service.first_question


def _own(request: Request, house: Installation, service: Service, request_id: str) -> Standing:
    """A transaction of this browser's session; any other one does not exist for it."""
    standing = read_transaction(house, service, request_id)
    secret = _session_secret(request, house)
    owner = standing.session.transaction.session
    if secret is None or owner is None or service.digest(_SESSION, secret) != owner:
        raise UnknownRequest
    return standing


def _cookie_name(house: Installation) -> str:
    # __Host-: only over https, only from this host, so that no neighbour can plant a session
    return "__Host-pdx-check" if house.settings.is_https else "pdx-check"


def _session_secret(request: Request, house: Installation) -> str | None:
    secret = request.cookies.get(_cookie_name(house), "")
    return secret if _TOKEN.fullmatch(secret) else None


def _set_session(response: Response, house: Installation, secret: str) -> None:
    # Lax: the wallet's redirect back is a cross-site navigation and must bring the cookie
    response.set_cookie(
        _cookie_name(house), secret, httponly=True, samesite="lax", secure=house.settings.is_https, path="/"
    )
