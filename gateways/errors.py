"""What can go wrong on a wire out of the building, as far as whoever uses the wire must know it."""


class GatewayError(Exception):
    """Something outside failed. The message is for the log: no secrets, no numbers."""


class Unavailable(GatewayError):
    """The other side did not answer, or not in time."""
