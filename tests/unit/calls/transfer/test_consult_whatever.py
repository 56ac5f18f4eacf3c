"""A consult to which things happen in any order: nobody is left behind, and nobody is rung twice."""

from hypothesis import given
from hypothesis import strategies as st

from calls.events import (
    Accepted,
    BriefingStarted,
    CallerLeft,
    CallerMoved,
    CallerNotMoved,
    CallerResumed,
    Cancelled,
    ConsultBegun,
    Declined,
    DialBegun,
    DialPlaced,
    DialRefused,
    Disconnected,
    Event,
    Forgotten,
    LegEnded,
    LegProgressed,
    Returned,
    SummaryReady,
    TimeUp,
)
from calls.orders import Dial, MoveCaller, ResumeCaller
from calls.outcomes import Outcome
from calls.transfer.model import State
from calls.transfer.phases import PHASES
from tests.support.consulted import ANSWERED, Story, supervisor

_STEP, _LEG, _ID = st.just(1), st.sampled_from([0, 1]), st.sampled_from(["", "a-leg"])
_HEARD = st.sampled_from(
    [Outcome.BUSY, Outcome.NO_ANSWER, Outcome.DECLINED, Outcome.MACHINE, Outcome.CANCELLED, Outcome.BRIDGED]
)
_EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(DialBegun, _STEP, _LEG),
    st.builds(DialPlaced, _STEP, _LEG, _ID),
    st.builds(DialRefused, _STEP, _LEG, st.just("422")),
    st.builds(LegProgressed, _STEP, _LEG, st.sampled_from(["ringing", "answered"]), _ID),
    st.builds(LegEnded, _STEP, _LEG, _HEARD),
    st.builds(BriefingStarted, _STEP, _LEG, _ID),
    st.builds(Accepted, _STEP, _LEG, _ID, st.sampled_from(["voice", "keypad", "card"])),
    st.builds(Declined, _STEP, _LEG, st.just("later")),
    st.builds(TimeUp, st.sampled_from(["hold", "attempt", "move"]), _STEP, _LEG),
    st.sampled_from(
        [ConsultBegun(), CallerMoved(), CallerNotMoved("no"), CallerNotMoved("gone", gone=True), CallerResumed(),
         CallerLeft(), Cancelled(), Returned(), Forgotten(), Disconnected(1), SummaryReady("new")]
    ),
)  # fmt: skip


@given(st.lists(_EVENTS, max_size=25), st.booleans())
def test_no_order_of_events_leaves_a_caller_behind(events: list[Event], together: bool) -> None:
    """Whatever is reported, once the consult is over the caller was bridged, is back with the agent, or has left."""
    story = Story(supervisor(together=together))
    story.tell(*events, TimeUp("move"), TimeUp("hold"))
    if story.transfer.live:
        assert story.transfer.state is State.BRIDGED
    ended_well = story.transfer.outcome in (Outcome.BRIDGED, Outcome.CALLER_LEFT, Outcome.CANCELLED)
    back = any(isinstance(order, ResumeCaller) for order in story.orders) or "returned" in story.phases
    assert ended_well or back
    assert set(story.phases) <= set(PHASES)


@given(st.lists(_EVENTS, max_size=25), st.booleans())
def test_nobody_is_dialled_twice_and_only_one_wins(events: list[Event], together: bool) -> None:
    story = Story(supervisor(together=together))
    story.tell(*events)
    dials = [order for order in story.orders if isinstance(order, Dial)]
    assert len(dials) == len(set(dials))
    assert sum(a.stage == "accepted" for a in story.transfer.attempts) <= 1
    assert sum(isinstance(order, MoveCaller) for order in story.orders) <= 1


@given(st.lists(_EVENTS, max_size=15))
def test_told_twice_is_told_once(events: list[Event]) -> None:
    once, twice = Story(), Story()
    for event in events:
        once.tell(event)
        twice.tell(event, event)
    # All but when it happened is the same.
    assert [(a.outcome, a.stage) for a in once.transfer.attempts] == [
        (a.outcome, a.stage) for a in twice.transfer.attempts
    ]
    assert once.transfer.outcome == twice.transfer.outcome


def test_every_phase_is_reached_by_some_story() -> None:
    ringing = (DialBegun(1, 0), DialPlaced(1, 0, "dana-leg"), LegProgressed(1, 0, "ringing"))
    stories: tuple[tuple[Event, ...], ...] = (
        (*ringing, *ANSWERED[2:], Accepted(1, 0, "dana-leg"), CallerMoved(), LegEnded(1, 0, Outcome.BRIDGED)),
        (*ringing, Declined(1, 0), TimeUp("hold"), CallerResumed()),
        (Cancelled(),),
    )
    told = set()
    for events in stories:
        story = Story()
        story.tell(*events)
        told |= set(story.phases)
    assert told == set(PHASES)
