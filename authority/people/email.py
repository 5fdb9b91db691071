"""Addresses, and letters to them by SMTP."""

import re
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Final, Literal

from pydantic import Field

from serving.settings import Model

_ADDRESS: Final = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+")
MAX_ADDRESS: Final = 254  # RFC 5321 §4.5.3.1
TIMEOUT_SECONDS: Final = 10


def read_email(text: str) -> str | None:
    """An address in the one form in which it is kept and compared, None for what is none."""
    address = text.strip().lower()
    return address if len(address) <= MAX_ADDRESS and _ADDRESS.fullmatch(address) else None


class SmtpSettings(Model):
    """The server that takes the office's letters."""

    server: str = Field(examples=["mail.example.gov.uk"])
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    sender: str = Field(examples=["office@network.example.gov.uk"])
    username: str | None = None
    password_file: Path | None = None
    ca_bundle: Path | None = None


class MailNotSentError(Exception):
    """The server did not take a letter, or could not be reached."""


@dataclass(frozen=True)
class Mailer:
    """Sends letters; a connection for each, since they are few."""

    settings: SmtpSettings

    def send(self, to: str, *, subject: str, text: str) -> None:
        """Raises MailNotSentError."""
        try:
            with self._connect() as server:
                server.send_message(self._letter(to, subject, text))
        except (OSError, smtplib.SMTPException) as error:
            raise MailNotSentError from error

    def _letter(self, to: str, subject: str, text: str) -> EmailMessage:
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = self.settings.sender, to, subject
        letter.set_content(text)
        return letter

    def _connect(self) -> smtplib.SMTP:
        where = (self.settings.server, self.settings.port)
        if self.settings.security == "tls":
            return self._greeted(smtplib.SMTP_SSL(*where, timeout=TIMEOUT_SECONDS, context=self._context()))
        server = smtplib.SMTP(*where, timeout=TIMEOUT_SECONDS)
        if self.settings.security == "starttls":
            server.starttls(context=self._context())
        return self._greeted(server)

    def _greeted(self, server: smtplib.SMTP) -> smtplib.SMTP:
        if self.settings.username and self.settings.password_file:
            server.login(self.settings.username, self.settings.password_file.read_text().strip())
        return server

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.settings.ca_bundle)
