"""What a service hands out so that citizens find its question: a poster, text for letters, a QR code."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from ruamel.yaml import YAML

from joining.part import Joined
from serving.files import replace_file
from serving.qr import qr_svg

LANGUAGES: Final = ("en", "cy")
_HERE: Final = Path(__file__).parent


def write_handouts(directory: Path, joined: Joined, link: str) -> Sequence[Path]:
    """Writes `poster.html` (both languages, to print), `letter.en.txt`, `letter.cy.txt` and `qr.svg`."""
    sides = [_side(joined, language, link) for language in LANGUAGES]
    files = {"poster.html": _poster(sides, link), "qr.svg": qr_svg(link)}
    files |= {f"letter.{side['language']}.txt": side["letter"] for side in sides}
    for name, text in files.items():
        replace_file(directory / name, text.encode(), directory_mode=0o755)
    return [directory / name for name in files]


def _side(joined: Joined, language: str, link: str) -> dict[str, Any]:
    question, organisation = joined.questions[0].question, joined.organisation
    texts: Mapping[str, str] = YAML(typ="safe", pure=True).load(_HERE / f"{language}.yaml")
    values = {
        "service": organisation.name_cy if language == "cy" else organisation.name_en,
        "title": getattr(question.title, language),
        "contact": question.contact.phone or question.contact.email,
        "link": link,
    }
    return {"language": language, **{name: text.format(**values) for name, text in texts.items()}}


def _poster(sides: Sequence[Mapping[str, Any]], link: str) -> str:
    loader = PackageLoader("verifier", "handouts")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    svg = Markup(qr_svg(link))  # noqa: S704 - drawn here
    return environment.get_template("poster.html").render(sides=sides, link=link, qr=svg)
