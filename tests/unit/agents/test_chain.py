"""Every destination, at every moment, from every kind of leg: no path through a document leaves the caller behind."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.documents.step_results import noted
from agents.documents.urls import Links
from agents.tools import transfer
from agents.tools.context import Answer, Asked, Visit
from calls.call import Call, Leg
from calls.directory.model import Directory
from calls.directory.steps import Hangup
from calls.numbers import Number
from calls.outcomes import Outcome
from calls.routing.policy import Caller, Route, Wanted, choose
from swml.render import render_reply
from tests.contract.schema import validate_reply
from tests.support.directories import directories, moments, read
from tests.support.phone import walk
from tests.support.walking import paths, taken_care_of

Json = dict[str, Any]
FRIDAY_NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)
PARTNER = "https://user:pass@agents.partner.example/swml"


def visit(
    directory: Directory, *, at: datetime = FRIDAY_NOON, leg: Leg = "phone", agent: str = "receptionist"
) -> Visit:
    call = Call("c1", Number("+12025550177"), Number("+12025550100"), leg, "inbound", agent)
    links = Links("https://u:p@desk.example", lambda claims: ".".join(map(str, claims)), {"partner": PARTNER})
    return Visit(directory, call, at, links, "t_1", "K7Q4")


def ask(visit: Visit, destination: str, reason: str = "a quote") -> Answer:
    arguments = {"destination": destination, "reason": reason, "summary": "Wants a boiler."}
    return transfer.transfer(Asked("connect", arguments), visit)


def moves(answer: Answer) -> list[Json]:
    return [action for action in render_reply(answer.reply).get("action", []) if "SWML" in action]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(directories(), moments(), st.sampled_from(["phone", "sip", "webrtc"]))
def test_no_path_leaves_a_caller_behind(data: Json, at: datetime, leg: Leg) -> None:
    directory = read(data)
    for agent in ("receptionist", "billing_desk", "concierge"):
        here = visit(directory, at=at, leg=leg, agent=agent)
        for name in (*directory.departments, "partner", "concierge", "billing_desk"):
            answer = ask(here, name)
            validate_reply(render_reply(answer.reply))
            if not moves(answer):
                assert answer.transfer
                assert answer.transfer.outcome in (Outcome.CLOSED, Outcome.REFUSED)
                assert answer.reply.response
                continue
            (move,) = moves(answer)
            route = choose(Wanted(name), directory, at, Caller(here.call.caller, here.call.line, leg, agent))
            assert isinstance(route, Route)
            may_hang_up = any(isinstance(step, Hangup) for step in route.steps)
            for path in paths(move["SWML"]["sections"]["main"]):
                ended_well = taken_care_of(path, detached="transfer" in move, may_hang_up=may_hang_up)
                assert ended_well, (name, path)


def test_the_walker_sees_a_caller_left_behind() -> None:
    connect = {"connect": {"to": "+12025550111"}}
    bad: list[Json] = [connect, {"cond": [{"when": "connect_result == 'connected'", "then": [{"hangup": {}}]}]}]
    good: list[Json] = [*bad, {"transfer": {"dest": "https://desk.example/swml/receptionist?t=1"}}]
    assert [taken_care_of(p, detached=True, may_hang_up=False) for p in paths(bad)] == [True, False]
    assert [taken_care_of(p, detached=True, may_hang_up=False) for p in paths(good)] == [True, True]
    told = [{"set": {"ai_response": "They are back."}}]
    taken = {"cond": [{"when": "connect_result == 'connected'", "then": told}]}
    again: list[Json] = [connect, taken, connect, *told]
    assert [taken_care_of(p, detached=False, may_hang_up=False) for p in paths(again)] == [False, True]


ACME: Json = {
    "company": "Acme Plumbing",
    "timezone": "America/New_York",
    "sip_domain": "pbx.acme.example",
    "lines": {"+12025550100": {}, "+12025550102": {}},
    "hours": {"office": {"mon-fri": "09:00-17:30"}},
    "people": {
        "dana": {"name": "Dana Reyes", "phone": "+12025550111", "texts": True},
        "lee": {"name": "Lee Park", "sip": "sip:lee@pbx.acme.example", "headers": {"X-Team": "support"}},
        "max": {"name": "Max Stone", "phone": "+12025550113"},
    },
    "agents": {
        "billing_desk": {"about": "invoices", "instructions": "Explain."},
        "concierge": {"about": "visits", "instructions": "Plan.", "returns": True},
        "partner": {"about": "deliveries", "url": "https://agents.partner.example/swml", "returns": True},
    },
}


def department(**settings: object) -> Directory:
    return read({**ACME, "departments": {"sales": {"about": "orders", "reach": [{"ring": ["dana"]}], **settings}}})


def document(directory: Directory, name: str = "sales", **how: Any) -> list[Json]:
    (move,) = moves(ask(visit(directory, **how), name))
    main: list[Json] = move["SWML"]["sections"]["main"]
    return main


def connect(directory: Directory, **how: Any) -> Json:
    found: Json = next(step["connect"] for step in document(directory, **how) if "connect" in step)
    return found


def connects(directory: Directory) -> list[Json]:
    return [value for name, value in walk(document(directory)) if name == "connect"]


@pytest.mark.parametrize(
    ("ring", "dialled"),
    [
        (["dana"], [{"serial": ["+12025550111"]}]),
        (["dana", "max"], [{"serial": ["+12025550111"]}, {"serial": ["+12025550113"]}]),
        ([["dana", "max"]], [{"parallel": ["+12025550111", "+12025550113"]}]),
        (["+12025550111", "+12025550113"], [{"serial": ["+12025550111", "+12025550113"]}]),
        (
            [["+12025550111", "+12025550113"], "+12025550114"],
            [{"serial_parallel": [["+12025550111", "+12025550113"], ["+12025550114"]]}],
        ),
        (
            ["lee", ["dana", "max"]],  # together if both are free, else whoever is
            [
                {"serial": ["sip:lee@pbx.acme.example"]},
                {"serial": ["+12025550111"]},
                {"serial": ["+12025550113"]},
                {"parallel": ["+12025550111", "+12025550113"]},
            ],
        ),
    ],
)
def test_people_ring_in_turn_together_or_mixed(ring: list[Any], dialled: list[Json]) -> None:
    found = connects(department(reach=[{"ring": ring, "for": 20}]))
    assert [{how: numbers(one[how]) for how in one if how in STRATEGIES} for one in found] == dialled


STRATEGIES = ("to", "serial", "parallel", "serial_parallel")


def numbers(legs: list[Any]) -> list[Any]:
    return [numbers(leg) if isinstance(leg, list) else leg["to"] for leg in legs]


def test_each_leg_rings_as_long_as_the_file_says_and_reports_for_itself() -> None:
    dialled = connects(department(reach=[{"ring": ["dana", "max"], "for": 20}]))
    legs = [leg for one in dialled for leg in one["serial"]]
    assert [leg["timeout"] for leg in legs] == [20, 20]
    assert len({leg["call_state_url"] for leg in legs} | {one["status_url"] for one in dialled}) == 4


def test_only_a_sip_leg_carries_headers() -> None:
    lee, dana = (one["serial"][0] for one in connects(department(reach=[{"ring": ["lee", "dana"]}])))
    assert lee["headers"] == [{"name": "X-Team", "value": "support"}]
    assert "headers" not in dana


@pytest.mark.parametrize(
    ("setting", "shown"),
    [("line", "+12025550100"), ("caller", "+12025550177"), ("+12025550102", "+12025550102")],
)
def test_the_person_sees_the_number_the_file_says(setting: str, shown: str) -> None:
    assert connect(department(caller_id=setting))["from"] == shown


def test_ringback_is_what_the_caller_hears_meanwhile() -> None:
    assert connect(department(ringback="https://files.example/ring.mp3"))["ringback"] == [
        "https://files.example/ring.mp3"
    ]


def test_a_final_transfer_leaves_the_agent_and_a_temporary_one_comes_back() -> None:
    (final,) = moves(ask(visit(department()), "sales"))
    assert list(final) == ["transfer", "SWML"]
    assert final["transfer"] is True
    (temporary,) = moves(ask(visit(department(returns=True)), "sales"))
    assert "transfer" not in temporary
    told = [
        step["set"]["ai_response"]
        for step in temporary["SWML"]["sections"]["main"]
        if "ai_response" in str(step.get("set"))
    ]
    assert "${connect_result}" in told[-1]
    assert "${connect_failed_reason}" in told[-1]


def test_what_must_be_heard_is_said_before_anything_moves() -> None:
    said = render_reply(ask(visit(department(announce="One moment for {company}.")), "sales").reply)
    assert [next(iter(action)) for action in said["action"]] == ["say", "transfer"]
    assert said["action"][0] == {"say": "One moment for Acme Plumbing."}
    processed = render_reply(ask(visit(department(announce_mode="post_process")), "sales").reply)
    assert processed["post_process"] is True
    assert [next(iter(action)) for action in processed["action"]] == ["transfer"]


def test_a_caller_without_a_pbx_is_never_referred() -> None:
    directory = department(reach=[{"refer": "1001"}, {"ring": ["dana"]}])
    assert not any("sip_refer" in step for step in document(directory))
    refer = next(step["sip_refer"] for step in document(directory, leg="sip") if "sip_refer" in step)
    assert refer["to_uri"] == "sip:1001@pbx.acme.example"
    assert "/events/refer?" in refer["status_url"]


@pytest.mark.parametrize("target", ["sip:warehouse@pbx.acme.example", "tel:+12025550120"])
def test_a_refer_target_stays_as_it_is_written(target: str) -> None:
    directory = department(reach=[{"refer": target}])
    assert next(s["sip_refer"]["to_uri"] for s in document(directory, leg="sip") if "sip_refer" in s) == target


def test_a_number_as_a_refer_target_is_a_user_of_the_pbx() -> None:
    directory = department(reach=[{"refer": "+12025550120"}])
    refer = next(s["sip_refer"] for s in document(directory, leg="sip") if "sip_refer" in s)
    assert refer["to_uri"] == "sip:+12025550120@pbx.acme.example"


def test_a_handoff_to_a_foreign_agent_carries_the_context_in_the_body_not_in_the_url() -> None:
    main = document(department(), "partner")
    assert main[1]["request"]["url"] == PARTNER  # an address that does not answer must not end the call
    execute = next(value for name, value in walk(main) if name == "execute")
    assert execute["dest"] == PARTNER
    assert execute["params"]["summary"] == "Wants a boiler."
    assert "boiler" not in execute["dest"]
    assert "transfer" in main[-1]  # it comes back


def test_what_a_foreign_agent_is_told_holds_no_secrets() -> None:
    told = {"destination": "partner", "summary": "Paid with 4111 1111 1111 1111."}
    asked = Asked("connect", told, facts=(("ssn", "078051120"), ("order", "4711")))
    (move,) = moves(transfer.transfer(asked, visit(department())))
    (params,) = [value["params"] for name, value in walk(move["SWML"]["sections"]["main"]) if name == "execute"]
    assert params["summary"] == "Paid with a card number [removed]."
    assert params["ssn"] == "a social security number [removed]"
    assert params["order"] == "4711"


def test_a_handoff_to_our_own_agent_names_nothing_personal() -> None:
    moves = [value for name, value in walk(document(department(), "billing_desk")) if name == "transfer"]
    (arrive,) = [move for move in moves if move["dest"] != "away"]
    assert arrive["dest"].startswith("https://u:p@desk.example/swml/billing_desk?t=")
    assert "2025550177" not in arrive["dest"]
    assert "boiler" not in arrive["dest"]


def test_what_a_document_noted_is_read_when_it_comes_back() -> None:
    variables = {
        "t_1_step_1": "connect failed no_answer",
        "t_1_step_2": "refer 202/486",
        "t_1_step_3": "queue timeout",
        "t_1_step_4": "refer 403/",
        "t_1_step_5": "connect connected",
        "t_1_step_x": "connect connected",
        "other": "connect connected",
        "t_1_step_6": 7,
    }
    assert noted(variables, "t_1") == (
        (1, Outcome.NO_ANSWER),
        (2, Outcome.BUSY),
        (3, Outcome.TIMEOUT),
        (4, Outcome.FAILED),
        (5, Outcome.BRIDGED),
    )
