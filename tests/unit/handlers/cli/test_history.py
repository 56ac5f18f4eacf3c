"""The words in which a call is told."""

from dataclasses import fields
from typing import get_args

import pytest

from calls import events
from gateways.database.rows import name_of
from handlers.cli.records.history import words_of

EVENTS = get_args(events.Event)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_every_event_of_a_journal_has_words(event: type) -> None:
    data = dict.fromkeys((field.name for field in fields(event)), "4111 1111 1111 1111")
    told = words_of(name_of(object.__new__(event)), data)
    assert told
    assert "4111" not in told


def test_how_a_leg_went_is_told_as_one_would_say_it() -> None:
    assert words_of("leg_ended", {"step": 1, "leg": 0, "outcome": "no_answer"}) == "has ended: no answer"
    assert words_of("declined", {"via": "voice", "words": "back at three"}) == "declines, by voice (back at three)"
