"""Status lists: Token Status List draft 14 §5, §8, §13; random places, published by who comes first."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Event

import pytest
from sqlalchemy import event
from sqlmodel import select

import issuer.usecases.publish_status
from issuer.app import Timer, build_app
from issuer.deps import Signer
from issuer.store import (
    ClaimCopy,
    OfferedClaim,
    PublishedList,
    claim_publishing,
    close_list,
    store_published,
)
from issuer.usecases.place_copies import Issue, take_places
from issuer.usecases.publish_status import KEEP_COPIES_SECONDS, forget_old, publish_status
from issuer.usecases.revoke_claims import revoke_claims
from protocol.encoding import b64url_decode
from protocol.keys import PublicKey, SigningKey
from protocol.status_list import INVALID, VALID, StatusList, decompress
from tests.issuer.conftest import MakeWorld
from tests.issuer.world import ENHANCED, MOVING, URL, World, error_of
from tests.protocol.resigning import payload_of

ISSUE = Issue(MOVING, "1", expires_at=1_900_000_000)


def take(world: World, number: int) -> list[tuple[int, int]]:
    with world.deps.database.unit() as session:
        places = take_places(world.deps, session, ISSUE, number)
        session.commit()
    return places


def row(world: World, number: int = 1) -> PublishedList:
    with world.deps.database.reading() as session:
        return session.exec(select(PublishedList).where(PublishedList.number == number)).one()


def test_a_list_has_a_million_places(world: World) -> None:
    (compact,) = world.wallet().get_copies(world.offer("amira"))
    status = world.verify(compact).status
    assert status is not None
    assert len(world.status_list(status.uri).statuses) == 2**20


def test_a_list_is_served_as_a_file_that_may_be_cached(world: World) -> None:
    take(world, 1)
    answer = world.client().get("/status/1", headers={"accept": "application/statuslist+jwt"})
    assert answer.headers["content-type"] == "application/statuslist+jwt"
    assert answer.headers["cache-control"] == "public, max-age=600"
    assert answer.headers["access-control-allow-origin"] == "*"
    again = world.client().get("/status/1", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["/status/2", "/status/0", "/status/99999999999999"])
def test_a_list_that_is_not_there(world: World, path: str) -> None:
    take(world, 1)
    assert world.client().get(path).status_code == 404


def test_a_revoked_claim_is_revoked_in_the_next_token(world: World) -> None:
    copies = world.wallet().get_copies(world.offer("amira"), count=3)
    (other,) = world.wallet("other").get_copies(world.offer("grace"))
    before = world.client().get("/status/1").headers["etag"]
    assert revoke_claims(world.deps, record_key="1") == 3
    assert [world.status(compact) for compact in copies] == [INVALID] * 3
    assert world.status(other) == VALID
    assert world.client().get("/status/1").headers["etag"] != before


def test_revoking_again_revokes_nothing_more(world: World) -> None:
    world.wallet().get_copies(world.offer("amira"))
    assert [revoke_claims(world.deps, record_key="1") for _ in range(2)] == [1, 0]


def test_one_claim_type_can_be_revoked_alone(world: World) -> None:
    wallet = world.wallet()
    token = wallet.token(world.offer("grace", MOVING, ENHANCED))
    found = {}
    for name in (MOVING, ENHANCED):
        answer = wallet.ask_credential(token, wallet.proofs(wallet.nonce()), name=name)
        found[name] = answer.json()["credentials"][0]["credential"]
    with world.deps.database.reading() as session:
        key = session.exec(select(ClaimCopy)).first().record_key  # type: ignore[union-attr]
    assert revoke_claims(world.deps, record_key=key, configuration_ids=[ENHANCED]) == 1
    assert world.status(found[ENHANCED]) == INVALID
    assert world.status(found[MOVING]) == VALID


@pytest.fixture
def stored(make_world: MakeWorld, database_url: str) -> World:
    """The department on SQLite and on PostgreSQL."""
    return make_world(database=database_url)


def test_a_revocation_ends_what_could_still_be_fetched(stored: World) -> None:
    """Also where the register goes on saying yes: the wallet is a thief's, or the record is the wrong one."""
    wallet, late = stored.wallet(), stored.wallet("late")
    token, untaken = wallet.token(stored.offer("amira")), stored.offer("amira")
    revoke_claims(stored.deps, record_key="1")
    answers = [wallet.ask_credential(token, wallet.proofs(wallet.nonce()))]
    token = late.token(untaken)
    answers += [late.ask_credential(token, late.proofs(late.nonce()))]
    assert [error_of(one) for one in answers] == [(400, "credential_request_denied")] * 2
    (compact,) = stored.wallet("again").get_copies(stored.offer("amira"))
    assert stored.status(compact) == VALID


