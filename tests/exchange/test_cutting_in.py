"""Who speaks or presses a key while something is played to them: it ends there, where anybody listens."""

from functools import partial
from typing import Any

import pytest

from exchange import Assumptions, Entry, Handset, Person
from tests.exchange.app import App, say, swml
from tests.exchange.conftest import Build
from tests.exchange.test_agent import agent

WORDS = "Press 1 or say yes to take the call, press 2 or say no to decline it."
ASK: dict[str, Any] = {"play": f"say:{WORDS}", "max_digits": 1, "initial_timeout": 5}
SPEECH: dict[str, Any] = {"speech_timeout": 5}
KEY = Person(presses=("1",), cuts_in_after=2)
WORD = Person(says=("Yes",), presses=(), cuts_in_after=2)


def lasted(app: App, exchange: Build, ask: dict[str, Any], caller: Person, **options: Any) -> tuple[float, str]:
    """For how many seconds a caller hears the question, and what their answer is."""
    app.routes["/swml"] = swml({"prompt": ask}, say("[${prompt_value}]"), {"hangup": {}})
    call = exchange(**options).dial(caller=caller).run()
    assert call.violations == []
    (sound,) = [sound for sound in call.caller.sounds if sound.text == WORDS]
    return round(sound.end - sound.start, 2), call.heard[-1]


def test_a_key_ends_what_a_prompt_plays(app: App, exchange: Build) -> None:
    assert lasted(app, exchange, ASK, KEY) == (2.0, "[1]")


def test_a_word_ends_it_where_the_prompt_listens_to_words(app: App, exchange: Build) -> None:
    assert lasted(app, exchange, ASK | SPEECH, WORD) == (2.0, "[Yes]")
    assert lasted(app, exchange, ASK, WORD) == (6.8, "[]")


def test_who_hears_it_out_answers_afterwards(app: App, exchange: Build) -> None:
    assert lasted(app, exchange, ASK, Person(presses=("1",))) == (6.8, "[1]")


def test_input_interrupts_nothing_on_a_platform_that_does_not_listen_meanwhile(app: App, exchange: Build) -> None:
    deaf = Assumptions(input_interrupts=False)
    assert lasted(app, exchange, ASK, KEY, assumptions=deaf) == (6.8, "[1]")


@pytest.mark.parametrize(
    ("params", "seconds"),
    [({}, 2.0), ({"static_greeting_no_barge": True}, 5.2), ({"enable_barge": False}, 5.2)],
)
def test_a_word_ends_what_an_agent_says(app: App, exchange: Build, params: dict[str, Any], seconds: float) -> None:
    words = {"static_greeting": "Good morning, this is Acme Plumbing. Please say what I can do today."}
    app.routes |= {"/swml": agent(app, params={**words, **params}), "/report": {}}
    call = exchange().dial(caller=WORD, says=("Billing.",)).run()
    spoken = next(sound for sound in call.caller.sounds if sound.kind == "speech")
    assert round(spoken.end - spoken.start, 2) == seconds
    assert "Billing." in [entry.text for entry in call.find("heard")]


def test_a_phone_that_is_operated_cuts_in_with_what_is_done_meanwhile(app: App, exchange: Build) -> None:
    """What was said before anybody asked is no answer until the question is over."""
    app.routes["/swml"] = swml({"prompt": ASK | SPEECH}, say("[${prompt_value}]"), {"hangup": {}})
    for early, seconds in ((True, 6.8), (False, 2.0)):
        platform = exchange()
        call = platform.dial(caller=Handset)
        phone = call.caller.party
        assert isinstance(phone, Handset)

        def use(entry: Entry, phone: Handset = phone, platform: Any = platform, early: bool = early) -> None:
            if not early and entry.text == WORDS:
                platform.loop.call_later(2.0, phone.say, "Yes")

        platform.ladder.listen(use)
        if early:
            platform.do(partial(phone.say, "Yes"))
        call.run()
        (sound,) = [sound for sound in call.caller.sounds if sound.text == WORDS]
        assert (round(sound.end - sound.start, 2), call.heard[-1]) == (seconds, "[Yes]")
