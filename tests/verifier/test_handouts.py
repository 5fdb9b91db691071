"""Poster and text for letters: one page for each question, in both languages whatever the reader's is."""

import html
from dataclasses import replace

from serving.qr import qr_svg
from tests.verifier.world import ENGLAND, TAX, VERIFIER, World


def poster(world: World, query: str = "", service: str = ENGLAND) -> str:
    answer = world.browser().get(f"/{service}/poster{query}")
    assert answer.status_code == 200
    return html.unescape(answer.text)


def test_both_languages_are_on_it_whatever_the_readers_is(world: World) -> None:
    address = VERIFIER.partition("://")[2]
    for query in ("", "?lang=cy"):
        page = poster(world, query)
        for words in (
            "Apply for a Blue Badge in England",
            "Gwneud cais am Fathodyn Glas yn Lloegr",
            "Scan the code with your phone’s camera",
            "Sganiwch y cod â chamera eich ffôn",
            "+44 1632 960001 / blue-badge@council.example",
            f"1. Go to {address}/{ENGLAND} or scan the code",
            f"1. Ewch i {address}/{ENGLAND} neu sganiwch",
        ):
            assert words in page


def test_the_code_leads_to_the_question(world: World) -> None:
    browser = world.browser()
    assert f'src="/{TAX}/poster.svg?question={TAX}"' in poster(world, service=TAX)
    image = browser.get(f"/{TAX}/poster.svg?question={TAX}")
    assert image.headers["content-type"] == "image/svg+xml"
    assert image.text == qr_svg(f"{VERIFIER}/{TAX}")


def test_each_further_question_has_a_short_address_of_its_own(world: World) -> None:
    house = world.house
    running = house.service(ENGLAND)
    more = house.service(TAX).questions
    both = replace(running, questions={**running.questions, **more})
    world.serve(replace(house, services={ENGLAND: both}))
    browser = world.browser()
    page = browser.get(f"/{ENGLAND}/poster?question={TAX}").text
    assert f"/{ENGLAND}/q/{TAX}</p>" in page
    assert "Get vehicle tax exemption" in browser.get(f"/{ENGLAND}/q/{TAX}").text
    assert f"/{ENGLAND}</p>" in browser.get(f"/{ENGLAND}/poster").text


def test_a_question_that_is_not_asked_has_none(world: World) -> None:
    for path in ("poster?question=other", "poster.svg?question=other", "q/other"):
        assert world.browser().get(f"/{ENGLAND}/{path}").status_code == 404
