"""Anybody can audit the log, and every forgery shows."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from authority.parts import divide
from authority.records import Records
from authority.transparency.log import Log
from authority.usecases.verify_log import Audit, verify_log
from protocol.keys import SigningKey
from protocol.transparency import Entry, parse_entry
from serving.errors import OperatorError
from tests.authority.network import NOW, Network
from tests.authority.test_publish_network import published_list

BUNDLE = "log/tile/entries/000.p"


@pytest.fixture
def network(tmp_path: Path) -> Network:
    network = Network(tmp_path / "authority").create().fill()
    network.publish()
    return network


def copy_of(network: Network, tmp_path: Path) -> Path:
    """What is published, in a directory that a test may change."""
    copy = tmp_path / "copy"
    shutil.copytree(network.records.public, copy)
    return copy


def audit(directory: Path, records: Records, *, since: str | None = None, **more: list[str]) -> Audit:
    def read(name: str) -> bytes:
        return (directory / name).read_bytes()

    return verify_log(read, anchors=[records.root_certificate()], now=NOW, since=since, **more)


def rewritten(network: Network, directory: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Another history under the very key of the log: what only the authority itself could do."""
    key: SigningKey = network.records.own_keys.signing_key("log")
    entries = change(list(network.records.log().entries()))
    shutil.rmtree(directory / "log")
    Log(directory / "log", name="network.example/log", key=key).append([parse_entry(one) for one in entries])


def test_a_whole_log(network: Network) -> None:
    found = audit(network.records.public, network.records)
    assert found.checkpoint.size == len(found.entries) == 13
    assert found.entries[-1].event == "trust-list"


def test_it_only_grew(network: Network) -> None:
    before = audit(network.records.public, network.records).note
    assert audit(network.records.public, network.records, since=before).checkpoint.size == 13
    network.publish()
    assert audit(network.records.public, network.records, since=before).checkpoint.size == 14


def test_a_log_that_grows_while_it_is_read(network: Network, tmp_path: Path) -> None:
    """The partial bundle that the checkpoint names is gone; the full one begins with the same entries."""
    copy = copy_of(network, tmp_path)
    log = network.records.log()
    log.append([Entry("change", b"{}")] * (256 - len(log)))
    shutil.rmtree(copy / "log" / "tile")
    shutil.copytree(network.records.directory / "log" / "tile", copy / "log" / "tile")

    def read(name: str) -> bytes:
        try:
            return (copy / name).read_bytes()
        except FileNotFoundError:
            raise OperatorError("not there") from None

    found = verify_log(read, anchors=[network.records.root_certificate()], now=NOW)
    assert found.checkpoint.size == len(found.entries) == 13


def test_the_registrations_that_a_wallet_saw(network: Network) -> None:
    seen = (network.records.public / "registrations" / "blue-badge" / "blue-badge.jwt").read_text()
    assert audit(network.records.public, network.records, registrations=[seen])


def test_a_registration_approved_in_secret(network: Network, tmp_path: Path) -> None:
    seen = (network.records.public / "registrations" / "blue-badge" / "blue-badge.jwt").read_text()
    copy = copy_of(network, tmp_path)
    rewritten(network, copy, lambda entries: [one for one in entries if not one.startswith(b"registration")])
    with pytest.raises(OperatorError, match="a registration is not in it"):
        audit(copy, network.records, registrations=[seen])


def test_one_entry_changed(network: Network, tmp_path: Path) -> None:
    copy = copy_of(network, tmp_path)
    path = copy / BUNDLE / "13"
    path.unlink()  # it is shared with the authority's own
    data = (network.records.public / BUNDLE / "13").read_bytes()
    path.write_bytes(data.replace(b"Blue Badge team", b"Blue Badge crew"))
    with pytest.raises(OperatorError, match="not those that were signed for"):
        audit(copy, network.records)


