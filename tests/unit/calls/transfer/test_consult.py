"""A consult in the transfer's table: every interruption is a row, and each ends with the caller in somebody's care."""

from datetime import timedelta

from calls.events import (
    Accepted,
    CallerLeft,
    CallerMoved,
    CallerNotMoved,
    CallerResumed,
    Cancelled,
    Declined,
    DialBegun,
    DialPlaced,
    DialRefused,
    Forgotten,
    LegEnded,
    LegProgressed,
    PersonJoined,
    Returned,
    SummaryReady,
    TimeUp,
)
from calls.orders import Dial, EndLeg, MoveCaller, MovePerson, Remind, ResumeCaller, RunSteps
from calls.outcomes import Outcome
from calls.transfer.effects import CALLER_GONE, TAKEN
from calls.transfer.machine import PlannedLeg
from calls.transfer.model import State
from calls.transfer.result import result_of
from tests.support.consulted import ANSWERED, MAX_ANSWERED, Story, supervisor


def test_dana_accepts_and_the_caller_is_taken_to_her() -> None:
    story = Story()
    assert story.orders[0] == Dial("t_1", 1, 0)
    assert Remind("t_1", "hold", 240) in story.orders
    assert story.tell(*ANSWERED) == []
    assert story.tell(Accepted(1, 0, "dana-leg")) == [MoveCaller("t_1"), Remind("t_1", "move", 10)]
    assert story.tell(CallerMoved(), PersonJoined(1, 0)) == []
    assert story.transfer.state is State.BRIDGED
    story.at += timedelta(seconds=60)
    assert story.tell(LegEnded(1, 0, Outcome.BRIDGED)) == []
    assert (story.transfer.outcome, story.people) == (Outcome.BRIDGED, [("dana", "bridged")])
    assert story.phases == [
        "requested", "summary_ready", "caller_on_hold", "person_dialled", "person_answered", "briefing_started",
        "accepted", "bridged", "completed",
    ]  # fmt: skip


def test_dana_declines_with_a_message_and_max_is_rung() -> None:
    story = Story()
    story.tell(*ANSWERED)
    assert story.tell(Declined(1, 0, "I call back at three"))[:1] == [Dial("t_1", 1, 1)]
    assert story.tell(*MAX_ANSWERED, LegEnded(1, 0, Outcome.BRIDGED)) == []  # Dana's leg ends by itself
    assert story.people == [("dana", "declined"), ("max", None)]


def test_busy_no_answer_machine_and_refused_each_lead_to_the_next() -> None:
    for failure in (
        LegEnded(1, 0, Outcome.BUSY),
        LegEnded(1, 0, Outcome.NO_ANSWER),
        LegEnded(1, 0, Outcome.MACHINE),
        DialRefused(1, 0, "422: not a number"),
        TimeUp("attempt", 1, 0),
    ):
        story = Story()
        assert story.tell(DialBegun(1, 0), failure)[:1] == [Dial("t_1", 1, 1)], failure


def test_nobody_takes_the_call_and_the_agent_knows_all_of_it() -> None:
    story = Story()
    story.tell(*ANSWERED, Declined(1, 0, "I call back at three"), DialBegun(1, 1), DialPlaced(1, 1, "max-leg"))
    (back,) = story.tell(LegEnded(1, 1, Outcome.BUSY))
    assert isinstance(back, ResumeCaller)
    assert 'Dana Reyes cannot take it now and says: "I call back at three"; Max Stone is on another call' in back.words
    assert story.transfer.outcome is Outcome.BUSY
    story.tell(CallerResumed())
    assert story.phases[-2:] == ["failed", "returned"]


def test_the_rest_of_the_chain_follows_when_nobody_takes_the_call() -> None:
    story = Story(supervisor(then=(PlannedLeg(2, 0, "queue:sales"),)))
    orders = story.tell(LegEnded(1, 0, Outcome.BUSY), LegEnded(1, 1, Outcome.BUSY))
    assert orders[-1] == RunSteps("t_1", 2)
    assert story.transfer.state is State.TRYING
    assert isinstance(story.tell(CallerNotMoved("500"))[0], ResumeCaller)


