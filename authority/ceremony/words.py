"""What each officer does, step by step, as the commands print it and the minutes keep it."""

from collections.abc import Sequence
from typing import Final

ROLES: Final = """\
Roles (three people; nobody has two):
  Leader      reads the steps aloud, types nothing, stops the ceremony when anything differs
  Key holder  types; alone has the passphrase, which is written on paper, sealed, and kept apart from the key
  Witness     compares every fingerprint on both sides, writes and signs the minutes"""

ROOT_BEFORE: Final = (
    "Leader: the machine has no network, was started from a medium the witness chose; its clock is right.",
    "Key holder: set PDX_KEYSTORE_PASSPHRASE_FILE to a file with the passphrase, in memory only.",
)
ROOT_AFTER: Final = (
    "Witness: write the fingerprint into the minutes; leader and key holder read it back in groups of four.",
    "Key holder: copy the root's directory to two media; check each by comparing the fingerprint again.",
    "Leader: seal the media and the passphrase in separate envelopes; all three sign over each seal.",
    "Key holder: carry the certificate, which is no secret, to the server: pdx authority init --root FILE.",
    "Leader: wipe the machine. The envelopes go to two safes; no one person can open both.",
)
ISSUING_BEFORE: Final = (
    "Leader: pdx authority issuing-request was run on the server; its fingerprint was read to the witness.",
    "Witness: compare the fingerprint of the request below with the server's. If it differs, stop.",
)
ISSUING_AFTER: Final = (
    "Witness: write serial number, last day and fingerprint of the certificate into the minutes.",
    "Key holder: take the certificate to the server: pdx authority install-issuing FILE.",
    "Witness: compare the fingerprint that the server shows with the minutes.",
    "Leader: put the root's medium back into its envelope, seal and sign it; wipe the machine.",
)
RENEW: Final = (
    "Leader, a month ahead: see that the issuing CA has more life left than a member's certificate lasts.",
    "Operator, on the server: pdx authority issuing-request. The CA in use goes on as it is.",
    "All three, offline: pdx authority ceremony issuing-ca. Same roles, same minutes.",
    "Operator, on the server: pdx authority install-issuing. From now on the new CA certifies.",
    "Operator: pdx authority keep. Members renew by themselves; what the old CA certified goes on.",
    "Witness: pdx authority log verify. The new CA stands in the log; write the checkpoint into the minutes.",
)
MINUTES: Final = """\
Minutes
  Ceremony, date, place:
  Leader, key holder, witness (names, signatures):
  Machine, medium it was started from, checksum of the software:
  Fingerprints, each compared by:
  Anything that went otherwise than the steps say:"""


def steps(title: str, lines: Sequence[str]) -> str:
    """Numbered steps under a title."""
    return "\n".join([title, *(f"  {number}. {line}" for number, line in enumerate(lines, start=1))])
