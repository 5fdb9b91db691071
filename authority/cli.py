"""`pdx authority`: make an authority, admit members, publish the network."""

import os
from collections.abc import Mapping
from pathlib import Path
from time import sleep
from typing import Annotated, Any

import typer

from authority.ceremony.cli import app as ceremony_app
from authority.ceremony.root import fingerprint, request_fingerprint
from authority.enrolment.cli import app as enrol_app
from authority.member import MAIN_PURPOSE, Kind, Member, Purpose
from authority.records import Records
from authority.settings import AuthoritySettings
from authority.transparency.cli import app as log_app
from authority.usecases.admit_member import Application, admit_member
from authority.usecases.carry_out_decisions import FAILED
from authority.usecases.create_authority import create_authority
from authority.usecases.grant_office import grant_office
from authority.usecases.install_issuing import (
    begin_authority,
    install_issuing,
    request_issuing,
)
from authority.usecases.keep_network import keep_network
from authority.usecases.publish_network import publish_network
from authority.usecases.publish_register import publish_register
from authority.usecases.renew_certificates import renew_certificates
from authority.usecases.revoke_key import revoke_key
from authority.usecases.set_status import set_status
from protocol.registration.claim_type import ClaimType
from protocol.registration.question import Question
from protocol.trust_list.members import MemberStatus
from serving.certificates import read_certificate
from serving.clock import SystemClock
from serving.documents import check_values, load_documents
from serving.errors import OperatorError
from serving.keystore import read_passphrase
from serving.randomness import SystemRandom
from serving.settings import Tls

app = typer.Typer(help="Run the network: admit members, publish the trust list.", no_args_is_help=True)
admit = typer.Typer(help="Certify a member and register what it issues or asks.", no_args_is_help=True)
app.add_typer(admit, name="admit")
app.add_typer(ceremony_app, name="ceremony")
app.add_typer(enrol_app, name="enrol")
app.add_typer(log_app, name="log")

Directory = Annotated[Path, typer.Option("--directory", "-d", help="The authority's directory.")]
Id = Annotated[str, typer.Option(help="Short name: lower-case letters, digits and hyphens.")]
NameEn = Annotated[str, typer.Option(help="Name in English.")]
NameCy = Annotated[str, typer.Option(help="Name in Welsh.")]
Url = Annotated[str, typer.Option(help="Address, without a closing slash.")]
Csr = Annotated[Path, typer.Option(help="Certificate request (PEM) that the member made.")]
Reason = Annotated[str, typer.Option(help="Why, in words that everybody can read in the log.")]
Out = Annotated[Path | None, typer.Option(help="Directory for the certificates, to hand to the member.")]


@app.command()
def init(
    *,
    directory: Directory,
    name: Annotated[str, typer.Option(help="The operator's name in English.")],
    base_url: Annotated[str, typer.Option(help="Where the public files will be found.")],
    name_cy: Annotated[str | None, typer.Option(help="The operator's name in Welsh.")] = None,
    office: Annotated[str | None, typer.Option(help="Where the office will be found.")] = None,
    root: Annotated[
        Path | None, typer.Option(help="The certificate (PEM) of a root that lies elsewhere.")
    ] = None,
    demo: Annotated[bool, typer.Option(help="Allow http on localhost.")] = False,
) -> None:
    """Make a root (kept apart), an issuing CA, a registrar and a trust list signer.

    With --root only the issuing CA's key: its certificate comes from a ceremony.
    """
    values = {"demo": demo, "name": {"en": name, "cy": name_cy or name}, "base_url": base_url}
    values |= {"office": office} if office else {}
    settings = check_values(AuthoritySettings, values)
    if root is not None:
        begin_authority(_records(directory), settings, read_certificate(root))
        _say(f"Made the issuing CA's key in {directory}. Next: pdx authority issuing-request.")
        return
    create_authority(_records(directory), settings, now=SystemClock().now(), random=SystemRandom())
    _say(f"Made an authority in {directory}. Keep {directory / 'root'} elsewhere: it is rarely needed.")


