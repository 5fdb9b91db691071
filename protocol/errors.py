"""The one tree of errors: whose fault it is, what kind it is, and a stable code to map to others' codes.

The text is safe to send to a peer and to log: it never carries input, keys or personal data. The cause stays
inside, by `raise … from`.
"""

from typing import ClassVar


class ProtocolError(Exception):
    """Something in a protocol message or in its making is wrong; `code` is stable snake_case."""

    default_code: ClassVar[str] = "protocol_error"

    def __init__(self, text: str, *, code: str | None = None) -> None:
        super().__init__(text)
        self.code = code or self.default_code


class LocalError(ProtocolError):
    """We were asked to make or check something impossible: our own fault."""

    default_code = "local_error"


class RemoteError(ProtocolError):
    """What the peer sent can't be accepted."""

    default_code = "remote_error"


class MalformedError(RemoteError):
    """The input does not have the form that its standard asks for."""

    default_code = "malformed"


class SignatureError(RemoteError):
    """A signature does not verify under the key that it must verify under."""

    default_code = "bad_signature"


class UntrustedError(RemoteError):
    """The key or certificate does not lead to someone trusted for this purpose."""

    default_code = "untrusted"


class ValidityError(RemoteError):
    """The object is expired, too old, or not valid yet."""

    default_code = "outside_validity"


class BindingError(RemoteError):
    """The object is bound to another audience, nonce, message or key."""

    default_code = "wrong_binding"


class StatusError(RemoteError):
    """The credential is revoked or suspended, or its status can't be told."""

    default_code = "bad_status"


class UnsatisfiedError(RemoteError):
    """The presentation does not answer the question that was asked."""

    default_code = "unsatisfied"


class OverAskingError(RemoteError):
    """The request asks for more than the service is registered for."""

    default_code = "over_asking"
