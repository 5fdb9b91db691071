"""The messages of the wallet's errors, English and Welsh, by code. A test holds that every code used has
its message.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What sort of thing went wrong; the value is the exit status of the command line."""

    REFUSED = 3  # the wallet protected the citizen
    NOTHING = 4  # there is no claim to give or to get
    UNREACHABLE = 5  # another party could not be reached or failed
    LOCKED = 6  # the passphrase is missing or wrong
    INPUT = 7  # what the citizen gave can't be used
    NOT_ACCEPTED = 8  # the other party said no


@dataclass(frozen=True)
class Message:
    """One error for people, in both languages: (what happened, what to do)."""

    kind: Kind
    en: tuple[str, str]
    cy: tuple[str, str]

    def happened(self, language: str) -> str:
        return self._in(language)[0]

    def advice(self, language: str) -> str:
        return self._in(language)[1]

    def _in(self, language: str) -> tuple[str, str]:
        return self.cy if language == "cy" else self.en


MESSAGES: Mapping[str, Message] = {
    # --- the citizen's own side
    "link_unreadable": Message(
        Kind.INPUT,
        ("This link can’t be read.", "Copy the whole link again, or ask for a new one."),
        ("Ni ellir darllen y ddolen hon.", "Copïwch y ddolen gyfan eto, neu gofynnwch am un newydd."),
    ),
    "network_not_set": Message(
        Kind.INPUT,
        (
            "This wallet does not know its network yet.",
            "Set it once: pdx wallet network --trust-list URL --root FILE",
        ),
        (
            "Nid yw’r waled hon yn adnabod ei rhwydwaith eto.",
            "Gosodwch ef unwaith: pdx wallet network --trust-list URL --root FFEIL",
        ),
    ),
    "claim_unknown": Message(
        Kind.INPUT,
        ("This wallet holds no claim of that name.", "See what it holds with: pdx wallet list"),
        ("Nid oes datganiad o’r enw hwnnw yn y waled hon.", "Gwelwch beth sydd ynddi â: pdx wallet list"),
    ),
    "passphrase_needed": Message(
        Kind.LOCKED,
        ("This wallet is locked.", "Give its passphrase in PDX_WALLET_PASSPHRASE."),
        ("Mae’r waled hon wedi’i chloi.", "Rhowch ei chyfrinair yn PDX_WALLET_PASSPHRASE."),
    ),
    "wrong_passphrase": Message(
        Kind.LOCKED,
        ("The passphrase does not open this wallet.", "Try again; nothing was changed."),
        ("Nid yw’r cyfrinair yn agor y waled hon.", "Rhowch gynnig arall arni; ni newidiwyd dim."),
    ),
    "wallet_unprotected": Message(
        Kind.LOCKED,
        (
            "This wallet was made without a passphrase, so what it holds is not sealed.",
            "Use a new wallet directory and fetch your claims again, or leave PDX_WALLET_PASSPHRASE out.",
        ),
        (
            "Gwnaed y waled hon heb gyfrinair, felly nid yw ei chynnwys wedi’i selio.",
            "Defnyddiwch gyfeiriadur waled newydd a nôl eich datganiadau eto, neu gadewch "
            "PDX_WALLET_PASSPHRASE allan.",
        ),
    ),
    "wallet_unusable": Message(
        Kind.INPUT,
        (
            "This wallet’s file can’t be read or written.",
            "Check that its directory is yours and the disk is not full, or choose another with --home.",
        ),
        (
            "Ni ellir darllen nac ysgrifennu ffeil y waled hon.",
            "Gwiriwch mai chi biau ei chyfeiriadur ac nad yw’r ddisg yn llawn, neu dewiswch un arall â "
            "--home.",
        ),
    ),
    # --- the network
    "unreachable": Message(
        Kind.UNREACHABLE,
        ("{name} can’t be reached.", "Check your connection and try again in a few minutes."),
        (
            "Ni ellir cyrraedd {name}.",
            "Gwiriwch eich cysylltiad a rhowch gynnig arall arni ymhen ychydig funudau.",
        ),
    ),
    "trust_list_unusable": Message(
        Kind.REFUSED,
        (
            "The network’s list of members can’t be trusted, so nobody can be recognised by it.",
            "Try again later. If it goes on, check the wallet’s network settings.",
        ),
        (
            "Ni ellir ymddiried yn rhestr aelodau’r rhwydwaith, felly ni ellir adnabod neb drwyddi.",
            "Rhowch gynnig arall arni’n nes ymlaen. Os yw’n parhau, gwiriwch osodiadau rhwydwaith y waled.",
        ),
    ),
    "trust_list_old": Message(
        Kind.UNREACHABLE,
        (
            "The network’s list of members is out of date and a newer one can’t be fetched.",
            "Check your connection and try again.",
        ),
        (
            "Mae rhestr aelodau’r rhwydwaith wedi dyddio ac ni ellir nôl un newydd.",
            "Gwiriwch eich cysylltiad a rhowch gynnig arall arni.",
        ),
    ),
    # --- getting a claim
    "offer_unusable": Message(
        Kind.INPUT,
        (
            "This offer can’t be used: {name} did not make it as the rules ask.",
            "Ask the department for a new offer.",
        ),
        (
            "Ni ellir defnyddio’r cynnig hwn: ni wnaeth {name} ef yn ôl y rheolau.",
            "Gofynnwch i’r adran am gynnig newydd.",
        ),
    ),
    "offer_spent": Message(
        Kind.NOT_ACCEPTED,
        (
            "This offer is no longer open: it was used, it expired, or the code was wrong too often.",
            "Ask the department for a new offer.",
        ),
        (
            "Nid yw’r cynnig hwn ar agor mwyach: fe’i defnyddiwyd, daeth i ben, neu roedd y cod yn "
            "anghywir yn rhy aml.",
            "Gofynnwch i’r adran am gynnig newydd.",
        ),
    ),
    "code_needed": Message(
        Kind.INPUT,
        (
            "This offer needs the code that the department gave you another way.",
            "Enter the code and try again.",
        ),
        (
            "Mae angen y cod a roddodd yr adran i chi mewn ffordd arall.",
            "Rhowch y cod a rhowch gynnig arall arni.",
        ),
    ),
    "code_mistyped": Message(
        Kind.INPUT,
        (
            "This is not the whole code, or not only digits. It was not tried.",
            "Enter the whole code, as the department gave it.",
        ),
        (
            "Nid dyma’r cod cyfan, neu nid digidau’n unig. Ni roddwyd cynnig arno.",
            "Rhowch y cod cyfan, fel y rhoddodd yr adran ef.",
        ),
    ),
    "code_wrong": Message(
        Kind.INPUT,
        (
            "The department did not accept this code. It may be mistyped, or the offer may be used, "
            "expired or locked.",
            "Check the code and try again. After a few wrong codes the offer is locked: then ask for a "
            "new one.",
        ),
        (
            "Ni dderbyniodd yr adran y cod hwn. Efallai ei fod wedi’i gamdeipio, neu fod y cynnig wedi’i "
            "ddefnyddio, "
            "wedi dod i ben neu wedi’i gloi.",
            "Gwiriwch y cod a rhowch gynnig arall arni. Ar ôl ychydig o godau anghywir bydd y cynnig yn "
            "cael ei gloi: "
            "gofynnwch wedyn am un newydd.",
        ),
    ),
    "issuer_unknown": Message(
        Kind.REFUSED,
        (
            "{name} is not a department of this network, or may not vouch for this. Nothing was sent to it.",
            "Don’t use this offer. Ask the department you know for one of its own.",
        ),
        (
            "Nid yw {name} yn adran o’r rhwydwaith hwn, neu ni chaiff dystio i hyn. Ni anfonwyd dim ato.",
            "Peidiwch â defnyddio’r cynnig hwn. Gofynnwch i’r adran rydych yn ei hadnabod am un ganddi hi.",
        ),
    ),
    "issuer_failed": Message(
        Kind.UNREACHABLE,
        ("{name} could not complete the offer. Nothing was kept.", "Try again later, or ask the department."),
        (
            "Ni allai {name} gwblhau’r cynnig. Ni chadwyd dim.",
            "Rhowch gynnig arall arni’n nes ymlaen, neu gofynnwch i’r adran.",
        ),
    ),
    "no_claim": Message(
        Kind.NOTHING,
        (
            "{name} looked in its register and can’t say this of you.",
            "Ask the department why, and what you can do if you think the register is wrong.",
        ),
        (
            "Edrychodd {name} yn ei chofrestr ac ni all ddweud hyn amdanoch chi.",
            "Gofynnwch i’r adran pam, a beth allwch chi ei wneud os credwch fod y gofrestr yn anghywir.",
        ),
    ),
    "claim_refused": Message(
        Kind.REFUSED,
        (
            "What {name} sent is not a claim that this wallet can trust. Nothing was kept.",
            "Tell the department, and show it the technical line below.",
        ),
        (
            "Nid yw’r hyn a anfonodd {name} yn ddatganiad y gall y waled hon ymddiried ynddo. "
            "Ni chadwyd dim.",
            "Dywedwch wrth yr adran, a dangoswch y llinell dechnegol isod iddi.",
        ),
    ),
    # --- showing a claim
    "request_spent": Message(
        Kind.NOT_ACCEPTED,
        ("This request is no longer open.", "Go back to the service and start again there."),
        ("Nid yw’r cais hwn ar agor mwyach.", "Ewch yn ôl at y gwasanaeth a dechreuwch eto yno."),
    ),
    "request_refused": Message(
        Kind.REFUSED,
        (
            "This request is not made as the rules ask, so your wallet did not answer it. Nothing was sent.",
            "Go back to the service and start again. If it happens again, tell the service.",
        ),
        (
            "Nid yw’r cais hwn wedi’i wneud yn ôl y rheolau, felly nid atebodd eich waled. Ni anfonwyd dim.",
            "Ewch yn ôl at y gwasanaeth a dechreuwch eto. Os bydd yn digwydd eto, dywedwch wrth y "
            "gwasanaeth.",
        ),
    ),
    "service_unknown": Message(
        Kind.REFUSED,
        (
            "Whoever asks is not a service of this network. Nothing was sent.",
            "Don’t use this link. Start from the service’s own website, letter or phone number.",
        ),
        (
            "Nid yw pwy bynnag sy’n gofyn yn wasanaeth o’r rhwydwaith hwn. Ni anfonwyd dim.",
            "Peidiwch â defnyddio’r ddolen hon. Dechreuwch o wefan, llythyr neu rif ffôn y gwasanaeth ei "
            "hun.",
        ),
    ),
    "service_suspended": Message(
        Kind.REFUSED,
        (
            "{name} is suspended from this network at present. Nothing was sent.",
            "Ask the service for another way.",
        ),
        (
            "Mae {name} wedi’i atal o’r rhwydwaith hwn ar hyn o bryd. Ni anfonwyd dim.",
            "Gofynnwch i’r gwasanaeth am ffordd arall.",
        ),
    ),
    "service_unregistered": Message(
        Kind.REFUSED,
        (
            "{name} did not show that anyone approved its question. Nothing was sent.",
            "Ask the service for another way, and tell it that its request carries no valid registration.",
        ),
        (
            "Ni ddangosodd {name} fod neb wedi cymeradwyo ei gwestiwn. Ni anfonwyd dim.",
            "Gofynnwch i’r gwasanaeth am ffordd arall, a dywedwch wrtho nad oes cofrestriad dilys yn ei "
            "gais.",
        ),
    ),
    "over_asking": Message(
        Kind.REFUSED,
        (
            "{name} asks for more than it was approved to ask. Your wallet refused; nothing was sent.",
            "You don’t have to give it. Ask the service why it asks, or tell the authority.",
        ),
        (
            "Mae {name} yn gofyn am fwy nag y cafodd ei gymeradwyo i’w ofyn. Gwrthododd eich waled; ni "
            "anfonwyd dim.",
            "Nid oes rhaid i chi ei roi. Gofynnwch i’r gwasanaeth pam, neu dywedwch wrth yr awdurdod.",
        ),
    ),
    "nothing_to_show": Message(
        Kind.NOTHING,
        (
            "You hold no claim that answers {name}. Nothing was sent.",
            "Ask a department for one of: {wanted}. Then open the link again.",
        ),
        (
            "Nid oes gennych ddatganiad sy’n ateb {name}. Ni anfonwyd dim.",
            "Gofynnwch i adran am un o’r rhain: {wanted}. Yna agorwch y ddolen eto.",
        ),
    ),
    "copies_used_up": Message(
        Kind.NOTHING,
        (
            "You hold the claim that {name} asks about, but its one-time copies are used up. Nothing was "
            "sent.",
            "Fetch new copies from {issuer}, then open the link again.",
        ),
        (
            "Mae gennych y datganiad y mae {name} yn holi amdano, ond mae ei gopïau untro wedi’u "
            "defnyddio. Ni anfonwyd dim.",
            "Cewch gopïau newydd gan {issuer}, yna agorwch y ddolen eto.",
        ),
    ),
    "claim_revoked": Message(
        Kind.NOTHING,
        (
            "{issuer} has withdrawn the claim that {name} asks about. Nothing was sent, and no copy was "
            "used.",
            "Ask {issuer} why, and what you can do if it is wrong.",
        ),
        (
            "Mae {issuer} wedi tynnu’n ôl y datganiad y mae {name} yn holi amdano. Ni anfonwyd dim, ac ni "
            "ddefnyddiwyd copi.",
            "Gofynnwch i {issuer} pam, a beth allwch chi ei wneud os yw’n anghywir.",
        ),
    ),
    "claim_suspended": Message(
        Kind.NOTHING,
        (
            "{issuer} has put the claim that {name} asks about on hold. Nothing was sent, and no copy was "
            "used.",
            "Ask {issuer} why, and when you can use it again.",
        ),
        (
            "Mae {issuer} wedi atal dros dro y datganiad y mae {name} yn holi amdano. Ni anfonwyd dim, ac ni "
            "ddefnyddiwyd copi.",
            "Gofynnwch i {issuer} pam, a phryd y gallwch ei ddefnyddio eto.",
        ),
    ),
    "claim_unsure": Message(
        Kind.NOTHING,
        (
            "The list of {issuer} does not say whether the claim that {name} asks about still holds. Nothing "
            "was sent, and no copy was used.",
            "Ask {issuer} for the claim again, then open the link again.",
        ),
        (
            "Nid yw rhestr {issuer} yn dweud a yw’r datganiad y mae {name} yn holi amdano yn dal yn ddilys. "
            "Ni anfonwyd dim, ac ni ddefnyddiwyd copi.",
            "Gofynnwch i {issuer} am y datganiad eto, yna agorwch y ddolen eto.",
        ),
    ),
    "claim_expired": Message(
        Kind.NOTHING,
        (
            "The claim that {name} asks about has run out. Nothing was sent, and no copy was used.",
            "Ask {issuer} for a new one, then open the link again.",
        ),
        (
            "Mae’r datganiad y mae {name} yn holi amdano wedi dod i ben. Ni anfonwyd dim, ac ni ddefnyddiwyd "
            "copi.",
            "Gofynnwch i {issuer} am un newydd, yna agorwch y ddolen eto.",
        ),
    ),
    "refused_revoked": Message(
        Kind.NOT_ACCEPTED,
        (
            "{name} did not accept the claim: it says that {issuer} has withdrawn it.",
            "Ask {issuer} why, and what you can do if it is wrong.",
        ),
        (
            "Ni dderbyniodd {name} y datganiad: mae’n dweud bod {issuer} wedi’i dynnu’n ôl.",
            "Gofynnwch i {issuer} pam, a beth allwch chi ei wneud os yw’n anghywir.",
        ),
    ),
    "refused_suspended": Message(
        Kind.NOT_ACCEPTED,
        (
            "{name} did not accept the claim: it says that {issuer} has put it on hold.",
            "Ask {issuer} why, and when you can use it again.",
        ),
        (
            "Ni dderbyniodd {name} y datganiad: mae’n dweud bod {issuer} wedi’i atal dros dro.",
            "Gofynnwch i {issuer} pam, a phryd y gallwch ei ddefnyddio eto.",
        ),
    ),
    "refused_expired": Message(
        Kind.NOT_ACCEPTED,
        (
            "{name} did not accept the claim: it says that it has run out.",
            "Check this device’s date. If it is right, ask {issuer} for a new one.",
        ),
        (
            "Ni dderbyniodd {name} y datganiad: mae’n dweud ei fod wedi dod i ben.",
            "Gwiriwch ddyddiad y ddyfais hon. Os yw’n gywir, gofynnwch i {issuer} am un newydd.",
        ),
    ),
    "refused_issuer": Message(
        Kind.NOT_ACCEPTED,
        (
            "{name} did not accept the claim: it says that it can’t rely on such claims from {issuer} at "
            "present.",
            "Ask {issuer} what has happened, or ask the service for another way.",
        ),
        (
            "Ni dderbyniodd {name} y datganiad: mae’n dweud na all ddibynnu ar ddatganiadau fel hwn gan "
            "{issuer} ar hyn o bryd.",
            "Gofynnwch i {issuer} beth sydd wedi digwydd, neu gofynnwch i’r gwasanaeth am ffordd arall.",
        ),
    ),
    "refused_status": Message(
        Kind.NOT_ACCEPTED,
        (
            "{name} did not accept the claim: it could not find out whether it still holds.",
            "Try again later, or ask {issuer}.",
        ),
        (
            "Ni dderbyniodd {name} y datganiad: ni allai ganfod a yw’n dal yn ddilys.",
            "Rhowch gynnig arall arni’n nes ymlaen, neu gofynnwch i {issuer}.",
        ),
    ),
    "service_unable": Message(
        Kind.UNREACHABLE,
        (
            "{name} could not take the answer just now.",
            "Try again in a few minutes, or ask the service for another way.",
        ),
        (
            "Ni allai {name} gymryd yr ateb ar hyn o bryd.",
            "Rhowch gynnig arall arni ymhen ychydig funudau, neu gofynnwch i’r gwasanaeth am ffordd arall.",
        ),
    ),
    "answer_refused": Message(
        Kind.NOT_ACCEPTED,
        (
            "{name} did not accept the answer.",
            "Go back to the service and start again there, or ask it for another way.",
        ),
        (
            "Ni dderbyniodd {name} yr ateb.",
            "Ewch yn ôl at y gwasanaeth a dechreuwch eto yno, neu gofynnwch iddo am ffordd arall.",
        ),
    ),
    "answer_unconfirmed": Message(
        Kind.UNREACHABLE,
        (
            "Your answer was sent to {name}, but no reply came: it may or may not have arrived.",
            "Look at the service’s page. If it still waits, start again there.",
        ),
        (
            "Anfonwyd eich ateb at {name}, ond ni ddaeth ymateb: efallai iddo gyrraedd, efallai ddim.",
            "Edrychwch ar dudalen y gwasanaeth. Os yw’n dal i aros, dechreuwch eto yno.",
        ),
    ),
}
