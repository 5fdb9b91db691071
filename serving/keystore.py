"""Keys at rest: signing keys with their certificates, and the secret keys that seal and authenticate data.

`Keystore` is the seam: everything above it asks a key to act and never sees one, so a PKCS#11 module or a
cloud key service can stand in for the files.
"""

import hmac
import os
import re
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from protocol.errors import ProtocolError
from protocol.keys import PublicKey, SigningKey, SoftwareSigningKey
from serving.errors import OperatorError
from serving.randomness import Random, SystemRandom

PASSPHRASE_VARIABLE = "PDX_KEYSTORE_PASSPHRASE"  # noqa: S105 - the variable's name
PASSPHRASE_FILE_VARIABLE = "PDX_KEYSTORE_PASSPHRASE_FILE"  # noqa: S105

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_KEY_ID = re.compile(r"secret-([0-9a-f]{8})\.key")
_KEY_BYTES, _SALT_BYTES, _ID_BYTES, _NONCE_BYTES = 32, 32, 4, 12
_FORMAT = b"\x01"
_SCRYPT = {"n": 1 << 15, "r": 8, "p": 1}


class KeystoreError(OperatorError):
    """A key is missing, can't be read, or does not fit what was to be opened; the text names no secret."""


class Keystore(Protocol):
    """What a service asks of its keys.

    `current` is the name of the key that is in use under a name, `stamp` changes with it or its certificates.
    """

    def current(self, name: str) -> str: ...

    def stamp(self, name: str) -> object: ...

    def signing_key(self, name: str) -> SigningKey: ...

    def certificate_chain(self, name: str) -> tuple[bytes, ...]: ...

    def seal(self, plaintext: bytes, context: bytes) -> bytes: ...

    def open(self, sealed: bytes, context: bytes) -> bytes: ...

    def mac(self, purpose: str, data: bytes) -> bytes: ...

    def verify_mac(self, purpose: str, data: bytes, mac: bytes) -> None: ...


