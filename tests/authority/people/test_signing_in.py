"""Signing in and letters: a real OpenID provider, a real server for letters, each over a real socket."""

import re
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiosmtpd.controller import Controller
from oidc_provider_mock import User, run_server_in_thread

from authority.actors import Role
from authority.people.email import Mailer, MailNotSentError, SmtpSettings
from authority.people.invite import invite_as_operator
from tests.authority.people.office import CSRF, HTML, URL, Office

PEOPLE = ("olwen", "tom", "unverified")


class Letterbox:
    """Takes letters."""

    def __init__(self) -> None:
        self.letters: list[Any] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.letters.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=default)))
        return "250 OK"


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    users = [
        User(
            sub=name,
            claims={"email": f"{name}@example.org", "email_verified": name != "unverified", "name": name},
        )
        for name in PEOPLE
    ]
    with run_server_in_thread(user_claims=users, require_nonce=True) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A server's own certificate and its key."""
    home = tmp_path_factory.mktemp("smtp")
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
    )
    files = ["-addext", "subjectAltName=DNS:localhost", "-keyout", f"{home}/key.pem", "-out", f"{home}/c.pem"]
    subprocess.run([*command.split(), *files], check=True, capture_output=True)
    return home / "c.pem", home / "key.pem"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def letterbox(certificate: tuple[Path, Path]) -> Iterator[tuple[Letterbox, dict[str, Any]]]:
    """A server that takes letters over TLS only, and the settings for it."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    box = Letterbox()
    server = Controller(
        box, hostname="localhost", port=free_port(), tls_context=context, require_starttls=True
    )
    server.start()
    yield (
        box,
        {
            "server": "localhost",
            "port": server.port,
            "sender": "office@network.example",
            "ca_bundle": certificate[0],
        },
    )
    server.stop()


@pytest.fixture
def office(tmp_path: Path, provider: str, letterbox: tuple[Letterbox, dict[str, Any]]) -> Iterator[Office]:
    secret = tmp_path / "secret"
    secret.write_text("a secret of the client's\n")
    sign_in = {"issuer": provider, "client_id": "office", "client_secret_file": secret}
    database = f"sqlite:///{tmp_path}/office.sqlite"
    with Office(tmp_path, database=database, oidc=sign_in, smtp=letterbox[1]) as office:
        yield office


def sign_in(office: Office, who: str, then: str = "") -> tuple[httpx.Client, httpx.Response]:
    browser = office.network.client(base_url=URL)
    redirect = browser.get("/sign-in", params={"then": then} if then else {}, headers=HTML)
    assert redirect.status_code == 302
    consent = httpx.post(redirect.headers["location"], data={"sub": who})
    back = httpx.URL(consent.headers["location"])
    return browser, browser.get(back.raw_path.decode(), headers=HTML)


def mark(browser: httpx.Client) -> dict[str, str]:
    found = CSRF.search(browser.get("/", headers=HTML).text)
    assert found
    return {"csrf": found[1]}


def test_the_whole_way_of_an_invitation(office: Office, letterbox: tuple[Letterbox, dict[str, Any]]) -> None:
    box, _ = letterbox
    owner, _ = sign_in(office, "olwen")
    office.actor("somebody", "council", Role.OWNER)

    code = invite_as_operator(office.deps, "council", "olwen@example.org", {Role.OWNER})
    assert owner.post(f"/invitations/{code}", data=mark(owner), headers=HTML).status_code == 303
    form = {**mark(owner), "email": "Tom@example.org", "role": "technical"}
    sent = owner.post("/organisations/council/invitations", data=form, headers=HTML)
    assert sent.status_code == 200
    ((to, letter),) = box.letters
    assert (to, letter["From"]) == (["tom@example.org"], "office@network.example")
    text = letter.get_content()
    assert "Rydych wedi cael gwahoddiad" in text
    link = re.search(rf"{URL}(/invitations/\S+)", text)
    assert link
    stranger = office.network.client(base_url=URL)
    page = stranger.get(link[1], headers=HTML).text
    assert f'href="/sign-in?then={link[1]}"' in page
    tom, back = sign_in(office, "tom", then=link[1])
    assert back.headers["location"] == link[1]
    assert tom.post(link[1], data=mark(tom), headers=HTML).status_code == 303
    assert "tom@example.org" in tom.get("/organisations/council/people", headers=HTML).text
    assert tom.get(link[1], headers=HTML).status_code == 410


def test_an_address_that_is_not_verified_takes_up_nothing(office: Office) -> None:

    code = invite_as_operator(office.deps, "council", "unverified@example.org", {Role.OWNER})
    browser, _ = sign_in(office, "unverified")
    answer = browser.post(f"/invitations/{code}", data=mark(browser), headers=HTML)
    assert answer.status_code == 403
    assert "The invitation is for another address" in answer.text


@pytest.mark.parametrize("then", ["https://evil.example", "//evil.example", "/\\evil.example", "/a?b=c"])
def test_signing_in_leads_to_no_other_site(office: Office, then: str) -> None:
    _, back = sign_in(office, "olwen", then=then)
    assert back.headers["location"] == "/organisations"


def test_an_answer_to_another_browsers_request(office: Office) -> None:
    redirect = office.network.client(base_url=URL).get("/sign-in", headers=HTML)
    consent = httpx.post(redirect.headers["location"], data={"sub": "olwen"})
    back = httpx.URL(consent.headers["location"]).raw_path.decode()
    assert office.network.client(base_url=URL).get(back, headers=HTML).status_code == 401


def test_signing_out(office: Office) -> None:
    browser, _ = sign_in(office, "olwen")
    assert browser.get("/organisations", headers=HTML).status_code == 200
    cookie = browser.cookies["pdx_office"]
    assert browser.post("/sign-out", data=mark(browser), headers=HTML).status_code == 303
    browser.cookies.set("pdx_office", cookie)
    assert browser.get("/organisations", headers=HTML).status_code == 401


def test_a_letter_goes_only_to_a_server_that_is_who_it_says(
    letterbox: tuple[Letterbox, dict[str, Any]],
) -> None:
    box, settings = letterbox
    mailer = Mailer(SmtpSettings.model_validate({**settings, "ca_bundle": None}))
    with pytest.raises(MailNotSentError):
        mailer.send("tom@example.org", subject="x", text="x")
    assert box.letters == []


def test_what_could_not_be_sent_is_told(tmp_path: Path) -> None:
    smtp = {"server": "localhost", "port": 9, "sender": "o@network.example", "security": "none"}
    with Office(tmp_path, database=f"sqlite:///{tmp_path}/x.sqlite", smtp=smtp) as office:
        office.actor("olwen", "council", Role.OWNER)
        form = {"email": "tom@example.org", "role": "technical"}
        answer = office.browser("olwen").post("/organisations/council/invitations", form)
        assert answer.status_code == 503
        assert "The letter could not be sent" in answer.text
        assert "letter_not_sent" in office.printed.getvalue()


def test_the_first_person_is_invited_from_the_command_line(tmp_path: Path) -> None:
    with Office(tmp_path, database=f"sqlite:///{tmp_path}/office.sqlite") as office:
        config = tmp_path / "office.yaml"
        config.write_text(
            f"demo: true\nbase_url: {URL}\nnetwork: http://localhost:8400\nroot_certificate: root.pem\n"
            "database: sqlite:///office.sqlite\nkeystore: office-keys\n"
        )
        where = ["--config", str(config), "--organisation", "authority"]
        command = ["office", "invite", *where, "--role", "reviewer", "rhys@example.org"]
        run = [sys.executable, "-c", "from serving.cli import main; main()", *command]
        link = subprocess.run(run, check=True, capture_output=True, text=True, timeout=60).stdout.strip()
        browser = office.browser("rhys")
        assert browser.post(link.removeprefix(URL)).status_code == 303
        assert browser.get("/reviews").status_code == 200


def test_without_a_provider_nobody_signs_in(tmp_path: Path) -> None:
    with Office(tmp_path, database=f"sqlite:///{tmp_path}/x.sqlite", oidc=None) as office:
        client = office.network.client(base_url=URL)
        assert client.get("/", headers=HTML).status_code == 200
        assert client.get("/sign-in", headers=HTML).status_code == 404
