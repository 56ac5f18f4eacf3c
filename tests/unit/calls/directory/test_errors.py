"""What is wrong with a directory file: every mistake at once, each with its place and what would be right."""

from typing import Any

import pytest

from calls.directory.errors import Mistakes
from calls.directory.model import Directory
from tests.support.directories import read

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


def test_people_ring_in_for_a_queue_that_there_is() -> None:
    departments = sales(reach=[{"queue": "sales"}])
    lines = {"+12025550105": {"agent": {"queue": "sails"}}, "+12025550106": {"agent": {"line": "sales"}}}
    found = wrong(lines=lines, departments=departments)
    assert found["lines.+12025550106.agent"].startswith("an agent, or {queue: NAME}")
    lines = {"+12025550105": {"agent": {"queue": "sails"}}}
    found = wrong(lines=lines, departments=departments)
    assert found == {"lines.+12025550105.agent.queue": "a queue of a department; did you mean 'sales'?"}
    known = acme(lines={"+12025550105": {"agent": {"queue": "sales"}}}, departments=departments)
    assert known.lines["+12025550105"].queue == "sales"


def test_callbacks_are_tried_so_often() -> None:
    assert acme(departments=sales(callbacks={"tries": 5})).departments["sales"].callbacks.every == 10
    found = wrong(departments=sales(callbacks={"tries": 11, "evry": 5}))
    assert found == {
        "departments.sales.callbacks.tries": "a whole number from 1 to 10",
        "departments.sales.callbacks.evry": "no such setting of callbacks; did you mean 'every'?",
    }


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
        ({"reach": [{"queue": {"name": "x", "music": "tone_stream://%(400,200,400)"}}]}, "reach[0].queue.music"),
        ({"reach": [{"queue": {"name": "x", "people": ["dana", "danna"]}}]}, "reach[0].queue.people[1]"),
        ({"reach": [{"queue": {"name": "x", "people": "dana"}}]}, "reach[0].queue.people"),
        ({"reach": [{"queue": {"name": "x", "weight": 1}}]}, "reach[0].queue.weight"),
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
        ({"handoff": "consult", "while_waiting": "listen"}, "while_waiting"),
        ({"handoff": "consult", "introduction": "{person} is here"}, "introduction"),
        ({"ringback": "tone_stream://%(400,200,400)"}, "ringback"),
    ],
)
def test_a_department_is_read_strictly(settings: dict[str, Any], path: str) -> None:
    found = wrong(lines={"+12025550100": {}}, departments=sales(**settings))
    assert f"departments.sales.{path}" in found


@pytest.mark.parametrize("handoff", ["blind", "whisper"])
@pytest.mark.parametrize("setting", [{"while_waiting": "talk"}, {"introduction": "Here is {department}."}])
def test_what_only_a_consult_has_is_a_mistake_elsewhere(handoff: str, setting: dict[str, Any]) -> None:
    found = wrong(departments=sales(handoff=handoff, **setting))
    assert next(iter(setting)) in found["departments.sales"]
    assert "handoff: consult" in found["departments.sales"]
    assert acme(departments=sales(handoff="consult", **setting)).departments["sales"].handoff == "consult"


@pytest.mark.parametrize(
    ("settings", "path"), [({"transcript": "yes"}, "transcript"), ({"accept_within": 4}, "accept_within")]
)
def test_the_terms_of_a_handoff_are_read_strictly(settings: dict[str, Any], path: str) -> None:
    assert list(wrong(departments=sales(), escalation={"department": "sales", **settings})) == [f"escalation.{path}"]


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
