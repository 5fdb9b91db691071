"""What a use case refuses, for machines (status, code, text safe to send) and for people (`page`)."""

from protocol.errors import RemoteError
from protocol.openid4vp.refusal import MEMBER, ClaimProblem, claim_problem_of
from serving.errors import ApiError


class UnknownRequest(ApiError):
    """No such request or transaction, or not this service's, or long deleted."""

    def __init__(self) -> None:
        super().__init__(404, "not_found", "there is no such request", page="unknown_request")


class NoQuestionYet(ApiError):
    """The service takes part and may ask nothing so far."""

    def __init__(self) -> None:
        text = "the service has no question yet: adopt one at the network's office"
        super().__init__(404, "not_found", text, page="no_question")


class RequestOver(ApiError):
    """Answered, expired or closed: it takes no response any more."""

    def __init__(self) -> None:
        super().__init__(
            400, "invalid_request", "the request has been answered or has expired", page="request_over"
        )


class ResponseRefused(ApiError):
    """A response failed verification; `reason` is the stable code of the check that refused it.

    `problem` is what the wallet is told of the claim it showed, so that it can tell the citizen.
    """

    def __init__(self, reason: str, text: str, *, problem: ClaimProblem | None = None) -> None:
        members = {MEMBER: problem.value} if problem else None
        super().__init__(400, "invalid_request", text, members=members)
        self.reason = reason

    @classmethod
    def from_remote(cls, error: RemoteError) -> "ResponseRefused":
        return cls(error.code, str(error), problem=claim_problem_of(error))


class TrustUnavailable(ApiError):
    """No trust list that is recent enough: nothing can be verified for now, and nothing is lost."""

    def __init__(self) -> None:
        super().__init__(503, "temporarily_unavailable", "the trust list can't be had; try again later")


class CodeUsed(ApiError):
    """A response code or phone page that was used before, or never was."""

    def __init__(self) -> None:
        super().__init__(400, "invalid_grant", "this code was used before, or is unknown", page="code_used")


class OtherSession(ApiError):
    """The answer came back in another browser session than the one that asked; it is dropped."""

    def __init__(self) -> None:
        super().__init__(
            403, "access_denied", "the answer came back in another browser session", page="other_session"
        )


class CodeRefused(ApiError):
    """A wrong confirmation code; `left` is how many tries are left."""

    def __init__(self, left: int) -> None:
        super().__init__(400, "invalid_grant", f"the confirmation code is wrong; tries left: {left}")
        self.left = left


class ReturnRefused(ApiError):
    """A return address that the service did not register."""

    def __init__(self) -> None:
        super().__init__(400, "invalid_request", "return_url is not one of the service's return addresses")
