"""The connect verb: whom to ring and in what order, the confirm gate, the bridge, and what follows it."""

import asyncio
from dataclasses import dataclass
from typing import Any

from exchange.core import callbacks
from exchange.core.clock import cancelled
from exchange.core.legs import Leg, Tone, Watcher, leg_type
from exchange.core.signals import LegEnded, ScriptError
from exchange.core.sounds import read_uri
from exchange.documents.document import Document, fetch_document
from exchange.documents.schema import confirm_verbs
from exchange.documents.script import Script
from exchange.verbs import queues
from exchange.verbs.bridges import bridge

RINGING_AFTER = 0.5  # seconds from dialling to the first ring
REASONS = {"busy": "busy", "no_answer": "no_answer", "declines": "declined", "fails": "error"}
DOCUMENTED_KEYS = ("to", "serial", "parallel", "serial_parallel")


@dataclass(frozen=True, slots=True)
class Destination:
    """One address to ring, with its own settings over those of the verb."""

    to: str
    args: dict[str, Any]

    @property
    def timeout(self) -> float:
        return float(self.args.get("timeout", 60))


def plan(args: dict[str, Any]) -> list[list[Destination]]:
    """Groups to ring: outer in turn, inner together.

    Raises ScriptError unless exactly one form is given and every address is one.
    """
    given = [key for key in DOCUMENTED_KEYS if key in args]
    if len(given) != 1:
        raise ScriptError("method_parameter_conflict", "connect: exactly one of " + ", ".join(DOCUMENTED_KEYS))
    form, common = given[0], {key: value for key, value in args.items() if key not in DOCUMENTED_KEYS}
    groups: dict[str, list[list[dict[str, Any]]]] = {
        "to": [[args]] if form == "to" else [],
        "serial": [[item] for item in args.get("serial", [])],
        "parallel": [args.get("parallel", [])],
        "serial_parallel": args.get("serial_parallel", []),
    }
    return [[_destination(item, common) for item in group] for group in groups[form]]


def _destination(item: dict[str, Any], common: dict[str, Any]) -> Destination:
    to = str(item.get("to", ""))
    number = to[1:].isdigit() and to.startswith("+") and 2 < len(to) <= 16
    if not number and not to.startswith(("sip:", "sips:", "/", "queue:", "stream:")):
        raise ScriptError("method_parameter_invalid_value", f"connect to {to!r}")
    return Destination(to, common | {key: value for key, value in item.items() if key not in DOCUMENTED_KEYS})


async def connect(script: Script, args: dict[str, Any]) -> None:
    leg = script.leg
    groups = plan(args)
    first = groups[0][0].to if groups and groups[0] else ""
    if first.startswith("queue:"):
        await queues.connect_to_queue(script, first.removeprefix("queue:"), args)
        return
    _suspect(leg, groups)
    status_url = str(args.get("status_url", ""))
    if status_url:
        callbacks.connect_state(leg, status_url, "connecting")
    winner, reason = await _ring(script, groups, args)
    if winner is None:
        _failed(leg, reason, status_url)
    else:
        await _bridged(script, winner, args)
    await script.result(args.get("result"), "connect_result")
    if winner is not None and queues.named_by_key(script, args):
        await queues.follow_queue(script, args)


def _suspect(leg: Leg, groups: list[list[Destination]]) -> None:
    """A number that the model made up must never be dialled."""
    spoken = "".join(char for line in leg.call.spoken for char in line if char.isdigit())
    for to in (destination.to for group in groups for destination in group):
        if to.startswith("+") and any(to[1:] in text for text in leg.call.invented) and to[-10:] not in spoken:
            leg.violation(f"number from the model was dialled: {to}")


