"""Joining: whatever happens on the way, it goes on where it stopped, and believes nothing unverified."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlmodel import select

from authority.enrolment.store import CertificateRequestRow
from joining.office import OfficeUnreachable
from protocol.errors import BindingError, ProtocolError
from serving.errors import OperatorError
from serving.keystore import FileKeystore
from tests.joining.world import World
from tests.network import path_contains
from verifier.settings import load_settings


def asked(world: World) -> int:
    with world.office.network.records.database.reading() as session:
        return len(session.exec(select(CertificateRequestRow)).all())


def keystore(world: World) -> FileKeystore:
    return FileKeystore(world.directory / "keys" / "parking")


def test_from_a_link_to_a_server_that_can_start(world: World) -> None:
    lines = world.join(world.link())
    assert "Citizens' link: https://parking.example/parking" in lines
    settings = load_settings(world.directory / "verifier.yaml")
    assert settings.services["parking"].organisation_id == "PDXGB-parking"
    assert settings.network.office == "https://office.network.example"
    assert (settings.base_url, settings.port, settings.demo) == ("https://parking.example", 8000, False)


def test_a_reply_that_got_lost_costs_nothing(world: World) -> None:
    link = world.link()
    for path in ("/api/enrolments/look", "/api/enrolments", "/api/certificate-requests"):
        with world.network.losing_replies(path_contains(path)), pytest.raises(OperatorError):
            world.join(link, wait=0)
    assert world.join(link)
    assert asked(world) == 1


def test_an_office_that_is_away(world: World) -> None:
    with world.network.dropping(path_contains("/api/")), pytest.raises(OfficeUnreachable):
        world.join(world.link())


def test_done_again_it_changes_nothing(world: World) -> None:
    link = world.link()
    world.join(link)
    before = {path: path.read_bytes() for path in world.directory.rglob("*.pem")}
    settings = world.directory / "verifier.yaml"
    settings.write_text(settings.read_text() + "# ours\n")
    assert world.join(link)
    assert {path: path.read_bytes() for path in world.directory.rglob("*.pem")} == before
    assert settings.read_text().endswith("# ours\n")
    assert asked(world) == 1


def test_another_link_makes_another_key(world: World) -> None:
    world.join(world.link())
    world.join(world.link())
    assert keystore(world).current("request") == "request-2"
    assert keystore(world).has_certificate_chain("request")  # for what was begun with it


def test_a_directory_that_is_joining_takes_no_other_link(world: World) -> None:
    with pytest.raises(OperatorError, match="goes on from here"):
        world.join(world.link(), wait=0)
    with pytest.raises(OperatorError, match="joining by another link"):
        world.join(world.link())


def test_another_root_is_refused_and_nothing_put_in_place(world: World) -> None:
    with pytest.raises(BindingError, match="another network"):
        world.join(replace(world.link(), root_sha256=bytes(32)))
    assert not keystore(world).has_certificate_chain("request")
    assert not (world.directory / "root.pem").exists()


def change(text: bytes, old: str, new: str) -> bytes:
    assert old.encode() in text or b'"pending"' in text or b'"receipt"' in text
    return text.replace(old.encode(), new.encode())


@pytest.mark.parametrize(
    ("path", "reply"),
    [
        ("/api/certificate-requests", lambda body: change(body, "English words", "Other words")),
        ("/api/certificate-requests", lambda body: change(body, "PDXGB-parking", "PDXGB-blue-badge")),
        ("/api/certificate-requests", lambda body: change(body, "team@blue-badge", "evil@blue-badge")),
        ("/api/certificate-requests", lambda body: change(body, "help@supervisor", "evil@supervisor")),
        ("/registrations/", lambda body: body[:-4] + b"AAAA"),
    ],
)
def test_what_was_changed_on_the_way_is_refused(
    world: World, path: str, reply: Callable[[bytes], bytes]
) -> None:
    changed = world.network.tampering(path_contains(path), reply=reply)
    with changed, pytest.raises((ProtocolError, OperatorError)):
        world.join(world.link())
    assert not (world.directory / "verifier.yaml").exists()


def test_what_is_refused_is_told_and_the_next_link_helps(world: World) -> None:
    link = world.link()
    with pytest.raises(OperatorError, match="goes on from here"):
        world.join(link, wait=0)
    with world.office.network.records.database.unit() as session:
        row = session.exec(select(CertificateRequestRow)).one()
        row.state, row.reason = "refused", "a test"
        session.commit()
    for _ in range(2):
        with pytest.raises(OperatorError, match="the authority refused it: a test"):
            world.join(link)
    assert world.join(world.link())
    assert keystore(world).current("request") == "request-2"


def test_without_a_question_it_says_where_there_is_one(world: World) -> None:
    world.office.network.records.save_member(
        world.office.network.admit_service().model_copy(update={"registrations": ()})
    )
    lines = world.join(world.link(member_id="blue-badge"))
    assert "Adopt one at the office: the running server takes it up by itself." in lines
    assert load_settings(world.directory / "verifier.yaml").services["blue-badge"].questions == ()
    assert json.loads((world.directory / "join.json").read_text())["done"]
