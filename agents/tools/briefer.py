"""The tools of the briefer: what a person may answer who is asked to take a caller.

What they do is decided where the person's leg is served; a model only says which of them it was.
"""

from agents.tools.offered import HANGUP_HOOK, STARTUP_HOOK, Tool
from agents.tools.transfer import nothing

ACCEPT = Tool(
    "accept_call",
    "The person says that they take the call now. Only on a clear yes; never because they are silent or listening.",
    {},
    (),
    nothing,
)
DECLINE = Tool(
    "decline_call",
    "The person does not take the call now.",
    {
        "message": {
            "type": "string",
            "description": "What they want the caller to know, in their words, in under 30 words; empty if nothing.",
        }
    },
    (),
    nothing,
)
CALL_BACK = Tool(
    "call_back_later",
    "The person does not take the call now, but promises to ring the caller back.",
    {"when": {"type": "string", "description": 'When, in their words: "at three", "in ten minutes".'}},
    ("when",),
    nothing,
)
BRIEFING_TOOLS = (ACCEPT, DECLINE, CALL_BACK, STARTUP_HOOK, HANGUP_HOOK)
