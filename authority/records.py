"""What one authority consists of: settings, keys, the database of its members, and what was published.

Every change is one rename or one transaction, under a lock: a process that is killed leaves the state before
or the state after. Only the public register, which follows from the rest, is brought up to date file by file.

    authority.yaml    settings
    authority.db      members, and what people did (another database, where the settings name one)
    root/             the root's key: keep it elsewhere, it is needed only for a new issuing CA
    ca/               the issuing CA's key and certificate, and the root's certificate
    own/              the keys of registrar, trust list signer and log, and the first two's certificates
    parts.json        when each part of a trust list was last named by one
    log/              everything that was done, in order (authority/transparency/log.py)
    published/<n>/    what was public with trust list number n
    register/         the public register, which every published/<n>/register points to
    public            -> published/<n>, which any static web server may serve
"""

import fcntl
import io
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from ruamel.yaml import YAML

from authority import store
from authority.confirmation.provider_keys import ProviderKeys
from authority.member import Kind, Member
from authority.public_register.history import History, HistoryReader
from authority.settings import FILE, AuthoritySettings
from authority.transparency.log import Log
from protocol.encoding import json_dumps, json_object
from protocol.errors import ProtocolError
from protocol.keys import SigningKey
from protocol.members import Members
from serving.database import Database, migrate
from serving.documents import load_document
from serving.errors import OperatorError
from serving.files import replace_file, sync, sync_all
from serving.keystore import FileKeystore

ROOT, ISSUING, REGISTRAR, TRUST_LIST = "root", "issuing", "registrar", "trust-list"
LOG = "log"
REGISTER = "register"
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
        # What was read already, kept beside the very text that it was read from.
        self._known_settings: tuple[bytes, AuthoritySettings] | None = None
        self._known_members: store.KnownMembers = {}
        self._known_log: Log | None = None
        self._known_history: tuple[Log, HistoryReader] | None = None
        self.provider_keys = ProviderKeys(directory)

    @property
    def public(self) -> Path:
        return self.directory / "public"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lets one process change the records at a time; another waits."""
        with self._locked(".lock"):
            yield

    @contextmanager
    def register_locked(self) -> Iterator[None]:
        """Lets one process write the public register at a time, which holds up nobody who changes records."""
        with self._locked(".register.lock"):
            yield

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.directory / name).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    # --- settings and the authority's own certificates

    def exists(self) -> bool:
        return (self.directory / FILE).exists()

    def settings(self) -> AuthoritySettings:
        """The settings; raises DocumentError, also where there is no authority."""
        path = self.directory / FILE
        written = _content(path)
        if written is None or self._known_settings is None or self._known_settings[0] != written:
            self._known_settings = (written or b"", load_document(path, AuthoritySettings))
        return self._known_settings[1]

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
        """The log as it is now, read anew if it grew; raises OperatorError for a damaged one."""
        name = log_name((settings or self.settings()).base_url)
        if self._known_log is None or self._known_log.key.name != name or not self._known_log.is_newest():
            self._known_log = Log(self.directory / LOG, name=name, key=self.own_keys.signing_key(LOG))
        return self._known_log

    def history(self) -> History:
        """What the log tells the public register; of a log that only grew, what is new is read.

        Raises OperatorError for a damaged log, or an entry that can't be read.
        """
        log = self.log()
        known, self._known_history = self._known_history, None
        reader = known[1] if known is not None and known[0] is log else HistoryReader()
        reader.read(log.entries(since=reader.size))
        self._known_history = (log, reader)
        return reader.history()

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
            return store.read_members(session, self._known_members)

    def find_member(self, kind: Kind, member_id: str) -> Member | None:
        with self.database.reading() as session:
            return store.find_member(session, kind, member_id, self._known_members)

    def save_member(self, member: Member) -> None:
        self.save_members([member])

    def save_members(self, members: Iterable[Member]) -> None:
        """All of them, or none."""
        with self.database.unit() as session:
            for member in members:
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

    def save_published(self, sequence: int, files: Mapping[str, bytes], *, links: Mapping[str, Path]) -> None:
        """Puts a whole new state in place of the published one, by one rename.

        `links` are files that did not change: they are shared with the state before, not copied. Nobody reads
        the new state before the rename, and everything in it is on the disk by then, by one wait for all.
        """
        before, target = self.public.resolve(), self.directory / "published" / str(sequence)
        for parent in {(target / name).parent for name in (*files, *links)}:
            parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        for name, data in files.items():
            if _content(before / name) == data:
                os.link(before / name, target / name)
            else:
                (target / name).write_bytes(data)
        for name, source in links.items():
            os.link(source, target / name)
        (target / REGISTER).symlink_to(Path("..", "..", REGISTER))
        sync_all(target)
        self._point_public_to(target)
        self._forget_before(sequence - KEPT_LISTS + 1)

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


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


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
