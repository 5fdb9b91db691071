"""`pdx authority enrol`: a link by which a member's server joins the network by itself."""

import os
from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives.hashes import SHA256

from authority.actors import OPERATOR
from authority.enrolment.admission import Admission
from authority.enrolment.create_enrolment import SECONDS, open_enrolment
from authority.member import Kind
from authority.records import Records
from authority.usecases.admit_member import Application, check_application
from protocol.enrolment.link import EnrolmentLink, create_enrolment_link
from protocol.registration.claim_type import ClaimType
from protocol.registration.question import Question
from serving.clock import SystemClock
from serving.documents import check_values, load_documents
from serving.errors import OperatorError
from serving.keystore import read_passphrase
from serving.randomness import SystemRandom

app = typer.Typer(help="Make an enrolment link for a member's server.", no_args_is_help=True)

Directory = Annotated[Path, typer.Option("--directory", "-d", help="The authority's directory.")]
Id = Annotated[str, typer.Option(help="Short name: lower-case letters, digits and hyphens.")]
NameEn = Annotated[str | None, typer.Option(help="Name in English, to admit it with its first keys.")]
NameCy = Annotated[str | None, typer.Option(help="Name in Welsh.")]
Url = Annotated[str | None, typer.Option(help="Address, without a closing slash.")]


@app.command()
def department(
    *,
    directory: Directory,
    id: Id,
    name_en: NameEn = None,
    name_cy: NameCy = None,
    url: Url = None,
    claim: Annotated[list[Path] | None, typer.Option(help="Public part of a claim definition.")] = None,
) -> None:
    """Print a link for a department; with names and address it is admitted by it."""
    claim_types = tuple(one.value for one in load_documents(claim or [], ClaimType))
    _enrol(directory, Kind.DEPARTMENT, id, (name_en, name_cy, url), claim_types=claim_types)


@app.command()
def service(
    *,
    directory: Directory,
    id: Id,
    name_en: NameEn = None,
    name_cy: NameCy = None,
    url: Url = None,
    question: Annotated[list[Path] | None, typer.Option(help="A question that it may ask.")] = None,
) -> None:
    """Print a link for a service; with names and address it is admitted by it."""
    questions = tuple(one.value for one in load_documents(question or [], Question))
    _enrol(directory, Kind.SERVICE, id, (name_en, name_cy, url), questions=questions)


@app.command("wallet-provider")
def wallet_provider(
    directory: Directory, id: Id, name_en: NameEn = None, name_cy: NameCy = None, url: Url = None
) -> None:
    """Print a link for a wallet provider that signs attestations; with names and address it is admitted."""
    _enrol(directory, Kind.WALLET_PROVIDER, id, (name_en, name_cy, url))


def _enrol(
    directory: Path,
    kind: Kind,
    member_id: str,
    named: tuple[str | None, str | None, str | None],
    *,
    claim_types: tuple[ClaimType, ...] = (),
    questions: tuple[Question, ...] = (),
) -> None:
    records, now, random = (
        Records(directory, passphrase=read_passphrase(os.environ)),
        SystemClock().now(),
        SystemRandom(),
    )
    office = records.settings().office
    if office is None:
        raise OperatorError("authority.yaml does not say where the office is; write office: https://…")
    admission = _admission(named, claim_types, questions)
    if admission is not None:
        values = {"kind": kind, "id": member_id, "requests": {}, **dict(admission)}
        check_application(records, check_values(Application, values))
    with records.database.unit() as session:
        code = open_enrolment(
            session, kind, member_id, created_by=OPERATOR, now=now, random=random, admission=admission
        )
        session.commit()
    digest = records.root_certificate().fingerprint(SHA256())
    print(create_enrolment_link(EnrolmentLink(office, code, digest)))
    typer.echo(f"Good once, for {SECONDS // 86_400} days. Hand it over as you would a password.", err=True)


def _admission(
    named: tuple[str | None, str | None, str | None],
    claim_types: tuple[ClaimType, ...],
    questions: tuple[Question, ...],
) -> Admission | None:
    name_en, name_cy, url = named
    if not any((*named, *claim_types, *questions)):
        return None
    if not all(named):
        raise OperatorError("to admit it give --name-en, --name-cy and --url")
    values = {"name": {"en": name_en, "cy": name_cy}, "url": url}
    return check_values(Admission, {**values, "claim_types": claim_types, "questions": questions})
