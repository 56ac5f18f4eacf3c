"""The watchdog: looks after transfers that nobody reports on, and after bridges that end oddly.

It asks the platform a few times a second at most, however much has piled up while no worker ran; what it does not get
to, it gets to in a later sweep.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

import structlog

from calls.events import Flagged
from calls.transfer.legs import winner
from calls.transfer.model import State, Transfer
from calls.transfer.watchdog import (
    ALIKE,
    ALONE,
    SHORT,
    Bridge,
    LegNow,
    Look,
    alike,
    conclude,
    left_alone,
    next_look,
    patience,
    short,
)
from gateways.records.watchdog import Watch, Watched
from handlers.jobs import outbound
from handlers.services.legs import leg_now
from handlers.services.periodic import Pause
from handlers.wiring import Wiring

log = structlog.get_logger()

EVERY = 30.0  # seconds from one sweep of the worker's to the next
_QUESTIONS = 60  # to the platform, in one sweep
_BETWEEN = 0.25  # seconds from one question to the next
_SILENCES = 5  # in one sweep; a platform that does not answer is left alone
_LOOKS = 500  # transfers in one sweep
_QUIET = timedelta(seconds=30)  # nothing that is heard of more often is looked at
_AGAIN = timedelta(seconds=60)
_HOURS = timedelta(hours=6)  # in which the last bridges are compared
_BRIDGES = 50
_KEPT = timedelta(days=1)

_CUT_OFF = (
    "bridges to {to} end after {age:.0f} s: {count} of the last {all}. People rarely hang up like that. Call one of "
    "them and stay on the line for longer; if it is cut off, ask whoever runs that trunk or phone system about its "
    "session timer and its limit for calls without media. `switchboard transfers` lists the calls under flags."
)


def sweep(wiring: Wiring, pause: Pause = time.sleep) -> int:
    """Look after everything once: how many transfers were closed or flagged. Raises Unavailable.

    `pause` waits that many seconds between two questions to the platform. What is true ends the questions.
    """
    now = wiring.clock.now()
    asking = _Asking(wiring, pause)
    done = _look_at_the_quiet(wiring, asking, now) + _look_into_conferences(wiring, asking, now) + _flag(wiring, now)
    wiring.records.unwatch(before=now - _KEPT)
    outbound.sweep(wiring)
    return done


@dataclass
class _Asking:
    """The questions of one sweep. Without a carrier each is met with silence."""

    wiring: Wiring
    pause: Pause
    asked: int = 0
    silences: int = 0
    stopped: bool = False

    @property
    def enough(self) -> bool:
        """Whether what is left has to wait for the next sweep."""
        return self.stopped or self.asked >= _QUESTIONS or self.silences >= _SILENCES

    def leg(self, call_id: str) -> LegNow:
        """What the platform says of a leg."""
        if self.wiring.carrier is None:
            return "silence"
        self.asked += 1
        self.stopped = bool(self.pause(_BETWEEN))
        word = leg_now(self.wiring, call_id)
        self.silences += word == "silence"
        return word


# --- transfers that have gone quiet -------------------------------------------------------------------------------


def _look_at_the_quiet(wiring: Wiring, asking: _Asking, now: datetime) -> int:
    looks: list[Watch] = []
    done = 0
    for watched in wiring.records.quiet(now, before=now - _QUIET, limit=_LOOKS):
        due = watched.heard_at + timedelta(seconds=patience(watched.transfer))
        if due > now:
            looks.append(Watch(watched.transfer.id, due))
        elif not asking.enough:
            look = _look(asking, watched, now)
            after = _resolve(wiring, watched.transfer, look, now)
            looks.append(_left_behind(watched, look, after, now))
            done += after.version != watched.transfer.version
    wiring.records.watch(looks)
    return done


def _look(asking: _Asking, watched: Watched, now: datetime) -> Look:
    transfer = watched.transfer
    caller = asking.leg(transfer.call_id)
    won = winner(transfer) if transfer.terms and transfer.state is State.BRIDGED else None
    seen = (watched.seen_at - watched.heard_at).total_seconds() if watched.seen_at else 0.0
    return Look(
        quiet=(now - watched.heard_at).total_seconds(),
        caller=caller,
        person=asking.leg(won.call_id) if won and won.call_id and caller in ("up", "over") else None,
        seen=max(0.0, seen),
        misses=watched.misses + 1 if caller in ("unknown", "silence") else 0,
    )


def _resolve(wiring: Wiring, transfer: Transfer, look: Look, now: datetime) -> Transfer:
    after = transfer
    for event in conclude(transfer, look):
        after = wiring.records.apply(transfer.id, event, now) or after
    if ALONE in after.flags and ALONE not in transfer.flags:
        _left_alone(after)
    if not after.live:
        log.warning(
            "transfer_resolved",
            call=transfer.call_id,
            transfer=transfer.id,
            was=transfer.state,
            outcome=after.outcome,
            caller=look.caller,
            quiet=round(look.quiet),
        )
    return after


def _left_behind(watched: Watched, look: Look, after: Transfer, now: datetime) -> Watch:
    seen_at = now if look.caller == "up" else watched.seen_at
    if after.live:
        return Watch(after.id, now + timedelta(seconds=next_look(look)), seen_at, look.misses)
    return Watch(after.id, now + _AGAIN if look.person == "silence" else None, seen_at, ours=True)


# --- conferences that should be empty -----------------------------------------------------------------------------


def _look_into_conferences(wiring: Wiring, asking: _Asking, now: datetime) -> int:
    looks: list[Watch] = []
    done = 0
    for watched in wiring.records.parted(now, before=now - _QUIET, limit=_LOOKS):
        if asking.enough:
            break
        transfer = watched.transfer
        won = winner(transfer)
        person = asking.leg(won.call_id) if won and won.call_id else "unknown"
        looks.append(Watch(transfer.id, now + _AGAIN if person == "silence" else None, ours=watched.ours))
        for event in left_alone(transfer, person):
            after = wiring.records.apply(transfer.id, event, now)
            if after and after.version != transfer.version:
                done += 1
                _left_alone(after)
    wiring.records.watch(looks)
    return done


def _left_alone(transfer: Transfer) -> None:
    what = "one leg of a conference was up after the other had left it, and is ended; end_on_exit was not honoured"
    log.error("left_alone", call=transfer.call_id, transfer=transfer.id, destination=transfer.destination, what=what)


# --- bridges that end oddly ---------------------------------------------------------------------------------------


def _flag(wiring: Wiring, now: datetime) -> int:
    if wiring.settings.on_trial:  # whoever tries a call hangs up when they have seen enough
        return 0
    bridges = wiring.records.bridges(since=now - _HOURS, limit=_BRIDGES)
    brief = short(bridges)
    for one in brief:
        wiring.records.apply(one.transfer_id, Flagged(SHORT, f"{one.age:.0f} s"), now)
        log.warning("short_bridge", transfer=one.transfer_id, destination=one.destination, seconds=round(one.age))
    return len(brief) + sum(_flag_pattern(wiring, group, len(bridges), now) for group in alike(bridges))


def _flag_pattern(wiring: Wiring, group: tuple[Bridge, ...], of: int, now: datetime) -> int:
    """Flag them; the first time that a pattern is seen, say what to do about it."""
    new = [one for one in group if ALIKE not in one.flags]
    age = median(one.age for one in group)
    for one in new:
        wiring.records.apply(one.transfer_id, Flagged(ALIKE, f"{age:.0f} s"), now)
    if len(new) == len(group):
        to = ", ".join(sorted({one.destination for one in group}))
        log.error("bridges_cut_off", what=_CUT_OFF.format(to=to, age=age, count=len(group), all=of))
    return len(new)
