"""What can go wrong for a citizen: a stable code for machines, and for people what happened and what to do."""

from wallet.holder.messages import MESSAGES, Kind


class WalletError(Exception):
    """A step the wallet did not take. `str()` is English; `happened` and `advice` are in the citizen's
    language.

    `facts` fill the places in the message (the name of a service, say). `detail` is a technical line that
    is safe to show: it carries no personal data.
    """

    def __init__(self, code: str, *, detail: str | None = None, **facts: str) -> None:
        self.code = code
        self.detail = detail
        self.facts = facts
        super().__init__(f"{self.happened('en')} {self.advice('en')}")

    @property
    def kind(self) -> Kind:
        return MESSAGES[self.code].kind

    def happened(self, language: str) -> str:
        """What happened, as one or two sentences."""
        return MESSAGES[self.code].happened(language).format_map(_Facts(self.facts))

    def advice(self, language: str) -> str:
        """What to do next."""
        return MESSAGES[self.code].advice(language).format_map(_Facts(self.facts))


class _Facts(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"
