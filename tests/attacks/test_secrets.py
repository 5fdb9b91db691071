"""Secrets that slip out sideways: representations, pickles, JSON, files, what others on a machine see."""

import copy
import io
import json
import logging
import os
import pickle
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from issuer.links import offer_links
from protocol.jose.jwe import DecryptionKey
from serving.keystore import FileKeystore, KeystoreError
from serving.logs import EventLog, take_library_logs
from tests.issuer.world import World as Department
from tests.protocol.keys_for_tests import private_key, signing_key
from tests.running import run_network
from tests.verifier.world import World as Verifier

HOW: dict[str, Callable[[Any], object]] = {
    "json": json.dumps,
    "json of dict": lambda key: json.dumps(dict(key)),
    "pickle": pickle.dumps,
    "copy": copy.deepcopy,
}


@pytest.mark.parametrize("write", HOW.values(), ids=HOW)
@pytest.mark.parametrize("make", [lambda: signing_key("x"), lambda: DecryptionKey.generate("kid")])
def test_a_private_key_can_not_be_written(write: Callable[[Any], object], make: Callable[[], Any]) -> None:
    with pytest.raises(TypeError):
        write(make())


def test_a_private_key_is_not_in_its_representation() -> None:
    secret = private_key("x").private_numbers().private_value
    for shown in (repr(signing_key("x")), str(signing_key("x")), repr(dir(signing_key("x")))):
        assert str(secret) not in shown
        assert f"{secret:x}" not in shown.lower()
    key = DecryptionKey.generate("kid")
    assert key.to_secret_bytes().hex() not in repr(key) + str(key)


def test_an_offers_secrets_are_not_in_its_representation(department: Department) -> None:
    made = department.offer("amira")
    shown = repr(made) + repr(offer_links(department.deps, made.reference))
    assert made.tx_code not in shown
    assert made.reference not in shown


def modes(directory: Path) -> dict[str, int]:
    """Files that somebody else on the machine could read."""
    found = {str(path): stat.S_IMODE(path.stat().st_mode) for path in directory.rglob("*") if path.is_file()}
    return {path: mode for path, mode in found.items() if mode & 0o077}


def test_databases_and_keys_are_their_owners(department: Department, verifier: Verifier) -> None:
    department.wallet().get_copies(department.offer("amira"))
    verifier.ask()
    open_to_others = modes(department.directory) | modes(verifier.directory)
    private = [path for path in open_to_others if ".sqlite" in path or "/keys/" in path]
    public = [path for path in private if path.endswith(("dwp.sqlite", ".chain.pem"))]
    assert sorted(private) == sorted(public)  # the register is not ours; certificates are public


def test_an_error_of_the_keystore_names_no_secret(tmp_path: Path) -> None:
    keystore = FileKeystore(tmp_path, passphrase=b"canary-passphrase")
    keystore.create_secret()
    (path,) = tmp_path.glob("secret-*.key")
    secret = path.read_bytes().hex()
    acts: tuple[Callable[[], object], ...] = (
        lambda: FileKeystore(tmp_path, passphrase=b"another-canary").seal(b"canary-text", b""),
        lambda: keystore.open(b"canary-sealed", b""),
    )
    for act in acts:
        with pytest.raises(KeystoreError) as caught:
            act()
        said = f"{caught.value!r} {caught.value.__cause__!r}"
        assert not any(one in said for one in ("canary-pass", "another-", secret, "canary-sealed"))


def test_what_libraries_say_is_not_written(capfd: pytest.CaptureFixture[str]) -> None:
    """A library's message may hold the request that it complains about."""
    root = logging.getLogger()
    before, level, stream = root.handlers, root.level, io.StringIO()
    try:
        take_library_logs(EventLog(stream))
        for name in ("uvicorn.error", "uvicorn.access", "httpx", "httpcore", "alembic", "authlib", "asyncio"):
            try:
                raise ValueError("canary in an exception")
            except ValueError:
                logging.getLogger(name).error("canary in a message: %s", "canary argument", exc_info=True)
            logging.getLogger(name).info("canary in passing")
    finally:
        root.handlers = before
        root.setLevel(level)
    printed = capfd.readouterr()
    assert "library_warning" in stream.getvalue()
    assert "canary" not in stream.getvalue() + printed.out + printed.err


def test_no_secret_stands_in_the_arguments_of_a_running_party(tmp_path: Path) -> None:
    """Every user of a machine sees what its processes were started with."""
    with run_network(tmp_path) as network:
        made = network.offer("dwp", ["pip-moving-around-8-1"], "amira")
        home = network.plan.home
        secrets = {made.transaction_code, *network.network.api_keys.values()}
        arguments = [
            Path(f"/proc/{network.processes.pid(party)}/cmdline").read_text() for party in ("dwp", "veterans")
        ]
        logs = "".join(path.read_text() for path in (home / "logs").glob("*.log"))
    assert not any(secret in text for secret in secrets for text in [*arguments, logs])
    assert {
        path for path in modes(home) if "/keys" in path and not path.endswith((".chain.pem", ".csr.pem"))
    } == set()
    assert os.environ.get("PDX_KEYSTORE_PASSPHRASE") is None
