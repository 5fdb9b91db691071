"""Makes the network's files with the same commands that its operators would type.

Every party gets a directory of its own under `home`; `home/commands.txt` lists what was run, in order.
"""

import contextlib
import datetime as dt
import hashlib
import io
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from examples.blue_badge.network import parties
from examples.blue_badge.network.parties import Addresses
from examples.blue_badge.network.tls import TlsFiles
from examples.blue_badge.registers import generate_registers
from serving.cli import build as pdx_command
from serving.randomness import SystemRandom, token
from verifier.service import create_api_key

EXAMPLE = Path(__file__).parents[1]
CLAIMS, QUESTIONS = EXAMPLE / "claims", EXAMPLE / "questions"
STATUS_TTL = 10  # seconds
STAFF_CLIENT, OFFICE_CLIENT = "department-staff", "network-office"


@dataclass(frozen=True)
class Plan:
    """What to build: where, at which addresses, with how many people, for which day."""

    home: Path
    addresses: Addresses
    today: dt.date
    people: int = 100_000
    tls: TlsFiles | None = None
    database: str | None = None  # the beginning of a URL; the databases named after the parties exist

    def path(self, party: str, *parts: str) -> Path:
        """Give a path in the directory of `party`."""
        return self.home.joinpath(party, *parts)

    def url(self, party: str) -> str:
        """Give the base address of `party`."""
        return self.addresses.url(party)

    @property
    def trust_list_url(self) -> str:
        return f"{self.url(parties.AUTHORITY)}/trust-list.jwt"

    @property
    def root(self) -> Path:
        return self.home / "root.pem"


@dataclass
class Network:
    """A built network: the plan, and the keys of the services' programs."""

    plan: Plan
    api_keys: Mapping[str, str] = field(default_factory=dict)


def build_network(plan: Plan) -> Network:
    """Build the network anew, or keep one that was built from the same plan and the same files."""
    stamp, built = _stamp(plan), plan.home / "built.json"
    if built.exists():
        kept = json.loads(built.read_text())
        if kept["stamp"] == stamp:
            _Operators(plan).publish()
            return Network(plan, kept["api_keys"])
    shutil.rmtree(plan.home, ignore_errors=True)
    plan.home.mkdir(parents=True, mode=0o700)
    generate_registers(plan.home / "registers", today=plan.today, people=plan.people)
    network = Network(plan, _Operators(plan).build())
    built.write_text(json.dumps({"stamp": stamp, "api_keys": dict(network.api_keys)}))
    built.chmod(0o600)
    return network


def _stamp(plan: Plan) -> str:
    sources = sorted([*EXAMPLE.rglob("*.yaml"), *EXAMPLE.rglob("*.py")])
    content = hashlib.sha256()
    for path in sources:
        content.update(path.read_bytes())
    settings = (plan.addresses, plan.today, plan.people, plan.database, plan.tls is not None)
    return f"{content.hexdigest()} {settings}"


