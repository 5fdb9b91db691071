"""A department joins: keys and certificates, and settings in which only its register is missing."""

import pytest
from cryptography.x509.oid import NameOID

from authority.member import Kind, MemberName
from issuer.deps import CLAIM_KEY, STATUS_KEY, Deps, LiveSigner
from issuer.join import KEYS, open_keystore
from issuer.renewal import create_renewal
from issuer.settings import load_settings
from joining.office import Office
from joining.renewal import AddressChanged, Renewer, Renewing
from protocol.x509 import parse_certificate
from serving.database import Database
from serving.keystore import FileKeystore
from tests.authority.enrolment.office import OFFICE
from tests.authority.network import DAY, RANDOM
from tests.joining.world import World


def running(world: World) -> Deps:
    """A department's server with the settings that `pdx join` wrote, and nothing to issue."""
    path = world.directory / "issuer.yaml"
    path.write_text(path.read_text().replace("#  passes:", "  passes:"))
    keystore = open_keystore(world.directory, None)  # type: ignore[arg-type]
    return Deps(
        settings=load_settings(path),
        claim_types={},
        registers={},
        database=Database(f"sqlite:///{world.directory}/issuer.sqlite"),
        keystore=keystore,
        claims_signer=LiveSigner(keystore, CLAIM_KEY, log=world.log),
        status_signer=LiveSigner(keystore, STATUS_KEY, log=world.log),
        request_key=None,
        clock=world.clock,
        random=RANDOM,
        log=world.log,
    )


def renew(world: World, deps: Deps) -> None:
    work = create_renewal(deps, transport=world.network)
    assert work is not None
    work(deps)


def certified_as(deps: Deps, name: str) -> str:
    assert isinstance(deps.keystore, FileKeystore)
    chain = deps.keystore.certificate_chain(deps.keystore.current(name))
    [found] = parse_certificate(chain[0]).subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return str(found.value)


def test_what_is_left_is_the_register(world: World) -> None:
    link = world.link(Kind.DEPARTMENT, "dwp")
    lines = world.join(link)
    path = world.directory / "issuer.yaml"
    assert f"4. Start it with: pdx issuer serve --config {path}" in lines
    assert (world.directory / "claims").is_dir()
    path.write_text(path.read_text().replace("#  passes:", "  passes:"))
    settings = load_settings(path)
    assert (settings.organisation_id, settings.base_url) == ("PDXGB-dwp", "https://dwp.example")
    assert settings.network is not None
    assert settings.network.root_certificate.read_bytes() == (world.directory / "root.pem").read_bytes()
    written = path.read_bytes()
    world.join(link)  # done again it leaves what was written
    assert path.read_bytes() == written


def test_a_name_that_was_changed_is_in_both_certificates_at_once(world: World) -> None:
    world.join(world.link(Kind.DEPARTMENT, "dwp"))
    deps = running(world)
    changed = MemberName(en="The new department", cy="Yr adran newydd")
    world.clock.advance(DAY)
    world.office.network.admit_department(name=changed, requests={}, now=world.clock.now())
    world.office.keep()
    for _ in range(3):
        renew(world, deps)
        world.office.keep()
    assert [certified_as(deps, name) for name in KEYS.values()] == ["The new department"] * 2
    assert [deps.keystore.current(name) for name in KEYS.values()] == ["claim-signing-2", "status-signing-2"]


def test_another_address_is_not_renewed_to(world: World) -> None:
    world.join(world.link(Kind.DEPARTMENT, "dwp"))
    deps = running(world)
    world.clock.advance(DAY)
    world.office.network.admit_department(url="https://claims.example", requests={}, now=world.clock.now())
    world.office.keep()
    with pytest.raises(AddressChanged):
        renew(world, deps)
    assert deps.keystore.current(CLAIM_KEY) == CLAIM_KEY


def test_both_keys_are_renewed(world: World) -> None:
    world.join(world.link(Kind.DEPARTMENT, "dwp"))
    directory = world.directory / "keys"
    root = world.office.network.records.root_certificate()
    renewer = Renewer(Office(OFFICE, world.http), [root], world.clock, RANDOM, world.log)
    keystore = open_keystore(world.directory, None)  # type: ignore[arg-type]
    world.clock.advance(250 * DAY)
    world.office.keep()
    for _ in range(2):
        for purpose, name in KEYS.items():
            renewer.renew(Renewing(directory, keystore, name, purpose))
        world.office.keep()
    assert [keystore.current(name) for name in (CLAIM_KEY, STATUS_KEY)] == [
        "claim-signing-2",
        "status-signing-2",
    ]