class FileKeystore:
    """Keys in a directory of files that only their owner may read.

    `<name>.pem` is a signing key (PKCS #8), `<name>.chain.pem` its certificates (leaf first, without the
    root), `secret-<id>.key` a secret key; the newest secret key (by `current`) seals, all of them open.
    With a passphrase every private file is encrypted.
    """

    def __init__(
        self, directory: Path, *, passphrase: bytes | None = None, random: Random | None = None
    ) -> None:
        self._directory = directory
        self._passphrase = passphrase or None
        self._random = random or SystemRandom()
        self._signing: dict[str, SigningKey] = {}
        self._secrets: dict[bytes, bytes] = {}
        self._derived: dict[tuple[bytes, str], bytes] = {}

    # --- signing keys

    def create_signing_key(self, name: str) -> SigningKey:
        """Makes a P-256 key; raises KeystoreError if there is one of that name (a key is never
        overwritten).
        """
        return self._store_signing_key(name, ec.generate_private_key(ec.SECP256R1()))

    def _store_signing_key(self, name: str, key: ec.EllipticCurvePrivateKey) -> SigningKey:
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, self._encryption())
        self._create(self._path(name, ".pem"), pem)
        return self.signing_key(name)

    def has_signing_key(self, name: str) -> bool:
        return self._path(name, ".pem").exists()

    def signing_key(self, name: str) -> SigningKey:
        """The key of that name; it is read once and kept."""
        if name not in self._signing:
            self._signing[name] = self._load_signing_key(name)
        return self._signing[name]

    def _load_signing_key(self, name: str) -> SigningKey:
        pem = self._read(self._path(name, ".pem"))
        try:
            key = load_pem_private_key(pem, self._passphrase)
        except (ValueError, TypeError):
            raise KeystoreError(f'the key "{name}" can\'t be read: is the passphrase right?') from None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise KeystoreError(f'the key "{name}" is not a P-256 key')
        return SoftwareSigningKey(key)

    def _encryption(self) -> KeySerializationEncryption:
        return BestAvailableEncryption(self._passphrase) if self._passphrase else NoEncryption()

    # --- generations: a key takes another's place, which stays for what was begun with it

    def current(self, name: str) -> str:
        """The name of the key that is in use under `name`: another one, once it took its place."""
        pointer = self._path(name, ".current")
        if not pointer.exists():
            return name
        generation = self._read(pointer).decode("ascii", "replace").strip()
        if not _NAME.fullmatch(generation) or not self.has_signing_key(generation):
            raise KeystoreError(f"{pointer.name} names no key of this keystore")
        return generation

    def stamp(self, name: str) -> object:
        """Another value whenever the key in use under `name`, or a certificate of it, was replaced."""
        generation = self.current(name)
        paths = (self._path(name, ".current"), self._path(generation, ".chain.pem"))
        return generation, *map(_file_stamp, paths)

    def generations(self, name: str) -> list[str]:
        """The names of all keys that were made for the place of `name`, in use or not, the oldest first."""
        last = int(self.next_generation(name).removeprefix(f"{name}-"))
        return [name, *(f"{name}-{n}" for n in range(2, last))]

    def last_generation(self, name: str) -> str:
        """The newest of them."""
        return self.generations(name)[-1]

    def next_generation(self, name: str) -> str:
        """A name that no key has yet, for one that is to take the place of `name`."""
        return next(f"{name}-{n}" for n in count(2) if not self.has_signing_key(f"{name}-{n}"))

    def make_current(self, name: str, generation: str) -> None:
        """Puts a key with its certificates into the place of `name`, by one rename; every process sees it."""
        self.signing_key(generation)
        self.certificate_chain(generation)
        self._replace(self._path(name, ".current"), generation.encode())

    def install_chain(self, name: str, chain: Sequence[bytes]) -> None:
        """Stores certificates (DER, leaf first) with the key they are for, in use or made to take its place,
        and puts that key in use; raises KeystoreError if they are for none of them.
        """
        leaf = x509.load_der_x509_certificate(chain[0]) if chain else None
        mine = [one for one in self.generations(name) if leaf is not None and self._is_for(one, leaf)]
        generation = mine[-1] if mine else name
        self.store_certificate_chain(generation, chain)
        if generation != name or generation != self.current(name):
            self.make_current(name, generation)

    # --- certificates

    def store_certificate_chain(self, name: str, chain: Sequence[bytes]) -> None:
        """Stores the certificates (DER, leaf first) of a key; raises KeystoreError if the leaf is not for
        it.
        """
        certificates = [x509.load_der_x509_certificate(der) for der in chain]
        if not certificates or not self._is_for(name, certificates[0]):
            raise KeystoreError(f'the first certificate is not for the key "{name}"')
        pem = b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates)
        self._replace(self._path(name, ".chain.pem"), pem)

    def _is_for(self, name: str, certificate: x509.Certificate) -> bool:
        try:
            return PublicKey.from_certificate(certificate) == self.signing_key(name).public_key
        except ProtocolError:
            return False

    def has_certificate_chain(self, name: str) -> bool:
        return self._path(name, ".chain.pem").exists()

    def certificate_chain(self, name: str) -> tuple[bytes, ...]:
        """The certificates (DER, leaf first, without the root) of a key."""
        pem = self._read(self._path(name, ".chain.pem"))
        try:
            certificates = x509.load_pem_x509_certificates(pem)
        except ValueError:
            raise KeystoreError(f'the certificates of "{name}" can\'t be read') from None
        return tuple(certificate.public_bytes(Encoding.DER) for certificate in certificates)

    # --- secret keys

    def create_secret(self) -> None:
        """Makes a new secret key that seals from now on; the earlier ones still open (key rotation)."""
        key_id, key = self._random.bytes(_ID_BYTES), self._random.bytes(_KEY_BYTES)
        self._create(self._directory / f"secret-{key_id.hex()}.key", self._wrap(key, key_id))
        self._replace(self._directory / "current", key_id.hex().encode())

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        """Encrypts; only `open` with the same context gives the plaintext back.

        AES-256-GCM under a key of its own for each message (HKDF over a random salt), so that no number
        of messages wears out the nonce. `context` says what the bytes are and whose: sealed bytes moved
        elsewhere don't open.
        """
        key_id, salt = self._current(), self._random.bytes(_SALT_BYTES)
        key, nonce = self._message_key(key_id, salt)
        head = _FORMAT + key_id + salt
        return head + AESGCM(key).encrypt(nonce, plaintext, head + context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """Decrypts what `seal` made; raises KeystoreError if key, context or any bit is another."""
        size = len(_FORMAT) + _ID_BYTES + _SALT_BYTES
        head, body = sealed[:size], sealed[size:]
        if len(head) < size or head[:1] != _FORMAT:
            raise KeystoreError("these are not sealed bytes")
        key, nonce = self._message_key(head[1 : 1 + _ID_BYTES], head[1 + _ID_BYTES :])
        try:
            return AESGCM(key).decrypt(nonce, body, head + context)
        except InvalidTag:
            raise KeystoreError("the sealed bytes don't open") from None

    def mac(self, purpose: str, data: bytes) -> bytes:
        """HMAC-SHA-256 under a key of its own for each purpose."""
        return self._mac(self._current(), purpose, data)

    def verify_mac(self, purpose: str, data: bytes, mac: bytes) -> None:
        """Raises KeystoreError unless `mac` was made for that purpose and data by one of our keys."""
        matches = [hmac.compare_digest(self._mac(key_id, purpose, data), mac) for key_id in self._key_ids()]
        if not any(matches):
            raise KeystoreError("the authentication code is wrong")

    def _mac(self, key_id: bytes, purpose: str, data: bytes) -> bytes:
        at = (key_id, purpose)
        if at not in self._derived:
            self._derived[at] = _hkdf(self._secret(key_id), b"", b"pdx mac " + purpose.encode(), _KEY_BYTES)
        return hmac.digest(self._derived[at], data, "sha256")

    def _message_key(self, key_id: bytes, salt: bytes) -> tuple[bytes, bytes]:
        okm = _hkdf(self._secret(key_id), salt, b"pdx seal", _KEY_BYTES + _NONCE_BYTES)
        return okm[:_KEY_BYTES], okm[_KEY_BYTES:]

    def _current(self) -> bytes:
        try:
            return bytes.fromhex(self._read(self._directory / "current").decode())
        except ValueError:
            raise KeystoreError("the file that names the current secret key can't be read") from None

    def _key_ids(self) -> list[bytes]:
        names = (_KEY_ID.fullmatch(path.name) for path in self._directory.glob("secret-*.key"))
        return [bytes.fromhex(match[1]) for match in names if match]

    def _secret(self, key_id: bytes) -> bytes:
        if key_id not in self._secrets:
            wrapped = self._read(self._directory / f"secret-{key_id.hex()}.key")
            self._secrets[key_id] = self._unwrap(wrapped, key_id)
        return self._secrets[key_id]

    def _wrap(self, key: bytes, key_id: bytes) -> bytes:
        if self._passphrase is None:
            return key
        salt, nonce = self._random.bytes(_SALT_BYTES), self._random.bytes(_NONCE_BYTES)
        return salt + nonce + AESGCM(self._wrapping_key(salt)).encrypt(nonce, key, key_id)

    def _unwrap(self, wrapped: bytes, key_id: bytes) -> bytes:
        if len(wrapped) == _KEY_BYTES and self._passphrase is None:
            return wrapped
        salt, rest = wrapped[:_SALT_BYTES], wrapped[_SALT_BYTES:]
        try:
            return AESGCM(self._wrapping_key(salt)).decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], key_id)
        except (InvalidTag, ValueError):
            raise KeystoreError("a secret key can't be read: is the passphrase right?") from None

    def _wrapping_key(self, salt: bytes) -> bytes:
        return Scrypt(salt=salt, length=_KEY_BYTES, **_SCRYPT).derive(self._passphrase or b"")

    # --- files

    def _path(self, name: str, suffix: str) -> Path:
        if not _NAME.fullmatch(name):
            raise KeystoreError("a key's name is lower-case letters, digits and hyphens")
        return self._directory / (name + suffix)

    def _read(self, path: Path) -> bytes:
        try:
            return path.read_bytes()
        except OSError:
            raise KeystoreError(f"the keystore has no readable file {path.name}") from None

    def _create(self, path: Path, data: bytes) -> None:
        self._write_beside(path, data)
        try:
            os.link(self._temporary(path), path)  # unlike a rename it never replaces a file
        except FileExistsError:
            raise KeystoreError(f"{path.name} exists; a key is never overwritten") from None
        finally:
            self._temporary(path).unlink()

    def _replace(self, path: Path, data: bytes) -> None:
        self._write_beside(path, data)
        self._temporary(path).replace(path)

    def _write_beside(self, path: Path, data: bytes) -> None:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._temporary(path).unlink(missing_ok=True)
        file = os.open(self._temporary(path), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())

    def _temporary(self, path: Path) -> Path:
        return path.with_name(f".{path.name}.{os.getpid()}.new")


def _file_stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def read_passphrase(environment: dict[str, str] | os._Environ[str]) -> bytes | None:
    """The keystore's passphrase from the environment or from a file that it names; None if neither is set."""
    if file := environment.get(PASSPHRASE_FILE_VARIABLE):
        try:
            return Path(file).read_bytes().rstrip(b"\r\n") or None
        except OSError:
            raise KeystoreError(f"the file that {PASSPHRASE_FILE_VARIABLE} names can't be read") from None
    return environment.get(PASSPHRASE_VARIABLE, "").encode() or None


def _hkdf(key: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt or None, info).derive(key)
