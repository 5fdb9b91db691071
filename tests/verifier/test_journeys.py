"""The journeys of a citizen over the real application: same device, two devices, a program."""

import re

from tests.verifier.world import ENGLAND, MOVING, RETURN_URL, TAX, VERIFIER, World, path_of, response_code


def test_same_device(world: World) -> None:
    browser = world.browser()
    page = world.start(browser)
    link = world.links(ENGLAND, page)["link"]
    assert link.startswith("http://localhost:8420/present?client_id=x509_hash%3A")
    request = world.read(link)
    response = world.respond(request, world.issue(status=3))
    assert response.status_code == 200, response.text
    assert list(response.json()) == ["redirect_uri"]
    redirect_uri = response.json()["redirect_uri"]
    assert redirect_uri.startswith(f"{VERIFIER}/{ENGLAND}/return?response_code=")
    back = browser.get(path_of(redirect_uri))
    assert back.status_code == 303
    answer = browser.get(back.headers["location"])
    assert answer.status_code == 200
    assert "Your proof was accepted" in answer.text
    assert "O’Neill-Gwyn" in answer.text
    assert "3 February 1961" in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_two_devices(world: World) -> None:
    laptop, phone = world.browser(), world.browser()
    page = world.start(laptop)
    request = world.read(world.links(ENGLAND, page)["qr"])
    redirect_uri = world.respond(request, world.issue()).json()["redirect_uri"]
    shown = phone.get(path_of(redirect_uri))
    assert shown.status_code == 200
    assert "O’Neill" not in shown.text
    assert "accepted" not in shown.text
    asked = laptop.get(page)
    assert "Type the code from your phone" in asked.text
    assert "O’Neill" not in asked.text
    code = re.search(r"aria-hidden=\"true\">([^<]+)<", shown.text)
    assert code is not None
    typed = laptop.post(f"{page}/confirm", data={"code": code[1].lower()})
    assert typed.status_code == 303
    answer = laptop.get(laptop.get(typed.headers["location"]).headers["location"])
    assert "Your proof was accepted" in answer.text


def test_a_service_program_with_its_own_page(world: World) -> None:
    created = world.ask(channel="link", return_url=RETURN_URL, reference="case 17")
    redirect_uri = world.respond(world.read(created["link"]), world.issue()).json()["redirect_uri"]
    assert redirect_uri.startswith(RETURN_URL + "?response_code=")
    assert world.read_answer(created)["state"] == "returning"
    confirmed = world.api().post(
        f"/requests/{created['id']}/confirm", json={"response_code": response_code(redirect_uri)}
    )
    assert confirmed.status_code == 200
    body = confirmed.json()
    assert body["state"] == "answered"
    assert body["reference"] == "case 17"
    assert body["answer"]["state"] == "approved"
    assert body["answer"]["claims"] == [
        {
            "vct": MOVING,
            "issuer": "PDXGB-dwp",
            "issuer_name": "Department for Work and Pensions",
            "disclosed": {
                "family_name": "O’Neill-Gwyn",
                "given_name": "Siân",
                "birthdate": "1961-02-03",
                "address": {"postal_code": "ZZ99 9ZZ"},
            },
            "status_at": None,
        }
    ]
    assert world.read_answer(created) == body


def test_a_question_that_asks_no_attribute_learns_none(world: World) -> None:
    created = world.ask(TAX, channel="link")
    claim = world.issue("urn:pdx:claim:dwp:pip-mobility-enhanced:1")
    redirect_uri = world.respond(world.read(created["link"]), claim).json()["redirect_uri"]
    code = re.search(r"aria-hidden=\"true\">([^<]+)<", world.browser().get(path_of(redirect_uri)).text)
    assert code is not None
    body = world.api(TAX).post(f"/requests/{created['id']}/confirm", json={"code": code[1]}).json()
    assert body["answer"]["claims"][0]["disclosed"] == {}
