"""What can go wrong on a wire out of the building. A caller of a gateway needs to know one thing: does waiting help?

GatewayError
├── Unavailable   it did not answer, or not in time; trying again later may help
└── Rejected      it answered no; the same request will be refused again
"""


class GatewayError(Exception):
    """Something outside failed. The message is for the log: no secrets, no numbers."""


class Unavailable(GatewayError):
    """The other side did not answer, or not in time."""


class Rejected(GatewayError):
    """The other side refused. `reason` is one of our words, such as "opted_out" or "landline"."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason = reason
