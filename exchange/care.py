"""Whether a caller was taken care of, judged by what happened on the line and by nothing the application says."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.ladder import Entry

if TYPE_CHECKING:
    from exchange.calls import Call

NO_MESSAGE = "left no message"
ASKS = ("connect", "enter_queue", "join_conference", "sip_refer", "record")


@dataclass(frozen=True, slots=True)
class Care:
    """`why` is half a sentence; addresses in it are as they were dialled."""

    taken: bool
    why: str


def care_of(call: "Call") -> Care:
    """The last thing that was done for the caller decides, unless something broke.

    Good: put through, left a recording, referred, another agent answering, or a function called, whatever it answered.
    Not good: rung in vain, or nothing done but talk.
    """
    broken = [*call.errors, *call.violations]
    if broken:
        return Care(False, broken[0])
    now, acted, answered = Care(False, "nobody answered"), False, False
    for entry in call.find(leg=call.caller.name):
        if (entry.kind, entry.text) == ("ai", "starts"):
            # After something that came to nothing, an agent that answers is the caller back where they were.
            if now.taken or not answered:
                now = Care(True, f"{entry.detail.get('app') or 'the agent'} answered")
            answered = True
        elif found := _done(entry):
            now, acted = found, True
        elif entry.kind == "heard" and not acted:
            now = Care(False, "there was talk, and nothing was done about it")
    return now


def _done(entry: Entry) -> Care | None:
    """What an entry says was done, or was begun and has come to nothing so far."""
    match entry.kind, entry.text.split(" ")[0]:
        case "bridge", _:
            return Care(True, f"put through to {entry.text}")
        case "refer", _:
            target, *codes = entry.text.split(" ")
            return Care(codes == ["202", "200"], f"referred to {target}, which answered {' '.join(codes)}")
        case "record", seconds if seconds.replace(".", "", 1).isdigit():
            return Care(seconds != "0", "left a message" if seconds != "0" else NO_MESSAGE)
        case "action", "calls":
            return Care(True, f"{entry.text.removeprefix('calls ')} was called")
        case "verb", verb if verb in ASKS:
            return Care(False, f"nothing came of {verb}")
    return None
