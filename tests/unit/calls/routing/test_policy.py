"""Where a caller goes, at any hour, from any leg."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calls.call import Leg as LegKind
from calls.directory.model import Directory
from calls.directory.steps import Callback, Hangup, Leg, Refer, Ring, ToAgent, ToDepartment, Voicemail
from calls.directory.templates import read_template, render_template
from calls.numbers import Number, SipUri, number_of
from calls.outcomes import Outcome
from calls.routing.describe import describe
from calls.routing.openings import availability
from calls.routing.policy import Caller, Refusal, Route, Wanted, choose
from tests.support.asking import ACME, FRIDAY_NOON, SATURDAY, caller, refusal, route
from tests.support.directories import directories, moments, read

# When it is closed


def test_a_closed_department_says_when_it_opens() -> None:
    chosen = refusal("sales", SATURDAY)
    assert (chosen.outcome, chosen.why) == (Outcome.CLOSED, "closed")
    assert chosen.sentence == "Sales is closed until Monday at 9 AM. Offer to take a message or to book a callback."


def test_outside_hours_the_closed_step_is_the_route() -> None:
    chosen = route("support", SATURDAY)
    assert chosen.steps == (Voicemail(),)
    assert chosen.mechanism == "voicemail"
    assert chosen.closed is not None
    assert chosen.closed.words == "until Monday at 9 AM"
    assert chosen.announce.startswith("Support is closed until Monday at 9 AM.")


def test_a_chain_leaves_out_the_departments_that_are_closed() -> None:
    assert route("everyone", SATURDAY).steps == (Voicemail(), Hangup())


def test_a_department_that_only_leads_to_closed_ones_is_closed() -> None:
    departments = {"sales": ACME["departments"]["sales"], "front": {"about": "x", "reach": [{"department": "sales"}]}}
    directory = read(ACME | {"departments": departments, "agents": {}, "escalation": None, "lines": {}})
    chosen = choose(Wanted("front"), directory, SATURDAY, caller())
    assert isinstance(chosen, Refusal)
    assert chosen.outcome is Outcome.CLOSED
    assert chosen.sentence.startswith("Front is closed at the moment.")


@pytest.mark.parametrize(
    ("destination", "at", "words"),
    [
        ("sales", FRIDAY_NOON, "Sales is open until 5:30 PM."),
        ("new business", SATURDAY, "Sales is closed; it opens Monday at 9 AM."),
        (
            "sales",
            datetime(2026, 12, 25, 17, tzinfo=UTC),
            "Sales is closed today, Christmas Day; it opens Monday at 9 AM.",
        ),
        ("billing", SATURDAY, "Billing is open now."),
        ("billing_desk", SATURDAY, "Billing desk is open now."),
    ],
)
def test_availability_is_said_in_words(destination: str, at: datetime, words: str) -> None:
    told = availability(destination, read(ACME), at)
    assert told.words == words
    assert told.open is (" open " in words)


def test_a_department_elsewhere_says_whose_clock_it_is() -> None:
    west = {"west": {"about": "x", "hours": "office", "timezone": "America/Los_Angeles", "reach": ["voicemail"]}}
    directory = read(ACME | {"departments": ACME["departments"] | west})
    assert availability("west", directory, FRIDAY_NOON).words == "West is open until 5:30 PM Los Angeles time."
    assert (
        availability("west", directory, SATURDAY).words == "West is closed; it opens Monday at 9 AM Los Angeles time."
    )


def test_an_unknown_destination_is_not_open() -> None:
    assert not availability("+19005550100", read(ACME), FRIDAY_NOON).open


# When it is open


def test_the_chain_of_another_department_takes_its_place_once() -> None:
    chosen = route("everyone")
    assert [step.kind for step in chosen.steps] == ["ring", "voicemail", "callback", "hangup"]


def test_a_refer_needs_a_sip_leg() -> None:
    assert route("warehouse", who=caller(leg="sip")).mechanism == "sip_refer"
    assert route("warehouse", who=caller(leg="webrtc")).mechanism == "connect"
    assert refusal("depot").why == "not_reachable_from_here"
    assert isinstance(route("depot", who=caller(leg="sip")).steps[0], Refer)


def test_an_agent_does_not_hand_over_to_itself() -> None:
    assert route("billing").steps[0] == ToAgent("billing_desk")
    assert route("billing").mechanism == "swml_transfer"
    assert not route("billing").final  # billing_desk returns
    desk = route("billing", who=caller("billing_desk"))
    assert (desk.mechanism, desk.final) == ("connect", True)


def test_nobodys_own_phone_is_rung_when_they_call() -> None:
    dana = Caller(Number("+12025550111"), Number("+12025550100"), "phone", "receptionist")
    assert route("sales", who=dana).steps[0] == Ring(((Leg(Number("+12025550113"), "max"),),))
    assert refusal("billing", who=Caller(dana.number, None, "phone", "billing_desk")).why == "not_reachable_from_here"


def test_an_agent_is_a_destination() -> None:
    chosen = route("partner")
    assert (chosen.department, chosen.steps, chosen.final) == (None, (ToAgent("partner"),), True)


@pytest.mark.parametrize(
    ("setting", "number", "line", "shown"),
    [
        ("line", "+12025550177", "+12025550102", "+12025550102"),
        ("line", "+12025550177", "+12025550199", "+12025550100"),  # not one of ours
        ("line", None, None, "+12025550100"),
        ("caller", "+12025550177", "+12025550100", "+12025550177"),
        ("caller", None, "+12025550102", "+12025550102"),
        ("caller", "sip:x@y.example", "+12025550102", "+12025550102"),
        ("+12025550102", "+12025550177", "+12025550100", "+12025550102"),
    ],
)
def test_the_person_sees_a_number_of_ours_or_the_callers(
    setting: str, number: str | None, line: str | None, shown: str
) -> None:
    departments = ACME["departments"] | {"x": {"about": "x", "caller_id": setting, "reach": [{"ring": ["dana"]}]}}
    who = SipUri(number) if number and ":" in number else Number(number) if number else None
    asking = Caller(who, Number(line) if line else None, "phone", "receptionist")
    chosen = choose(Wanted("x"), read(ACME | {"departments": departments}), FRIDAY_NOON, asking)
    assert isinstance(chosen, Route)
    assert chosen.caller_id == Number(shown)


@settings(max_examples=200)
@given(directories(), moments(), st.sampled_from(["phone", "sip", "webrtc"]), st.sampled_from([None, "+12025550111"]))
def test_every_destination_at_every_moment_is_a_route_or_a_reason(
    data: Mapping[str, Any], at: datetime, leg: LegKind, number: str | None
) -> None:
    directory = read(data)
    for agent in ("receptionist", *directory.agents):
        asking = Caller(Number(number) if number else None, None, leg, agent)
        for offered in directory.destinations(agent):
            _check(choose(Wanted(offered.name), directory, at, asking), directory, asking)
    assert describe(directory, at)


def _check(chosen: Route | Refusal, directory: Directory, asking: Caller) -> None:
    if isinstance(chosen, Refusal):
        assert chosen.outcome in (Outcome.CLOSED, Outcome.REFUSED)
        assert chosen.sentence.endswith(".")
        return
    assert chosen.steps
    assert chosen.mechanism
    for step in chosen.steps:
        assert not isinstance(step, ToDepartment)
        assert step != ToAgent(asking.agent)
        assert not (isinstance(step, Refer) and asking.leg != "sip")
        for leg in step.legs if isinstance(step, Ring) else ():
            assert leg.to != asking.number
            dialled = number_of(leg.to)
            assert dialled is None or (dialled.region in directory.policy.regions and not dialled.premium)
    assert Hangup() not in chosen.steps[:-1]
    assert read_template(chosen.announce)
    assert chosen.closed is None or chosen.closed.words in chosen.announce


def test_choosing_costs_the_same_among_ten_and_a_thousand_departments() -> None:
    def cost(count: int) -> float:
        departments = {f"d{n}": {"about": "x", "hours": "office", "reach": ["callback"]} for n in range(count)}
        directory = read(ACME | {"departments": departments, "agents": {}, "lines": {}, "escalation": None})
        asking, rounds = caller(), list[float]()
        for _ in range(20):
            start = time.perf_counter()
            for _ in range(50):
                assert isinstance(choose(Wanted(f"D {count - 1}"), directory, FRIDAY_NOON, asking), Route)
                directory.agent_for(None, FRIDAY_NOON)
            rounds.append(time.perf_counter() - start)
        return min(rounds)

    assert cost(1000) < 3 * cost(10)


# When the person is told first


def warm(**sections: Any) -> Directory:
    departments = {
        "sales": {"about": "x", "reach": [{"ring": ["dana"]}, {"department": "boss"}, {"department": "shop"}]},
        "boss": {"about": "x", "handoff": "whisper", "reach": [{"ring": ["max"]}, "voicemail"]},
        "shop": {"about": "x", "reach": [{"ring": ["dana", "max"]}]},
        "chief": {"about": "x", "handoff": "consult", "reach": [{"ring": ["max"]}, {"department": "shop"}]},
        "front": {"about": "x", "handoff": "consult", "reach": [{"agent": "billing_desk"}, {"ring": ["dana"]}]},
    }
    sections = {"escalation": {"department": "boss"}, **sections}
    return read(ACME | {"departments": departments, "agents": {"billing_desk": ACME["agents"]["partner"]}} | sections)


def to(directory: Directory, destination: str) -> Route:
    chosen = choose(Wanted(destination), directory, FRIDAY_NOON, caller())
    assert isinstance(chosen, Route)
    return chosen


def test_the_mechanism_is_that_of_the_first_step() -> None:
    assert [(to(warm(), name).handoff, to(warm(), name).mechanism) for name in warm().departments] == [
        ("blind", "connect"),
        ("whisper", "whisper"),
        ("blind", "connect"),
        ("consult", "consult"),
        ("blind", "swml_transfer"),
    ]


def test_a_departments_people_are_asked_first_whichever_chain_leads_to_them() -> None:
    def handoffs(name: str) -> list[str]:
        return [step.handoff for step in to(warm(), name).steps if isinstance(step, Ring)]

    assert handoffs("sales") == ["blind", "whisper", "blind"]
    assert handoffs("chief") == ["consult", "blind"]
    assert handoffs("front") == ["consult"]


def test_the_terms_of_a_handoff_come_with_the_route() -> None:
    music = "https://files.example/hold.mp3"
    terms = warm(escalation={"department": "boss", "accept_within": 20, "hold_music": music})
    assert (to(terms, "boss").accept_within, to(terms, "boss").ringback) == (20, (music,))
    assert to(terms, "shop").ringback == ()  # nobody is asked: it rings
    assert to(warm(), "boss").accept_within == 15
    tones = warm(escalation={"department": "boss", "hold_music": "tone_stream://%(400,200,400)"})
    assert to(tones, "boss").ringback == ()  # it cannot be played while a phone rings
    departments = {"boss": {"about": "x", "handoff": "whisper", "ringback": "https://files.example/own.mp3"}}
    departments["boss"]["reach"] = [{"ring": ["max"]}]  # type: ignore[assignment]
    own = warm(departments=departments, escalation={"department": "boss", "hold_music": music})
    assert to(own, "boss").ringback == ("https://files.example/own.mp3",)


def test_the_caller_is_told_that_somebody_is_asked_first() -> None:
    assert to(warm(), "boss").announce.startswith("I'm getting someone from {department}")
    assert to(warm(), "sales").announce == "I'm putting you through to {department} now."


# In words


def test_the_directory_is_told_in_words() -> None:
    told = describe(read(ACME), SATURDAY)
    assert "+12025550100: receptionist answers now" in told
    assert "sales: Sales is closed; it opens Monday at 9 AM." in told
    assert "  now, 1. the agent says when it opens and offers a message" in told
    assert "  in hours, 1. ring Dana Reyes (+12025550111), then Max (+12025550113), 25 s each" in told
    assert "  now, 1. refer the caller's own phone to sip:w@pbx.acme.example (SIP callers only)" in told


def test_how_people_get_a_caller_is_told_in_words() -> None:
    departments = {
        "boss": {"about": "x", "handoff": "whisper", "reach": [{"ring": ["max"]}]},
        "chief": {
            "about": "x",
            "handoff": "consult",
            "while_waiting": "talk",
            "introduction": "You are talking to {department}.",
            "reach": [{"ring": ["max"]}],
        },
        "box": {"about": "x", "handoff": "whisper", "reach": ["voicemail"]},
    }
    told = [
        line
        for line in describe(warm(departments=departments, escalation=None), FRIDAY_NOON)
        if "  w" in line or "  c" in line
    ]
    assert told == [
        "  whisper: whoever answers hears what it is about and has 15 s to press 1 or say yes",
        "  consult: an agent tells whoever answers what it is about and asks; "
        "meanwhile the caller talks on with the agent, 240 s at most",
        "  consult: both hear first: You are talking to the chief team.",
    ]


def test_a_template_takes_values_and_looks_into_none_of_them() -> None:
    text = "{caller_number} about {reason}. {summary} {card_url}"
    values = {"caller_number": "+12025550177", "reason": "{card_url} {0} {reason.__class__}", "card_url": "https://x"}
    assert render_template(text, values) == "+12025550177 about {card_url} {0} {reason.__class__}. https://x"


def test_a_callback_is_not_a_dead_end() -> None:
    assert route("supervisor").steps[-1] == Callback()
