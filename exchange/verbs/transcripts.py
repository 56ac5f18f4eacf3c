"""Transcripts: what a party says from `transcribe` to `transcribe_stop`, or to the end of the call.

Source: SignalWire, SWML reference, "transcribe", and "Transcript status callback". One at a time on a call. The text is
left out of the callback when nothing was said.
"""

import asyncio
from typing import Any

from exchange.core import callbacks
from exchange.core.clock import first_of
from exchange.core.legs import Leg
from exchange.documents.script import Script


async def transcribe(script: Script, args: dict[str, Any]) -> None:
    leg = script.leg
    leg.vars["transcribe_result"] = "failed" if leg.transcribing else "success"
    if leg.transcribing:
        return
    leg.transcribing = stopped = asyncio.Event()
    leg.vars["transcribe_control_id"] = leg.call.uuid()
    leg.note("transcribe", "starts")
    leg.call.exchange.spawn(_write_down(leg, stopped, str(args.get("status_url", ""))), awaited=leg.over.is_set)


async def transcribe_stop(script: Script, args: dict[str, Any]) -> None:
    leg = script.leg
    leg.vars["transcribe_stop_result"] = "success" if leg.transcribing else "failed"
    if leg.transcribing:
        leg.transcribing.set()
        leg.transcribing = None


async def _write_down(leg: Leg, stopped: asyncio.Event, status_url: str) -> None:
    ladder = leg.call.exchange.ladder
    before = len(ladder.find("heard", call=leg.call.id, leg=leg.name))
    await first_of(asyncio.ensure_future(leg.over.wait()), asyncio.ensure_future(stopped.wait()))
    said = [entry.text for entry in ladder.find("heard", call=leg.call.id, leg=leg.name)[before:]]
    leg.note("transcribe", " ".join(said))
    if status_url:
        text = {"text": " ".join(said)} if said else {}
        facts = {"id": leg.call.uuid(), "call_id": leg.call_id, "segment_id": leg.call_id}
        callbacks.post(leg, status_url, "calling.transcript.completed", facts | text)