class _Operators:
    """The people who set the parties up, one command after the other."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def build(self) -> dict[str, str]:
        self._authority()
        self._office()
        for department in parties.DEPARTMENTS:
            self._department(department)
        api_keys = {service: self._service(service) for service in parties.SERVICES}
        self._wallet()
        self.publish()
        return api_keys

    def publish(self) -> None:
        self._pdx("authority", "renew", "--directory", self._at(parties.AUTHORITY))
        self._pdx("authority", "publish", "--directory", self._at(parties.AUTHORITY))

    # --- authority

    def _authority(self) -> None:
        english, welsh = parties.NAMES[parties.AUTHORITY]
        address = self._plan.url(parties.AUTHORITY)
        self._pdx(
            *("authority", "init", "--directory", self._at(parties.AUTHORITY), "--demo"),
            *("--name", english, "--name-cy", welsh, "--base-url", address),
            *("--office", self._plan.url(parties.OFFICE)),
        )
        self.publish()
        shutil.copy(self._plan.path(parties.AUTHORITY, "public", "ca", "root.pem"), self._plan.root)

    def _office(self) -> None:
        settings = self._shared(parties.OFFICE, "office") | {
            "network": self._plan.url(parties.AUTHORITY),
            "root_certificate": str(self._plan.root),
            "database": f"sqlite:///{self._plan.path(parties.AUTHORITY, 'authority.db')}",
            "oidc": self._sign_in(parties.OFFICE, OFFICE_CLIENT),
        }
        self._pdx("office", "init", "--config", self._write(parties.OFFICE, "office.yaml", settings))

    def _admit(self, kind: str, member: str, *options: str) -> None:
        english, welsh = parties.NAMES[member]
        self._pdx(
            *("authority", "admit", kind, "--directory", self._at(parties.AUTHORITY), "--id", member),
            *("--name-en", english, "--name-cy", welsh, "--url", self._plan.url(member)),
            *options,
        )

    # --- departments

    def _department(self, name: str) -> None:
        settings = self._write(name, "issuer.yaml", self._department_settings(name))
        self._copy_claims(name)
        requests, chains = self._at(name, "requests"), self._at(name, "certificates")
        self._pdx("issuer", "init", "--config", settings, "--requests", requests)
        public = self._plan.path(name, "claim-types")
        definitions = sorted(map(str, self._plan.path(name, "claims").glob("*.yaml")))
        self._pdx("issuer", "claim-type", *definitions, "--out", str(public))
        claims = [part for path in sorted(public.glob("*.yaml")) for part in ("--claim", str(path))]
        self._admit(
            "department",
            name,
            *("--csr", f"{requests}/claim-signing.csr.pem"),
            *("--status-csr", f"{requests}/status-signing.csr.pem"),
            *claims,
            *("--out", chains),
        )
        self._pdx(
            *("issuer", "install-certificates", "--config", settings),
            *("--claim-signing", f"{chains}/claim-signing.pem"),
            *("--status-signing", f"{chains}/status-signing.pem"),
        )

    def _department_settings(self, name: str) -> dict[str, Any]:
        return self._shared(name, "issuer") | {
            "organisation_id": f"PDXGB-{name}",
            "name": _name(name),
            "registers": {name: {"url": f"sqlite:///{self._plan.home / 'registers' / f'{name}.sqlite'}"}},
            "claims": "claims",
            "oidc": self._sign_in(name, STAFF_CLIENT),
            "wallets": [{"name": _name(parties.WALLET), "url": self._plan.url(parties.WALLET)}],
            # short, so that the demo can show a revocation; real ones take minutes
            "status_seconds": 2,
            "status_ttl": STATUS_TTL,
        }

    def _sign_in(self, party: str, client: str) -> dict[str, str]:
        secret = self._sign_in_secret(party)
        return {"issuer": self._sign_in_url(), "client_id": client, "client_secret_file": secret}

    def _sign_in_secret(self, name: str) -> str:
        # the ready-made provider wants a secret, of whatever content
        path = self._plan.path(name, "sign-in.secret")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(token(SystemRandom()), encoding="utf-8")
        return path.name

    def _sign_in_url(self) -> str:
        # the ready-made provider speaks http only, on this machine only
        return f"http://localhost:{self._plan.addresses.port(parties.SIGN_IN)}"

    def _copy_claims(self, owner: str) -> None:
        target = self._plan.path(owner, "claims")
        target.mkdir(parents=True, exist_ok=True)
        for path in CLAIMS.glob("*.yaml"):
            if YAML(typ="safe").load(path.read_text(encoding="utf-8"))["owner"] == owner:
                shutil.copy(path, target / path.name)

    # --- services

    def _service(self, name: str) -> str:
        key, digest = create_api_key(SystemRandom())
        settings = self._write(name, "verifier.yaml", self._service_settings(name, digest))
        question = self._plan.path(name, "question.yaml")
        shutil.copy(QUESTIONS / f"{name}.yaml", question)
        self._pdx("verifier", "init", "--config", settings)
        chains = self._at(name, "certificates")
        request = next(self._plan.path(name, "keystore").rglob("*.csr.pem"))
        self._admit("service", name, "--csr", str(request), "--question", str(question), "--out", chains)
        self._pdx(
            *("verifier", "install", "--config", settings, "--service", name),
            f"{chains}/request-signing.pem",
        )
        return key

    def _service_settings(self, name: str, api_key_digest: str) -> dict[str, Any]:
        service = {
            "name": _name(name),
            "organisation_id": f"PDXGB-{name}",
            "questions": [{"file": "question.yaml", "registration": f"certificates/{name}.jwt"}],
            "api_keys": [{"name": "demo", "sha256": api_key_digest}],
        }
        return self._shared(name, "verifier") | {
            "network": {
                "root_certificates": [str(self._plan.root)],
                "trust_list": self._plan.trust_list_url,
                "refresh_seconds": 5,
            },
            "services": {name: service},
        }

    # --- wallet

    def _wallet(self) -> None:
        self._admit("wallet-provider", parties.WALLET)
        settings = self._shared(parties.WALLET, "wallet")
        del settings["database"]
        self._write(
            parties.WALLET,
            "wallet.yaml",
            settings
            | {
                "network": {
                    "trust_list_url": self._plan.trust_list_url,
                    "root_certificates": [str(self._plan.root)],
                }
            },
        )

    # --- shared

    def _shared(self, party: str, database: str) -> dict[str, Any]:
        plan = self._plan
        url = f"{plan.database}{party}" if plan.database else f"sqlite:///{database}.sqlite"
        shared: dict[str, Any] = {
            "demo": True,
            "base_url": plan.url(party),
            "port": plan.addresses.port(party),
            "host": "0.0.0.0" if plan.tls else "127.0.0.1",
            "database": url,
            "keystore": "keystore",
        }
        if plan.tls:
            shared["tls"] = {"certificate": str(plan.tls.chain), "key": str(plan.tls.key)}
        outgoing: dict[str, Any] = {"allow_private": True}
        if plan.tls:
            outgoing["ca_bundle"] = str(plan.tls.ca)
        return shared | {"outgoing": outgoing}

    def _at(self, party: str, *parts: str) -> str:
        return str(self._plan.path(party, *parts))

    def _write(self, party: str, name: str, content: Mapping[str, Any]) -> str:
        path = self._plan.path(party, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8") as file:
            YAML().dump(dict(content), file)
        return str(path)

    def _pdx(self, *arguments: str) -> str:
        """Run one `pdx` command in this process; what it prints is kept out of the way."""
        with (self._plan.home / "commands.txt").open("a") as log:
            log.write(f"pdx {' '.join(_quoted(arguments))}\n")
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            pdx_command(arguments)(list(arguments), standalone_mode=False)
        return printed.getvalue()


def _name(party: str) -> dict[str, str]:
    english, welsh = parties.NAMES[party]
    return {"en": english, "cy": welsh}


def _quoted(arguments: Sequence[str]) -> list[str]:
    return [f'"{one}"' if " " in one else one for one in arguments]
