"""The directory file: what it says, and what is wrong with it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from pydantic import ValidationError

from calls.directory import Directory
from calls.mistakes import Mistakes
from calls.numbers import Number, SipUri
from calls.steps import Hangup, Leg, Queue, Refer, Ring, ToAgent, Voicemail
from tests.directories import directories, moments, read

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


def mistakes(data: object) -> dict[str, str]:
    with pytest.raises(Mistakes) as refused:
        read(data)
    return {mistake.path: mistake.wanted for mistake in refused.value.mistakes}


def wrong(**sections: Any) -> dict[str, str]:
    return mistakes({**COMPANY, "people": PEOPLE, **sections})


DANA, MAX = Leg(Number("+12025550111"), "dana"), Leg(Number("+12025550113"), "max")
LEE = Leg(SipUri("sip:lee@pbx.acme.example"), "lee", (("X-Team", "support"),))


# What is wrong


def test_every_mistake_is_told_at_once_with_its_place() -> None:
    found = mistakes(
        {
            "compnay": "Acme",
            "timezone": "America/NewYork",
            "lines": {12025550100: {"agent": "recepsionist"}, "+12025550101": {"agent": "recepsionist"}},
            "hours": {"office": {"mon": "9-5"}},
            "people": {"dana": {"name": "Dana", "phone": "+15555550111"}, "max": PEOPLE["max"], "2b": PEOPLE["max"]},
            "departments": {
                "sales": {
                    "about": "orders",
                    "hours": "ofice",
                    "reach": [{"ring": ["dana", "maxx", ["max", "+19005550100"]], "for": 300}, "voicemial"],
                    "handof": "blind",
                    "returns": "yes",
                    "announce": "Hello {compny}",
                },
                "empty": {"about": "nothing", "reach": []},
            },
            "escalation": {"department": "sale", "hold_limit": 901},
            "policy": {"regions": ["US", "Canada"], "allow_dialling": "no"},
        }
    )
    assert set(found) == {
        "company",
        "compnay",
        "timezone",
        "lines.12025550100",
        "lines.+12025550101.agent",
        "hours.office.mon",
        "people.dana.phone",
        "people.2b",
        "departments.sales.hours",
        "departments.sales.reach[0].ring[1]",
        "departments.sales.reach[0].ring[2][1]",
        "departments.sales.reach[0].for",
        "departments.sales.reach[1]",
        "departments.sales.handof",
        "departments.sales.returns",
        "departments.sales.announce",
        "departments.empty.reach",
        "escalation.department",
        "escalation.hold_limit",
        "policy.regions[1]",
        "policy.allow_dialling",
    }
    assert "did you mean 'company'" in found["compnay"]
    assert 'quote it: "+12025550100"' in found["lines.12025550100"]
    assert "did you mean 'receptionist'" in found["lines.+12025550101.agent"]
    assert "did you mean 'max'" in found["departments.sales.reach[0].ring[1]"]
    assert "premium" in found["departments.sales.reach[0].ring[2][1]"]
    assert "did you mean 'voicemail'" in found["departments.sales.reach[1]"]
    assert "did you mean 'handoff'" in found["departments.sales.handof"]
    assert "did you mean 'sales'" in found["escalation.department"]


def test_a_reference_to_a_broken_entry_is_not_unknown() -> None:
    found = wrong(
        people={"dana": {"name": "Dana"}},
        hours={"office": {"mon": "9"}},
        agents={"desk": {"about": "x"}},
        departments={"a": {"about": 1, "reach": []}}
        | sales(hours="office", reach=[{"ring": "dana"}, {"agent": "desk"}]),
        escalation={"department": "a"},
    )
    assert set(found) == {
        "people.dana",
        "hours.office.mon",
        "agents.desk",
        "departments.a.about",
        "departments.a.reach",
    }


@pytest.mark.parametrize("data", [None, [], "x", 3])
def test_a_file_that_is_no_mapping_is_one_mistake(data: object) -> None:
    assert list(mistakes(data)) == [""]


def test_a_password_is_not_shown() -> None:
    with pytest.raises(Mistakes) as refused:
        read(COMPANY | {"people": {"al": {"name": "Al", "sip": "sip:al:hunter2@pbx.acme.example"}}})
    assert "password" in str(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("departments", "circle"),
    [
        ({"a": {"reach": [{"department": "a"}]}}, "'a → a'"),
        ({"a": {"reach": [{"department": "b"}]}, "b": {"reach": ["voicemail", {"department": "a"}]}}, "a"),
        (
            {
                "a": {"reach": [{"department": "b"}]},
                "b": {"reach": ["hangup"], "closed": {"then": {"department": "a"}}},
            },
            "a",
        ),
        ({"a": {"reach": [{"department": "b"}]}, "b": {"reach": [{"department": "a"}], "returns": "broken"}}, "a"),
    ],
)
def test_a_chain_that_never_ends_is_refused(departments: dict[str, Any], circle: str) -> None:
    with pytest.raises(Mistakes) as refused:
        acme(departments={name: {"about": name, **department} for name, department in departments.items()})
    assert "goes round" in str(refused.value)
    assert circle in str(refused.value)


def test_a_thousand_departments_in_one_chain_still_end() -> None:
    chain = {f"d{n}": {"about": "next", "reach": [{"department": f"d{n + 1}"}]} for n in range(1000)}
    assert len(acme(departments=chain | {"d1000": {"about": "end", "reach": ["voicemail"]}}).departments) == 1001


@pytest.mark.parametrize(
    ("sections", "path"),
    [
        (
            {"departments": sales(also=["Billing"]) | {"billing": {"about": "x", "reach": ["hangup"]}}},
            "departments.sales.also[0]",
        ),
        (
            {"departments": sales(also=["x-y"]) | {"b": {"about": "x", "reach": ["hangup"], "also": ["X Y"]}}},
            "departments.b.also[0]",
        ),
        ({"departments": sales(), "agents": {"Sales": DESK}}, "departments.sales"),
        ({"departments": {"nightdesk": {"about": "x", "reach": ["hangup"]}}}, "departments.nightdesk"),
        ({"departments": sales(also=["- -"])}, "departments.sales.also[0]"),
    ],
)
def test_a_name_means_one_thing(sections: dict[str, Any], path: str) -> None:
    assert path in wrong(**sections)


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({"reach": ["hangup", "voicemail"]}, "reach[1]"),
        ({"reach": [{"ring": []}]}, "reach[0].ring"),
        ({"reach": [{"ring": ["dana"] * 11}]}, "reach[0].ring"),
        ({"reach": [{"ring": ["+12025550100"]}]}, "reach[0].ring[0]"),  # our own line
        ({"reach": [{"ring": ["sip:+19005550100@carrier.example"]}]}, "reach[0].ring[0]"),
        ({"reach": [{"ring": ["+18765550100"]}]}, "reach[0].ring[0]"),  # Jamaica is not in regions
        ({"reach": [{"refer": "tel:+19005550100"}]}, "reach[0].refer"),
        ({"reach": [{"refer": "1001"}]}, "reach[0].refer"),  # no sip_domain
        ({"reach": [{"queue": {"wait": 5}}]}, "reach[0].queue.wait"),
        ({"reach": [{"ring": "dana", "queue": "x"}]}, "reach[0]"),
        ({"reach": [{"agent": "nobody"}]}, "reach[0].agent"),
        ({"reach": "voicemail"}, "reach"),
        ({"closed": "voicemail"}, "closed"),
        ({"closed": {"then": {"agent": "nobody"}}}, "closed.then.agent"),
        ({"closed": {"then": ["callback", {"agent": "nobody"}]}}, "closed.then[1].agent"),
        ({"caller_id": "+12025550199"}, "caller_id"),
        ({"announce": "{ref.__class__}"}, "announce"),
        ({"text_person": "{summary!r}"}, "text_person"),
        ({"text_caller": "{0}"}, "text_caller"),
        ({"timezone": "../etc/passwd"}, "timezone"),
        ({"name": "other"}, "name"),
        ({"handoff": "warm"}, "handoff"),
    ],
)
def test_a_department_is_read_strictly(settings: dict[str, Any], path: str) -> None:
    found = wrong(lines={"+12025550100": {}}, departments=sales(**settings))
    assert f"departments.sales.{path}" in found


@pytest.mark.parametrize(
    ("agent", "path"),
    [
        ({"about": "x"}, ""),
        ({"instructions": "x"}, ""),
        ({"about": "x", "prompt": "prompts/a.md", "instructions": "x"}, ""),
        ({"about": "x", "prompt": "elsewhere.md"}, ".prompt"),
        ({"about": "x", "url": "https://user:secret@partner.example"}, ".url"),
        ({"about": "x", "url": "ftp://partner.example"}, ".url"),
        ({"about": "x", "url": "https://partner.example", "skills": {"datetime": {}}}, ""),
        ({"about": "x", "url": "https://partner.example", "auth": "user:secret"}, ".auth"),
        ({"about": "x", "instructions": "x", "auth": "PARTNER"}, ""),
        ({"about": "x", "class": "no class"}, ".class"),
        ({"about": "x", "instructions": "x", "destinations": ["nowhere"]}, ".destinations[0]"),
        ({"about": "x", "instructions": "x", "skills": ["datetime"]}, ".skills"),
        ({"about": "x", "instructions": "x", "language": "english!"}, ".language"),
    ],
)
def test_an_agent_is_read_strictly(agent: dict[str, Any], path: str) -> None:
    assert list(wrong(agents={"desk": agent})) == [f"agents.desk{path}"]


@pytest.mark.parametrize(
    ("person", "path"),
    [
        ({"name": "Al"}, ""),
        ({"name": "Al", "sip": "sip:al@pbx.example", "texts": True}, ""),
        ({"name": "Al", "phone": "+12025550111", "headers": {"X-Team": "a"}}, ""),
        ({"name": "Al", "sip": "sip:al@pbx.example", "headers": {"Route": "sip:evil@x"}}, ".headers"),
        ({"name": "Al", "sip": "sip:al@pbx.example", "headers": {"X-Team": "a\r\nb"}}, ".headers"),
        ({"name": "Al", "phone": "911"}, ".phone"),
        ({"name": "Al", "phone": 12025550111}, ".phone"),
    ],
)
def test_a_person_is_read_strictly(person: dict[str, Any], path: str) -> None:
    assert list(wrong(people={"al": person})) == [f"people.al{path}"]


# What it says


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
    directory = Directory.single(Number("+442079460123"))
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
