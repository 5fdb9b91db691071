"""A department joins: keys and certificates, and settings in which only its register is missing."""

from authority.member import Kind
from issuer.deps import CLAIM_KEY, STATUS_KEY
from issuer.join import KEYS, open_keystore
from issuer.settings import load_settings
from joining.office import Office
from joining.renewal import Renewer, Renewing
from tests.authority.enrolment.office import OFFICE
from tests.authority.network import DAY, RANDOM
from tests.joining.world import World


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
