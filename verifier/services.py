"""From settings to services that are ready to run, or to everything that is wrong with them, file by file.

What would fail at the first citizen fails at the start: a question that can't be read, a certificate of
another service, a registration that does not cover the question.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from protocol.errors import ProtocolError
from protocol.openid4vp.client_id import create_client_id
from protocol.registration.certificate import verify_registration_certificate
from protocol.registration.over_asking import check_within_registration
from protocol.registration.question import Question, question_to_query
from protocol.x509 import Profile, verify_chain
from serving.clock import Clock
from serving.documents import DocumentError, Problem, read_document
from serving.errors import OperatorError
from serving.keystore import FileKeystore
from serving.logs import EventLog
from verifier.registered import registered_questions
from verifier.service import REQUEST_KEY, ApprovedQuestion, RequestSigner, Service
from verifier.settings import AskedQuestion, ServiceSettings, Settings, host_of

Anchors = tuple[x509.Certificate, ...]


class LiveServices(Mapping[str, Service]):
    """The services of the settings, each read anew when one of its files took another's place.

    Certificates and registrations are renewed while the service runs, by this process or another one. What
    can't be used is noted, and the service goes on with what it had.
    """

    def __init__(
        self, settings: Settings, *, anchors: Anchors, passphrase: bytes | None, clock: Clock, log: EventLog
    ) -> None:
        """Raises one DocumentError with all that is wrong, or KeystoreError."""
        self._settings = settings
        self._anchors = anchors
        self._passphrase = passphrase
        self._clock = clock
        self._log = log
        self._stamps = {name: self._stamp(name) for name in settings.services}
        self._services = self._load_all()

    def __getitem__(self, name: str) -> Service:
        if name in self._services and self._stamp(name) != self._stamps[name]:
            self._reload(name)
        return self._services[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._services)

    def __len__(self) -> int:
        return len(self._services)

    def _loader(self) -> "_Loader":
        return _Loader(self._settings, self._anchors, self._passphrase, self._clock.now())

    def _load_all(self) -> dict[str, Service]:
        services: dict[str, Service] = {}
        problems: list[Problem] = []
        for name, one in self._settings.services.items():
            try:
                services[name] = self._loader().service(name, one)
            except DocumentError as error:
                problems.extend(error.problems)
        if problems:
            raise DocumentError(problems)
        return services

    def _reload(self, name: str) -> None:
        self._stamps[name] = self._stamp(name)  # first: what changes meanwhile is seen at the next look
        try:
            self._services[name] = self._loader().service(name, self._settings.services[name])
        except (OperatorError, ProtocolError) as error:
            self._log.error("service_not_reloaded", kind=type(error).__name__)

    def _stamp(self, name: str) -> tuple[object, ...]:
        files = self._loader().files(name, self._settings.services[name])
        return tuple((path, _stamp(path)) for path in files)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def load_certificates(paths: Sequence[Path]) -> Anchors:
    """The certificates in PEM files; raises DocumentError."""
    return tuple(certificate for path in paths for certificate in _certificates(path))


def _certificates(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except OSError:
        raise _wrong(path, "there is no such file; put the certificate there") from None
    except ValueError:
        raise _wrong(path, "this is not a PEM certificate") from None


def keystore_directory(settings: Settings, name: str) -> Path:
    """Where the keys of one service are."""
    return settings.keystore / name


@dataclass(frozen=True, slots=True)
class _Loader:
    settings: Settings
    anchors: Anchors
    passphrase: bytes | None
    now: int

    def files(self, name: str, settings: ServiceSettings) -> Sequence[Path]:
        """What may be replaced while the service runs."""
        directory = keystore_directory(self.settings, name)
        registrations = [one.registration for one in _asked(settings) if one.registration is not None]
        return [directory / f"{REQUEST_KEY}.current", directory / f"{REQUEST_KEY}.chain.pem", *registrations]

    def service(self, name: str, settings: ServiceSettings) -> Service:
        directory = keystore_directory(self.settings, name)
        keystore = FileKeystore(directory, passphrase=self.passphrase)
        key_name = keystore.current(REQUEST_KEY)
        keystore.signing_key(key_name)
        keystore.open(keystore.seal(b"", b"start"), b"start")  # a missing secret key shows now
        chain = keystore.certificate_chain(key_name)
        self._check_chain(chain, settings, directory / f"{key_name}.chain.pem")
        return Service(
            id=name,
            settings=settings,
            keystore=keystore,
            signer=RequestSigner(key_name, chain, create_client_id(chain[0])),
            questions={
                question.question.reference: question
                for question in (self._question(one, settings) for one in _asked(settings))
            },
        )

    def _check_chain(self, chain: Sequence[bytes], service: ServiceSettings, path: Path) -> None:
        try:
            leaf = verify_chain(
                chain, anchors=self.anchors, now=self.now, expected_profile=Profile.REQUEST_SIGNING
            )
        except ProtocolError as error:
            raise _wrong(path, f"wallets would refuse this certificate: {error}") from None
        if leaf.organisation_id != service.organisation_id:
            text = f"this is the certificate of {leaf.organisation_id}, not of {service.organisation_id}"
            raise _wrong(path, text)
        host = host_of(self.settings.base_url)
        if host not in leaf.hosts:  # wallets of this network send no answer to another host
            raise _wrong(path, f"the certificate does not name the host {host}; ask for one that does")

    def _question(self, asked: AskedQuestion, service: ServiceSettings) -> ApprovedQuestion:
        document = read_document(asked.file, Question)
        question = document.value
        if asked.registration is None and self.settings.network.trust_list is not None:
            text = "has no registration; wallets of the network refuse a question without one"
            raise DocumentError([document.problem(("id",), text)])
        registration = _registration(asked.registration) if asked.registration is not None else None
        if asked.registration is not None and registration is not None and not asked.unsafe_unchecked:
            self._check_registration(registration, asked.registration, service, question)
        renewed_in = None if asked.unsafe_unchecked else asked.registration
        return ApprovedQuestion(question, question_to_query(question), registration, renewed_in)

    def _check_registration(
        self, registration: str, path: Path, service: ServiceSettings, question: Question
    ) -> None:
        try:
            certificate = verify_registration_certificate(
                registration,
                anchors=self.anchors,
                log_keys=(),  # they stand in the trust list, which is not at hand before the start
                now=self.now,
                expected_subject=service.organisation_id,
            )
            check_within_registration(question_to_query(question), certificate)
        except ProtocolError as error:
            raise _wrong(path, f"wallets would refuse this: {error}") from None
        if certificate.intended_use_id != question.reference:
            raise _wrong(path, f"this registers {certificate.intended_use_id}, not {question.reference}")


def _asked(service: ServiceSettings) -> tuple[AskedQuestion, ...]:
    """What the settings list, then what the network registered."""
    directory = service.registered
    return service.questions + (registered_questions(directory) if directory else ())


def _registration(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        text = "can't be read; put the registration certificate from the authority there"
        raise _wrong(path, text) from None


def _wrong(path: Path, text: str) -> DocumentError:
    return DocumentError([Problem(path, 1, text)])
