"""The whole journey without a screen: claim issued, held, shown, answered; and what is refused.

Every step is timed, and says what each party learned and what it did not.
"""

import contextlib
import datetime as dt
import io
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from examples.blue_badge.citizen import Browser, Citizen, Council, code_on_page
from examples.blue_badge.network import parties
from examples.blue_badge.network.build import QUESTIONS, STATUS_TTL, Network
from examples.blue_badge.network.processes import Command
from examples.blue_badge.network.running import joining_commands, newcomer_command, newcomer_url
from examples.blue_badge.office import APPROVED_DAYS, Office
from examples.blue_badge.registers import PERSONAS
from examples.blue_badge.rogue import rogue_service
from serving.cli import build as pdx_command
from serving.errors import OperatorError
from wallet.holder.consent import ConsentRequest
from wallet.holder.errors import WalletError
from wallet.holder.words import attribute_values

MOVING_AROUND, ENHANCED = "pip-moving-around-8", "pip-mobility-enhanced"
PLANNING_E, PLANNING_12 = "pip-planning-journeys-e", "pip-planning-journeys-12"


class JourneyFailed(Exception):
    """A step ended otherwise than it must."""


@dataclass(frozen=True)
class Step:
    """One step and how long it took, in milliseconds."""

    name: str
    ms: float


@dataclass
class Report:
    """What was measured; nothing in it is set otherwise than by what happened."""

    answer: str = ""
    steps: list[Step] = field(default_factory=list)
    disclosed: list[dict[str, Any]] = field(default_factory=list)
    refused_planning_12: bool = False
    refused_overasking: bool = False
    refused_revoked: bool = False
    refused_suspended: bool = False
    log_verified: bool = False
    joined: bool = False
    answers: dict[str, str] = field(default_factory=dict)

    @property
    def is_right(self) -> bool:
        """Whether every answer and every refusal was as it must be."""
        refusals = (
            self.refused_planning_12,
            self.refused_overasking,
            self.refused_revoked,
            self.refused_suspended,
        )
        answered = self.answer == "approved" and self.answers == EXPECTED
        return answered and all(refusals) and self.log_verified and self.joined

    def to_json(self) -> str:
        """Write the report as a JSON object."""
        written = {
            "answer": self.answer,
            "steps": [{"name": step.name, "ms": round(step.ms, 1)} for step in self.steps],
            "disclosed": self.disclosed,
            "answers": self.answers,
            "refused_planning_12": self.refused_planning_12,
            "refused_overasking": self.refused_overasking,
            "refused_revoked": self.refused_revoked,
            "refused_suspended": self.refused_suspended,
            "log_verified": self.log_verified,
            "joined": self.joined,
        }
        return json.dumps(written, ensure_ascii=False, indent=2)


EXPECTED = {
    "Amira, Blue Badge in England": "approved",
    "Grace, vehicle tax exemption": "approved",
    "Tom, Blue Badge in Scotland": "approved",
}


