"""What one authority consists of: settings, keys, the database of its members, and what was published.

Every change is one rename or one transaction, under a lock: a process that is killed leaves the state before
or the state after.

    authority.yaml    settings
    authority.db      members, and what people did (another database, where the settings name one)
    root/             the root's key: keep it elsewhere, it is needed only for a new issuing CA
    ca/               the issuing CA's key and certificate, and the root's certificate
    own/              the keys of registrar, trust list signer and log, and the first two's certificates
    parts.json        when each part of a trust list was last named by one
    log/              everything that was done, in order (authority/transparency/log.py)
    published/<n>/    what was public with trust list number n
    public            -> published/<n>, which any static web server may serve
"""

import fcntl
import io
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from ruamel.yaml import YAML

from authority import store
from authority.member import Kind, Member
from authority.settings import FILE, AuthoritySettings
from authority.transparency.log import Log
from protocol.encoding import json_dumps, json_object
from protocol.errors import ProtocolError
from protocol.keys import SigningKey
from protocol.members import Members
from serving.database import Database, migrate
from serving.documents import load_document
from serving.errors import OperatorError
from serving.files import replace_file, sync, write_durably
from serving.keystore import FileKeystore

ROOT, ISSUING, REGISTRAR, TRUST_LIST = "root", "issuing", "registrar", "trust-list"
LOG = "log"
DATABASE = "authority.db"
PARTS = "parts.json"
MAX_PARTS_BYTES = 1 << 24
KEPT_LISTS = 3  # published states that are kept, the current one included


class Signer:
    """A key of the authority's with its certificate chain (DER, leaf first, without the root)."""

    def __init__(self, keystore: FileKeystore, name: str) -> None:
        self.key: SigningKey = keystore.signing_key(name)
        self.chain = keystore.certificate_chain(name)
        self.certificate = x509.load_der_x509_certificate(self.chain[0])


