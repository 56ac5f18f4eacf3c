"""Looks for the callers in line.

The platform tells of a caller who hangs up in its queue, but not of one who hangs up while their place is announced;
and what it tells while we are down is lost. A caller who was wrongly taken to have left comes back into their old place
with the next question of their document.
"""

import time
from dataclasses import dataclass
from datetime import datetime

import structlog

from calls.events import CallerLeft, Unqueued
from calls.outcomes import Outcome
from calls.queue.entry import QueueEntry, has_reached
from calls.transfer.watchdog import LegNow, gone_from_line, is_over_in_line
from handlers.services.legs import leg_now
from handlers.services.periodic import Pause
from handlers.wiring import Wiring

log = structlog.get_logger()

EVERY = 3.0  # seconds from one look of the worker's to the next
_QUESTIONS = 60  # to the platform, in one look
_SILENCES = 3  # in one look; a platform that does not answer is left alone
_BETWEEN = 0.02  # seconds from one question to the next
_LOOKED_AT = 500  # callers of one business in one look


@dataclass
class _Asking:
    """The questions of one look."""

    wiring: Wiring
    pause: Pause
    asked: int = 0
    silences: int = 0
    stopped: bool = False

    def leg(self, call_id: str) -> LegNow | None:
        """What the platform says of a leg; None when that has to wait for the next look."""
        if self.wiring.carrier is None:
            return "silence"
        if self.stopped or self.asked >= _QUESTIONS or self.silences >= _SILENCES:
            return None
        self.stopped = bool(self.asked and self.pause(_BETWEEN))
        self.asked += 1
        word = leg_now(self.wiring, call_id)
        self.silences += word == "silence"
        return word


def look(wiring: Wiring, pause: Pause = time.sleep) -> int:
    """Look once for the callers of every business of whom nothing is heard: how many have left. Raises Unavailable.

    `pause` waits that many seconds between two questions to the platform. What is true ends the questions.
    """
    asking, now = _Asking(wiring, pause), wiring.clock.now()
    entries = [
        entry
        for directory in wiring.directories.all()
        for entry in wiring.records.unheard_in_line(directory.business, now, limit=_LOOKED_AT)
    ]
    return sum(_look_for(wiring, entry, asking, now) for entry in entries)


def _look_for(wiring: Wiring, entry: QueueEntry, asking: _Asking, now: datetime) -> bool:
    leg = asking.leg(entry.call_id)
    if leg is None and not is_over_in_line(entry, now):
        return False
    gone = gone_from_line(entry, leg or "silence", now)
    if gone and not (leg != "over" and _is_being_told(wiring, entry)):
        leaves(wiring, entry, gone, now)
        return True
    if leg == "up":
        wiring.records.heard_in_line(entry.id, now)
    return False


def leaves(wiring: Wiring, entry: QueueEntry, gone: CallerLeft | Unqueued, now: datetime) -> None:
    """Keep that a caller is in line no more, which stops the phones that ring for them."""
    outcome = Outcome.CALLER_LEFT if isinstance(gone, CallerLeft) else gone.outcome
    wiring.records.apply(entry.transfer_id, gone, now)
    wiring.records.leave(entry.id, "left", outcome, now)
    log.info("left_line", entry=entry.id, call=entry.call_id, outcome=outcome)


def _is_being_told(wiring: Wiring, entry: QueueEntry) -> bool:
    """Whether a person is on the phone for this caller already; their offer has a time of its own."""
    return any(one.live and has_reached(one, "answered") for one in wiring.records.offers_of(entry.id))
