"""Proposing by a file, for whoever has one: the same YAML or JSON that servers are set up with."""

from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from python_multipart.multipart import parse_options_header
from starlette.datastructures import UploadFile

from authority.people.signed_in import Fields, SignedInPerson, checked
from authority.proposals.proposal import Kind
from authority.proposals.routes.finding import MemberVisit, Visit, find_own, kinds_of
from authority.proposals.routes.propose import check, may_propose, send
from authority.proposals.screen import problem_of
from authority.refusal import RefusedError
from protocol.registration.claim_type import ClaimType
from protocol.registration.question import Question
from serving.documents import DocumentError, parse_document
from serving.errors import ApiError
from serving.forms import form_fields, media_type

router = APIRouter()
PATH = "/organisations/{organisation_id}/propose/file"
MAX_FIELDS: Final = 8
_NAME: Final = Path("file")  # what messages call it: never what its owner called it
_MODELS: Final[dict[Kind, type[ClaimType] | type[Question]]] = {
    Kind.CLAIM_TYPE: ClaimType,
    Kind.QUESTION: Question,
}


async def file_form(request: Request, person: SignedInPerson) -> Fields:
    """The fields of a form that may carry a file, which takes the place of a text; as `form`."""
    if media_type(request) != "multipart/form-data":
        return checked(Fields(form_fields(request, await request.body())), person)
    return checked(await _parts(request), person)


async def _parts(request: Request) -> Fields:
    # RFC 7578 §5.1.2: there is none; Python knows some that take seconds, in which nobody else is answered
    if b"charset" in parse_options_header(request.headers.get("content-type"))[1]:
        raise ApiError(400, "invalid_request", "send a form in UTF-8, without a charset")
    pairs: list[tuple[str, str]] = []
    uploaded: list[tuple[str, str]] = []  # in place of an empty text, wherever the form has it
    async with request.form(max_files=1, max_fields=MAX_FIELDS) as parts:
        for name, value in parts.multi_items():
            if not isinstance(value, UploadFile):
                pairs.append((name, value))
            elif data := await value.read():
                uploaded.append(("text", _decoded(data)))
    return Fields(pairs + uploaded)


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ApiError(422, "invalid_request", page="no_text") from None


FileForm = Annotated[Fields, Depends(file_form)]


@router.get(PATH)
def begin(visit: MemberVisit) -> Response:
    """Where a file is chosen, or pasted; `from` is a proposal to go on from, as its next version."""
    may_propose(visit)
    earlier = visit.request.query_params.get("from")
    if not earlier:
        return _form(visit, Fields(()))
    with visit.database.reading() as session:
        found = find_own(session, visit.actor, earlier)
    written = found.document.model_copy(update={"version": found.version + 1})
    text = written.model_dump_json(by_alias=True, exclude_none=True, indent=2)
    return _form(visit, Fields([("kind", found.kind.value), ("text", text)]))


@router.post(PATH)
def go_on(visit: MemberVisit, form: FileForm) -> Response:
    """Shows what is in it, or sends it."""
    may_propose(visit)
    go = form.get("go")
    if go not in {"check", "submit"}:
        return _form(visit, form)
    wrong = [] if form.get("kind") in set(Kind) else ["kind"]
    wrong += [] if form.get("text") else ["text"]
    if wrong:
        return _form(visit, form, wrong=wrong)
    kind = Kind(form.get("kind"))
    try:
        document = parse_document(_NAME, form.get("text"), _MODELS[kind]).value
        if go == "submit":
            return send(visit, document)
        carried = [("kind", kind.value), ("text", form.get("text"))]
        return check(visit, document, action=_path(visit), carried=carried)
    except RefusedError as error:
        return _form(visit, form, problem=problem_of(error))
    except DocumentError as error:
        lines = [str(one) for one in error.problems]
        return _form(visit, form, problem={"code": "document", "lines": lines})


def _form(
    visit: Visit, form: Fields, *, wrong: list[str] | None = None, problem: dict[str, Any] | None = None
) -> Response:
    with visit.database.reading() as session:
        kinds = kinds_of(session, visit.organisation_id)
    return visit.show(
        "propose_file.html",
        {},
        status=422 if wrong or problem else 200,
        action=_path(visit),
        kinds=kinds,
        chosen=form.get("kind") or (kinds[0].value if len(kinds) == 1 else ""),
        text=form.get("text"),
        wrong=wrong or [],
        problem=problem,
    )


def _path(visit: Visit) -> str:
    return f"/organisations/{visit.organisation_id}/propose/file"