@admit.command()
def department(
    *,
    directory: Directory,
    id: Id,
    name_en: NameEn,
    name_cy: NameCy,
    url: Url,
    csr: Csr,
    status_csr: Annotated[Path | None, typer.Option(help="Certificate request for status lists.")] = None,
    claim: Annotated[list[Path] | None, typer.Option(help="Public part of a claim definition.")] = None,
    out: Out = None,
) -> None:
    """Certify a department and put its claim types into the catalogue."""
    requests = {Purpose.CLAIM_SIGNING: csr, Purpose.STATUS_SIGNING: status_csr}
    _admit(
        directory,
        out,
        kind=Kind.DEPARTMENT,
        id=id,
        name={"en": name_en, "cy": name_cy},
        url=url,
        requests=_read(requests),
        claim_types=tuple(one.value for one in load_documents(claim or [], ClaimType)),
    )


@admit.command()
def service(
    *,
    directory: Directory,
    id: Id,
    name_en: NameEn,
    name_cy: NameCy,
    url: Url,
    csr: Csr,
    question: Annotated[list[Path] | None, typer.Option(help="A question that it may ask.")] = None,
    out: Out = None,
) -> None:
    """Certify a service and register its questions."""
    _admit(
        directory,
        out,
        kind=Kind.SERVICE,
        id=id,
        name={"en": name_en, "cy": name_cy},
        url=url,
        requests=_read({Purpose.REQUEST_SIGNING: csr}),
        questions=tuple(one.value for one in load_documents(question or [], Question)),
    )


@admit.command("wallet-provider")
def wallet_provider(
    *,
    directory: Directory,
    id: Id,
    name_en: NameEn,
    name_cy: NameCy,
    url: Url,
    csr: Annotated[Path | None, typer.Option(help="Certificate request for wallet attestations.")] = None,
    out: Out = None,
) -> None:
    """Name a wallet that citizens may choose, and certify its provider if it asks for it."""
    _admit(
        directory,
        out,
        kind=Kind.WALLET_PROVIDER,
        id=id,
        name={"en": name_en, "cy": name_cy},
        url=url,
        requests=_read({Purpose.WALLET_ATTESTATION: csr}),
    )


@app.command()
def publish(
    directory: Directory,
    after: Annotated[
        int, typer.Option(min=0, help="After a backup was restored: the last number that was public.")
    ] = 0,
) -> None:
    """Put a new, numbered trust list and everything it names into public/."""
    records = _records(directory)
    sequence = publish_network(records, now=SystemClock().now(), after=after)
    _say(f"Published trust list {sequence} in {records.public}.")
    publish_register(records, now=SystemClock().now())


@app.command()
def keep(
    directory: Directory,
    every: Annotated[int, typer.Option(min=1, help="Seconds between two rounds.")] = 10,
    once: Annotated[bool, typer.Option(help="Do one round, for a job that cron starts.")] = False,
) -> None:
    """Certify what was decided, renew what runs out, publish what is new: the job beside the pages."""
    records, random = _records(directory), SystemRandom()
    if records.settings().reviewers is None:
        _say("Decisions are not confirmed: authority.yaml names no reviewers.")
    while True:
        _keep(records, random)
        if once:
            return
        sleep(every)


@app.command("issuing-request")
def issuing_request(
    directory: Directory, out: Annotated[Path, typer.Option(help="Where the request goes (PEM).")]
) -> None:
    """Make the key of the next issuing CA, and the request that a ceremony signs; what is in use goes on."""
    request = request_issuing(_records(directory))
    out.write_bytes(request)
    _say(f"Take {out} to the ceremony. Fingerprint: {request_fingerprint(request)}")


@app.command("install-issuing")
def install_issuing_ca(directory: Directory, certificate: Path) -> None:
    """Put the certificate from the ceremony in place: the new issuing CA certifies from now on."""
    made = install_issuing(
        _records(directory), read_certificate(certificate), now=SystemClock().now(), random=SystemRandom()
    )
    _say(f"The issuing CA is in place. Fingerprint: {fingerprint(made)}")


