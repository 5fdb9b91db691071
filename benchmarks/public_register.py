"""The public register at full size: 400 councils with 30 questions each, 50 departments with 40 claim types.

`python -m benchmarks.public_register [DIRECTORY]` prints what a first publication of its files costs, one in
which nothing changed, and one in which one question did. It leaves out the signatures, which are not the
register's.
"""

import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from authority.member import Kind, Member, MemberName, Registration
from authority.public_register.history import read_history
from authority.public_register.network import Network
from authority.public_register.units import Stamp
from authority.records import Records
from authority.settings import AuthoritySettings, OperatorName
from authority.usecases.publish_register import look, write_register
from protocol.registration.certificate import write_registration
from protocol.registration.claim_type import ClaimType
from protocol.registration.question import Question
from protocol.transparency.entry import Event, create_entry

COUNCILS, QUESTIONS, DEPARTMENTS, CLAIM_TYPES = 400, 30, 50, 40
NOW = 1_795_000_000
DAY = 86_400
BASE_URL = "https://network.example"
ATTRIBUTES = ("family_name", "given_name", "birthdate", "award_end_date")


def main(directory: Path) -> None:
    settings = AuthoritySettings(name=OperatorName(en="Network", cy="Rhwydwaith"), base_url=BASE_URL)
    records = Records(directory / "authority")
    records.save_settings(settings)
    members, entries = make_network()
    _publish(records, settings, members, entries, number=1, told="first")
    _publish(records, settings, members, entries, number=2, told="nothing changed")
    changed, entry = _with_new_version(members[DEPARTMENTS])
    members[DEPARTMENTS] = changed
    _publish(records, settings, members, [*entries, entry], number=3, told="one question changed")
    _tell_sizes(records.directory / "register")


def _publish(
    records: Records,
    settings: AuthoritySettings,
    members: Sequence[Member],
    entries: Sequence[bytes],
    *,
    number: int,
    told: str,
) -> None:
    began = time.perf_counter()
    name, history = settings.name.model_dump(), read_history(entries)
    network = Network(BASE_URL, name, members, history, log_size=len(entries), now=NOW + DAY)
    register = look(records, network, stamp=Stamp(number, NOW + number))
    between = time.perf_counter()
    write_register(records, register)
    ended = time.perf_counter()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{told}: {between - began:.1f} s to look, {ended - between:.1f} s to make and write"
        f" ({len(register.due)} pieces new, {memory:.0f} MiB at most)",
        flush=True,
    )


# --- the network


def make_network() -> tuple[list[Member], list[bytes]]:
    """The members, and what the log says of them."""
    members = [*map(_department, range(DEPARTMENTS)), *map(_council, range(COUNCILS))]
    return members, [entry for member in members for entry in _entries(member)]


def _department(number: int) -> Member:
    name = MemberName(en=f"Department {number}", cy=f"Adran {number}")
    types = tuple(_claim_type(f"department-{number}", at) for at in range(CLAIM_TYPES))
    url = f"https://department-{number}.example"
    return Member(id=f"department-{number}", kind=Kind.DEPARTMENT, name=name, url=url, claim_types=types)


def _claim_type(owner: str, number: int) -> ClaimType:
    words = _words(f"Receives benefit {number} at the higher rate")
    attributes = [
        {"path": [one], "title": _words(one), "justification": "A service must see whose claim it is."}
        for one in ATTRIBUTES
    ]
    document = {
        "id": f"benefit-{number}",
        "version": 1,
        "nation": "great-britain",
        "owner": owner,
        "effective": {"from": "2026-01-01"},
        "legal_gateway": words,
        "title": words,
        "statement": words,
        "attributes": attributes,
        "validity": {"days": 90},
    }
    return ClaimType.model_validate_json(json.dumps(document))


def _council(number: int) -> Member:
    name = MemberName(en=f"Council {number}", cy=f"Cyngor {number}")
    registrations = tuple(_registered(_question(number, at, version=1)) for at in range(QUESTIONS))
    url = f"https://council-{number}.example"
    return Member(id=f"council-{number}", kind=Kind.SERVICE, name=name, url=url, registrations=registrations)


def _registered(question: Question) -> Registration:
    return Registration(question=question, certificate="", issued_at=NOW, expires_at=NOW + 180 * DAY)


def _question(council: int, number: int, *, version: int) -> Question:
    """A third of a council's questions are its own, the others are adopted by many in the same words."""
    of = f" of council {council}" if number % 3 == 0 else ""
    ways = [
        {
            "claim": f"urn:pdx:claim:department-{at}:benefit-{number}:1",
            "attributes": [[one] for one in ATTRIBUTES],
        }
        for at in range(number % DEPARTMENTS, number % DEPARTMENTS + 6)
    ]
    document = {
        "id": f"question-{number}",
        "version": version,
        "title": _words(f"Apply for support {number}{of}"),
        "purpose": _words(f"To decide whether you can have support {number}{of} without an assessment."),
        "law": _words(f"The Support (Wales) Act 2014, section {number}"),
        "retention": {"days": 90, "text": _words("We keep the answer for 90 days. Then it is deleted.")},
        "privacy_policy": f"https://council-{council}.example/privacy",
        "contact": {"email": f"support@council-{council}.example"},
        "supervisory_authority": {"email": "casework@data-protection.example"},
        "any_of": [{"all_of": [way]} for way in ways],
    }
    return Question.model_validate_json(json.dumps(document))


def _words(text: str) -> Mapping[str, str]:
    return {"en": text, "cy": f"{text} (Cymraeg)"}


def _entries(member: Member) -> Iterator[bytes]:
    said = {"at": NOW, "organisation_id": member.organisation_id, "kind": member.kind.value}
    name = {"en": member.name.en, "cy": member.name.cy}
    yield bytes(create_entry(Event.ADMISSION, {**said, "name": name, "url": member.url}))
    for claim_type in member.claim_types:
        yield bytes(create_entry(Event.CLAIM_TYPE, {"at": NOW, "vct": claim_type.vct}))
    for registration in member.registrations:
        yield _registration(member, registration.question)


def _registration(member: Member, question: Question) -> bytes:
    payload = write_registration(
        question,
        subject=member.organisation_id,
        name=member.name.en,
        registry_uri=BASE_URL,
        info_uri=member.url,
        now=NOW,
        expires_at=NOW + 180 * DAY,
    )
    return Event.REGISTRATION.encode() + b"\n" + payload


def _with_new_version(member: Member) -> tuple[Member, bytes]:
    new = _question(0, 0, version=2)
    registrations = (_registered(new), *member.registrations[1:])
    return member.model_copy(update={"registrations": registrations}), _registration(member, new)


def _tell_sizes(register: Path) -> None:
    files: list[Any] = [one for one in register.rglob("*") if one.is_file()]
    print(f"{len(files)} files, {sum(one.stat().st_size for one in files) / 1e6:.0f} MB")
    for name in ("register.json", "changes.json", "en/search.json", "en/index.html", "en/questions/all.html"):
        print(f"  {name}\t{(register / name).stat().st_size / 1e3:.0f} kB")
    largest = max((one for one in files if one.suffix == ".html"), key=lambda one: one.stat().st_size)
    print(f"  largest page {largest.relative_to(register)}\t{largest.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as home:
            main(Path(home))
