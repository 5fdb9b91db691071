from collections.abc import Iterator
from pathlib import Path

import pytest
from oidc_provider_mock import User, run_server_in_thread

from tests.authority.confirmation.office import PEOPLE, ConfirmedOffice
from tests.databases import database_url, postgres_url

__all__ = ["database_url", "postgres_url"]


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """A real OpenID provider, over a real socket."""
    users = [
        User(sub=name, claims={"email": f"{name}@example.org", "email_verified": True, "name": name})
        for name in PEOPLE
    ]
    with run_server_in_thread(user_claims=users, require_nonce=True) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def office(tmp_path: Path, database_url: str, provider: str) -> Iterator[ConfirmedOffice]:
    """The office by its own account, and an authority that names two of three reviewers."""
    with ConfirmedOffice(tmp_path, provider, database=database_url) as office:
        yield office
