"""Ladder entries in plain words, for a page that people read. The entry itself stays as it is."""

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from exchange.core.ladder import Entry

if TYPE_CHECKING:
    from exchange.calls import Call

ENDINGS: Mapping[str, str] = {
    "hangup": "Hung up", "busy": "Was busy", "no_answer": "Nobody answered", "declined": "Declined",
    "cancel": "Stopped ringing", "error": "Ended by an error", "max_duration": "Ended by the time limit",
}  # fmt: skip
ENDED_BY: Mapping[str, str] = {
    "caller": "the caller", "script": "the app", "REST": "the app", "script end": "the end of the document",
    "platform": "the platform",
}  # fmt: skip
STATES: Mapping[str, str] = {
    "queued": "Is to be rung", "created": "Is set up", "ringing": "Rings", "answered": "Answered",
}  # fmt: skip
VERBS: Mapping[str, str] = {
    "answer": "Answer the call", "hangup": "Hang up", "ai": "Start the agent", "play": "Play or speak",
    "prompt": "Ask for a key or a word", "connect": "Ring a phone", "record": "Record a message",
    "enter_queue": "Wait in line", "join_conference": "Join the conference",
    "sip_refer": "Ask the phone system to move the call", "send_sms": "Send a text",
    "request": "Ask the app over HTTP", "set": "Remember a value", "unset": "Forget a value",
    "cond": "Choose what follows", "switch": "Choose what follows", "goto": "Jump", "execute": "Run a part",
    "transfer": "Go on with another document", "return": "Return", "sleep": "Pause", "user_event": "Send an event",
    "detect_machine": "Find out whether a machine answered", "record_call": "Record the call",
}  # fmt: skip
COMMANDS: Mapping[str, str] = {
    "dial": "The app rings {to}", "update": "The app moves or ends a call", "calling.end": "The app ends a call",
    "calling.ai_hold": "The app puts a call on hold", "calling.ai_unhold": "The app takes a call off hold",
    "calling.ai_message": "The app tells the agent something", "calling.ai.stop": "The app stops the agent",
    "calling.transfer": "The app moves a call", "calling.disconnect": "The app ends a bridge",
    "calling.refer": "The app has a call moved by its phone system",
}  # fmt: skip
QUEUE: Mapping[str, str] = {
    "enqueue": "Waits in line", "dequeue": "Taken from the line", "leave": "Leaves the line",
}  # fmt: skip
CONFERENCE: Mapping[str, str] = {
    "conference-start": "The conference begins", "conference-end": "The conference is over",
    "participant-join": "Joins the conference", "participant-leave": "Leaves the conference",
}  # fmt: skip
EVENTS: Mapping[str, str] = {
    "state": "the phone", "connect": "the connection", "queue": "the line", "conference": "the conference",
    "detect": "what answered", "record": "the recording", "message": "a text",
}  # fmt: skip
SOUNDS: Mapping[str, str] = {"music": "music", "ringback": "ringing", "tone": "a tone", "silence": "nothing"}
STATUS = re.compile(r" (\d{3})$")
Words = Callable[[Entry], str]


def plain(entry: Entry) -> str:
    """One short sentence. Addresses in it are as they were dialled. What has no words here keeps its own."""
    words = _WORDS.get(entry.kind)
    return words(entry) if words else f"{entry.kind.capitalize()} {entry.text}".strip()


def hears(entry: Entry) -> str:
    """What this leg hears from this entry on ("music"); "" when it stops something, or says nothing about it."""
    if entry.kind == "sound":
        return SOUNDS.get(entry.text.split(" ")[0], "")
    if entry.kind == "hold" and entry.text.endswith(" s"):
        return "hold music" if entry.detail.get("music") else "nothing"
    return ""


def ending(call: "Call") -> str:
    """How the caller's leg ended, and by whose doing."""
    how = ENDINGS.get(call.caller.end_reason or "", f"Ended: {call.caller.end_reason}")
    by = ENDED_BY.get(call.caller.ended_by, call.caller.ended_by)
    return f"{how}, by {by}"


def _dial(entry: Entry) -> str:
    from_, _, to = entry.text.partition(" → ")
    return f"Calls {to}" if entry.leg == "caller" else f"Is rung, and sees {from_}"


