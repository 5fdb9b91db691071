"""What the command line says, English and Welsh: as text for people, as JSON for machines."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from wallet.holder.claims import ClaimStatus, HeldClaim
from wallet.holder.consent import ConsentRequest, Terms, ToldAttribute, ToldClaim
from wallet.holder.errors import WalletError
from wallet.holder.words import Words

_TEXTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "offers": "{name} offers you:",
        "ask_code": "The code that the department gave you",
        "received": "Now in your wallet:",
        "empty": "Your wallet holds no claim yet. Add one with: pdx wallet add OFFER",
        "from": "from {name}",
        "until": "valid until {date}",
        "no_end": "no end date",
        "copies": "{count} one-time copies left",
        "fetch_again": "copies used up: fetch new ones from the department",
        "expired": "ended: ask the department for a new one",
        "revoked": "withdrawn by the department: ask it why, and what you can do if it is wrong",
        "suspended": "put on hold by the department: ask it why",
        "unknown": "not known to be valid: ask the department for it again",
        "asks": "{name} asks you.",
        "goes_to": "The answer goes to {host} and to nobody else.",
        "tells": "If you agree, it learns:",
        "vouches": "{name} vouches for it",
        "only_that": "only that this is so, and nothing else about you",
        "why": "Why",
        "law": "By which law",
        "kept": "How long it is kept",
        "policy": "Privacy notice",
        "contact": "To ask the service",
        "object": "To object",
        "complain": "To complain",
        "register": "What this service was approved to ask (the register sees that somebody looked)",
        "nobody_approved": "Nobody has approved this question. Agree only if you know why it is asked.",
        "agree": "Do you agree?",
        "shown": "Sent to {name}.",
        "declined": "You declined. {name} learned nothing about you.",
        "go_on": "Go on here: {url}",
        "removed": "Removed from this wallet. The department was not told.",
        "network": (
            "{name}: {departments} departments, {services} services. List {number}, good until {date}."
        ),
        "unsealed": (
            "No passphrase is set (PDX_WALLET_PASSPHRASE): only the file’s permissions protect this wallet."
        ),
    },
    "cy": {
        "offers": "Yr adran sy’n cynnig hyn i chi: {name}",
        "ask_code": "Y cod a roddodd yr adran i chi",
        "received": "Yn eich waled nawr:",
        "empty": "Nid oes datganiad yn eich waled eto. Ychwanegwch un â: pdx wallet add CYNNIG",
        "from": "gan: {name}",
        "until": "yn ddilys tan {date}",
        "no_end": "dim dyddiad gorffen",
        "copies": "{count} copi untro ar ôl",
        "fetch_again": "mae’r copïau wedi’u defnyddio: mynnwch rai newydd gan yr adran",
        "expired": "wedi dod i ben: gofynnwch i’r adran am un newydd",
        "revoked": "tynnwyd yn ôl gan yr adran: gofynnwch pam, a beth allwch chi ei wneud os yw’n anghywir",
        "suspended": "ataliwyd dros dro gan yr adran: gofynnwch pam",
        "unknown": "ni wyddys a yw’n ddilys: gofynnwch i’r adran amdano eto",
        "asks": "Mae’r gwasanaeth hwn yn gofyn i chi: {name}.",
        "goes_to": "Mae’r ateb yn mynd i {host} ac i neb arall.",
        "tells": "Os ydych yn cytuno, bydd yn dysgu:",
        "vouches": "Yn tystio i hyn: {name}",
        "only_that": "dim ond bod hyn yn wir, a dim byd arall amdanoch",
        "why": "Pam",
        "law": "O dan ba gyfraith",
        "kept": "Am ba hyd y’i cedwir",
        "policy": "Hysbysiad preifatrwydd",
        "contact": "I ofyn i’r gwasanaeth",
        "object": "I wrthwynebu",
        "complain": "I gwyno",
        "register": (
            "Beth y cymeradwywyd i’r gwasanaeth hwn ei ofyn (mae’r gofrestr yn gweld bod rhywun wedi edrych)"
        ),
        "nobody_approved": (
            "Nid oes neb wedi cymeradwyo’r cwestiwn hwn. Cytunwch dim ond os gwyddoch pam y’i gofynnir."
        ),
        "agree": "Ydych chi’n cytuno?",
        "shown": "Anfonwyd at y gwasanaeth: {name}.",
        "declined": "Gwrthodoch. Ni ddysgodd y gwasanaeth ({name}) ddim amdanoch.",
        "go_on": "Ewch ymlaen yma: {url}",
        "removed": "Tynnwyd o’r waled hon. Ni hysbyswyd yr adran.",
        "network": (
            "{name}: {departments} adran, {services} gwasanaeth. Rhestr {number}, yn ddilys tan {date}."
        ),
        "unsealed": (
            "Nid oes cyfrinair (PDX_WALLET_PASSPHRASE): caniatâd y ffeil yn unig sy’n amddiffyn y waled hon."
        ),
    },
}


def say(language: str, key: str, **facts: object) -> str:
    """One line in this language."""
    return _TEXTS[language][key].format(**{name: visible(str(fact)) for name, fact in facts.items()})


def visible(text: str) -> str:
    """The text with what can't be seen written out: nothing may move about the screen or turn a line."""
    return "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in text)


