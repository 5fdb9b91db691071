"""A network of full size: 400 councils with 30 questions each, 50 departments with 40 claim types each.

Built by the authority's own use cases in a directory of its own: every registration logged, signed with its
proof and verified, the list signed, divided and verified, and all of it written. Members and their keys are
there before; what is timed is what renewing and publishing everything takes. The public register follows the
list and is timed by itself.
"""

import json
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from time import perf_counter, process_time

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from authority.certify import certify_member
from authority.member import MAIN_PURPOSE, Kind, Member, MemberName
from authority.records import Records
from authority.register import Asking, register_all
from authority.settings import AuthoritySettings, OperatorName
from authority.usecases.create_authority import create_authority
from authority.usecases.publish_network import publish_network
from authority.usecases.publish_register import publish_register
from benchmarks.department import NOW
from benchmarks.measuring import Effort, ratio, time_in_turn
from benchmarks.web_wallet import time_web_wallet
from protocol.keys import SoftwareSigningKey
from protocol.registration.claim_type import ClaimType
from protocol.registration.question import Question
from protocol.trust_list.head import TrustListHead, verify_trust_list_head
from protocol.trust_list.lookup import PartialTrustList
from protocol.trust_list.parts import part_path
from serving.files import sync_all
from serving.randomness import SystemRandom

DEPARTMENTS, CLAIM_TYPES, COUNCILS, QUESTIONS = 50, 40, 400, 30
QUICKLY = 20  # times smaller, to see that it runs
RANDOM = SystemRandom()
WORDS = {"en": "Words of the length that such words have", "cy": "Geiriau o'r hyd sydd gan eiriau o'r fath"}