def test_the_caller_hangs_up_while_the_phone_rings() -> None:
    story = Story()
    story.tell(DialBegun(1, 0), DialPlaced(1, 0, "dana-leg"), LegProgressed(1, 0, "ringing"))
    assert story.tell(CallerLeft()) == [EndLeg("t_1", "dana-leg")]
    assert (story.transfer.outcome, story.people) == (Outcome.CALLER_LEFT, [("dana", "cancelled")])


def test_the_caller_hangs_up_while_dana_is_briefed_and_she_is_told_so() -> None:
    story = Story()
    story.tell(*ANSWERED)
    assert story.tell(CallerLeft()) == [EndLeg("t_1", "dana-leg", CALLER_GONE)]
    assert story.tell(Accepted(1, 0, "dana-leg")) == []
    assert story.transfer.outcome is Outcome.CALLER_LEFT


def test_the_caller_hangs_up_while_the_order_to_dial_is_on_its_way() -> None:
    story = Story()
    story.tell(DialBegun(1, 0))
    assert story.tell(CallerLeft()) == []
    assert story.tell(DialPlaced(1, 0, "dana-leg")) == [EndLeg("t_1", "dana-leg")]


def test_the_caller_hangs_up_as_dana_accepts() -> None:
    story = Story()
    story.tell(*ANSWERED, Accepted(1, 0, "dana-leg"), CallerLeft())
    assert story.tell(CallerNotMoved("the call is over", gone=True)) == [EndLeg("t_1", "dana-leg", CALLER_GONE)]
    assert story.transfer.outcome is Outcome.CALLER_LEFT


def test_the_platform_refuses_to_move_the_caller() -> None:
    story = Story()
    story.tell(*ANSWERED, Accepted(1, 0, "dana-leg"))
    end, back = story.tell(CallerNotMoved("500: internal error"))
    assert isinstance(end, EndLeg)
    assert isinstance(back, ResumeCaller)
    assert (story.transfer.outcome, story.transfer.error) == (Outcome.FAILED, "500: internal error")


def test_dana_hangs_up_in_the_briefing() -> None:
    story = Story()
    story.tell(*ANSWERED)
    assert story.tell(LegEnded(1, 0, Outcome.BRIDGED))[:1] == [Dial("t_1", 1, 1)]
    assert story.people[0] == ("dana", "declined")


def test_dana_hangs_up_after_accepting_before_the_caller_is_there() -> None:
    story = Story()
    story.tell(*ANSWERED, Accepted(1, 0, "dana-leg"))
    (back,) = story.tell(LegEnded(1, 0, Outcome.BRIDGED))
    assert isinstance(back, ResumeCaller)
    (again,) = story.tell(CallerMoved())  # the caller was moved all the same, and must not be left there
    assert isinstance(again, ResumeCaller)
    assert story.transfer.outcome is Outcome.DECLINED


def test_two_accept_together_and_one_wins() -> None:
    story = Story(supervisor(together=True))
    assert [o for o in story.orders if isinstance(o, Dial)] == [Dial("t_1", 1, 0), Dial("t_1", 1, 1)]
    story.tell(*ANSWERED, *MAX_ANSWERED)
    orders = story.tell(Accepted(1, 1, "max-leg"))
    assert orders == [MoveCaller("t_1"), Remind("t_1", "move", 10), EndLeg("t_1", "dana-leg", TAKEN)]
    assert story.tell(Accepted(1, 0, "dana-leg")) == []
    story.tell(CallerMoved(), LegEnded(1, 0, Outcome.BRIDGED))
    assert story.transfer.state is State.BRIDGED  # the end of Dana's leg is not the end of the talk
    assert story.people == [("dana", "cancelled"), ("max", None)]


def test_the_hold_expires() -> None:
    story = Story()
    story.tell(*ANSWERED)
    end, back = story.tell(TimeUp("hold"))
    assert isinstance(end, EndLeg)
    assert isinstance(back, ResumeCaller)
    assert story.transfer.outcome is Outcome.TIMEOUT


def test_the_platform_gives_the_caller_back_before_we_do() -> None:
    story = Story()
    story.tell(*ANSWERED)
    (end,) = story.tell(Returned())
    assert isinstance(end, EndLeg)
    assert story.transfer.outcome is Outcome.TIMEOUT