class Records:
    """The directory of one authority."""

    def __init__(self, directory: Path, *, passphrase: bytes | None = None) -> None:
        self.directory = directory
        self.root_keys = FileKeystore(directory / "root", passphrase=passphrase)
        self.ca_keys = FileKeystore(directory / "ca", passphrase=passphrase)
        self.own_keys = FileKeystore(directory / "own", passphrase=passphrase)

    @property
    def public(self) -> Path:
        return self.directory / "public"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lets one process change the records at a time; another waits."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.directory / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    # --- settings and the authority's own certificates

    def exists(self) -> bool:
        return (self.directory / FILE).exists()

    def settings(self) -> AuthoritySettings:
        """The settings; raises DocumentError, also where there is no authority."""
        return load_document(self.directory / FILE, AuthoritySettings)

    def save_settings(self, settings: AuthoritySettings) -> None:
        self._write(self.directory / FILE, _yaml(settings.model_dump(mode="json", exclude_none=True)))

    def root_certificate(self) -> x509.Certificate:
        """The root's certificate, kept beside the issuing CA so that the root itself can lie elsewhere."""
        try:
            return x509.load_pem_x509_certificate((self.directory / "ca" / "root.crt").read_bytes())
        except (OSError, ValueError):
            raise OperatorError("the root's certificate (ca/root.crt) can't be read") from None

    def save_root_certificate(self, certificate: x509.Certificate) -> None:
        self._write(self.directory / "ca" / "root.crt", certificate.public_bytes(Encoding.PEM))

    def issuing(self) -> Signer:
        """The issuing CA that certifies now."""
        return Signer(self.ca_keys, self.ca_keys.current(ISSUING))

    def issuing_certificates(self) -> list[x509.Certificate]:
        """Those of every issuing CA that there was, the newest first."""
        names = self.ca_keys.generations(ISSUING)
        chains = [
            self.ca_keys.certificate_chain(one) for one in names if self.ca_keys.has_certificate_chain(one)
        ]
        return [x509.load_der_x509_certificate(chain[0]) for chain in reversed(chains)]

    def registrar(self) -> Signer:
        return Signer(self.own_keys, REGISTRAR)

    def trust_list_signer(self) -> Signer:
        return Signer(self.own_keys, TRUST_LIST)

    # --- the log

    def log(self, settings: AuthoritySettings | None = None) -> Log:
        """The log as it is now, read anew; raises OperatorError for a damaged one."""
        name = log_name((settings or self.settings()).base_url)
        return Log(self.directory / "log", name=name, key=self.own_keys.signing_key(LOG))

    # --- members

    @cached_property
    def database(self) -> Database:
        """The database, its tables up to date; raises DocumentError where there is no authority."""
        database = Database(self.settings().database or f"sqlite:///{self.directory.absolute() / DATABASE}")
        migrate(database, "authority")
        return database

    def members(self) -> list[Member]:
        """All members, by kind and id."""
        with self.database.reading() as session:
            return store.read_members(session)

    def find_member(self, kind: Kind, member_id: str) -> Member | None:
        with self.database.reading() as session:
            return store.find_member(session, kind, member_id)

    def save_member(self, member: Member) -> None:
        with self.database.unit() as session:
            store.save_member(session, member)
            session.commit()

    # --- what was published

    def sequence(self) -> int:
        """The number of the trust list in force, 0 before the first."""
        try:
            return int(self.public.readlink().name)
        except (FileNotFoundError, ValueError):
            return 0
        except OSError:
            raise OperatorError(f"{self.public} is not a link; remove it and publish again") from None

    def highest_number(self) -> int:
        """The highest number that a list may have been seen with: the link alone can get lost."""
        names = (path.name for path in (self.directory / "published").glob("*"))
        return max([self.sequence(), *(int(name) for name in names if name.isdecimal() and name.isascii())])

    def published(self, name: str) -> bytes | None:
        """A file as it is published now, or None."""
        path = self.public / name
        return path.read_bytes() if path.is_file() else None

    def save_published(
        self,
        sequence: int,
        files: Mapping[str, bytes],
        *,
        links: Mapping[str, Path],
        many: Iterable[tuple[str, bytes]] = (),
    ) -> None:
        """Puts a whole new state in place of the published one, by one rename.

        `links` are files that did not change: they are shared with the state before, not copied. `many` are
        files, too, but made one after the other: all at once they would fill the memory.
        """
        target = self.directory / "published" / str(sequence)
        written = {*links}
        for name, data in chain(files.items(), many):
            self._write_or_share(target, name, data)
            written.add(name)
        for name, source in links.items():
            (target / name).parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            (target / name).unlink(missing_ok=True)
            os.link(source, target / name)
        for directory in (target.parent, *_directories(target, written)):
            sync(directory)
        self._point_public_to(target)
        self._forget_before(sequence - KEPT_LISTS + 1)

    def _write_or_share(self, target: Path, name: str, data: bytes) -> None:
        path = target / name
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)  # never written into: it may be the file of another state, too
        if self.published(name) == data:
            os.link(self.public.resolve() / name, path)
        else:
            write_durably(path, data)

    def last_named(self) -> dict[str, int]:
        """When each published part of a trust list was last named by one (Unix seconds)."""
        try:
            read = Members(
                json_object((self.directory / PARTS).read_bytes(), max_bytes=MAX_PARTS_BYTES), code=""
            )
            return {name: read.integer(name) for name in read.raw}
        except FileNotFoundError:
            return {}
        except ProtocolError:
            raise OperatorError(f"{self.directory / PARTS} is damaged; remove it and publish again") from None

    def save_last_named(self, last_named: Mapping[str, int]) -> None:
        self._write(self.directory / PARTS, json_dumps(dict(last_named)))

    def _point_public_to(self, target: Path) -> None:
        link = self.directory / ".public.new"
        link.unlink(missing_ok=True)
        link.symlink_to(target.relative_to(self.directory))
        link.replace(self.public)
        sync(self.directory)  # a number that was seen must not be forgotten when the power fails

    def _forget_before(self, sequence: int) -> None:
        for path in (self.directory / "published").iterdir():
            if path.name.isdigit() and int(path.name) < sequence:
                shutil.rmtree(path)

    def _write(self, path: Path, data: bytes) -> None:
        replace_file(path, data, directory_mode=0o700)


def _directories(target: Path, names: Iterable[str]) -> set[Path]:
    """Every directory from `target` down to the files named."""
    holding = {(target / name).parent for name in names}
    above = {parent for one in holding for parent in one.parents if parent.is_relative_to(target)}
    return {target} | holding | above


def log_name(base_url: str) -> str:
    """What the log of an authority is called: its address without the scheme (C2SP tlog-tiles v1)."""
    return log_url(base_url).partition("://")[2]


def log_url(base_url: str) -> str:
    """Where the log of an authority is published."""
    return f"{base_url}/log"


def _yaml(data: dict[str, Any]) -> bytes:
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.width = 100
    stream = io.BytesIO()
    yaml.dump(data, stream)
    return stream.getvalue()
