"""Two legs hear each other."""

import asyncio

from exchange.core.clock import cancelled, first_of
from exchange.core.legs import Leg
from exchange.core.signals import LegEnded


async def bridge(leg: Leg, peer: Leg, limit: float) -> None:
    """Two legs hear each other until one leaves, the limit in seconds is reached, or REST parts them."""
    leg.peer, peer.peer = peer, leg
    leg.unbridged.clear()
    peer.unbridged.clear()
    leg.note("bridge", peer.name)
    peer.note("bridge", leg.name)
    talking = asyncio.ensure_future(leg.party.talks(leg)), asyncio.ensure_future(peer.party.talks(peer))
    parted = [asyncio.ensure_future(event.wait()) for event in (peer.over, leg.unbridged, peer.unbridged)]
    timer = asyncio.ensure_future(asyncio.sleep(limit))
    try:
        with leg.sound("talk", peer.name), peer.sound("talk", leg.name):
            await first_of(*talking, *parted, timer)
    finally:
        leg.peer = peer.peer = None
        leg.note("unbridge", peer.name)
        if not (peer.unbridged.is_set() or leg.unbridged.is_set()) or leg.over.is_set():
            by = peer.name if talking[1].done() and not talking[1].cancelled() else leg.name
            peer.hang_up("hangup", by=by)
    if talking[0].done() and not talking[0].cancelled() and not leg.over.is_set():
        leg.hang_up("hangup", by=leg.name)
        raise LegEnded


async def talk_together(caller: Leg, leg: Leg, limit: float) -> None:
    """Bridge two legs that each have a script of their own: neither is hung up for the other's sake."""
    caller.peer, leg.peer = leg, caller
    caller.note("bridge", leg.name)
    leg.note("bridge", caller.name)
    talks = [asyncio.ensure_future(party.party.talks(party)) for party in (caller, leg)]
    ends = [asyncio.ensure_future(party.over.wait()) for party in (caller, leg)]
    try:
        with caller.sound("talk", leg.name), leg.sound("talk", caller.name):
            await first_of(*talks, *ends, asyncio.ensure_future(asyncio.sleep(limit)))
    finally:
        caller.peer = leg.peer = None
        caller.note("unbridge", leg.name)
        await cancelled(*talks)
    for talk, party in zip(talks, (caller, leg), strict=True):
        if talk.done() and not talk.cancelled():
            party.hang_up("hangup", by=party.name)
    if leg.over.is_set():
        raise LegEnded
