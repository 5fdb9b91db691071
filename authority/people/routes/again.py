"""Where a change of language leads from a page that answered a form: the page that has the form.

The links to the other language name the page's own address, and a form's address answers no GET of its own.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from serving.pages import LANGUAGES

router = APIRouter()
_ORGANISATION: Final = "/organisations/{organisation_id}"
#: By the address of a form: where it stands.
FORMS: Final[Mapping[str, str]] = {
    "/sign-out": "/",
    f"{_ORGANISATION}/submit": _ORGANISATION,
    f"{_ORGANISATION}/leave": _ORGANISATION,
    f"{_ORGANISATION}/change/withdraw": _ORGANISATION,
    "/reviews/{organisation_id}/change": "/reviews/{organisation_id}",
    f"{_ORGANISATION}/invitations": f"{_ORGANISATION}/people",
    f"{_ORGANISATION}/invitations/{{invitation_id}}/revoke": f"{_ORGANISATION}/people",
    f"{_ORGANISATION}/people/{{person_id}}/take": f"{_ORGANISATION}/people",
    f"{_ORGANISATION}/enrolments/{{digest}}/end": f"{_ORGANISATION}/enrolments",
    f"{_ORGANISATION}/proposals/{{proposal_id}}/withdraw": f"{_ORGANISATION}/proposals/{{proposal_id}}",
    f"{_ORGANISATION}/proposals/{{proposal_id}}/appeal": f"{_ORGANISATION}/proposals/{{proposal_id}}",
}


def again(request: Request) -> Response:
    """Leads there, in the language that was chosen."""
    named = {name: quote(value, safe="") for name, value in request.path_params.items()}
    language = request.query_params.get("lang")
    query = f"?lang={language}" if language in LANGUAGES else ""
    return RedirectResponse(FORMS[request.scope["route"].path].format(**named) + query, status_code=303)


for _path in FORMS:
    router.add_api_route(_path, again, methods=["GET"])
