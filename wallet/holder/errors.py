"""What can go wrong for a citizen: a code for machines, and what happened and what to do for people."""

from wallet.holder.messages import MESSAGES, Kind
from wallet.holder.words import Words


class WalletError(Exception):
    """A step the wallet did not take. `str()` is English; `happened` and `advice` are in the citizen's
    language.

    `facts` fill the places in the message (the name of a service, in both languages). `detail` is a
    technical line that is safe to show: it carries no personal data.
    """

    def __init__(self, code: str, *, detail: str | None = None, **facts: str | Words) -> None:
        self.code = code
        self.detail = detail
        self.facts = facts
        super().__init__(f"{self.happened('en')} {self.advice('en')}")

    @property
    def kind(self) -> Kind:
        return MESSAGES[self.code].kind

    def happened(self, language: str) -> str:
        """What happened, as one or two sentences."""
        return MESSAGES[self.code].happened(language).format_map(self._facts(language))

    def advice(self, language: str) -> str:
        """What to do next."""
        return MESSAGES[self.code].advice(language).format_map(self._facts(language))

    def _facts(self, language: str) -> "_Facts":
        facts = {name: fact if isinstance(fact, str) else fact[language] for name, fact in self.facts.items()}
        return _Facts(facts, language=language)


class _Facts(dict[str, str]):
    """A fact that nobody knows is named in general words: a citizen never reads an empty place."""

    def __init__(self, facts: dict[str, str], *, language: str) -> None:
        super().__init__(facts)
        self._unknown = "Y parti arall" if language == "cy" else "The other party"

    def __missing__(self, key: str) -> str:
        return self._unknown
