"""Which provider people sign in at, and for how long."""

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field

from serving.settings import Model


class ProviderSettings(Model):
    """The OpenID provider at which people sign in."""

    issuer: str = Field(examples=["https://login.example.gov.uk"])
    client_id: str
    client_secret_file: Path | None = None
    idle_seconds: int = Field(default=1_800, ge=60, le=28_800, description="signed out when unused so long")
    session_seconds: int = Field(default=28_800, ge=300, le=86_400, description="signed out after so long")

    @property
    def origin(self) -> str:
        """Scheme, host and port of the provider."""
        parts = urlsplit(self.issuer)
        return f"{parts.scheme}://{parts.netloc}"


def read_client_secret(file: Path) -> str:
    """What the provider knows this service by."""
    return file.read_text(encoding="utf-8").strip()


def secret_problem(file: Path) -> str:
    """What is wrong with the file that the client secret should be in; empty for nothing."""
    what_to_do = "write the client secret that the provider gave you into it"
    try:
        is_empty = not read_client_secret(file)
    except FileNotFoundError:
        return f"there is no such file; {what_to_do}"
    except OSError as error:
        return f"the file can't be read: {error.strerror}"
    except UnicodeDecodeError:
        return "the file can't be read: it is not UTF-8 text"
    return f"the file is empty; {what_to_do}" if is_empty else ""
