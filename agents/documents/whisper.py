"""A whisper: a person hears what it is about and is asked, on their own leg, before a caller reaches them.

The platform runs it without us, inside `connect` (`confirm`). Only a yes connects: a key that is not 1, other words,
silence, a voicemail box talking and a hangup all end the leg, and the next person is rung.
"""

import math

from calls.directory.model import Directory
from swml import verbs
from swml.flow import Steps
from swml.live import Live
from swml.speech import literal, say

QUESTION = "Press 1 or say yes to take the call. Press 2 or say no to decline."

YES = (
    "typeof prompt_value !== 'undefined' && /^[\\s.,!]*(1|one|(yes|yeah|yep|yup|sure|okay|ok)"
    "([\\s.,!]+(yes|yeah|sure|okay|ok|please|thanks|thank you))*)[\\s.,!]*$/i.test(String(prompt_value))"
)
"""What counts as a yes, as the platform evaluates it: the key 1, or one of these words and nothing else but more of
them. "Yes?" is how some people answer a phone, "yes but not now" is a no, and so is whatever is not understood.
"""

NO = (
    "typeof prompt_value !== 'undefined' && /^[\\s.,!]*(2|two|no|nope|not now|sorry|i can'?t|i cannot)"
    "\\b(?!,? (problem|worries))[^?]*$/i.test(String(prompt_value))"
)
"""What counts as a no where other words lead on: the key 2, or words that begin like this and are no question."""

OVER_WITHIN = 2  # seconds for us to say what follows a bridge; the caller hears nothing meanwhile
OVER = (
    "request_result == 'success' && typeof request_response !== 'undefined' && request_response "
    "&& request_response.next === 'hangup'"
)
"""We have answered that the talk is over and the caller needs nobody any more."""

_HELLO = 1.0  # seconds; whoever picks up says hello first, and that is no answer to our question
_LONGEST_ANSWER = 5.0  # seconds of speech; a voicemail greeting is cut there
_WORDS_PER_SECOND = 2.0  # slower than any voice speaks: a gate that closes too soon would decline for the person
_MARGIN = 8  # seconds


def gate(words: str, *, within: int, directory: Directory) -> Steps:
    """What runs on the person's leg: `words`, the question, `within` seconds for the answer, and what it leads to."""
    voice, language = directory.voice, directory.language
    ask = verbs.Prompt(
        play=(say(words), say(QUESTION)),
        max_digits=1,  # any speech parameter would switch keys off, were there no parameter of digits
        initial_timeout=float(within),
        speech_timeout=_LONGEST_ANSWER,
        speech_end_timeout=1.0,
        speech_hints=("yes", "no"),
        say_voice=voice,
        say_language=language,
    )
    connecting = verbs.Play(url=say("Connecting."), say_voice=voice, say_language=language)
    return (
        verbs.Set({"prompt_value": ""}),
        verbs.Play(url=f"silence:{_HELLO}"),
        ask,
        # The key first and by itself: whatever the platform makes of the longer expression, a 1 is a yes.
        verbs.Cond(
            (
                verbs.When("prompt_value == '1'", (connecting,)),
                verbs.When(YES, (connecting,)),
                verbs.Else((verbs.Hangup(),)),
            )
        ),
    )


def gate_seconds(words: str, *, within: int) -> int:
    """How long the gate may take at most: `confirm_timeout`. Digits are spoken one by one."""
    spoken = sum(max(1, sum(char.isdigit() for char in word)) for word in literal(f"{words} {QUESTION}").split())
    return math.ceil(_HELLO + spoken / _WORDS_PER_SECOND + within + _LONGEST_ANSWER + _MARGIN)


def after_bridge(url: str, *, done: Steps, needed: Steps, unsure: Steps) -> Steps:
    """What follows once `connect` says that caller and person were connected, and the caller is still there.

    The platform may call a person's no a connection, and a line that drops after a second is one. Only we were told
    of the bridge, so we are asked. `done`: they have talked. `needed`: they have not. `unsure`: we did not answer.
    """
    return (
        verbs.Request(
            url, timeout=OVER_WITHIN, body={"connect_result": Live("${connect_result}")}, save_variables=True
        ),
        verbs.Cond((verbs.When(OVER, done), verbs.When("request_result == 'success'", needed), verbs.Else(unsure))),
    )
