"""What is on each page: a service's own words and the catalogue's, in the reader's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from fastapi import Request
from starlette.responses import Response

from protocol.dcql.paths import Path as ClaimPath
from serving.pages import LANGUAGES, Language, Pages
from serving.settings import Text
from verifier.answer import WALLET_ERROR, Answer, Outcome, ShownClaim
from verifier.service import ApprovedQuestion, Service
from verifier.session import Channel, Open
from verifier.sources import Source
from verifier.usecases.read_answer import Standing
from verifier.wallets import WalletChoice

PAGES: Final = Path(__file__).parent.parent / "pages"
ASSETS: Final = PAGES / "assets"
_LONDON: Final = ZoneInfo("Europe/London")


@dataclass(frozen=True, slots=True)
class Getting:
    """For whoever has nothing to show yet: who gives the claims, and the accredited wallets' addresses."""

    sources: Sequence[Source]
    wallets: Sequence[tuple[Text, str]]


class Screen:
    """The pages of one service about one question, for one reader."""

    def __init__(self, request: Request, service: Service, approved: ApprovedQuestion) -> None:
        self._request = request
        self._pages: Pages = request.app.state.pages
        self._service = service
        self._question = approved.question
        self._language = self._pages.language(request)

    def text(self, key: str, **values: object) -> str:
        """A text of the catalogue."""
        return self._pages.text(self._language, key, **values)

    def counted(self, key: str, **number: int) -> str:
        """A text that depends on one number: `<key>.one` or `<key>.other`."""
        form = "one" if next(iter(number.values())) == 1 else "other"
        return self.text(f"{key}.{form}", **number)

    def start(self, ways: Sequence[tuple[Text, ...]], getting: Getting) -> Response:
        """The first page; `ways` are the claims that would answer, together where one is not enough."""
        question, language = self._question, self._language
        return self._render(
            "start.html",
            title=_words(question.title, language),
            ways=[self.text("start.and").join(name[language] for name in way) for way in ways],
            attributes=[self._attribute("attribute", path) for path in _asked(self._question.asked_claims())],
            purpose=_words(question.purpose, language),
            law=_words(question.law, language),
            privacy_policy=question.privacy_policy,
            getting=self._getting(getting),
        )

    def request(
        self,
        standing: Standing,
        *,
        links: Mapping[str, str],
        wallets: Sequence[WalletChoice],
        chosen: WalletChoice,
        seconds: int,
        getting: Getting,
    ) -> Response:
        here, number = self._request_url(standing.session.transaction.id), wallets.index(chosen)
        return self._render(
            "request.html",
            refused=isinstance(standing.session, Open) and standing.session.refusals > 0,
            time_left=self._time_left(seconds),
            state_url=f"{here}/state",
            poll_state=poll_state(standing),
            self_url=f"{here}?wallet={number}",
            link=links.get(Channel.LINK.value),
            qr_url=f"{here}/qr.svg?wallet={number}" if Channel.QR.value in links else None,
            wallet_name=chosen.name[self._language],
            wallets=[(one.name[self._language], f"{here}?wallet={at}") for at, one in enumerate(wallets)],
            getting=self._getting(getting),
        )

    def returning(self, request_id: str) -> Response:
        here = self._request_url(request_id)
        return self._render("returning.html", self_url=here, state_url=f"{here}/state")

    def confirm(self, request_id: str, error: str | None, *, seconds: int) -> Response:
        return self._render(
            "confirm.html",
            status=400 if error else 200,
            self_url=self._request_url(request_id),
            error=error,
            time_left=self._time_left(seconds),
        )

    def code(self, shown: str, spelled: str) -> Response:
        return self._render("code.html", code=shown, spelled=spelled)

    def done(self) -> Response:
        return self._render("done.html")

    def answer(
        self,
        answer: Answer,
        names: Mapping[str, Text],
        departments: Mapping[str, Text],
        getting: Getting,
    ) -> Response:
        """What was shown: `names` of claim types by `vct`, `departments` by organisation identifier."""
        next_steps = self._service.settings.next_steps
        return self._render(
            "answer.html",
            outcome=answer.state.value,
            text=self.text(f"answer.{_answer_text(answer)}"),
            claims=[
                self._rows(claim, names[claim.vct], departments[claim.issuer], answer.verified_at)
                for claim in answer.claims
            ],
            next_steps=next_steps[self._language] if next_steps else self.text("answer.next_text"),
            getting=self._getting(getting),
        )

    def poster(self, link: str, *, image: str) -> Response:
        """Poster and text for letters in both languages; `image` is where the QR code of `link` is."""
        address = link.partition("://")[2]
        return self._render(
            "poster.html",
            image=image,
            address=address,
            sides=[self._side(language, address) for language in LANGUAGES],
        )

    def _side(self, language: Language, address: str) -> dict[str, str]:
        contact, title = self._question.contact, _words(self._question.title, language)
        values = {"address": address, "contact": " / ".join(filter(None, [contact.phone, contact.email]))}
        values |= {"title": title, "service": self._service.settings.name[language]}
        names = ("alt", "scan", "what", "other", "letter_name")
        said = {name: self._pages.text(language, f"poster.{name}", **values) for name in names}
        letter = self._pages.text(language, "poster.letter_body", **values)
        return {"language": language, "heading": title, "who": values["service"], "letter": letter, **said}

    def ended(self, title: str, *texts: str, status: int) -> Response:
        """A page for what is over: the keys of its title and texts."""
        return self._render(
            "ended.html",
            status=status,
            ended_title=self.text(f"ended.{title}_title"),
            ended_texts=[self.text(f"ended.{key}") for key in texts],
        )

    def _render(self, template: str, *, status: int = 200, **context: Any) -> Response:
        other_ways = self._service.settings.other_ways
        return self._pages.render(
            self._request,
            template,
            status=status,
            service_name=self._service.settings.name[self._language],
            home_url=f"/{self._service.id}",
            question_id=self._question.id,
            contact=self._question.contact,
            retention=_words(self._question.retention.text, self._language),
            other_ways_text=other_ways[self._language] if other_ways else None,
            **context,
        )

    def _getting(self, getting: Getting) -> dict[str, Any] | None:
        if not getting.sources and not getting.wallets:
            return None
        language, any_of = self._language, self._question.any_of
        return {
            "wallets": [(name[language], url) for name, url in getting.wallets],
            "sources": [
                (one.name[language], one.url, [claim[language] for claim in one.claims])
                for one in getting.sources
            ],
            "one_will_do": len(any_of) > 1 and all(len(one.all_of) == 1 for one in any_of),
        }

    def _request_url(self, request_id: str) -> str:
        return f"/{self._service.id}/request/{request_id}"

    def _time_left(self, seconds: int) -> str:
        if seconds < 60:
            return self.text("request.less")
        return self.counted("request.minutes", minutes=seconds // 60)

    def _attribute(self, kind: str, path: ClaimPath) -> str:
        key = f"{kind}.{'.'.join(map(str, path))}"
        return self.text(key) if self._pages.has_text(key) else " ".join(map(str, path)).replace("_", " ")

    def _rows(
        self, claim: ShownClaim, name: Text, department: Text, verified_at: int
    ) -> list[dict[str, Any]]:
        order = _asked(self._question.asked_claims())
        leaves = sorted(_leaves(claim.disclosed), key=lambda leaf: _position(leaf[0], order))
        known = [(self._attribute("name", path), self._value(value)) for path, value in leaves]
        rows = [
            (self.text("answer.claim"), name[self._language]),
            (self.text("answer.from"), department[self._language]),
            *(known or [(self.text("answer.details"), self.text("answer.nothing"))]),
            (self.text("answer.checked"), self._moment(verified_at)),
        ]
        return [{"key": {"text": key}, "value": {"text": value}} for key, value in rows]

    def _value(self, value: object) -> str:
        try:
            return self._date(date.fromisoformat(str(value)))
        except ValueError:
            return str(value)

    def _date(self, day: date) -> str:
        return f"{day.day} {self.text(f'month.{day.month}')} {day.year}"

    def _moment(self, seconds: int) -> str:
        moment = datetime.fromtimestamp(seconds, UTC).astimezone(_LONDON)
        return f"{self._date(moment.date())}, {moment:%H:%M}"


def poll_state(standing: Standing) -> str:
    """A name for what the page shows now: the state, and while it is open what changes within it."""
    state = standing.session
    if isinstance(state, Open):
        return f"open-{state.refusals}-{len(standing.requests)}"
    return state.name


def _words(text: Any, language: Language) -> str:
    words: str = text.cy if language == "cy" else text.en
    return words


def _answer_text(answer: Answer) -> str:
    if answer.state is Outcome.NOT_SHOWN and answer.reason == WALLET_ERROR:
        return "wallet_error"
    return answer.state.value


def _asked(claims: Sequence[Any]) -> list[ClaimPath]:
    return list(dict.fromkeys(path for claim in claims for path in claim.all_attributes))


def _position(path: ClaimPath, order: Sequence[ClaimPath]) -> int:
    return order.index(path) if path in order else len(order)


def _leaves(value: object, path: ClaimPath = ()) -> list[tuple[ClaimPath, object]]:
    if isinstance(value, Mapping):
        return [leaf for key, inner in value.items() for leaf in _leaves(inner, (*path, key))]
    return [(path, value)]
