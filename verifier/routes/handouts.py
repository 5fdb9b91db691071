"""What a service hands out so that citizens find its question: poster, text for letters, QR code.

Everybody may see them, since they say no more than the start page does.
"""

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.qr import qr_svg
from verifier.errors import UnknownRequest
from verifier.installation import Installation
from verifier.routes.dependencies import House, NamedService
from verifier.routes.screen import Screen
from verifier.service import ApprovedQuestion, Service

router = APIRouter(include_in_schema=False)


@router.get("/{service}/poster")
def poster(request: Request, service: NamedService, house: House, question: str | None = None) -> Response:
    """Poster and text for letters, each in both languages."""
    approved = _asked(service, question)
    link = question_link(house, service, approved)
    screen = Screen(request, service, approved)
    return screen.poster(link, image=f"/{service.id}/poster.svg?question={approved.question.id}")


@router.get("/{service}/poster.svg")
def code(service: NamedService, house: House, question: str | None = None) -> Response:
    """The QR code on it (the content security policy allows no inline one), also to put into a letter."""
    link = question_link(house, service, _asked(service, question))
    return Response(qr_svg(link), media_type="image/svg+xml")


def question_link(house: Installation, service: Service, approved: ApprovedQuestion) -> str:
    """Where a question begins, short enough to be read out; the first one has the service's own address."""
    is_first = approved is service.first_question
    return house.url(f"/{service.id}" if is_first else f"/{service.id}/q/{approved.question.id}")


def _asked(service: Service, question: str | None) -> ApprovedQuestion:
    approved = service.question(question) if question else service.first_question
    if approved is None:
        raise UnknownRequest
    return approved