def measure(effort: Effort) -> dict[str, float]:
    """Build and publish the network, then look one service up as a wallet does."""
    smaller = QUICKLY if effort.seconds < 1 else 1
    with tempfile.TemporaryDirectory() as directory:
        records = Records(Path(directory, "authority"))
        create_authority(records, _settings(), now=NOW, random=RANDOM)
        members = admit_members(records, smaller=smaller, now=NOW)
        built = _build(records, members)
        return {
            **built,
            "network_statements": COUNCILS // smaller * QUESTIONS,
            "network_bare_files_s": _write_bare_files(records, Path(directory, "bare")),
            "network_bare_signatures_s": _sign_and_verify(COUNCILS // smaller * QUESTIONS),
            **_register(records),
            **_first_visit(records),
            **_verifying(records, effort),
            **time_web_wallet(records, service="council-7", question="question-7", now=NOW, effort=effort),
        }


def admit_members(records: Records, *, now: int, smaller: int = 1) -> list[Member]:
    """The members of a network of full size, each with a certified key, in an authority that exists."""
    members = [*_departments(DEPARTMENTS // smaller or 1), *_services(COUNCILS // smaller)]
    certified = [_certified(records, one, now) for one in members]
    records.save_members(certified)
    return certified


def register_everything(records: Records, members: list[Member], *, now: int) -> None:
    """Logs and signs what each service may ask: as when all of it is renewed."""
    questions = [_question(at) for at in range(QUESTIONS)]
    with records.locked():
        asking = [Asking(one, questions) for one in members if one.kind is Kind.SERVICE]
        records.save_members(register_all(records, records.log(), asking, now=now))


def _settings() -> AuthoritySettings:
    name = OperatorName(en="Authority", cy="Awdurdod")
    return AuthoritySettings(name=name, base_url="https://network.example.gov.uk")


def _departments(number: int) -> Iterator[Member]:
    for n in range(number):
        name = MemberName(en=f"Department for Public Matters {n}", cy=f"Adran Materion Cyhoeddus {n}")
        types = tuple(_claim_type(n, at) for at in range(CLAIM_TYPES))
        url = f"https://claims.department-{n}.example.gov.uk"
        yield Member(id=f"department-{n}", kind=Kind.DEPARTMENT, name=name, url=url, claim_types=types)


def _services(number: int) -> Iterator[Member]:
    for n in range(number):
        name = MemberName(en=f"Northshire County Council {n}", cy=f"Cyngor Sir Northshire {n}")
        url = f"https://services.council-{n}.example.gov.uk"
        yield Member(id=f"council-{n}", kind=Kind.SERVICE, name=name, url=url)


def _certified(records: Records, member: Member, now: int) -> Member:
    key = SoftwareSigningKey(ec.generate_private_key(ec.SECP256R1())).public_key
    purpose = MAIN_PURPOSE[member.kind]
    return certify_member(records, member, purpose=purpose, public_key=key, now=now, random=RANDOM)


def _build(records: Records, members: list[Member]) -> dict[str, float]:
    # by the clock, and the processor's time in it: on a shared machine the two are far apart
    start, began = perf_counter(), process_time()
    register_everything(records, members, now=NOW)
    publish_network(records, now=NOW)
    return {"network_build_s": perf_counter() - start, "network_build_cpu_s": process_time() - began}


def _register(records: Records) -> dict[str, float]:
    # what follows the list: every page made for the first time, then a list in which nothing changed
    start = perf_counter()
    publish_register(records, now=NOW)
    first = perf_counter()
    publish_network(records, now=NOW)
    again = perf_counter()
    publish_register(records, now=NOW)
    end = perf_counter()
    return {
        "network_publish_again_s": again - first,
        "register_first_s": first - start,
        "register_again_s": end - again,
    }


def _write_bare_files(records: Records, directory: Path) -> float:
    # the same files once more, by nobody's code: what the file system itself takes
    names = [one for one in records.public.resolve().rglob("*") if one.is_file()]
    contents = [(directory / one.relative_to(records.public.resolve()), one.read_bytes()) for one in names]
    start = perf_counter()
    for path, data in contents:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    sync_all(directory)
    return perf_counter() - start


def _sign_and_verify(number: int) -> float:
    # one signature and one verification for each registration: what can't be saved
    key, hashing = ec.generate_private_key(ec.SECP256R1()), ec.ECDSA(Prehashed(hashes.SHA256()))
    digest, public = sha256(b"registration").digest(), key.public_key()
    start = perf_counter()
    for _ in range(number):
        public.verify(key.sign(digest, hashing), digest, hashing)
    return perf_counter() - start


def _first_visit(records: Records) -> dict[str, float]:
    # what the wallet fetches of the authority for a service: bodies, not compressed, without headers
    taken = [len(_head(records))]

    def load(digest: bytes) -> bytes:
        data = (records.public / part_path(digest)).read_bytes()
        taken.append(len(data))
        return data

    found = PartialTrustList(_verified(records), load)
    assert found.service("PDXGB-council-7") is not None
    registration = (records.public / "registrations/council-7/question-7.jwt").stat().st_size
    whole = (records.public / "trust-list.jwt").stat().st_size
    lists = sum(taken)
    return {
        "trust_list_bytes": whole,
        "trust_list_head_bytes": taken[0],
        "first_visit_list_bytes": lists,
        "registration_bytes": registration,
    }


def _verifying(records: Records, effort: Effort) -> dict[str, float]:
    key = ec.generate_private_key(ec.SECP256R1())
    hashing = ec.ECDSA(Prehashed(hashes.SHA256()))
    digest = sha256(b"list").digest()
    signature, public = key.sign(digest, hashing), key.public_key()

    def ours(_: int) -> None:
        found = PartialTrustList(
            _verified(records), lambda name: (records.public / part_path(name)).read_bytes()
        )
        assert found.service("PDXGB-council-7") is not None

    rounds = time_in_turn(
        {"ours": ours, "raw": lambda _: public.verify(signature, digest, hashing)}, cases=1, effort=effort
    )
    ms = sorted(rounds["ours"])[len(rounds["ours"]) // 2] * 1000
    return {"list_verify_ms": ms, "list_verify_raw_signatures": 1 / ratio(rounds, of="ours", to="raw")}


def _head(records: Records) -> bytes:
    return (records.public / "trust-list-head.jwt").read_bytes()


def _verified(records: Records) -> TrustListHead:
    anchors = [records.root_certificate()]
    return verify_trust_list_head(_head(records).decode(), anchors=anchors, now=NOW)


def _claim_type(department: int, at: int) -> ClaimType:
    said = {
        "id": f"claim-type-{at}",
        "version": 1,
        "nation": "great-britain",
        "owner": f"department-{department}",
        "effective": {"from": "2026-01-01"},
        "legal_gateway": WORDS,
        "title": WORDS,
        "statement": WORDS,
        "attributes": [
            {
                "path": ["family_name"],
                "title": WORDS,
                "justification": "A service must see that the claim belongs to the person.",
            }
        ],
        "validity": {"days": 90},
    }
    return ClaimType.model_validate_json(json.dumps(said))


def _question(at: int) -> Question:
    vct = f"urn:pdx:claim:department-0:claim-type-{at}:1"
    said = {
        "id": f"question-{at}",
        "version": 1,
        "title": WORDS,
        "purpose": WORDS,
        "law": WORDS,
        "retention": {"days": 90, "text": WORDS},
        "privacy_policy": "https://council.example.gov.uk/privacy",
        "contact": {"email": "team@council.example.gov.uk"},
        "supervisory_authority": {"email": "help@supervisor.example.gov.uk"},
        "any_of": [{"all_of": [{"claim": vct, "attributes": [["family_name"]]}]}],
    }
    return Question.model_validate_json(json.dumps(said))