class Journey:
    """Three citizens and their claims; `tell` prints a line, `start` starts more parties."""

    def __init__(
        self, network: Network, tell: Callable[[str], None], start: Callable[[Sequence[Command]], None]
    ) -> None:
        self._start = start
        self._network = network
        self._plan = network.plan
        self._tell = tell
        self.report = Report()

    def run(self) -> Report:
        """Walk the whole journey; raises JourneyFailed where something is not as it must be."""
        shutil.rmtree(self._plan.path("citizens"), ignore_errors=True)  # phones of an earlier run
        self._same_phone()
        self._two_devices()
        self._twelve_points_for_planning()
        self._asking_for_too_much()
        self._award_that_ends()
        self._suspended_service()
        self._council_joins()
        self._public_log()
        return self.report

    # --- the journeys

    def _same_phone(self) -> None:
        self._title("Amira applies for a Blue Badge in England, on one phone")
        amira = self._citizen("amira")
        self._get_claim(amira, "amira", parties.DWP, MOVING_AROUND)
        service = parties.BLUE_BADGE_ENGLAND
        browser = Browser(self._plan)
        with self._step("The council's page makes a request"):
            browser.open(f"{self._plan.url(service)}/{service}").submit()
        link = browser.link(f"{self._plan.url(parties.WALLET)}/present")
        with self._step("The wallet checks who asks, Amira agrees, the answer is sent"):
            shown = amira.agree(link)
        self._tell_consent(amira.seen[-1])
        with self._step("The phone goes back to the council's page, which has the answer"):
            browser.open(shown.redirect_uri or "")
        self._tell(f"  The page says: {browser.title}")
        self._tell("  The same question once more, by the council's own program and with a QR code:")
        answer = self._two_device_answer(amira, service, tells=False)
        self.report.answer = self.report.answers["Amira, Blue Badge in England"] = str(answer["state"])
        self.report.disclosed = _disclosed(answer)
        self._learned(amira.seen[-1], answer)
        amira.close()

    def _two_devices(self) -> None:
        self._title("Grace asks for vehicle tax exemption: form on a laptop, wallet on the phone")
        grace = self._citizen("grace")
        self._get_claim(grace, "grace", parties.DWP, ENHANCED)
        answer = self._two_device_answer(grace, parties.VEHICLE_TAX)
        self.report.answers["Grace, vehicle tax exemption"] = str(answer["state"])
        self._learned(grace.seen[-1], answer)
        grace.close()

    def _twelve_points_for_planning(self) -> None:
        self._title("Tom has 12 points for planning journeys and none for moving around")
        tom = self._citizen("tom")
        with self._step("The department looks, and its register does not say yes for England's questions"):
            refused = [self._refused_offer("tom", claim) for claim in (MOVING_AROUND, PLANNING_E)]
        for words in refused:
            self._tell(f"  The department says: {words}")
        self._get_claim(tom, "tom", parties.DWP, PLANNING_12)
        with self._step("England asks: nothing that Tom holds answers it, so nothing is sent"):
            error = self._refused_show(tom, self._ask(parties.BLUE_BADGE_ENGLAND)["link"])
        self._tell(f"  The wallet says: {error.happened('en')} {error.advice('en')}")
        self.report.refused_planning_12 = all(refused) and error.code == "nothing_to_show"
        answer = self._two_device_answer(tom, parties.BLUE_BADGE_SCOTLAND)
        self._tell("  Scotland's rule is another: 12 points for planning journeys do count there.")
        self.report.answers["Tom, Blue Badge in Scotland"] = str(answer["state"])
        tom.close()

    def _asking_for_too_much(self) -> None:
        self._title("A service asks for more than it was approved for")
        grace = self._citizen("grace")
        self._get_claim(grace, "grace", parties.DWP, ENHANCED)
        vct = f"urn:pdx:claim:dwp:{ENHANCED}:1"
        with rogue_service(self._plan, service=parties.VEHICLE_TAX, vct=vct) as rogue:
            with self._step("The wallet compares the question with the registration, and refuses"):
                error = self._refused_show(grace, rogue.link)
            self._tell(f"  The wallet says: {error.happened('en')} {error.advice('en')}")
            sent = len(rogue.received)
        self._tell(f"  What the service got: {sent} messages")
        self.report.refused_overasking = error.code == "over_asking" and sent == 0
        grace.close()

    def _award_that_ends(self) -> None:
        self._title("Amira's award ends, and the council asks again")
        amira = self._citizen("amira")
        self._get_claim(amira, "amira", parties.DWP, MOVING_AROUND)
        with self._step("The department revokes the claims of the award"):
            told = self._issuer(parties.DWP, "revoke", "--claim", MOVING_AROUND, *_given("amira"))
        self._tell(f"  {told.strip()}; services see it as soon as their copy of the status list is old")
        time.sleep(STATUS_TTL + 1)
        request = self._ask(parties.BLUE_BADGE_ENGLAND)
        with self._step("The council's verification refuses the revoked claim"):
            error = self._refused_show(amira, request["link"])
        self._tell(f"  The wallet says: {error.happened('en')} {error.advice('en')}")
        standing = self._council(parties.BLUE_BADGE_ENGLAND).read(request["id"])
        self.report.refused_revoked = standing["state"] != "answered"
        amira.close()

    def _suspended_service(self) -> None:
        self._title("The authority suspends a service, and the wallet refuses it")
        service = ("service", parties.VEHICLE_TAX)
        try:
            with self._step("The authority suspends it and says why in public"):
                self._authority("suspend", *service, "--reason", "A demonstration.")
            wallet = self._citizen("newcomer")  # one that has no earlier list
            with self._step("A wallet sees the next trust list, and refuses"):
                error = self._refused_show(wallet, self._ask(parties.VEHICLE_TAX)["link"])
            self._tell(f"  The wallet says: {error.happened('en')} {error.advice('en')}")
            self.report.refused_suspended = error.code == "service_suspended"
            wallet.close()
        finally:
            with self._step("The authority reinstates it"):
                self._authority("reinstate", *service, "--reason", "The demonstration is over.")

    def _council_joins(self) -> None:
        self._title("A council joins the network at its office, with one command, and adopts a question")
        shutil.rmtree(self._plan.path(parties.NEWCOMER), ignore_errors=True)  # of an earlier run
        self._start(joining_commands(self._plan))
        office = Office(self._plan, self._pdx)
        reviewer = office.invited(parties.REVIEWER, parties.AUTHORITY, "reviewer")
        self._question_is_approved(office, reviewer)
        clerk, member = office.sign_in(parties.CLERK), parties.NEWCOMER
        with self._step("The council says who it is, signs the agreement, answers the checklist"):
            if not (is_known := office.has_applied(clerk, member)):
                office.apply(clerk, member, newcomer_url(self._plan))
        with self._step("A reviewer admits it; the keeper does what was decided; the office gives a link"):
            if not is_known:
                office.admit(reviewer, member)
            link = office.make_link(clerk, member)
        settings = self._newcomer_starts(link)
        written = settings.read_bytes()
        with self._step("At the office the council adopts the approved question, unchanged"):
            office.adopt(clerk, member)
        with self._step("The keeper registers it, and the running service takes it up by itself"):
            office.until(self._newcomer_asks, "the service did not take the question up")
        amira = self._citizen("amira")
        self._get_claim(amira, "amira", parties.DWP, MOVING_AROUND)
        answer = self._answer_to_newcomer(amira)
        self._tell(f"  The service has its answer: {answer['state']}. Nobody touched a settings file.")
        self.report.joined = answer["state"] == "approved" and settings.read_bytes() == written
        amira.close()

    def _question_is_approved(self, office: Office, reviewer: Browser) -> None:
        service = parties.BLUE_BADGE_ENGLAND
        officer = office.invited(parties.BADGE_OFFICER, service, "technical")
        with self._step("The Blue Badge team proposes its question to all; a reviewer approves it"):
            if office.has_questions(officer):
                return
            office.propose(officer, service, QUESTIONS / f"{service}.yaml")
            office.approve(reviewer, until=self._plan.today + dt.timedelta(days=APPROVED_DAYS))

    def _newcomer_starts(self, link: str) -> Path:
        directory = self._plan.path(parties.NEWCOMER)
        with self._step("On the council's server: pdx join. Keys, certificates, settings"):
            printed = self._pdx("join", link, "--directory", str(directory), "--demo", *self._bundle())
        self._tell(f"  The command says: {_line(printed, 'Citizens')}")
        with self._step("The council's service starts"):
            self._start([newcomer_command(self._plan)])
        return directory / "verifier.yaml"

    def _newcomer_asks(self) -> bool:
        page = Browser(self._plan).open(f"{newcomer_url(self._plan)}/{parties.NEWCOMER}")
        return page.has_form("/start")

    def _answer_to_newcomer(self, citizen: Citizen) -> Mapping[str, Any]:
        settings = self._plan.path(parties.NEWCOMER, "verifier.yaml")
        asking = ("--config", str(settings), "--service", parties.NEWCOMER)
        request = json.loads(self._pdx("verifier", "request", *asking, "--json"))
        with self._step("The wallet checks who asks, the citizen agrees, the answer is sent"):
            shown = citizen.agree(request["qr_link"])
        code = code_on_page(Browser(self._plan).open(shown.redirect_uri or ""))
        read = json.loads(self._pdx("verifier", "answer", *asking, request["id"], "--code", code))
        answer: Mapping[str, Any] = read["answer"]
        return answer

    def _public_log(self) -> None:
        self._title("Somebody who trusts nobody audits what the authority did")
        with self._step("Every entry of the public log is read and hashed"):
            said = self._audit(self._plan.url(parties.AUTHORITY), "--local")
        for line in said.splitlines():
            self._tell(f"  {line}")
        with self._step("The same with one word of one approval changed"):
            forged = self._forged_audit()
        self._tell(f"  The audit says: {forged}")
        self.report.log_verified = "is whole" in said and forged.startswith("the log is not right")

    def _forged_audit(self) -> str:
        with tempfile.TemporaryDirectory() as directory:
            copy = Path(directory) / "public"
            shutil.copytree(self._plan.path(parties.AUTHORITY, "public"), copy)
            bundle = max(
                (copy / "log" / "tile" / "entries" / "000.p").iterdir(), key=lambda one: int(one.name)
            )
            bundle.write_bytes(bundle.read_bytes().replace(b"Blue Badge", b"Green Card", 1))
            try:
                return self._audit(str(copy))
            except OperatorError as refused:
                return str(refused)

    # --- parts of a journey

    def _get_claim(self, citizen: Citizen, persona: str, department: str, claim: str) -> None:
        with self._step(f"{parties.NAMES[department][0]}: staff find the person and make an offer"):
            offer = json.loads(
                self._issuer(department, "offer", "--json", "--claim", claim, *_given(persona))
            )
        with self._step("The wallet takes the offer with the transaction code and keeps the claim"):
            claims = citizen.wallet.add_offer(offer["link"], offer["transaction_code"])
        if len(claims) != 1:
            raise JourneyFailed(f"the wallet got {len(claims)} claims instead of one")
        self._tell(f"  The wallet holds: {citizen.wallet.title(claims[0])['en']}")

    def _refused_offer(self, persona: str, claim: str) -> str:
        try:
            self._issuer(parties.DWP, "offer", "--json", "--claim", claim, *_given(persona))
        except OperatorError as refused:
            return str(refused)
        raise JourneyFailed(f"the department offered {claim} to {persona}")

    def _refused_show(self, citizen: Citizen, link: str) -> WalletError:
        try:
            citizen.agree(link)
        except WalletError as error:
            return error
        raise JourneyFailed("the wallet answered a request that had to be refused")

    def _two_device_answer(self, citizen: Citizen, service: str, *, tells: bool = True) -> Mapping[str, Any]:
        council = self._council(service)
        with self._step(f"{parties.NAMES[service][0]}: the program makes a request, shown as a QR code"):
            request = council.ask("qr")
        with self._step("The wallet checks who asks, the citizen agrees, the answer is sent"):
            shown = citizen.agree(request["link"])
        if tells:
            self._tell_consent(citizen.seen[-1])
        waiting = council.read(request["id"])
        if "answer" in waiting and waiting["answer"] is not None:
            raise JourneyFailed("the answer was released without the code")
        with self._step(
            "The phone shows a code; typed in where the question was asked, it releases the answer"
        ):
            code = code_on_page(Browser(self._plan).open(shown.redirect_uri or ""))
            standing = council.confirm(request["id"], code)
        answer = standing.get("answer")
        if not isinstance(answer, dict):
            raise JourneyFailed(f"there is no answer; the request is {standing['state']}")
        self._tell(f"  The service has its answer: {answer['state']}")
        return answer

    def _ask(self, service: str) -> Mapping[str, str]:
        return self._council(service).ask("qr")

    def _council(self, service: str) -> Council:
        return Council(self._plan, service, self._network.api_keys[service])

    def _citizen(self, name: str) -> Citizen:
        number = len(list(self._plan.path("citizens").glob("*")))
        return Citizen(self._plan, self._plan.path("citizens", f"{number}-{name}"))

    def _issuer(self, department: str, command: str, *options: str) -> str:
        settings = str(self._plan.path(department, "issuer.yaml"))
        return self._pdx("issuer", command, "--config", settings, *options)

    def _authority(self, command: str, *options: str) -> None:
        directory = ("--directory", str(self._plan.path(parties.AUTHORITY)))
        self._pdx("authority", command, *directory, *options)
        self._pdx("authority", "renew", *directory)
        self._pdx("authority", "publish", *directory)

    def _audit(self, source: str, *options: str) -> str:
        root = ("--root", str(self._plan.root))
        return self._pdx("authority", "log", "verify", source, *root, *options, *self._bundle())

    def _bundle(self) -> Sequence[str]:
        return ("--ca-bundle", str(self._plan.tls.ca)) if self._plan.tls else ()

    def _pdx(self, *arguments: str) -> str:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
            pdx_command(arguments)(list(arguments), standalone_mode=False)
        return printed.getvalue()

    # --- telling

    def _title(self, text: str) -> None:
        self._tell(f"\n{text}\n{'-' * len(text)}")

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        step = Step(name, (time.perf_counter() - start) * 1000)
        self.report.steps.append(step)
        self._tell(f"{step.ms:7.0f} ms  {name}")

    def _tell_consent(self, asked: ConsentRequest) -> None:
        if asked.terms is None:
            raise JourneyFailed("the wallet was not told why the service asks")
        self._tell(f"  Asked by: {asked.service['en']}")
        self._tell(f"  Why:      {asked.terms.purpose['en']}")
        self._tell(f"  By law:   {asked.terms.law['en']}")
        self._tell(f"  Kept:     {asked.terms.retention['en']}")
        for claim in asked.claims:
            told = ", ".join(one.label["en"].lower() for one in claim.attributes) or "nothing else"
            self._tell(f"  Shown:    {claim.title['en']}; with it: {told}")

    def _learned(self, asked: ConsentRequest, answer: Mapping[str, Any]) -> None:
        told = {one.path: one.label["en"].lower() for claim in asked.claims for one in claim.attributes}
        shown = [path for claim in answer["claims"] for path, _ in attribute_values(claim["disclosed"])]
        names = [told.get(path, ".".join(map(str, path))) for path in shown]
        self._tell("  Who learned what:")
        with_it = ", ".join(sorted(names)) or "nothing else"
        self._tell(f"    the service     the yes, from whom it comes, and: {with_it}")
        self._tell("                    not: points, descriptors, conditions, award letters, other claims")
        self._tell(
            "    the department  that it gave a claim to a wallet; not where, when or whether it is shown"
        )
        self._tell(
            "                    (a service fetches its status list, a file with room for a million claims)"
        )
        self._tell("    the authority   nothing: its files are read by everyone alike")
        self._tell(
            f"    the wallet      keeps on the phone that {asked.service['en']} asked, and what it was told"
        )


def _line(printed: str, beginning: str) -> str:
    return next((line for line in printed.splitlines() if line.startswith(beginning)), "nothing of it")


def _given(persona: str) -> Sequence[str]:
    attributes = PERSONAS[persona].attributes()
    return [part for name, value in attributes.items() for part in ("--attribute", f"{name}={value}")]


def _disclosed(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"vct": claim["vct"], "issuer": claim["issuer_name"], "attributes": sorted(claim["disclosed"])}
        for claim in answer["claims"]
    ]