def test_time_is_up_for_something_that_is_over() -> None:
    story = Story()
    story.tell(*ANSWERED, TimeUp("attempt", 1, 0))
    assert story.people == [("dana", None)]
    story.tell(Accepted(1, 0, "dana-leg"), TimeUp("hold"), CallerMoved(), TimeUp("move"))
    assert story.transfer.state is State.BRIDGED


def test_moving_takes_too_long() -> None:
    story = Story()
    story.tell(*ANSWERED, Accepted(1, 0, "dana-leg"))
    end, back = story.tell(TimeUp("move"))
    assert (type(end), type(back)) == (EndLeg, ResumeCaller)


def test_the_caller_cancels_while_talking_with_the_agent() -> None:
    story = Story(supervisor(talk=True))
    story.tell(*ANSWERED)
    (end,) = story.tell(Cancelled())
    assert isinstance(end, EndLeg)
    assert story.transfer.outcome is Outcome.CANCELLED
    assert "caller_on_hold" not in story.phases
    assert story.phases[-1] == "cancelled"


def test_accepting_by_card_before_the_phone_is_answered_is_a_promise() -> None:
    story = Story()
    story.tell(DialBegun(1, 0), DialPlaced(1, 0, "dana-leg"))
    assert story.tell(Accepted(1, 0, via="card")) == []
    assert story.transfer.state is State.CONSULTING
    assert story.tell(LegEnded(1, 0, Outcome.NO_ANSWER))[:1] == [Dial("t_1", 1, 1)]


def test_accepting_by_card_while_being_briefed_takes_the_person_along() -> None:
    story = Story()
    story.tell(*ANSWERED)
    orders = story.tell(Accepted(1, 0, via="card"))
    assert orders[:2] == [MoveCaller("t_1"), MovePerson("t_1", "dana-leg")]


def test_declining_by_card_stops_the_phone() -> None:
    story = Story()
    story.tell(DialBegun(1, 0), DialPlaced(1, 0, "dana-leg"), LegProgressed(1, 0, "ringing"))
    assert story.tell(Declined(1, 0, "in a meeting", via="card"))[0] == EndLeg("t_1", "dana-leg")


def test_a_better_summary_replaces_the_first_and_what_the_caller_adds_is_added() -> None:
    story = Story()
    story.tell(SummaryReady("Charged twice in June."), SummaryReady("Wants it back.", "caller"))
    assert story.transfer.summary == "Charged twice in June. Wants it back."


def test_nobody_ever_told_us_and_the_watchdog_closes_it() -> None:
    story = Story()
    story.tell(*ANSWERED)
    end, back = story.tell(Forgotten())
    assert (type(end), type(back)) == (EndLeg, ResumeCaller)
    assert story.transfer.outcome is Outcome.LOST


def test_the_talk_ended_and_only_the_callers_own_document_says_so() -> None:
    story = Story()
    story.tell(*ANSWERED, Accepted(1, 0, "dana-leg"), Returned())
    assert (story.transfer.outcome, story.people) == (Outcome.BRIDGED, [("dana", "bridged")])


def test_the_result_is_one_value() -> None:
    story = Story()
    story.tell(*ANSWERED, Accepted(1, 0, "dana-leg"), CallerMoved())
    result = result_of(story.transfer, "bridged").to_json()
    assert result["outcome"] == "bridged"
    assert (result["caller_call_id"], result["person_call_id"]) == ("caller-leg", "dana-leg")
    assert (result["conference"], result["person"], result["error"]) == ("t_1", "dana", "")
    assert result["attempts"][0]["stage"] == "accepted"


def test_the_caller_hangs_up_on_the_way_to_the_conference() -> None:
    story = Story()
    story.tell(*ANSWERED, Accepted(1, 0, "dana-leg"), CallerMoved())
    assert story.tell(CallerNotMoved("the caller hung up on the way", gone=True)) == [
        EndLeg("t_1", "dana-leg", CALLER_GONE)
    ]
    assert (story.transfer.outcome, story.people) == (Outcome.CALLER_LEFT, [("dana", "cancelled")])
