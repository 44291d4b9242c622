"""The base of every refusal that carries a sentence for people."""


class PortalError(Exception):
    """`message` is Vietnamese, says what is wrong and what to do."""

    def __init__(self, message: str):
        self.message = str(message)
        super().__init__(self.message)
