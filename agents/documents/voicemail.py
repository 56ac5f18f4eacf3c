"""A voicemail: a greeting, a tone, a recording, and what is said when there is nothing on it.

The recording is reported twice: by the platform's own callback, which may be lost, and by the document itself, which
tells us where it is. A caller who says nothing is asked once more; after that the agent takes them back.
"""

from collections.abc import Callable

from calls.directory.message_settings import Mailbox
from calls.directory.model import Directory
from calls.directory.templates import render_speech
from swml import verbs
from swml.flow import Steps
from swml.live import Live
from swml.speech import say
from swml.verbs import Verb

_GREETING = "Please leave a message for {department} after the tone. Press pound or hang up when you are done."
_AGAIN = "I did not hear anything. Please speak after the tone, and press pound when you are done."
_THANKS = "Thank you. Your message is on its way."
_SILENCE = 5.0  # seconds that end a message; people stop to think
_HESITATION = 6.0  # seconds until the first word
_TELLING = 2  # seconds for us to hear of it; the caller hears nothing meanwhile

# The documented words are success and failed; the callback calls a recording without a voice on it no_input.
_EMPTY = "record_result == 'failed' || record_result == 'no_input' || record_result == 'error'"


def voicemail(
    mailbox: Mailbox,
    title: str,
    directory: Directory,
    *,
    agent: str,
    url: str,
    transcript_url: str,
    noted: Verb,
    taken: Steps,
    empty: Steps,
) -> list[Verb]:
    """The verbs of a voicemail for a department, by its spoken name (`title`), in the voice of `agent`.

    `url` is told of the recording, `transcript_url` what was said on it, `noted` notes how it went. `taken` follows a
    message, `empty` no message.
    """
    said = _speaker(directory, agent)
    values = {"company": directory.company, "department": title}
    greeting = render_speech(mailbox.greeting or _GREETING, values, _language(directory, agent))
    record: Steps = (
        verbs.Record(
            beep=True,
            initial_timeout=_HESITATION,
            end_silence_timeout=_SILENCE,
            max_length=float(mailbox.longest),
            status_url=url,
        ),
    )
    if mailbox.transcribe:
        record = (verbs.Transcribe(transcript_url), *record, verbs.TranscribeStop())
    told = verbs.Request(
        url,
        timeout=_TELLING,
        body={"params": {"state": "finished", "url": Live("${record_url}")}},
        save_variables=False,
    )
    nothing = (said(_AGAIN), *record, noted, verbs.Cond((verbs.When(_EMPTY, empty),)))
    return [
        verbs.Set({"record_result": "", "record_url": ""}),  # what was never set is an error in an expression
        said(greeting),
        *record,
        noted,
        verbs.Cond((verbs.When(_EMPTY, nothing),)),
        said(_THANKS),
        told,
        *taken,
    ]


def _speaker(directory: Directory, agent: str) -> Callable[[str], Verb]:
    spec = directory.agent(agent)
    voice = (spec.voice if spec else None) or directory.voice
    language = _language(directory, agent)
    return lambda text: verbs.Play(url=say(text), say_voice=voice, say_language=language)


def _language(directory: Directory, agent: str) -> str:
    spec = directory.agent(agent)
    return (spec.language if spec else None) or directory.language
