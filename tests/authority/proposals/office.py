"""The office over a small network's database, and people of a department, two services and the authority."""

from pathlib import Path
from typing import Any

from authority.actors import Actor, Role
from authority.people.sessions import SignedIn
from authority.proposals import store
from authority.proposals.proposal import Proposal
from tests.authority.network import VCT, Network
from tests.authority.people.office import Browser, Office
from tests.authority.proposals.world import World, create_world

#: Everything that the question's form has, as `proposed()` says it.
QUESTION = {
    "id": "badge",
    "version": "1",
    "title-en": "A badge",
    "title-cy": "Bathodyn",
    "purpose_code": "parking-badge",
    "purpose-en": "To decide on a badge",
    "purpose-cy": "I benderfynu ar fathodyn",
    "alternatives": "1",
    "claim-1": [VCT],
    "ask:family_name": [VCT],
    "why-en:family_name": "To find the file",
    "why-cy:family_name": "I ddod o hyd i’r ffeil",
    "match": "yes",
    "match-en": "There is a file",
    "match-cy": "Mae ffeil",
    "law-en": "An Act",
    "law-cy": "Deddf",
    "days": "90",
    "retention-en": "90 days",
    "retention-cy": "90 diwrnod",
    "channel": ["online", "telephone"],
    "email": "team@blue-badge.example",
    "objection-en": "Write to us",
    "objection-cy": "Ysgrifennwch atom",
    "privacy_policy": "https://blue-badge.example/privacy",
    "supervisor-name": "A supervisor",
    "supervisor-email": "help@supervisor.example",
}
SERVICE = "/organisations/blue-badge/proposals"
PROPOSE = "/organisations/blue-badge/propose/question"
# Who acts for which organisation; the authority has three reviewers.
PEOPLE = {
    "owen": ("blue-badge", Role.OWNER),
    "carys": ("council-two", Role.TECHNICAL),
    "dilys": ("dwp", Role.TECHNICAL),
    "rhys": ("authority", Role.REVIEWER),
    "ruth": ("authority", Role.REVIEWER),
    "rhian": ("authority", Role.REVIEWER),
}


class ProposalsOffice(Office):
    """One office with a world behind it; enter it to start the application."""

    def __init__(self, directory: Path, **changes: Any) -> None:
        network = Network(directory / "authority").create()
        self.world: World = create_world(network)
        super().__init__(directory, database=f"sqlite:///{network.directory}/authority.db", **changes)

    def people(self) -> dict[str, Actor]:
        """Everybody, with their roles in the database."""
        return {name: self.actor(name, where, role) for name, (where, role) in PEOPLE.items()}

    def signed_in(self, name: str) -> tuple[SignedIn, Browser]:
        return self.person(name), self.browser(name)

    def only_proposal(self) -> Proposal:
        with self.deps.database.reading() as session:
            (found,) = store.read_proposals(session)
        return found
