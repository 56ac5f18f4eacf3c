"""What the leg of a call we place runs before the agent talks: a machine is found out, and told or left alone."""

from agents.documents.urls import Links
from calls.directory.model import Directory
from calls.outbound.calls import PlacedCall
from swml import verbs
from swml.speech import say
from swml.verbs import Verb

DETECTION = 6.0
"""Seconds to tell a person from a machine; somebody who has said hello waits for as long."""

TONE = 30.0
"""Seconds a machine may talk before its tone."""

_TOLD = 1  # seconds for telling us; the tone has just sounded


def before_the_agent(call: PlacedCall, directory: Directory, links: Links) -> tuple[Verb, ...]:
    """Verbs between being answered and the agent. With a message for a machine they wait for its tone."""
    leaves_message = call.on_machine == "message"
    return (
        verbs.Set({"detect_result": ""}),  # a variable that was never set is an error in an expression
        verbs.DetectMachine(
            detectors="amd,fax",
            detect_message_end=leaves_message or None,
            timeout=TONE if leaves_message else DETECTION,
            wait=True,
        ),
        verbs.Cond(
            (
                verbs.When("detect_result == 'machine'", (*_machine(call, directory, links), verbs.Hangup())),
                verbs.When("detect_result == 'fax'", (_telling("machine", call, links), verbs.Hangup())),
            )
        ),
    )


def _machine(call: PlacedCall, directory: Directory, links: Links) -> tuple[Verb, ...]:
    found = _telling("machine", call, links)
    if call.on_machine == "hangup":
        return (found,)
    spec = directory.agents.get(call.agent)
    message = verbs.Play(
        url=say(call.message),
        say_voice=(spec.voice if spec else None) or directory.voice,
        say_language=(spec.language if spec else None) or directory.language,
    )
    return found, message, _telling("left", call, links)


def _telling(what: str, call: PlacedCall, links: Links) -> Verb:
    return verbs.Request(links.placed(what, call.id), timeout=_TOLD, body={"placed": what})
