"""A telephone exchange in a box: runs SWML the way the platform does, over HTTP, on this machine."""

from exchange.assumptions import Assumptions
from exchange.calls import Call
from exchange.care import Care, care_of
from exchange.completions import ChatCompletions
from exchange.engine import Exchange
from exchange.faults import Faults
from exchange.handset import Handset
from exchange.keywords import Keywords
from exchange.ladder import Entry, Ladder
from exchange.people import Party, Person, Scripted
from exchange.thinkers import On, Script, Talk, Thinker, Thought, ToolCall

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