def _state(entry: Entry) -> str:
    state, _, reason = entry.text.partition(" ")
    return ENDINGS.get(reason, f"Ended: {reason}") if state == "ended" else STATES.get(state, entry.text)


def _tried(said: str, entry: Entry) -> str:
    """What was asked over HTTP; with the status, or why there was none, where it failed."""
    status = STATUS.search(entry.text)
    if status and status[1].startswith(("2", "3")):
        return said
    return f"{said}: failed ({status[1] if status else ' '.join(entry.text.split(' ')[2:]) or 'no answer'})"


def _callback(entry: Entry) -> str:
    event, *more = entry.text.split(" ")
    about = EVENTS.get(event.rpartition(".")[2], event)
    return _tried(
        f"Report to the app about {about}: {more[0]}" if len(more) > 2 else f"Report to the app: {event}", entry
    )


def _rest(entry: Entry) -> str:
    sent = entry.detail.get("sent")
    body = sent if isinstance(sent, Mapping) else {}
    params = body.get("params")
    to = str(params.get("to", "")) if isinstance(params, Mapping) else ""
    if "/voice/logs/" in entry.text:
        return "The app asks whether a call is still up" + ("" if "404" not in entry.text else ": it is not known")
    said = COMMANDS.get(str(body.get("command")), f"The app asks the platform: {STATUS.sub('', entry.text)}")
    return _tried(said.replace("{to}", to), entry)


def _queue(entry: Entry) -> str:
    found = re.search(r"(enqueue|dequeue|leave)(?: (\d+))?$", entry.text)
    return QUEUE[found[1]] if found else f"Line {entry.text}"


def _hold(entry: Entry) -> str:
    if entry.text.endswith(" s"):
        return f"On hold, {entry.text.removesuffix(' s')} seconds at most"
    return {"released": "Off hold", "expired": "The hold is over: its time has run out"}.get(entry.text, entry.text)


def _record(entry: Entry) -> str:
    found = re.match(r"([\d.]+) s", entry.text)
    return f"Recorded {found[1]} seconds" if found else "The call is recorded"


def _refer(entry: Entry) -> str:
    target, *codes = entry.text.split(" ")
    return f"Asked to move to {target}: answered {' '.join(codes) or 'nothing'}"


def _sms(entry: Entry) -> str:
    to, _, body = entry.text.partition(": ")
    return f"Text to {body} was refused" if to == "refused" else f"Text to {to}: {body}"


_WORDS: Mapping[str, Words] = {
    "dial": _dial,
    "state": _state,
    "fetch": lambda entry: _tried(f"Fetches its document from {_place(entry)}", entry),
    "tool": lambda entry: _tried(f"Tool {entry.text.split(' ')[0]}: the app is asked", entry),
    "report": lambda entry: _tried(f"Report of the agent: {entry.text.split(' ')[0]}", entry),
    "callback": _callback,
    "http": lambda entry: _tried(f"Asks {_place(entry)}", entry),
    "rest": _rest,
    "transcribe": lambda entry: f"Transcript: {entry.text}",
    "verb": lambda entry: VERBS.get(entry.text, f"Step {entry.text}"),
    "error": lambda entry: f"A mistake in the document: {entry.text}",
    "violation": lambda entry: f"Not as the platform wants it: {entry.text}",
    "fault": lambda entry: f"A fault on purpose: {entry.text}",
    "bridge": lambda entry: f"Talks with {_party(entry)}",
    "unbridge": lambda entry: f"No longer talks with {_party(entry)}",
    "refer": _refer,
    "sms": _sms,
    "queue": _queue,
    "conference": lambda entry: CONFERENCE.get(entry.text.split(" ")[-1], entry.text),
    "hold": _hold,
    "record": _record,
    "pressed": lambda entry: f"Pressed {entry.text}",
    "sound": lambda entry: f"Hears {hears(entry) or entry.text}",
}


def _party(entry: Entry) -> str:
    return "the caller" if entry.text == "caller" else entry.text


def _place(entry: Entry) -> str:
    """The path that was asked: the second word of an HTTP entry."""
    return "".join(entry.text.split(" ")[1:2])
