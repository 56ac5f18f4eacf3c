"""What the directory file says."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from pydantic import ValidationError

from calls.directory.model import Directory
from calls.directory.steps import Hangup, Leg, Queue, Refer, Ring, ToAgent, Voicemail
from calls.numbers import Number, SipUri
from calls.routing.queues import people_of
from tests.support.directories import directories, moments, read

COMPANY = {"company": "Acme Plumbing", "timezone": "America/New_York"}
PEOPLE = {
    "dana": {"name": "Dana Reyes", "phone": "+12025550111", "texts": True},
    "lee": {"name": "Lee Park", "sip": "sip:lee@pbx.acme.example", "headers": {"X-Team": "support"}},
    "max": {"name": "Max Stone", "phone": "202-555-0113"},
}
DESK = {"about": "invoices", "instructions": "Explain."}


def acme(**sections: Any) -> Directory:
    return read({**COMPANY, "people": PEOPLE, **sections})


def sales(**settings: Any) -> dict[str, Any]:
    return {"sales": {"about": "orders", "reach": ["voicemail"], **settings}}


DANA, MAX = Leg(Number("+12025550111"), "dana"), Leg(Number("+12025550113"), "max")
LEE = Leg(SipUri("sip:lee@pbx.acme.example"), "lee", (("X-Team", "support"),))


def test_a_ring_step_is_groups_in_turn_of_legs_together() -> None:
    reach = [
        {"ring": ["dana", ["lee", "max"]]},
        {"ring": ["dana", "lee"], "together": True, "for": 20},
        {"ring": "max"},
        {"queue": {"name": "sales", "wait": 120}},
        {"refer": "1001"},
        "voicemail",
        "hangup",
    ]
    department = acme(sip_domain="pbx.acme.example", departments=sales(reach=reach)).departments["sales"]
    assert department.reach == (
        Ring(((DANA,), (LEE, MAX))),
        Ring(((DANA, LEE),), 20),
        Ring(((MAX,),)),
        Queue("sales", 120),
        Refer(SipUri("sip:1001@pbx.acme.example")),
        Voicemail(),
        Hangup(),
    )


MUSIC = "https://files.acme.example/waltz.mp3"


def test_a_queue_is_taken_by_those_it_names_or_by_those_whom_its_departments_ring() -> None:
    front = {"name": "front", "wait": 60, "music": MUSIC, "people": ["max", "dana"]}
    reach = [{"ring": [["lee", "dana"], "+12025550119"]}, {"queue": front}, {"queue": "back"}]
    other = {"about": "help", "reach": [{"ring": "max"}], "closed": {"then": {"queue": "back"}}, "hours": "office"}
    company = acme(departments={**sales(reach=reach), "help": other}, hours={"office": {"mon-fri": "09:00-17:00"}})
    assert company.departments["sales"].reach[1] == Queue("front", 60, MUSIC, ("max", "dana"))
    assert people_of("front", company) == ("max", "dana")
    assert people_of("back", company) == ("lee", "dana", "max")
    assert people_of("nowhere", company) == ()


def test_a_person_with_a_sip_phone_is_rung_there_and_texted_on_the_other() -> None:
    person = acme(people={"ana": {"name": "Ana", "phone": "+12025550114", "sip": "sip:ana@pbx.example"}}).people["ana"]
    assert person.leg == Leg(SipUri("sip:ana@pbx.example"), "ana")
    assert person.phone == Number("+12025550114")


def test_nothing_of_it_can_be_changed() -> None:
    directory = acme(departments=sales())
    with pytest.raises(ValidationError, match="frozen"):
        directory.company = "Other"  # type: ignore[misc]
    with pytest.raises(ValidationError, match="frozen"):
        directory.departments["sales"].about = "Other"  # type: ignore[misc]


def test_null_is_as_good_as_left_out() -> None:
    assert acme(departments=sales(hours=None), escalation={"department": "sales", "hold_music": None}).escalation


def test_the_terms_of_a_handoff_are_those_of_the_escalation_or_the_usual() -> None:
    usual = acme(departments=sales())
    assert (usual.escalation, usual.terms.hold_limit, usual.terms.accept_within) == (None, 240, 15)
    assert not usual.terms.transcript
    own = acme(departments=sales(), escalation={"department": "sales", "accept_within": 20, "transcript": True})
    assert (own.terms.accept_within, own.terms.transcript, own.terms.hold_music) == (20, True, None)


def test_a_department_is_found_by_any_of_its_names() -> None:
    directory = acme(departments=sales(also=["new business"]), agents={"billing_desk": DESK})
    sales_ = directory.departments["sales"]
    for name in ("sales", "SALES", " Sales ", "New-Business", "newbusiness", "new_business"):
        assert directory.department(name) is sales_
    assert directory.find("Billing Desk") is directory.agents["billing_desk"]
    assert directory.department("billing desk") is None
    assert directory.find("sale") is directory.find("") is directory.find("+12025550111") is None


def test_an_agent_offers_departments_then_agents_and_never_itself() -> None:
    directory = acme(
        departments=sales()
        | {
            "billing": {"about": "b", "reach": [{"agent": "desk"}, {"ring": ["dana"]}]},
            "desk_only": {"about": "d", "reach": [{"agent": "desk"}]},
            "depot": {"about": "w", "reach": [{"refer": "sip:w@pbx.example"}]},
        },
        agents={"desk": DESK, "concierge": DESK, "night": DESK | {"destinations": ["concierge", "billing"]}},
    )

    def offers(agent: str) -> list[tuple[str, str | None, str | None]]:
        return [(d.name, d.phone, d.sip) for d in directory.destinations(agent)]

    assert offers("receptionist") == [
        ("sales", "connect", "connect"),
        ("billing", "swml_transfer", "swml_transfer"),
        ("desk_only", "swml_transfer", "swml_transfer"),
        ("depot", None, "sip_refer"),
        ("concierge", "swml_transfer", "swml_transfer"),
        ("night", "swml_transfer", "swml_transfer"),
    ]
    assert offers("night") == [
        ("billing", "swml_transfer", "swml_transfer"),
        ("concierge", "swml_transfer", "swml_transfer"),
    ]
    assert ("billing", "connect", "connect") in offers("desk")
    assert not {"desk", "desk_only"} & {name for name, *_ in offers("desk")}
    assert offers("nobody") == []


def test_the_nightdesk_answers_while_everyone_is_closed() -> None:
    directory = acme(
        hours={"office": {"mon-fri": "09:00-17:00"}, "front": {"daily": "08:00-20:00"}},
        lines={
            "+12025550100": {},
            "+12025550102": {"agent": "desk"},
            "+12025550103": {"agent": "desk", "hours": "front"},
            "+12025550104": {"hours": "front", "closed": "desk"},
        },
        departments=sales(hours="office"),
        agents={"desk": DESK},
    )

    def answering(hour: int) -> list[str]:
        at = datetime(2026, 11, 20, hour, tzinfo=UTC)  # five hours ahead of New York
        numbers = (None, *map(Number, (*directory.lines, "+12025550199")))
        return [directory.agent_for(number, at) for number in numbers]

    assert answering(15) == ["receptionist", "receptionist", "desk", "desk", "receptionist", "receptionist"]
    assert answering(23) == ["nightdesk", "nightdesk", "desk", "desk", "receptionist", "nightdesk"]
    assert answering(4) == ["nightdesk", "nightdesk", "desk", "nightdesk", "desk", "nightdesk"]


def test_a_department_without_hours_keeps_the_receptionist_awake() -> None:
    directory = acme(
        hours={"never": {"daily": "closed"}},
        departments=sales(hours="never") | {"b": {"about": "x", "reach": ["callback"]}},
    )
    assert directory.agent_for(None, datetime(2026, 11, 20, 4, tzinfo=UTC)) == "receptionist"


def test_one_number_is_a_directory_too() -> None:
    directory = read(Directory.content_of(Number("+442079460123")))
    assert [d.name for d in directory.destinations("receptionist")] == ["team"]
    assert directory.departments["team"].reach == (Ring(((Leg(Number("+442079460123")),),)),)
    assert directory.policy.regions == ("GB",)


def test_equal_content_has_an_equal_version() -> None:
    assert acme(departments=sales()).version == acme(departments=sales()).version
    assert acme(departments=sales()).version != acme(departments=sales(about="other")).version


@given(directories(), moments())
def test_every_valid_file_can_be_asked_everything(data: Mapping[str, Any], at: datetime) -> None:
    directory = read(data)
    for agent in ("receptionist", *directory.agents):
        offered = [d.name for d in directory.destinations(agent)]
        assert agent not in offered
        assert len(offered) == len(set(offered))
        for name in offered:
            entry = directory.find(name)
            assert entry is not None
            assert directory.may_reach(agent, entry)
    assert directory.agent_for(None, at) in {"receptionist", "nightdesk"}


def test_a_built_in_agent_can_be_changed() -> None:
    directory = acme(
        departments=sales(), agents={"receptionist": {"skills": {"datetime": None}, "destinations": ["sales"]}}
    )
    assert directory.agent("receptionist") is directory.agents["receptionist"]
    assert [d.name for d in directory.destinations("nightdesk")] == ["sales"]
    assert (
        ToAgent("receptionist") in acme(departments=sales(reach=[{"agent": "receptionist"}])).departments["sales"].reach
    )
