"""Conferences: a room by name where legs meet without having been dialled for each other."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from exchange.core import callbacks
from exchange.core.clock import first_of
from exchange.core.legs import Leg, Network
from exchange.core.signals import LegEnded
from exchange.documents.document import fetch_document
from exchange.documents.script import Script
from exchange.phones.people import forever
from exchange.verbs import laml

EVENTS = {
    "conference-start": "start",
    "conference-end": "end",
    "participant-join": "join",
    "participant-leave": "leave",
}


@dataclass(eq=False, slots=True)
class Member:
    """A leg in a conference."""

    leg: Leg
    args: dict[str, Any]

    @property
    def starts(self) -> bool:
        return bool(self.args.get("start_on_enter", True))


@dataclass(eq=False, slots=True)
class Conference:
    """A room by name, from its first member to its end."""

    name: str
    id: str
    members: list[Member] = field(default_factory=list)
    running: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    together: asyncio.Event = field(default_factory=asyncio.Event)  # there have been two of them
    reason: str = ""

    def tell(self, member: Member, status: str, **more: Any) -> None:
        """Post an event to a member's status_callback, if it asked for it."""
        leg, args = member.leg, member.args
        wanted = str(args.get("status_callback_event", "start end join leave")).split()
        leg.note("conference", f"{self.name} {status}", size=len(self.members))
        if not args.get("status_callback") or EVENTS[status] not in wanted:
            return
        form = str(args.get("status_callback_event_type", "relay")) in ("cxml", "laml")
        form = form and leg.call.exchange.assumptions.cxml_conference_events_are_forms
        params = {
            "call_id": leg.call_id,
            "name": self.name,
            "conference_id": self.id,
            "status": status,
            "size": len(self.members),
            "node_id": leg.call.exchange.node_id,
        }
        callbacks.post(leg, str(args["status_callback"]), "calling.conference", params | more, form=form)

    def about(self, member: Member) -> dict[str, Any]:
        args = member.args
        facts = {"segment_id": member.leg.segment_id, "region": "us", "muted": bool(args.get("muted")), "hold": False}
        joins = {"start_on_join": member.starts, "end_on_leave": bool(args.get("end_on_exit"))}
        return facts | joins | {"coaching": bool(args.get("coach"))}


async def join_conference(script: Script, args: Any) -> None:
    leg, exchange = script.leg, script.leg.call.exchange
    options = {"name": args} if isinstance(args, str) else dict(args)
    name = str(options["name"])
    room = exchange.conferences.get(name)
    if room is None:
        room = exchange.conferences[name] = Conference(name, leg.call.uuid())
    member = Member(leg, options)
    if len(room.members) >= int(options.get("max_participants", 100_000)):
        leg.vars |= {"join_conference_result": "failed", "return_value": "failed"}
        return
    await _attend(script, exchange, room, member)
    leg.vars |= {"join_conference_result": "completed", "return_value": "completed"}
    if not exchange.assumptions.conference_end_continues:
        leg.leave_here()
    await script.result(options.get("result"), "join_conference_result")


async def _attend(script: Script, exchange: Network, room: Conference, member: Member) -> None:
    room.members.append(member)
    if len(room.members) > 1:
        room.together.set()
    room.tell(member, "participant-join", **room.about(member))
    if member.starts and not room.running.is_set():
        room.running.set()
        room.tell(room.members[0], "conference-start", region="us")
    try:
        if not room.running.is_set():
            await _wait_in_room(script, room, member)
        if room.running.is_set():
            await _take_part(room, member)
    finally:
        _leave(exchange, room, member)
    if member.leg.over.is_set():
        raise LegEnded


async def _wait_in_room(script: Script, room: Conference, member: Member) -> None:
    waiting = asyncio.ensure_future(_wait_sound(script, member))
    await first_of(waiting, asyncio.ensure_future(room.running.wait()), asyncio.ensure_future(room.ended.wait()))
    if waiting.done() and not waiting.cancelled():
        waiting.result()


async def _wait_sound(script: Script, member: Member) -> None:
    """The wait document over and over, or the platform's music."""
    leg, url = member.leg, str(member.args.get("wait_url", ""))
    if not url:
        leg.note("sound", "music conference wait")
        with leg.sound("music", "conference wait"):
            await forever()
    repeats = leg.call.exchange.assumptions.conference_wait_repeats
    while True:
        before = leg.call.exchange.clock.elapsed
        if leg.call.exchange.assumptions.conference_waits_by_laml:
            await laml.play_at(leg, url)
        else:
            document = await fetch_document(leg, url)
            await script.sub(leg, document).run()
        if not repeats:
            return
        if leg.call.exchange.clock.elapsed - before < 0.1:
            await asyncio.sleep(1.0)


async def _take_part(room: Conference, member: Member) -> None:
    """Until this party hangs up, or the conference ends. People talk once there are two of them."""
    leg = member.leg
    ended = asyncio.ensure_future(room.ended.wait())
    talk = asyncio.ensure_future(_talk_once_together(room, member))
    await first_of(ended, talk)
    if talk.done() and not talk.cancelled():
        talk.result()
        leg.hang_up("hangup", by=leg.name)


async def _talk_once_together(room: Conference, member: Member) -> None:
    leg = member.leg
    music = leg.call.exchange.assumptions.conference_plays_music_to_one
    with leg.sound("music" if music else "silence", "alone in conference"):
        await room.together.wait()
    others = [other for other in room.members if other is not member]
    leg.note("bridge", ", ".join(other.leg.name for other in others), conference=room.name)
    with leg.sound("talk", room.name):
        await leg.party.talks(leg)


def _leave(exchange: Network, room: Conference, member: Member) -> None:
    room.members.remove(member)
    room.tell(member, "participant-leave", **room.about(member))
    if not room.ended.is_set() and (member.args.get("end_on_exit") or not room.members):
        room.reason = "end-on-exit" if room.members else "last-participant-left"
        room.ended.set()
        room.tell(member, "conference-end", reason_ended=room.reason, call_id_ending_conf=member.leg.call_id)
        exchange.conferences.pop(room.name, None)