def _failed(leg: Leg, reason: str, status_url: str) -> None:
    failed = leg.call.exchange.assumptions.rejected_confirm_fails or reason != "rejected"
    shown = leg.call.exchange.assumptions.rejected_confirm_reason if reason == "rejected" else reason
    result = "failed" if failed else "connected"
    leg.vars |= {"connect_result": result, "connect_failed_reason": shown, "return_value": result}
    if status_url:
        callbacks.connect_state(leg, status_url, "failed", reason=shown)


async def _ring(script: Script, groups: list[list[Destination]], args: dict[str, Any]) -> tuple[Leg | None, str]:
    """Ring group after group; the leg that is to be bridged, or None and why the last one failed."""
    reason = "no_answer"
    music = next((read_uri(str(uri)) for uri in args.get("ringback", [])), None)
    attempts: list[Attempt] = []
    tone = script.leg.tone("music" if music else "ringback", str(music[1] if music else "provider"))
    tone.start()
    try:
        for group in groups:
            attempts = [Attempt(script, destination, tone) for destination in group]
            winner = await _race(attempts)
            if winner is not None:
                return winner, ""
            if any(attempt.stops_all for attempt in attempts):
                return None, next(attempt.reason for attempt in attempts if attempt.stops_all)
            reason = next((attempt.reason for attempt in attempts if attempt.reason), reason)
    finally:
        tone.stop()
        ended = script.leg.over.is_set()
        if not ended or script.leg.call.exchange.assumptions.caller_leaving_cancels_ringing:
            for attempt in attempts:
                attempt.cancel()
    return None, reason


async def _race(attempts: list["Attempt"]) -> Leg | None:
    tasks = [asyncio.ensure_future(attempt.run()) for attempt in attempts]
    try:
        pending = list(tasks)
        while pending:
            await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for attempt, task in zip(attempts, tasks, strict=True):
                if task in pending and task.done():
                    pending.remove(task)
                    if task.result():
                        return await _won(attempt, attempts, tasks)
                    if attempt.stops_all:
                        return None
        return None
    finally:
        await cancelled(*tasks)


async def _won(attempt: "Attempt", attempts: list["Attempt"], tasks: list["asyncio.Task[bool]"]) -> Leg | None:
    await cancelled(*tasks)
    for other in attempts:
        if other is not attempt:
            other.cancel()
    if attempt.race_at_answer and not await attempt.confirm():
        return None
    attempt.won, attempt.leg.dial_winner = True, len(attempts) > 1
    return attempt.leg


