"""Verbs that play, listen and record."""

import asyncio
import json
from typing import Any

from exchange.core import callbacks
from exchange.core.clock import first_of
from exchange.core.ladder import Entry
from exchange.core.legs import Leg, Recorder
from exchange.core.signals import ScriptError
from exchange.core.sounds import read_uri, seconds_of
from exchange.core.wire import Address, Outgoing, Unreachable
from exchange.documents.script import Script
from exchange.phones.people import GREETING, forever

HANGUP_REASONS = {"decline": "declined", "noAnswer": "no_answer"}  # those that are spelled in two ways
GREETING_SECONDS = 6.0
SPEECH = ("speech_timeout", "speech_end_timeout", "speech_language", "speech_hints", "speech_engine")
DIGITS = ("max_digits", "terminators", "digit_timeout")


async def answer(script: Script, args: dict[str, Any]) -> None:
    script.leg.answer()
    script.leg.vars["answer_result"] = "success"
    if "max_duration" in args:
        script.leg.limit(float(args["max_duration"]))


async def hangup(script: Script, args: dict[str, Any]) -> None:
    reason = str(args.get("reason", "hangup"))
    script.leg.leave_here(HANGUP_REASONS.get(reason, reason))


async def play(script: Script, args: dict[str, Any]) -> None:
    for uri in args["urls"] if "urls" in args else [args["url"]]:
        await play_uri(script.leg, str(uri))
    script.leg.vars["play_result"] = "success"


async def play_uri(leg: Leg, uri: str, *, keys: bool = False, words: bool = False) -> bool:
    """One play URI, to its end. True: the party has cut in, with one of what is listened to meanwhile.

    Raises ScriptError for what is not one.
    """
    found = read_uri(uri)
    if found is None:
        raise ScriptError("method_parameter_invalid_value", f"play {uri}")
    kind, text, seconds = found
    if kind == "speech":
        leg.note("said", text)
    else:
        leg.note("sound", f"{kind} {text}".strip())
    return await leg.play(kind, text, seconds, keys=keys, words=words)


async def prompt(script: Script, args: dict[str, Any]) -> None:
    leg, names = script.leg, script.leg.vars
    names |= {"prompt_result": "no_input", "prompt_value": "", "prompt_digit_terminator": ""}
    by_speech = any(key in args for key in SPEECH)
    by_digits = not by_speech or any(key in args for key in DIGITS)
    plays = args["play"] if isinstance(args["play"], list) else [args["play"]]
    for uri in plays:
        if await play_uri(leg, str(uri), keys=by_digits, words=by_speech):
            break
    heard = " ".join(str(uri) for uri in plays)
    wait = float(args.get("initial_timeout", 5.0))
    waits = [asyncio.ensure_future(asyncio.sleep(wait))]
    keyed = asyncio.ensure_future(
        leg.party.presses(leg, heard, int(args.get("max_digits", 1))) if by_digits else _none()
    )
    spoken = asyncio.ensure_future(leg.party.says(leg, heard) if by_speech else _none())
    await first_of(*waits, keyed, spoken)
    if _came(keyed):
        _digits(leg, args, keyed.result())
    elif _came(spoken):
        leg.interacted("speech")
        await leg.speak(spoken.result())
        leg.call.spoken.append(spoken.result())
        names |= {"prompt_result": "match_speech", "prompt_value": spoken.result(), "prompt_speech_confidence": 0.9}
    names["return_value"] = names["prompt_result"]


def _came(task: "asyncio.Future[str]") -> bool:
    return task.done() and not task.cancelled() and bool(task.result())


async def _none() -> str:
    await forever()
    return ""


def _digits(leg: Leg, args: dict[str, Any], keyed: str) -> None:
    leg.note("pressed", keyed)
    leg.interacted("key")
    ends = str(args.get("terminators", ""))
    stop = next((place for place, key in enumerate(keyed) if key in ends), len(keyed))
    value = keyed[: min(stop, int(args.get("max_digits", 1)))]
    leg.vars |= {"prompt_result": "match_digits", "prompt_value": value, "prompt_value_raw": keyed}
    leg.vars["prompt_digit_terminator"] = keyed[stop : stop + 1]


async def record(script: Script, args: dict[str, Any]) -> None:
    """Records what the party says until it falls silent or hangs up; no longer than max_length."""
    leg = script.leg
    taped = Tape(leg, args)
    try:
        if args.get("beep"):
            with leg.sound("tone", "beep"):
                await asyncio.sleep(0.3)
        with leg.sound("listening"):
            await taped.listen()
    except asyncio.CancelledError:
        if leg.call.exchange.assumptions.hangup_ends_recording:
            taped.finish()
        raise
    taped.finish()


class Tape:
    """One recording in the foreground."""

    def __init__(self, leg: Leg, args: dict[str, Any]) -> None:
        self.leg, self.args = leg, args
        self.text, self.began = "", 0.0

    async def listen(self) -> None:
        leg, clock = self.leg, self.leg.call.exchange.clock
        spoken = asyncio.ensure_future(leg.party.says(leg, "(recording)"))
        await first_of(asyncio.ensure_future(asyncio.sleep(float(self.args.get("initial_timeout", 4.0)))), spoken)
        if _came(spoken):
            self.text, self.began = spoken.result(), clock.elapsed
            leg.interacted("speech")
            await leg.speak(self.text)
            await asyncio.sleep(min(float(self.args.get("end_silence_timeout", 5.0)), 5.0))

    def finish(self) -> None:
        """Keep what was said, and report it."""
        leg, text = self.leg, self.text
        said = leg.call.exchange.clock.elapsed - self.began if text else 0.0
        seconds = round(min(seconds_of(text) if text else 0.0, said, float(self.args.get("max_length", 86_400))), 3)
        url = keep_recording(leg, seconds, text)
        empty = leg.call.exchange.assumptions.silent_recording
        leg.vars |= {"record_url": url, "record_result": "success" if text else empty}
        if self.args.get("status_url"):
            state = "finished" if text or empty == "success" else "no_input"
            audio = {"url": url, "duration": seconds, "record": {"audio": {"format": self.args.get("format", "wav")}}}
            callbacks.post(leg, str(self.args["status_url"]), "calling.call.record", {"state": state, **audio})


