"""The last step of a chain that promises a caller to be rung back, where no agent is left to ask for it."""

from collections.abc import Mapping, Sequence

from calls.directory.model import Directory
from swml import verbs
from swml.flow import Steps
from swml.live import Live
from swml.verbs import Verb

_ASKING = 2  # seconds for us to book it; nothing is heard meanwhile
_ANSWERED = "request_result == 'success' && request_response"  # which is set before: an unset name is an error


def ringback(
    url: str,
    directory: Directory,
    *,
    notes: Mapping[str, str],
    noted: Verb,
    booked: Steps,
    asked: Steps,
    away: Sequence[Verb],
) -> list[Verb]:
    """Book it at `url`, and say so. Only what is on record is promised.

    `notes` are what the steps before it came to. `noted` notes that it is booked, and `booked` follows. `asked`: it is
    for an agent to book, who asks for the number.
    `away`: we did not answer.
    """
    say = verbs.Play(
        url=Live("say:${request_response.say}"), say_voice=directory.voice, say_language=directory.language
    )
    return [
        verbs.Set({"request_response": ""}),
        verbs.Request(url, timeout=_ASKING, body={"what": "callback", **notes}, save_variables=True),
        verbs.Cond(
            (
                verbs.When(f"{_ANSWERED}.say", (say, noted, *booked)),
                verbs.When("request_result == 'success'", asked),
                verbs.Else(tuple(away)),
            )
        ),
    ]
