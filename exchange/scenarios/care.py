"""Whether a caller was taken care of, judged by what happened on the line and by nothing the application says.

The line shows what was begun and what came of it: whether a function's answer moved the caller, refused, or promised
something. Whether a promise is on record the line does not show; who can look there, looks (`Care.promises`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from exchange.agent.offline import speech
from exchange.core.ladder import Entry

if TYPE_CHECKING:
    from exchange.calls import Call

NO_MESSAGE, LEFT_A_MESSAGE = "left no message", "left a message"
ASKS = ("connect", "enter_queue", "join_conference", "sip_refer", "record")
_MOVES = ("SWML", "transfer", "hold")
_ANSWERS, _REFUSED = " answers", " refused"


@dataclass(frozen=True, slots=True)
class Care:
    """`why` is half a sentence; addresses in it are as they were dialled. `promises` are the functions that said yes
    and moved nobody: what they promised happens later, or not.
    """

    taken: bool
    why: str
    promises: tuple[str, ...] = ()


def care_of(call: "Call") -> Care:
    """The last thing that was done for the caller decides, unless something broke.

    Good: put through, left a recording, referred, another agent answering, or a function that did not refuse.
    Not good: a function that refused, rung in vain, on hold for nobody, or nothing done but talk.
    """
    broken = [*call.errors, *call.violations]
    if broken:
        return Care(False, broken[0])
    now, acted, answered, moving = Care(False, "nobody answered"), False, False, False
    promises: tuple[str, ...] = ()
    for entry in call.find(leg=call.caller.name):
        if (entry.kind, entry.text) == ("ai", "starts"):
            # After something that came to nothing, an agent that answers is the caller back where they were.
            if now.taken or moving or not answered:
                now = Care(True, f"{entry.detail.get('app') or 'the agent'} answered")
            answered, moving = True, False
        elif entry.kind == "action" and entry.text.endswith(_ANSWERS):
            found = _answered(entry.text.removesuffix(_ANSWERS), entry)
            promises += found.promises if found else ()
            moving = found is not None and not found.taken and not _refused(found)
            # A refusal takes nothing away from what was done before it.
            if found and not (_refused(found) and acted and now.taken):
                now, acted = found, True
        elif found := _done(entry):
            now, acted, moving = found, True, False
        elif entry.kind == "heard" and not acted:
            now = Care(False, "there was talk, and nothing was done about it")
    return replace(now, promises=promises)


def _refused(care: Care) -> bool:
    return care.why.endswith(_REFUSED)


def _answered(name: str, entry: Entry) -> Care | None:
    """What a function's answer does for the caller; None when it only ends the call."""
    given = entry.detail.get("action")
    actions = [one for one in (given if isinstance(given, list) else [given]) if isinstance(one, Mapping)]
    if any("hangup" in one for one in actions):
        return None
    if any(move in one for one in actions for move in _MOVES):
        return Care(False, f"nothing came of {name}")
    if speech.negative(str(entry.detail.get("fact", ""))):
        return Care(False, f"{name}{_REFUSED}")
    return Care(True, f"{name} was called", (name,))


def _done(entry: Entry) -> Care | None:
    """What an entry says was done, or was begun and has come to nothing so far."""
    match entry.kind, entry.text.split(" ")[0]:
        case "bridge", _:
            return Care(True, f"put through to {entry.text}")
        case "refer", _:
            target, *codes = entry.text.split(" ")
            return Care(codes == ["202", "200"], f"referred to {target}, which answered {' '.join(codes)}")
        case "record", seconds if seconds.replace(".", "", 1).isdigit():
            return Care(seconds != "0", LEFT_A_MESSAGE if seconds != "0" else NO_MESSAGE)
        case "verb", verb if verb in ASKS:
            return Care(False, f"nothing came of {verb}")
    return None