@app.command()
def renew(directory: Directory) -> None:
    """Make anew every certificate that is about to expire; publish afterwards."""
    done = renew_certificates(_records(directory), now=SystemClock().now(), random=SystemRandom())
    _say(f"Renewed: {', '.join(done)}." if done else "Nothing was due.")


@app.command()
def suspend(directory: Directory, kind: Kind, id: str, reason: Reason) -> None:
    """Suspend a member; publish afterwards."""
    now = SystemClock().now()
    set_status(_records(directory), kind, id, MemberStatus.SUSPENDED, reason=reason, now=now)
    _say(f"Suspended {id}. It shows with the next trust list.")


@app.command()
def reinstate(directory: Directory, kind: Kind, id: str, reason: Reason) -> None:
    """Let a suspended member take part again; publish afterwards."""
    now = SystemClock().now()
    set_status(_records(directory), kind, id, MemberStatus.ACTIVE, reason=reason, now=now)
    _say(f"Reinstated {id}. It shows with the next trust list.")


@app.command()
def revoke(directory: Directory, kind: Kind, id: str, purpose: Purpose, *, reason: Reason) -> None:
    """Revoke a member's key that got into other hands; publish afterwards."""
    revoke_key(_records(directory), kind, id, purpose, reason=reason, now=SystemClock().now())
    _say(f"Revoked the key for {purpose.value} of {id}. It shows with the next trust list.")


@app.command()
def grants(
    directory: Directory,
    role: Annotated[str, typer.Option(help="The PostgreSQL account that the office signs in with.")],
    schema: Annotated[str, typer.Option(help="The schema that the tables are in.")] = "public",
) -> None:
    """Print the SQL that lets the office's account do what the office needs, and nothing else."""
    print(grant_office(_records(directory), role, schema=schema))


@app.command("list")
def list_members(directory: Directory) -> None:
    """Show the members."""
    for member in _records(directory).members():
        print(f"{member.kind.value}\t{member.id}\t{member.status.value}\t{member.url}\t{member.name.en}")


@app.command()
def serve(
    directory: Directory,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8400,
    tls_certificate: Annotated[Path | None, typer.Option(help="Certificate (PEM) for https.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its key (PEM).")] = None,
) -> None:
    """Serve public/ for a demonstration."""
    from authority.app import create_authority_app
    from serving.logs import EventLog
    from serving.server import serve as run

    log = EventLog()
    tls = Tls(certificate=tls_certificate, key=tls_key) if tls_certificate and tls_key else None
    application, settings = create_authority_app(_records(directory), log, host=host, port=port, tls=tls)
    run(application, settings, log)


def _keep(records: Records, random: SystemRandom) -> None:
    for text in keep_network(records, now=SystemClock().now(), random=random):
        _say(f"{text}." if text.startswith(FAILED) else f"Done: {text}.")


def _admit(directory: Path, out: Path | None, **values: Any) -> None:
    records, application = _records(directory), check_values(Application, values)
    member = admit_member(records, application, now=SystemClock().now(), random=SystemRandom())
    if out is not None:
        _hand_over(member, out)
    main = member.certified(MAIN_PURPOSE[member.kind])
    if main is not None:
        print(main.chain, end="")
    _say(f"Admitted {member.kind.value} {member.id} ({member.organisation_id}). Publish to let it be known.")


def _hand_over(member: Member, out: Path) -> None:
    """Writes what the member needs: a chain for each key, a registration certificate for each question."""
    out.mkdir(parents=True, exist_ok=True)
    for certified in member.certificates:
        (out / f"{certified.purpose.value}.pem").write_text(certified.chain)
    for registration in member.registrations:
        (out / f"{registration.question.id}.jwt").write_text(registration.certificate)


def _read(requests: Mapping[Purpose, Path | None]) -> dict[Purpose, bytes]:
    try:
        return {purpose: path.read_bytes() for purpose, path in requests.items() if path is not None}
    except OSError as error:
        raise OperatorError(f"{error.filename} can't be read: {error.strerror}") from None


def _records(directory: Path) -> Records:
    return Records(directory, passphrase=read_passphrase(os.environ))


def _say(text: str) -> None:
    typer.echo(text, err=True)