def keep_recording(leg: Leg, seconds: float, text: str) -> str:
    """Keep a recording of that length and give its URL."""
    exchange = leg.call.exchange
    name = leg.call.uuid()
    exchange.recordings[name] = seconds
    leg.note("record", f"{seconds:g} s {text}".strip(), id=name)
    return f"{exchange.api.url}/recordings/{name}.wav"


async def record_call(script: Script, args: dict[str, Any]) -> None:
    leg, exchange = script.leg, script.leg.call.exchange
    control = str(args.get("control_id") or leg.call.uuid())
    leg.recorders[control] = Recorder(leg.call.uuid(), exchange.clock.elapsed, asyncio.Event())
    leg.note("record", f"call, from here {args.get('control_id', '')}".strip())
    url = f"{exchange.api.url}/recordings/{leg.recorders[control].id}.wav"
    leg.vars |= {"record_control_id": control, "record_call_url": url, "record_call_result": "success"}
    exchange.spawn(_finish_recording(leg, control, url, str(args.get("status_url", ""))), awaited=leg.over.is_set)


async def _finish_recording(leg: Leg, control: str, url: str, status_url: str) -> None:
    recorder = leg.recorders[control]
    await first_of(asyncio.ensure_future(leg.over.wait()), asyncio.ensure_future(recorder.stopped.wait()))
    del leg.recorders[control]
    seconds = round(leg.call.exchange.clock.elapsed - recorder.started, 3)
    leg.call.exchange.recordings[recorder.id] = seconds
    if status_url:
        made = {"url": url, "duration": seconds, "size": round(seconds * 16_000), "format": "wav"}
        params = {"control_id": control, "state": "finished", "record": made}
        callbacks.post(leg, status_url, "calling.call.record", params)


async def stop_record_call(script: Script, args: dict[str, Any]) -> None:
    recorders = script.leg.recorders
    control = str(args.get("control_id") or next(reversed(recorders), ""))
    if control in recorders:
        recorders[control].stopped.set()
    script.leg.vars["stop_record_call_result"] = "success" if control in recorders else "failed"


async def detect_machine(script: Script, args: dict[str, Any]) -> None:
    leg = script.leg
    machine = leg.party.machine
    await asyncio.sleep(min(3.0 if machine else 1.5, float(args.get("timeout", 30.0))))
    if machine:
        leg.note("heard", GREETING)
        if args.get("detect_message_end"):
            await asyncio.sleep(GREETING_SECONDS - 3.0)
    result = "machine" if machine else "human"
    leg.note("detect", result)
    leg.vars |= {"detect_result": result, "detect_machine_beep": machine, "detect_ms": 3000 if machine else 1500}
    leg.vars["return_value"] = result
    if args.get("status_url"):
        callbacks.detect(leg, str(args["status_url"]), result)


async def send_digits(script: Script, args: dict[str, Any]) -> None:
    digits = str(args["digits"])
    if not set(digits) <= set("0123456789*#ABCDWw"):
        raise ScriptError("method_parameter_invalid_value", f"send_digits {digits}")
    await asyncio.sleep(sum({"W": 1.0, "w": 0.5}.get(digit, 0.2) for digit in digits))
    script.leg.vars["send_digits_result"] = "success"


async def denoise(script: Script, args: Any) -> None:
    script.leg.vars["denoise_result"] = "on"


async def stop_denoise(script: Script, args: Any) -> None:
    script.leg.vars["denoise_result"] = "off"


async def silent(script: Script, args: Any) -> None:
    """Streams, taps and translations: accepted, nothing in a transfer depends on them."""


async def live_transcribe(script: Script, args: dict[str, Any]) -> None:
    """Keeps where a summary is to be posted, and posts what was said when asked or when the leg ends."""
    action, leg = args["action"], script.leg
    if not isinstance(action, dict):
        return
    start = action.get("start") or {}
    if start.get("webhook") and start.get("ai_summary"):
        leg.call.exchange.spawn(_summarize_at_end(leg, str(start["webhook"])), awaited=leg.over.is_set)
    webhook = (action.get("summarize") or {}).get("webhook")
    if webhook:
        await _post_summary(leg, str(webhook))


async def _summarize_at_end(leg: Leg, webhook: str) -> None:
    await leg.over.wait()
    await _post_summary(leg, webhook)


async def _post_summary(leg: Leg, webhook: str) -> None:
    def line(entry: Entry) -> str:
        return f"{entry.leg}: {entry.text}"

    entries = leg.call.exchange.ladder.find("said", "heard", call=leg.call.id, leg=leg.name)
    body = json.dumps({"call_id": leg.call_id, "summary": "\n".join(map(line, entries))}).encode()
    address = Address.of(webhook)
    outgoing = Outgoing(
        address.url, body, headers={"Content-Type": "application/json"}, credentials=address.credentials
    )
    try:
        await leg.send("transcribe", outgoing)
    except Unreachable:
        leg.violation("transcription webhook could not be reached")
