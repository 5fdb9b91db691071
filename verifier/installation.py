"""Everything a use case may need, chosen once by `app.py` (or a test) and passed in."""

from collections.abc import Mapping
from dataclasses import dataclass

from serving.clock import Clock
from serving.database import Database
from serving.randomness import Random
from verifier.errors import UnknownRequest
from verifier.network import ClaimNames, StatusLists, TrustSource
from verifier.service import Service
from verifier.settings import Settings


@dataclass(frozen=True, slots=True)
class Installation:
    """One running verifier with all its services."""

    settings: Settings
    database: Database
    clock: Clock
    random: Random
    services: Mapping[str, Service]
    trust: TrustSource
    status_lists: StatusLists
    claim_names: ClaimNames

    def service(self, service_id: str) -> Service:
        """The service of that name; raises UnknownRequest."""
        if service_id not in self.services:
            raise UnknownRequest
        return self.services[service_id]

    def url(self, path: str) -> str:
        """The public address of one of our paths."""
        return self.settings.base_url.rstrip("/") + path
