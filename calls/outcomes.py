"""How a leg, a transfer or a call ended: the one taxonomy, and the one place where the platform's spellings are read.

The platform reports the same fact in several spellings (``no_answer`` on the connect page, ``noAnswer`` in REST,
``decline`` and ``declined``) and in SIP codes. They become an `Outcome` here and nowhere else.
"""

from enum import StrEnum


class Outcome(StrEnum):
    """One word for how it ended. Busy is a value, not an error."""

    BRIDGED = "bridged"
    HANDED_OFF = "handed_off"
    REFERRED = "referred"
    MESSAGE_TAKEN = "message_taken"
    CALLBACK_BOOKED = "callback_booked"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    DECLINED = "declined"
    MACHINE = "machine"
    FAILED = "failed"
    TIMEOUT = "timeout"
    CALLER_LEFT = "caller_left"
    CANCELLED = "cancelled"
    CLOSED = "closed"
    REFUSED = "refused"
    LOST = "lost"
    ANSWERED = "answered"  # of a call we placed: somebody talked with the agent
    MESSAGE_LEFT = "message_left"  # of a call we placed: a machine was told what it was to be told

    @property
    def taken_care_of(self) -> bool:
        """True when the caller reached somebody or something that will help."""
        return self in TAKEN_CARE_OF


TAKEN_CARE_OF = frozenset(
    {
        Outcome.BRIDGED,
        Outcome.HANDED_OFF,
        Outcome.REFERRED,
        Outcome.MESSAGE_TAKEN,
        Outcome.CALLBACK_BOOKED,
        Outcome.ANSWERED,
        Outcome.MESSAGE_LEFT,
    }
)

# Spellings of end_reason, connect_failed_reason, queue_result and detect_result, lower case, letters only.
_SPELLINGS = {
    "hangup": Outcome.BRIDGED,
    "connected": Outcome.BRIDGED,
    "answered": Outcome.BRIDGED,
    "busy": Outcome.BUSY,
    "noanswer": Outcome.NO_ANSWER,
    "decline": Outcome.DECLINED,
    "declined": Outcome.DECLINED,
    "rejected": Outcome.DECLINED,
    "cancel": Outcome.CANCELLED,
    "canceled": Outcome.CANCELLED,
    "cancelled": Outcome.CANCELLED,
    "abandoned": Outcome.CALLER_LEFT,
    "machine": Outcome.MACHINE,
    "fax": Outcome.MACHINE,
    "timeout": Outcome.TIMEOUT,
    "maxduration": Outcome.BRIDGED,
    "notfound": Outcome.FAILED,
    "error": Outcome.FAILED,
    "failed": Outcome.FAILED,
}

_SIP_CODES = {
    404: Outcome.FAILED,
    408: Outcome.NO_ANSWER,
    480: Outcome.NO_ANSWER,
    486: Outcome.BUSY,
    487: Outcome.NO_ANSWER,
    600: Outcome.BUSY,
    603: Outcome.DECLINED,
}


def read_outcome(text: str | None) -> Outcome:
    """The outcome behind a reason the platform gave, whatever its spelling; `FAILED` when it gave none we know."""
    letters = "".join(c for c in (text or "").lower() if c.isalpha())
    return _SPELLINGS.get(letters, Outcome.FAILED)


def read_refer(refer_code: int | None, notify_code: int | None) -> Outcome:
    """The outcome of a REFER: `refer_code` answers the REFER itself, `notify_code` the INVITE to its target.

    A REFER that was accepted (2xx) and of which nothing more was heard counts as referred: the transferee has left
    us, and the platform's own documentation lists no code for "still trying".
    """
    if notify_code:
        return Outcome.REFERRED if 200 <= notify_code < 300 else _SIP_CODES.get(notify_code, Outcome.FAILED)
    if refer_code and 200 <= refer_code < 300:
        return Outcome.REFERRED
    return _SIP_CODES.get(refer_code or 0, Outcome.FAILED)


# How sure a fact makes us. Callbacks come late, twice and out of order; a record is only ever sharpened by them.
_CERTAINTY = {
    Outcome.LOST: 0,
    Outcome.FAILED: 1,
    Outcome.CANCELLED: 2,
    Outcome.TIMEOUT: 2,
    Outcome.CALLER_LEFT: 3,
    Outcome.NO_ANSWER: 4,
    Outcome.BUSY: 4,
    Outcome.DECLINED: 4,
    Outcome.MACHINE: 4,
    Outcome.CLOSED: 5,
    Outcome.REFUSED: 5,
}
_BEST = 6


def sharpen(known: Outcome | None, heard: Outcome | None) -> Outcome | None:
    """What is known after one more report: the surer of the two, the earlier one when they are equally sure."""
    if known is None or heard is None:
        return known or heard
    return heard if _CERTAINTY.get(heard, _BEST) > _CERTAINTY.get(known, _BEST) else known