def test_a_revocation_leaves_other_claims_of_the_offer(world: World) -> None:
    wallet = world.wallet()
    token = wallet.token(world.offer("grace", MOVING, ENHANCED))
    with world.deps.database.reading() as session:
        key = session.exec(select(OfferedClaim)).first().record_key  # type: ignore[union-attr]
    revoke_claims(world.deps, record_key=key, configuration_ids=[ENHANCED])
    answers = [
        wallet.ask_credential(token, wallet.proofs(wallet.nonce()), name=n).status_code
        for n in (MOVING, ENHANCED)
    ]
    assert answers == [200, 400]


@pytest.mark.postgres
def test_a_list_that_gets_a_copy_while_it_is_revoked_is_published(
    make_world: MakeWorld, postgres_url: str
) -> None:
    """Whatever list a revoked copy is in has changed, also one that nobody had counted yet."""
    world = make_world(database=postgres_url)
    take(world, 1)
    engine = world.deps.database.engine
    other = world.another_process()

    def meanwhile(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE issuer_claim_copy"):
            with other.database.unit() as session:
                close_list(session, 1)
                take_places(other, session, ISSUE, 1)
                session.commit()

    event.listen(engine, "before_cursor_execute", meanwhile)
    assert revoke_claims(world.deps, record_key="1") == 2
    event.remove(engine, "before_cursor_execute", meanwhile)
    assert [row(world, number).published_changes for number in (1, 2)] == [1, 1]
    other.database.close()


def test_a_revocation_is_published_whatever_another_clock_said(world: World) -> None:
    """A process whose clock was a day ahead has published, and died while it did so again."""
    take(world, 1)
    tomorrow = world.clock.now() + 86_400
    with world.deps.database.unit() as session:
        claim_publishing(session, 1, now=tomorrow)
        store_published(session, 1, changes=0, token="of tomorrow", now=tomorrow)
        claim_publishing(session, 1, now=tomorrow)
        session.commit()
    assert publish_status(world.deps) == 1
    assert row(world).published_at == world.clock.now()
    assert revoke_claims(world.deps, record_key="1") == 1
    assert row(world).published_changes == row(world).changes == 1


def test_a_token_that_was_not_stored_is_not_said_to_be_published(world: World) -> None:
    take(world, 1)
    revoke_positions(world, how_many=1)
    signer = world.deps.status_signer.current()
    overtaken = OvertakenKey(signer.key, lambda: publish_as_another(world))
    assert publish_status(replace(world.deps, status_signer=Signer(overtaken, signer.x5c))) == 0
    assert "status_published" not in world.printed.getvalue()


def publish_as_another(world: World) -> None:
    with world.deps.database.unit() as session:
        store_published(session, 1, changes=9, token="newer", now=world.clock.now())
        session.commit()


def test_a_list_keeps_the_size_it_was_made_with(make_world: MakeWorld) -> None:
    """Where `status_list_size` is changed, claims are out that point anywhere in the old list."""
    world = make_world(status_list_size=1 << 16)
    copies = world.wallet().get_copies(world.offer("amira"), count=5)
    for size in (64, 1 << 20):
        changed = replace(
            world.deps, settings=world.deps.settings.model_copy(update={"status_list_size": size})
        )
        with changed.database.unit() as session:
            places = take_places(changed, session, ISSUE, 20)
            session.commit()
        assert {number for number, _ in places} == {1}
        revoke_claims(changed, record_key="1")
        assert [world.status(compact) for compact in copies] == [INVALID] * 5
        assert len(world.status_list(f"{URL}/status/1").statuses) == 1 << 16


def test_a_place_that_is_free_again_is_not_revoked_any_more(world: World) -> None:
    """A copy that was revoked is forgotten at last; whoever gets its place must not inherit that."""
    (number, position), *_ = take(world, 1)
    revoke_claims(world.deps, record_key="1")
    world.clock.advance(ISSUE.expires_at + KEEP_COPIES_SECONDS + 1 - world.clock.now())
    Timer(world.deps).tick()
    token = published(world, number)
    assert token.get(position) == VALID


def published(world: World, number: int) -> StatusList:
    """What the list that is served says, whatever the day."""
    lst = payload_of(row(world, number).token)["status_list"]["lst"]
    return StatusList.from_packed(decompress(b64url_decode(lst)), bits=1)


def test_forgetting_many_copies_holds_nobody_up(stored: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """All copies of a day end together; SQLite has one writer."""
    monkeypatch.setattr(issuer.usecases.publish_status, "FORGET_AT_ONCE", 10)
    take(stored, 25)
    stored.clock.advance(ISSUE.expires_at + KEEP_COPIES_SECONDS + 1 - stored.clock.now())
    deletions: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        deletions.extend([statement] if statement.startswith("DELETE FROM issuer_claim_copy") else [])

    event.listen(stored.deps.database.engine, "after_cursor_execute", note)
    forget_old(stored.deps)
    assert len(deletions) == 3
    with stored.deps.database.reading() as session:
        assert session.exec(select(ClaimCopy)).all() == []


def test_a_list_is_signed_again_long_before_it_expires(world: World) -> None:
    take(world, 1)
    assert publish_status(world.deps) == 0
    world.clock.advance(43_201)
    assert publish_status(world.deps) == 1
    assert publish_status(world.deps) == 0
    assert world.status_list("http://localhost:8401/status/1").expires_at == world.clock.now() + 86_400


def test_of_several_processes_one_publishes(world: World) -> None:
    take(world, 1)
    now = world.clock.now()
    for expected in (True, False):
        with world.deps.database.unit() as session:
            assert claim_publishing(session, 1, now=now) is expected
            session.commit()
    # the one who has claimed it died: the next tries when its time is up
    world.clock.advance(60)
    assert publish_status(world.deps) == 0
    revoke_claims(world.deps, record_key="1")
    assert row(world).changes == row(world).published_changes == 1


def test_a_token_that_knows_less_never_replaces_one_that_knows_more(world: World) -> None:
    take(world, 1)
    revoke_claims(world.deps, record_key="1")
    with world.deps.database.unit() as session:
        assert not store_published(session, 1, changes=0, token="old", now=world.clock.now())
        session.commit()
    assert row(world).token != "old"


@dataclass(frozen=True)
class OvertakenKey:
    """A key that takes its time: before it has signed, another process revokes something."""

    key: SigningKey
    meanwhile: Callable[[], None]

    @property
    def algorithm(self) -> str:
        return self.key.algorithm

    @property
    def public_key(self) -> PublicKey:
        return self.key.public_key

    def sign(self, data: bytes) -> bytes:
        self.meanwhile()
        return self.key.sign(data)


def test_a_revocation_during_publishing_is_published_next(world: World) -> None:
    take(world, 2)
    revoke_positions(world, how_many=1)
    signer = world.deps.status_signer.current()
    slow = OvertakenKey(signer.key, lambda: revoke_positions(world))
    publish_status(replace(world.deps, status_signer=Signer(slow, signer.x5c)))
    assert row(world).published_changes < row(world).changes
    publish_status(world.deps)
    statuses = world.status_list("http://localhost:8401/status/1").statuses
    with world.deps.database.reading() as session:
        assert {statuses.get(copy.position) for copy in session.exec(select(ClaimCopy))} == {INVALID}


def revoke_positions(world: World, how_many: int = 10) -> None:
    """What another process's revocation writes."""
    path = world.directory / "issuer.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute(
            "UPDATE issuer_claim_copy SET revoked_at = 1 WHERE position IN"
            " (SELECT position FROM issuer_claim_copy WHERE revoked_at IS NULL LIMIT ?)",
            (how_many,),
        )
        connection.execute("UPDATE issuer_status_list SET changes = changes + 1")
    connection.close()


def test_a_full_list_is_followed_by_another(make_world: MakeWorld) -> None:
    world = make_world(status_list_size=64)
    places = [place for _ in range(30) for place in take(world, 5)]
    assert len(set(places)) == 150
    numbers = {number for number, _ in places}
    assert len(numbers) >= 3
    assert row(world, 1).state == "full"
    assert row(world, max(numbers)).state == "open"
    fullness = [sum(number == one for number, _ in places) for one in sorted(numbers)[:-1]]
    assert all(20 <= one <= 64 for one in fullness)


def test_places_are_spread_over_the_list(world: World) -> None:
    positions = sorted(position for _, position in take(world, 200))
    assert positions[0] < 2**20 // 10
    assert positions[-1] > 2**20 // 10 * 9


def test_what_is_old_is_forgotten(world: World) -> None:
    made, wallet = world.offer("amira"), world.wallet()
    wallet.get_copies(made)
    counts = [table_counts(world)]
    world.clock.advance(1_600)
    forget_old(world.deps)
    counts.append(table_counts(world))
    world.clock.advance(130 * 86_400)
    forget_old(world.deps)
    counts.append(table_counts(world))
    assert counts == [(1, 1, 1, 1, 2, 1), (0, 0, 0, 0, 0, 1), (0, 0, 0, 0, 0, 0)]


def test_a_token_outlives_its_offer(world: World) -> None:
    made, wallet = world.offer("amira"), world.wallet()
    world.clock.advance(890)
    token = wallet.token(made)
    world.clock.advance(60)
    forget_old(world.deps)
    assert wallet.ask_credential(token, wallet.proofs(wallet.nonce())).status_code == 200


def table_counts(world: World) -> tuple[int, ...]:
    tables = ("offer", "offered_claim", "access_token", "spent_nonce", "spent_proof", "claim_copy")
    with sqlite3.connect(world.directory / "issuer.sqlite") as connection:
        return tuple(connection.execute(f"SELECT count(*) FROM issuer_{t}").fetchone()[0] for t in tables)


def test_a_running_service_publishes_by_itself(world: World) -> None:
    take(world, 1)
    published = Event()
    signer = world.deps.status_signer.current()
    key = OvertakenKey(signer.key, published.set)
    often = world.deps.settings.model_copy(update={"status_seconds": 1})
    timer = Timer(replace(world.deps, settings=often, status_signer=Signer(key, signer.x5c)))
    revoke_positions(world)
    timer.start()
    assert published.wait(timeout=30)
    timer.stop()
    assert world.status_list("http://localhost:8401/status/1").statuses.packed.count(0) < 2**17


def test_a_service_that_was_stopped_for_long_serves_no_list_that_has_run_out(world: World) -> None:
    take(world, 1)
    world.clock.advance(2 * world.settings.status_lifetime)
    world.network.mount("http://localhost:8499", build_app(world.deps))
    assert row(world).published_at == world.clock.now()


def test_a_failure_to_publish_is_noted_and_tried_again(world: World) -> None:
    take(world, 1)
    revoke_positions(world)
    signer = world.deps.status_signer.current()

    def fail() -> None:
        raise ConnectionError("canary")

    broken = OvertakenKey(signer.key, fail)
    Timer(replace(world.deps, status_signer=Signer(broken, signer.x5c))).tick()
    printed = world.printed.getvalue()
    assert "status_publishing_failed" in printed
    assert "canary" not in printed
    world.clock.advance(60)
    Timer(world.deps).tick()
    assert row(world).published_changes == row(world).changes