class Attempt:
    """Ringing one destination until it is answered and confirmed, or is not."""

    def __init__(self, script: Script, destination: Destination, tone: Tone) -> None:
        self.script, self.destination, self.won, self.reason = script, destination, False, ""
        self.tone = tone  # what the caller hears meanwhile
        caller, args = script.leg, destination.args
        exchange = caller.call.exchange
        self.race_at_answer = exchange.assumptions.race_won_at == "answer"
        headers = tuple((str(h["name"]), str(h["value"])) for h in args.get("headers", []))
        self.leg = caller.call.add(
            Leg(
                caller.call,
                name=destination.to,
                from_=str(args.get("from", caller.from_)),
                to=destination.to,
                party=exchange.party_for(destination.to),
                outbound=True,
                headers=headers if leg_type(destination.to) == "sip" else (),
            )
        )
        self.leg.parent = caller
        self._announce(caller)

    @property
    def stops_all(self) -> bool:
        """Its rejection ends the whole connect."""
        asked = str(self.destination.args.get("stop_all_on_reject", False)).lower() == "true"
        return asked and self.reason in ("declined", "rejected")

    def _announce(self, caller: Leg) -> None:
        args = self.destination.args
        if args.get("call_state_url"):
            events = tuple(args.get("call_state_events", ("ended",)))
            self.leg.watchers.append(Watcher(str(args["call_state_url"]), events))
        self.leg.note("dial", f"{self.leg.from_} → {self.leg.to}", headers=self.leg.headers)
        owned = caller.call.exchange.numbers
        if owned and self.leg.type == "phone" and self.leg.from_ not in (*owned, caller.from_):
            self.leg.violation(f"caller ID {self.leg.from_} is not ours to present")

    async def run(self) -> bool:
        """True once the destination has been won. Never raises for what a telephone may do."""
        self.leg.become("created")
        try:
            async with asyncio.timeout(self.destination.timeout):
                await asyncio.sleep(RINGING_AFTER)
                self.leg.become("ringing")
                answer = await self.leg.party.rings(self.leg)
        except TimeoutError:
            answer = "no_answer"
        if answer not in ("answers", "voicemail"):
            return self._lost(REASONS[answer])
        if self.leg.over.is_set():
            return False
        self.leg.answer()
        return True if self.race_at_answer else await self.confirm()

    def _lost(self, reason: str) -> bool:
        self.reason = reason
        self.leg.hang_up(reason, by=self.leg.name)
        return False

    def cancel(self) -> None:
        """End the leg unless it won."""
        if not self.won:
            self.leg.hang_up("cancel", by="platform")

    async def confirm(self) -> bool:
        """Run the confirm script on the answered leg: still up at its end is yes."""
        gate, args = self.destination.args.get("confirm"), self.destination.args
        if gate is None:
            return True
        limit = float(args.get("confirm_timeout", self.destination.timeout))
        if not self.leg.call.exchange.assumptions.ringback_during_confirm:
            self.tone.stop()
        self.leg.task = asyncio.ensure_future(self._gate(gate, limit))
        try:
            await asyncio.wait([self.leg.task])
        finally:
            await cancelled(self.leg.task)
        accepted = not self.leg.task.cancelled() and self.leg.task.exception() is None and not self.leg.over.is_set()
        self.leg.task = None
        accepted = accepted and self.leg.call.exchange.assumptions.confirm_end_accepts
        self.leg.note("event", "confirmed" if accepted else "not confirmed")
        return accepted or self._rejected()

    def _rejected(self) -> bool:
        self.reason = "rejected"
        self.leg.hang_up("hangup", by="platform")
        self.tone.start()
        return False

    async def _gate(self, gate: Any, limit: float) -> None:
        covers_script = self.leg.call.exchange.assumptions.confirm_timeout_covers_script
        try:
            async with asyncio.timeout(limit) as timer:
                document = await self._gate_document(gate)
                if not covers_script:
                    timer.reschedule(None)
                if document is not None:
                    switches = self.leg.call.exchange.assumptions
                    inline = isinstance(gate, list)
                    limited = switches.inline_confirm_is_limited if inline else switches.confirm_url_is_limited
                    gate_script = self.script.sub(self.leg, document, allowed=confirm_verbs() if limited else None)
                    await gate_script.run()
        except TimeoutError:
            self.leg.hang_up("hangup", by="confirm_timeout")
        except LegEnded:
            return

    async def _gate_document(self, gate: Any) -> Document | None:
        if isinstance(gate, list):
            data = {"version": "1.0.0", "sections": {"main": gate}}
            return Document(data, "confirm", self.script.document.spoiled)
        try:
            return await fetch_document(self.leg, str(gate))
        except ScriptError as problem:
            self.leg.note("error", str(problem))
            if self.leg.call.exchange.assumptions.failed_confirm_fetch_rejects:
                self.leg.hang_up("error", by="platform")
            return None


async def _bridged(script: Script, peer: Leg, args: dict[str, Any]) -> None:
    leg, status_url = script.leg, str(args.get("status_url", ""))
    leg.answer()
    leg.vars |= {"connect_result": "connected", "connect_failed_reason": "", "return_value": "connected"}
    if status_url:
        device = {"call_id": peer.call_id, "node_id": leg.call.exchange.node_id, "device": peer.device()}
        callbacks.connect_state(leg, status_url, "connected", peer=device)
    try:
        await bridge(leg, peer, float(args.get("max_duration", 14_400)))
    finally:
        if status_url:
            callbacks.connect_state(leg, status_url, "disconnected")
