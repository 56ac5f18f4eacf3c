"""A telephone exchange in a box: runs SWML the way the platform does, over HTTP, on this machine.

    with Exchange("http://127.0.0.1:8080/swml", ("user", "password"), people={DANA: Person("busy")}) as exchange:
        call = exchange.dial(says="I have a question about my invoice").run()
        assert call.bridged == [LEE] and call.violations == [] and call.longest_silence < 4

How it is built

One asyncio loop runs everything: a leg's script is a coroutine, hanging up cancels it, a callback is a task beside it.
What differs between tests and people is only the loop and the wire (`clock`, `wire`). In virtual time the clock stands
still while anything can be done and leaps to the next timer when nothing can; requests go out one at a time and cost a
fixed 0.05 s; so one seed gives one ladder, and an hour of calls takes as long as the application takes to answer. In
real time (`clock="real"`, `speed` times as fast) requests go out side by side, for people and for load.

An application that answers from a worker of its own needs a moment of real time before virtual time leaps: give
`before_leap(now, seconds)`, which may run that worker, or answer True while it is at work; or `patience`, the real
seconds to wait before each leap of a second or more. Timestamps in payloads come from the exchange's clock, which
starts at `start`.

The REST side runs in threads of its own (`exchange.api.url`, Basic project_id:token). It answers from the state of the
moment and hands what follows to the loop, so the application may call it while it answers one of ours. It also speaks
for other exchanges on this machine that register with it (`exchange/rest/branches.py`).

Chance is drawn from named streams under one seed (`Dice`): what one call draws never moves what another does. What the
platform's sources leave open or disagree about is a switch in `Assumptions`; `platform("2026-08")` is a named set of
them. Everything that happens is an `Entry` on the `Ladder`; what the application did wrong is an entry of kind
"violation", and what the platform puts up with one of kind "warning".

Left out: data_map functions, native functions other than the steps' own, MCP servers, cXML (but for a conference's
waiting), video, fax, pay. There is no audio: speech lasts as long as its words, a file three seconds.
"""

from exchange.agent.completions import ChatCompletions
from exchange.agent.keywords import Keywords
from exchange.calls import Call
from exchange.core.assumptions import Assumptions
from exchange.core.faults import Faults
from exchange.core.ladder import Entry, Ladder
from exchange.core.legs import Party
from exchange.core.thinkers import On, Script, Talk, Thinker, Thought, ToolCall
from exchange.engine import Exchange
from exchange.phones.handset import Handset
from exchange.phones.people import Person, Scripted
from exchange.scenarios.care import Care, care_of

__all__ = [
    "Assumptions",
    "Call",
    "Care",
    "ChatCompletions",
    "Entry",
    "Exchange",
    "Faults",
    "Handset",
    "Keywords",
    "Ladder",
    "On",
    "Party",
    "Person",
    "Script",
    "Scripted",
    "Talk",
    "Thinker",
    "Thought",
    "ToolCall",
    "care_of",
]
