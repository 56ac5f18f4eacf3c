"""A consult whose reports are lost: legs are asked after, and nobody is left alone in a conference."""

from datetime import timedelta

from calls.events import (
    Accepted,
    CallerMoved,
    DialBegun,
    DialPutOff,
    LegEnded,
    PersonJoined,
    Returned,
    SummaryReady,
    TimeUp,
)
from calls.orders import Dial, Remind, ResumeCaller
from calls.outcomes import Outcome
from tests.support.consulted import ANSWERED, Story, supervisor


def test_a_leg_has_its_time_from_its_dial_on() -> None:
    story = Story()
    assert story.reminders == []
    story.tell(DialBegun(1, 0))
    assert story.reminders == [Remind("t_1", "attempt", 30, step=1, leg=0)]


def test_a_dial_that_the_platform_was_too_busy_for_is_asked_for_again() -> None:
    story = Story()
    story.tell(DialBegun(1, 0), DialPutOff(1, 0))
    assert story.transfer.attempts[0].stage == "queued"
    assert [order for order in story.orders if isinstance(order, Dial)] == [Dial("t_1", 1, 0)]


def test_somebody_who_has_answered_is_asked_after_until_the_end_is_known() -> None:
    story = Story()
    story.tell(*ANSWERED)
    asked = len(story.reminders)
    story.tell(TimeUp("attempt", 1, 0))
    assert len(story.reminders) == asked + 1
    story.tell(LegEnded(1, 0, Outcome.BRIDGED), TimeUp("attempt", 1, 0))
    assert len(story.reminders) == asked + 1


def test_dana_hangs_up_before_the_caller_comes_into_the_conference() -> None:
    story = Story()
    story.tell(*ANSWERED, Accepted(1, 0, "dana-leg"), CallerMoved())
    (back,) = story.tell(LegEnded(1, 0, Outcome.BRIDGED))
    assert isinstance(back, ResumeCaller)
    assert (back.anew, back.after) == (True, 3)


def test_dana_hangs_up_after_a_talk() -> None:
    story = Story()
    story.tell(*ANSWERED, Accepted(1, 0, "dana-leg"), CallerMoved(), PersonJoined(1, 0))
    story.at += timedelta(seconds=60)
    assert story.tell(LegEnded(1, 0, Outcome.BRIDGED)) == []


def test_a_caller_who_is_back_already_stays_with_the_agent() -> None:
    story = Story()
    story.tell(*ANSWERED, Accepted(1, 0, "dana-leg"), CallerMoved(), Returned())
    assert story.tell(LegEnded(1, 0, Outcome.BRIDGED)) == []


def test_what_the_caller_adds_outlives_a_summary_that_comes_later() -> None:
    story = Story(supervisor(talk=True))
    story.tell(SummaryReady("It was in June.", "caller"), SummaryReady("It was in June.", "caller"))
    story.tell(SummaryReady("Charged twice."))
    assert story.transfer.summary == "Charged twice. It was in June."
