"""Queues: callers wait, people take the one who waits longest."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from exchange.core import callbacks
from exchange.core.clock import first_of
from exchange.core.legs import Leg, Network
from exchange.core.signals import ScriptError
from exchange.documents.document import Jump, fetch_document
from exchange.documents.grammar import Grammar
from exchange.documents.keys import AFTER_QUEUE
from exchange.documents.script import Script
from exchange.verbs.bridges import talk_together


@dataclass(eq=False, slots=True)
class Waiting:
    """A caller in a queue."""

    leg: Leg
    status_url: str
    control_id: str
    since: float
    since_micros: int
    whisper_url: str = ""  # of a document that the person hears first
    whispered: bool = False  # somebody hears it now
    taken: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(eq=False, slots=True)
class Queue:
    """First come, first served."""

    name: str
    id: str
    created_at: str
    waiting: list[Waiting] = field(default_factory=list)
    arrival: asyncio.Event = field(default_factory=asyncio.Event)
    waits: list[float] = field(default_factory=list)

    @property
    def average(self) -> int:
        return round(sum(self.waits) / len(self.waits)) if self.waits else 0

    def tell(self, place: Waiting, status: str) -> None:
        """Post calling.call.queue to the caller's status_url."""
        exchange = place.leg.call.exchange
        position = self.waiting.index(place) + 1 if place in self.waiting else 0
        place.leg.note("queue", f"{self.name} {status} {position or ''}".strip())
        if not place.status_url:
            return
        now = exchange.clock.micros()
        params = {
            "status": status,
            "id": self.id,
            "name": self.name,
            "avg_time": self.average,
            "status_url": place.status_url,
            "call_id": place.leg.call_id,
            "node_id": exchange.node_id,
            "position": position,
            "size": len(self.waiting),
            "enqueue_ts": 0 if status == "dequeue" else place.since_micros,
            "dequeue_ts": now if status == "dequeue" else 0,
            "leave_ts": now if status == "leave" else 0,
            "control_id": None if status == "dequeue" else place.control_id,
        }
        callbacks.post(place.leg, place.status_url, "calling.call.queue", params)


def queue_named(exchange: Network, name: str) -> Queue:
    """The queue of that name, made on first use."""
    if name not in exchange.queues:
        exchange.queues[name] = Queue(name, exchange.dice.uuid("queues"), exchange.clock.iso())
    queue: Queue = exchange.queues[name]
    return queue


async def enter_queue(script: Script, args: dict[str, Any]) -> None:
    leg, exchange = script.leg, script.leg.call.exchange
    known = Grammar.of(exchange.assumptions).queue
    other_name = AFTER_QUEUE if named_by_key(script, args) else frozenset()
    for ignored in sorted(set(args) - known - other_name):
        leg.violation(f"enter_queue ignores {ignored}")
    queue = queue_named(exchange, str(args["queue_name"]))
    place = Waiting(
        leg, str(args.get("status_url", "")), leg.call.uuid(), exchange.clock.elapsed, exchange.clock.micros()
    )
    if exchange.assumptions.queue_whisper_url:
        place.whisper_url = str(args.get("whisper_url", ""))
    queue.waiting.append(place)
    leg.vars |= {"queue_result": "entering", "entry_position": len(queue.waiting), "entry_size": len(queue.waiting)}
    queue.tell(place, "enqueue")
    queue.arrival.set()
    try:
        taken = await _wait_in_queue(place, float(args.get("wait_time", 3600)), str(args.get("wait_url", "")))
    except asyncio.CancelledError:
        if place in queue.waiting:
            queue.tell(place, "leave")
            queue.waiting.remove(place)
        raise
    leg.vars["wait_time"] = round(exchange.clock.elapsed - place.since)
    await _after_queue(script, queue, place, args, taken=taken)


async def _wait_in_queue(place: Waiting, limit: float, music: str) -> bool:
    place.leg.note("sound", "music queue")
    with place.leg.sound("music", music or "queue"):
        taken = asyncio.ensure_future(place.taken.wait())
        await first_of(taken, asyncio.ensure_future(asyncio.sleep(limit)))
    return place.taken.is_set()


