"""Documents for text messages that came in. They have verbs of their own.

Source: SignalWire, "Messaging SWML": `reply` answers whoever wrote, from the number they wrote to; `receive` does not.
"""

from swml.reading import Json
from swml.speech import literal

LONGEST = 1600
"""Characters of a text; carriers split and refuse beyond this."""


def answer(text: str) -> Json:
    """The document that answers a text with these words; with none it is taken and not answered."""
    words = literal(text)[:LONGEST]
    step: Json = {"reply": {"body": words}} if words else {"receive": {}}
    return {"version": "1.0.0", "sections": {"main": [step]}}
