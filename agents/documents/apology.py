"""What a caller hears when we fail them ourselves: an apology, and whoever the line falls back to.

Nothing here asks us anything: the platform alone carries it out.
"""

from calls.numbers import Address, Number
from swml import verbs
from swml.speech import say
from swml.verbs import Verb

CALL_AGAIN = "Please call again in a few minutes. Goodbye."
RUNG_BACK = "Somebody will ring you back. Goodbye."
_APOLOGY = say("I am sorry, something has gone wrong on our side.")
_RING_FOR = 30  # seconds


def apology(fallback: Address | None, caller_id: Number | None = None, last: str = CALL_AGAIN) -> tuple[Verb, ...]:
    """An apology, then the person the line falls back to; `last` is said when there is none, or none who answers."""
    reached = verbs.Cond((verbs.When("connect_result == 'connected'", (verbs.Hangup(),)),))
    ring = (
        (verbs.Connect(to=str(fallback), from_=str(caller_id) if caller_id else None, timeout=_RING_FOR), reached)
        if fallback
        else ()
    )
    return (verbs.Play(url=_APOLOGY), *ring, verbs.Play(url=say(last)), verbs.Hangup())
