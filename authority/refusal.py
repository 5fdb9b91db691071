"""What is wrong with something that a member asked for, as against what is wrong with the authority."""

from serving.errors import OperatorError


class RefusedError(OperatorError):
    """What was asked can't be had; the text says why and is safe for whoever asked, `code` is stable."""

    def __init__(self, text: str, *, code: str = "refused") -> None:
        super().__init__(text)
        self.code = code
