"""Calls that we are asked to place: who is rung, when, and what became of it. Without a telephone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.numbers import Number, Unreadable
from calls.outbound.calls import (
    CallWanted,
    News,
    NotPlaced,
    PlacedCall,
    begun,
    decide,
    given_up,
    read_facts,
    read_message,
    read_moment,
    told,
)
from calls.outcomes import Outcome
from tests.support.acme import directory

ANN, LINE = Number("+12025550190"), Number("+12025550100")
NEW_YORK = ZoneInfo("America/New_York")
NOON = datetime(2026, 3, 17, 12, tzinfo=NEW_YORK)
ACME = directory(policy={"regions": ["US"]})


def wanted(**other: Any) -> CallWanted:
    return CallWanted(**{"to": ANN, "line": LINE, "agent": "billing_desk", **other})


def placed(**other: Any) -> PlacedCall:
    call = begun(wanted(), placed_id="p_1", key="visit-17", at=NOON, due_at=NOON)
    return replace(call, **{"state": "dialling", **other})


def why(of: CallWanted, *, opted_out: bool = False) -> str:
    decided = decide(of, ACME, NOON, opted_out=opted_out)
    return decided.why if isinstance(decided, NotPlaced) else ""


# --- may it be placed, and when -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("+12025550190", ""),
        ("+18005550199", ""),  # toll-free: at noon it may be rung nowhere west of the Rockies, so it waits
        ("+12025550100", "our_line"),
        ("+19005550199", "not_allowed"),  # premium
        ("+12029765555", "not_allowed"),  # premium in disguise
        ("+442071838750", "not_allowed"),  # another country
        ("+447012345678", "not_allowed"),  # a personal number
    ],
)
def test_only_ordinary_numbers_of_our_regions_and_none_of_our_own_are_rung(number: str, reason: str) -> None:
    assert why(wanted(to=Number(number))) == reason


def test_who_wants_nothing_from_us_is_not_rung() -> None:
    assert why(wanted(), opted_out=True) == "opted_out"


def test_a_line_that_is_not_ours_is_not_shown() -> None:
    assert why(wanted(line=Number("+12025550155"))) == "not_our_line"


def test_at_night_it_waits_for_the_morning_over_there() -> None:
    night = datetime(2026, 3, 17, 23, tzinfo=NEW_YORK)
    assert decide(wanted(), ACME, night, opted_out=False) == datetime(2026, 3, 18, 8, tzinfo=NEW_YORK)
    assert decide(wanted(), ACME, NOON, opted_out=False) == NOON
    later = NOON + timedelta(hours=3)
    assert decide(wanted(at=later), ACME, NOON, opted_out=False) == later


@pytest.mark.parametrize("at", [NOON - timedelta(hours=1), NOON + timedelta(days=90)])
def test_neither_the_past_nor_next_year(at: datetime) -> None:
    assert why(wanted(at=at)) == "not_then"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("14:30", "2026-03-17T14:30-04:00"),
        ("9:05", "2026-03-18T09:05-04:00"),  # today it is past
        ("2026-03-20T10:00", "2026-03-20T10:00-04:00"),
        ("2026-03-20 10:00", "2026-03-20T10:00-04:00"),
        ("2026-03-20T10:00Z", "2026-03-20T06:00-04:00"),
    ],
)
def test_when_is_read_as_local_time(text: str, moment: str) -> None:
    assert read_moment(text, NEW_YORK, NOON) == datetime.fromisoformat(moment)


@pytest.mark.parametrize("text", ["soon", "25:00", "2026-13-01", ""])
def test_what_is_no_time_is_told(text: str) -> None:
    with pytest.raises(Unreadable, match="a time such as 14:30"):
        read_moment(text, NEW_YORK, NOON)


def test_facts_are_short_text_on_one_line_each() -> None:
    assert read_facts({"name": "Ann\nMiller", "visits": 3}) == (("name", "Ann Miller"), ("visits", "3"))
    for wrong in ({"": "x"}, {"a b": "x"}, {"x": "y" * 501}, {"x": ["y"]}, {f"f{n}": "x" for n in range(21)}):
        with pytest.raises(Unreadable):
            read_facts(wrong)
    for message in ("", "x" * 601):
        with pytest.raises(Unreadable):
            read_message(message)


def test_the_same_call_is_the_same_whatever_the_order_of_its_facts() -> None:
    facts = (("a", "1"), ("b", "2"))
    assert wanted(facts=facts).fingerprint == wanted(facts=facts[::-1]).fingerprint
    others = [wanted(facts=facts), wanted(message="Hi."), wanted(to=LINE), wanted(at=NOON), wanted(agent="x"), wanted()]
    assert len({one.fingerprint for one in others}) == len(others)


# --- what became of it --------------------------------------------------------------------------------------------


def after(*news: News | tuple[News, str], call: PlacedCall | None = None) -> tuple[str, str | None]:
    known = call or placed()
    for n, one in enumerate(news):
        what, reason = one if isinstance(one, tuple) else (one, "")
        known = told(known, what, NOON + timedelta(seconds=n), call_id="c9", reason=reason)
    return known.state, known.outcome


@pytest.mark.parametrize(
    ("news", "outcome"),
    [
        (["ringing", "answered", ("ended", "hangup")], "answered"),
        (["ringing", ("ended", "busy")], "busy"),
        (["ringing", ("ended", "noAnswer")], "no_answer"),
        (["ringing", "answered", "machine", ("ended", "hangup")], "machine"),
        (["ringing", "answered", "machine", "message_left", ("ended", "hangup")], "message_left"),
        (["answered", "message_left", "machine", ("ended", "hangup")], "message_left"),  # out of order
        (["answered", ("ended", "hangup"), "message_left"], "message_left"),
        (["answered", ("ended", "hangup"), "ringing", ("ended", "busy")], "answered"),  # late, and of another mind
        (["answered", ("ended", "busy")], "busy"),  # it was fetched too early
        (["ringing", ("ended", "hangup")], "failed"),  # answered, and our document was not fetched
    ],
)
def test_how_it_ended(news: list[Any], outcome: str) -> None:
    assert after(*news) == ("ended", outcome)


def test_one_that_was_given_up_too_early_is_up_after_all() -> None:
    lost = given_up(placed(), Outcome.LOST, "nothing was heard of it", NOON)
    assert (lost.state, lost.outcome) == ("ended", "lost")
    assert after("answered", call=lost) == ("answered", None)
    assert after(("ended", "busy"), call=lost) == ("ended", "busy")
    assert given_up(told(placed(), "ended", NOON, reason="busy"), Outcome.LOST, "", NOON).outcome == "busy"


every_news = st.sampled_from(["ringing", "answered", "machine", "message_left", ("ended", "hangup"), ("ended", "busy")])


@given(st.lists(every_news, max_size=6))
def test_once_ended_it_stays_ended(news: list[Any]) -> None:
    assert after(("ended", "busy"), *news)[0] == "ended"
    assert after("answered", "message_left", *news)[1] == "message_left"


def test_utc_is_as_good_as_local_time() -> None:
    assert wanted(at=NOON).fingerprint == wanted(at=NOON.astimezone(UTC)).fingerprint