@pytest.mark.parametrize(
    "change",
    [
        lambda entries: [entries[0].replace(b"root", b"boot"), *entries[1:]],
        lambda entries: entries[1:],
        lambda entries: [entries[1], entries[0], *entries[2:]],
        lambda entries: [bytes(Entry("change", b"{}")), *entries],
    ],
    ids=["changed", "left out", "in another order", "put in"],
)
def test_a_rewritten_history_shows_to_whoever_kept_a_checkpoint(
    network: Network, tmp_path: Path, change: Callable[[list[bytes]], list[bytes]]
) -> None:
    before = audit(network.records.public, network.records).note
    copy = copy_of(network, tmp_path)
    rewritten(network, copy, change)
    assert audit(copy, network.records)  # it looks whole to whoever never saw another
    with pytest.raises(OperatorError, match=r"rewritten|longer before"):
        audit(copy, network.records, since=before)


def test_a_trust_list_that_was_never_logged(network: Network, tmp_path: Path) -> None:
    copy = copy_of(network, tmp_path)
    rewritten(network, copy, lambda entries: entries[:-1])
    with pytest.raises(OperatorError, match="the trust list in force"):
        audit(copy, network.records)


def test_a_head_that_was_never_logged(network: Network, tmp_path: Path) -> None:
    """The same head, signed once more: what wallets would get is not what everybody was told."""
    copy = copy_of(network, tmp_path)
    trust_list, signer = published_list(network), network.records.trust_list_signer()
    anchors = [network.records.root_certificate()]
    divided = divide(trust_list, signer, anchors=anchors, now=NOW)
    replace_text(copy / "trust-list-head.jwt", divided.head)
    with pytest.raises(OperatorError, match="the head of the trust list in force is not in it"):
        audit(copy, network.records)


def test_a_head_of_another_list(network: Network, tmp_path: Path) -> None:
    copy = copy_of(network, tmp_path)
    network.publish()
    replace_text(copy / "trust-list.jwt", (network.records.public / "trust-list.jwt").read_text())
    with pytest.raises(OperatorError, match="the head that wallets get is of another trust list"):
        audit(copy, network.records)


def test_a_head_that_the_network_did_not_sign(network: Network, tmp_path: Path) -> None:
    copy = copy_of(network, tmp_path)
    replace_text(copy / "trust-list-head.jwt", (copy / "trust-list-head.jwt").read_text()[:-6] + "AAAAAA")
    with pytest.raises(OperatorError, match="the log is not right"):
        audit(copy, network.records)


def test_a_list_that_comes_out_while_it_is_read(network: Network, tmp_path: Path) -> None:
    before = copy_of(network, tmp_path)
    network.publish()
    first = [before / "trust-list.jwt"]

    def read(name: str) -> bytes:
        path = first.pop() if name == "trust-list.jwt" and first else network.records.public / name
        return path.read_bytes()

    assert verify_log(read, anchors=[network.records.root_certificate()], now=NOW).checkpoint.size == 14


def replace_text(path: Path, text: str) -> None:
    path.unlink()  # it is shared with the authority's own
    path.write_text(text)


def test_another_network_s_log(network: Network, tmp_path: Path) -> None:
    other = Network(tmp_path / "other").create().fill()
    other.publish()
    copy = copy_of(network, tmp_path)
    shutil.rmtree(copy / "log")
    shutil.copytree(other.records.public / "log", copy / "log")
    with pytest.raises(OperatorError, match="no known log"):
        audit(copy, network.records)
    with pytest.raises(OperatorError):
        audit(network.records.public, other.records)


def test_a_checkpoint_kept_from_another_network(network: Network, tmp_path: Path) -> None:
    other = Network(tmp_path / "other").create().fill()
    other.publish()
    since = (other.records.public / "log" / "checkpoint").read_text()
    with pytest.raises(OperatorError, match="no known log"):
        audit(network.records.public, network.records, since=since)


def test_published_states_share_what_never_changes(network: Network) -> None:
    name = Path("log/tile/0/000.p/12")  # as large as the log was before the first list was signed
    network.publish()
    first, second = (network.directory / "published" / number / name for number in ("1", "2"))
    assert not first.exists() or first.stat().st_ino == second.stat().st_ino
