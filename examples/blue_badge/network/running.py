"""The commands that run each party of a built network."""

import json
import sys
from pathlib import Path

from examples.blue_badge.network import parties
from examples.blue_badge.network.build import Plan
from examples.blue_badge.network.processes import Command

PDX = str(Path(sys.executable).parent / "pdx")


def party_commands(plan: Plan) -> list[Command]:
    """Give how every party is started; the sign-in provider is a ready-made one that knows no real person."""
    return [
        _authority(plan),
        *(_pdx(plan, name, "issuer", "issuer.yaml") for name in parties.DEPARTMENTS),
        *(_pdx(plan, name, "verifier", "verifier.yaml") for name in parties.SERVICES),
        _pdx(plan, parties.WALLET, "wallet", "wallet.yaml"),
        _sign_in(plan),
    ]


def joining_commands(plan: Plan) -> list[Command]:
    """Give how the office is started, and the job beside it that has the authority's keys."""
    keep = [PDX, "authority", "keep", "--directory", str(plan.path(parties.AUTHORITY)), "--every", "1"]
    return [
        _pdx(plan, parties.OFFICE, "office", "office.yaml"),
        Command("keep", keep, plan.trust_list_url),  # it answers nobody; the list shows that there is one
    ]


def newcomer_command(plan: Plan) -> Command:
    """Give how the council that joined is started."""
    return Command(
        parties.NEWCOMER,
        [PDX, "verifier", "serve", "--config", str(plan.path(parties.NEWCOMER, "verifier.yaml"))],
        f"{newcomer_url(plan)}/health/ready",
    )


def newcomer_url(plan: Plan) -> str:
    """Give the newcomer's address: its own server speaks http, behind nothing, on this machine."""
    return f"http://localhost:{plan.addresses.port(parties.NEWCOMER)}"


def _pdx(plan: Plan, party: str, part: str, settings: str) -> Command:
    return Command(
        party,
        [PDX, part, "serve", "--config", str(plan.path(party, settings))],
        f"{plan.url(party)}/health/ready",
    )


def _authority(plan: Plan) -> Command:
    address = plan.addresses
    arguments = [PDX, "authority", "serve", "--directory", str(plan.path(parties.AUTHORITY))]
    arguments += ["--port", str(address.port(parties.AUTHORITY))]
    if plan.tls:
        arguments += ["--host", "0.0.0.0"]  # a phone on the same network must reach it
        arguments += ["--tls-certificate", str(plan.tls.chain), "--tls-key", str(plan.tls.key)]
    return Command(parties.AUTHORITY, arguments, plan.trust_list_url)


def _sign_in(plan: Plan) -> Command:
    port = plan.addresses.port(parties.SIGN_IN)
    people = [
        {"sub": email, "name": name, "email": email, "email_verified": True}
        for email, name in parties.PEOPLE.items()
    ]
    known = [part for one in people for part in ("--user-claims", json.dumps(one))]
    return Command(
        parties.SIGN_IN,
        ["-m", "oidc_provider_mock", "--port", str(port), "--host", "127.0.0.1", *known],
        f"http://localhost:{port}/.well-known/openid-configuration",
    )
