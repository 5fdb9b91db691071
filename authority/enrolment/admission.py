"""Admitting a member in the moment in which its first keys are certified: both, or neither."""

from authority.member import MemberName
from protocol.registration.claim_type import ClaimType
from protocol.registration.question import Question
from serving.settings import BaseUrl, Model


class Admission(Model):
    """What was agreed on for a member that is not admitted yet, besides its kind and id."""

    name: MemberName
    url: BaseUrl
    claim_types: tuple[ClaimType, ...] = ()
    questions: tuple[Question, ...] = ()