def _in_one_line(text: str) -> str:
    return visible(" ".join(text.split()))  # the authority's words come from files, with lines in them


def day(seconds: int) -> str:
    """A day in UTC, ISO 8601."""
    return datetime.fromtimestamp(seconds, tz=UTC).date().isoformat()


def last_day(end: int) -> str:
    """The last whole day on which something holds that ends at `end` (the first second when it does not).

    Claims end at midnight in London, which is midnight or 23:00 in UTC: the second before is on that day in
    both.
    """
    return day(end - 1)


def offer_text(name: Words, titles: Sequence[Words], language: str) -> str:
    """Who offers what."""
    lines = [
        say(language, "offers", name=name[language]),
        *(f"  • {visible(title[language])}" for title in titles),
    ]
    return "\n".join(lines)


def claim_text(claim: HeldClaim, title: Words, issuer: Words, language: str, *, now: int) -> str:
    """One held claim on three lines."""
    ends = say(language, "no_end") if claim.expires_at is None else _until(claim.expires_at, language)
    source = say(language, "from", name=issuer[language])
    return f"{visible(title[language])}\n  {source}, {ends}\n  {_state(claim, language, now)}  [{claim.id}]"


def claim_json(claim: HeldClaim, title: Words, issuer: Words) -> Mapping[str, Any]:
    """One held claim for machines."""
    return {
        "id": claim.id,
        "vct": claim.vct,
        "title": title.as_dict(),
        "issuer": {"organisation_id": claim.issuer_id, "name": issuer.as_dict(), "url": claim.issuer_url},
        "received_at": claim.received_at,
        "expires_at": claim.expires_at,
        "status": claim.status.value,
        "copies_left": claim.copies_left,
    }


def consent_text(asked: ConsentRequest, language: str) -> str:
    """Everything that a citizen needs to decide."""
    head = [
        say(language, "asks", name=asked.service[language]),
        say(language, "goes_to", host=asked.answer_goes_to),
        "",
        say(language, "tells"),
    ]
    claims = [line for claim in asked.claims for line in _told(claim, language)]
    terms = _terms(asked.terms, language) if asked.terms else [say(language, "nobody_approved")]
    return "\n".join([*head, *claims, "", *terms])


def error_text(error: WalletError, language: str) -> str:
    """What happened, what to do, and a line for whoever helps."""
    technical = f"({error.code}: {error.detail})" if error.detail else f"({error.code})"
    return "\n".join(map(visible, [error.happened(language), error.advice(language), technical]))


def error_json(error: WalletError) -> Mapping[str, Any]:
    """The same for machines."""
    return {
        "error": error.code,
        "detail": error.detail,
        "happened": {"en": error.happened("en"), "cy": error.happened("cy")},
        "advice": {"en": error.advice("en"), "cy": error.advice("cy")},
    }


def _until(seconds: int, language: str) -> str:
    return say(language, "until", date=last_day(seconds))


def _state(claim: HeldClaim, language: str, now: int) -> str:
    """How often it can be shown, or why it can't be."""
    if claim.status is not ClaimStatus.VALID:
        return say(language, claim.status.value)
    if claim.expired(now):
        return say(language, "expired")
    left = say(language, "copies", count=claim.copies_left)
    return left if claim.copies_left else say(language, "fetch_again")


def _told(claim: ToldClaim, language: str) -> list[str]:
    details = [line for one in claim.attributes for line in _attribute(one, language)]
    return [
        f"  • {visible(claim.title[language])}",
        f"      {say(language, 'vouches', name=claim.issuer[language])}",
        *(details or [f"      {say(language, 'only_that')}"]),
    ]


def _attribute(one: ToldAttribute, language: str) -> list[str]:
    line = f"      {visible(one.label[language])}: {visible(one.value)}"
    return [line, f"        ({_in_one_line(one.reason[language])})"] if one.reason else [line]


def _terms(terms: Terms, language: str) -> list[str]:
    rows = {
        "why": terms.purpose[language],
        "law": terms.law[language],
        "kept": terms.retention[language],
        "policy": terms.privacy_policy,
        "contact": terms.contact,
        "object": terms.objection[language] if terms.objection else None,
        "complain": terms.complaints,
        "register": terms.register[language] if terms.register else None,
    }
    return [f"{say(language, key)}: {_in_one_line(text)}" for key, text in rows.items() if text]