async def _after_queue(script: Script, queue: Queue, place: Waiting, args: dict[str, Any], *, taken: bool) -> None:
    leg = script.leg
    if taken:
        await place.released.wait()
        leg.vars["queue_result"] = "connected"
    else:
        queue.tell(place, "leave")
        queue.waiting.remove(place)
        leg.vars["queue_result"] = "timeout"
    after_wait = leg.call.exchange.assumptions.queue_timeout_continues
    if after_wait == "hang_up" and not taken:
        leg.leave_here()
    if taken or after_wait == "transfer_after_bridge":
        await follow_queue(script, args)


def named_by_key(script: Script, args: dict[str, Any]) -> str:
    """What a step's key says follows a queue; "" where it says nothing that is understood."""
    return next(
        (str(args[name]) for name in script.leg.call.exchange.assumptions.after_queue_names if name in args), ""
    )


async def follow_queue(script: Script, args: dict[str, Any]) -> None:
    """Go on with the document that the key names, for good; a leg without one is hung up.

    Raises Jump, LegEnded or ScriptError, always.
    """
    dest = named_by_key(script, args)
    if not dest:
        script.leg.leave_here()
    document, section = await script.resolve(dest, {})
    raise Jump(document, section, {})


async def connect_to_queue(script: Script, name: str, args: dict[str, Any]) -> None:
    """A person's leg takes the head of a queue; waits its timeout for someone to come."""
    leg, assumptions = script.leg, script.leg.call.exchange.assumptions
    if assumptions.after_queue_key_required and not named_by_key(script, args):
        key = assumptions.after_queue_names[0]
        leg.violation(f"connect to a queue without {key}")
        raise ScriptError("method_parameter_missing", f"connect.{key}")
    queue = queue_named(leg.call.exchange, name)
    place: Waiting | None = None
    try:
        while place is None:
            async with asyncio.timeout(float(args.get("timeout", 60))):
                with leg.sound("ringback", f"queue {name}"):
                    place = await _head(queue)
            place = await _whispered(script, queue, place)
    except TimeoutError:
        leg.vars |= {"connect_result": "failed", "connect_failed_reason": "no_answer", "return_value": "failed"}
        await script.result(args.get("result"), "connect_result")
        return
    await _serve(leg, queue, place, args)
    await follow_queue(script, args)


async def _head(queue: Queue) -> Waiting:
    """The first in line about whom nobody is being told."""
    while not (free := [place for place in queue.waiting if not place.whispered]):
        queue.arrival.clear()
        await queue.arrival.wait()
    return free[0]


async def _whispered(script: Script, queue: Queue, place: Waiting) -> Waiting | None:
    """Tell the person about the caller. None when the caller has left by then; a person who hangs up gets nobody."""
    if not place.whisper_url:
        return place
    place.whispered = True
    try:
        document = await fetch_document(script.leg, place.whisper_url)
        await script.sub(script.leg, document).run()
    except ScriptError as problem:
        script.fail(problem)
    finally:
        place.whispered = False
        queue.arrival.set()
    return place if place in queue.waiting else None


async def _serve(leg: Leg, queue: Queue, place: Waiting, args: dict[str, Any]) -> None:
    queue.waiting.remove(place)
    queue.waits.append(leg.call.exchange.clock.elapsed - place.since)
    queue.tell(place, "dequeue")
    place.taken.set()
    caller = place.leg
    leg.vars |= {"connect_result": "connected", "connect_failed_reason": "", "return_value": "connected"}
    if args.get("status_url"):
        peer: dict[str, Any] = {"call_id": caller.call_id, "node_id": leg.call.exchange.node_id, "queue_id": queue.id}
        peer |= {"queue_name": queue.name, "device": caller.device()}
        callbacks.connect_state(leg, str(args["status_url"]), "connected", peer=peer)
    try:
        await talk_together(caller, leg, float(args.get("max_duration", 14_400)))
    finally:
        place.released.set()
