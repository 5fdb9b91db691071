"""What members' servers talk to: enrolment and renewal over HTTP. Each message is of `protocol.enrolment`."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from authority.enrolment.accept_renewal import accept_renewal
from authority.enrolment.accept_requests import accept_requests, look_at_enrolment
from authority.enrolment.places import Desk
from authority.enrolment.read_answer import read_answer, read_questions
from authority.office.deps import Deps, deps_of
from authority.refusal import RefusedError
from protocol.encoding import json_loads
from protocol.enrolment.answer import create_answer, create_questions
from protocol.enrolment.enrolment import create_accepted, create_invitation, parse_enrolment, parse_look
from protocol.enrolment.renewal import parse_renewal_message
from serving.errors import ApiError
from serving.limits import limited

router = APIRouter(prefix="/api", dependencies=[limited("enrolment")])

_MAX_BYTES: Final = 64 * 1024
_STATUS: Final[Mapping[str, int]] = {
    "enrolment_unknown": 404,
    "enrolment_used": 409,
    "enrolment_ended": 410,
    "enrolment_expired": 410,
    "key_reused": 409,
    "key_revoked": 403,
    "member_suspended": 403,
    "not_a_member": 403,
    "other_member": 403,
    "not_found": 404,
    "renewal_used": 409,
}
_T = TypeVar("_T")


@router.post("/enrolments/look")
async def look(request: Request) -> JSONResponse:
    """Whom is this code for?"""
    deps, code = deps_of(request), parse_look(await _json(request))
    found = await _run(lambda: look_at_enrolment(_desk(deps), code, now=deps.clock.now()))
    return JSONResponse(create_invitation(found))


@router.post("/enrolments")
async def enrol(request: Request) -> JSONResponse:
    """Takes the first certification requests."""
    deps, enrolment = deps_of(request), parse_enrolment(await _json(request))
    name = await _run(
        lambda: accept_requests(_desk(deps), enrolment, now=deps.clock.now(), random=deps.random)
    )
    return JSONResponse(create_accepted(name, enrolment.receipt), status_code=202)


@router.post("/renewals")
async def renew(request: Request) -> JSONResponse:
    """Takes a certification request that the present key signed."""
    deps, renewal = deps_of(request), parse_renewal_message(await _json(request))
    name, receipt = await _run(
        lambda: accept_renewal(_desk(deps), renewal, now=deps.clock.now(), random=deps.random)
    )
    return JSONResponse(create_accepted(name, receipt), status_code=202)


@router.get("/certificate-requests/{receipt}")
async def answer(request: Request, receipt: str) -> JSONResponse:
    """Pending, refused and why, or the certificates."""
    deps = deps_of(request)
    return JSONResponse(create_answer(await _run(lambda: read_answer(_desk(deps), receipt))))


@router.get("/services/{member_id}/questions")
async def questions(request: Request, member_id: str) -> JSONResponse:
    """What a service may ask now, for its server to take up; each is published besides, and signed there."""
    deps = deps_of(request)
    return JSONResponse(create_questions(await _run(lambda: read_questions(_desk(deps), member_id))))


def _desk(deps: Deps) -> Desk:
    settings = deps.settings
    return Desk(deps.database, deps.root, settings.base_url, settings.network)


async def _json(request: Request) -> Any:
    return json_loads(await request.body(), max_bytes=_MAX_BYTES)


async def _run(work: Callable[[], _T]) -> _T:
    try:
        return await run_in_threadpool(work)
    except RefusedError as refusal:
        raise ApiError(_STATUS.get(refusal.code, 400), refusal.code, str(refusal)) from None
