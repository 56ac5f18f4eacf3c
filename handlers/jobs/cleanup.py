"""Every caller in line has a queue of the platform's that is theirs alone. Those left behind are taken away."""

import re
from datetime import datetime, timedelta

import structlog

from gateways.errors import Unavailable
from gateways.signalwire.calls import Refused
from handlers.wiring import Wiring

log = structlog.get_logger()

EVERY = 600.0  # seconds from one look of the worker's to the next
_OURS = re.compile(r".+-(t_[0-9a-f]{24})")  # as calls/routing/queues.py names them
_SURELY_OVER = timedelta(minutes=10)  # nobody comes back after that
_AT_ONCE = 50


def tidy_queues(wiring: Wiring) -> int:
    """Delete the empty queues of transfers that are over: how many. Raises Unavailable."""
    if wiring.carrier is None:
        return 0
    now, gone = wiring.clock.now(), 0
    try:
        for queue in wiring.carrier.queues():
            if gone < _AT_ONCE and queue.empty and _is_over(wiring, queue.name, now):
                wiring.carrier.drop_queue(queue.id)
                gone += 1
    except Refused as refused:  # a token without the scope for it: nothing else depends on this
        log.warning("queues_not_tidied", reason=str(refused))
    return gone


def forget_replies(wiring: Wiring) -> int:
    """Forget the replies of tool calls that nobody repeats any more: how many. Raises Unavailable."""
    return wiring.records.forget_replies(wiring.clock.now() - _SURELY_OVER)


def tidy(wiring: Wiring) -> None:
    """Take away everything that is left behind. Raises Unavailable."""
    forget_replies(wiring)
    tidy_queues(wiring)


def _is_over(wiring: Wiring, name: str, now: datetime) -> bool:
    ours = _OURS.fullmatch(name)
    try:
        transfer = wiring.records.transfer(ours[1]) if ours else None
    except Unavailable:
        return False
    ended = transfer.ended_at if transfer and not transfer.live else None
    return ended is not None and ended < now - _SURELY_OVER
