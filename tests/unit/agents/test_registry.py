"""The staff of one directory: who answers, with which tools, on which leg."""

import json
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from agents import blueprint
from agents.registry import NoSuchAgent, Staff, WrongClass
from tests.support import acme

URLS: dict[str, Any] = {
    "tools_url": "https://u:p@pbx.example/tools?t=1",
    "report_url": "https://u:p@pbx.example/report?t=1",
}

CONCIERGE = '''
from agents import attendant, sdk

class Concierge(attendant.Attendant):
    """Answers what guests ask."""

    built = 0

    def __init__(self, directory=None, name="concierge"):
        super().__init__(directory, name)
        Concierge.built += 1

    @sdk.tool(description="Where a room is.")
    def find_room(self, number: int) -> str:
        if number == 13:
            raise RuntimeError("db password is hunter2")
        return f"Room {number} is on floor {number // 100}."

class Robot:
    pass
'''


@pytest.fixture
def concierge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A developer's own file, importable."""
    (tmp_path / "hotel.py").write_text(CONCIERGE)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("hotel", None)


def staff_with(agent: dict[str, Any]) -> Staff:
    return Staff(acme.directory(agents={**acme.FILE["agents"], "concierge": {"about": "helps guests", **agent}}))


def test_nobody_is_here_who_is_not_declared() -> None:
    staff = Staff(acme.directory())
    assert not staff.has("ghost")
    with pytest.raises(NoSuchAgent, match=r"'ghost'.*receptionist, nightdesk, escalation, billing_desk"):
        staff.blueprint("ghost")


def test_an_agent_elsewhere_is_not_rendered_here() -> None:
    staff = Staff(acme.directory())
    assert staff.names == ("receptionist", "nightdesk", "escalation", "billing_desk")
    with pytest.raises(NoSuchAgent, match="partner"):
        staff.blueprint("partner")


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        ("nowhere:Concierge", "No module named 'nowhere'"),
        ("hotel:Nobody", "Nobody"),
        ("hotel:Robot", "wanted a subclass of agents.attendant.Attendant"),
    ],
)
@pytest.mark.usefixtures("concierge")
def test_a_class_that_cannot_be_used_says_why(path: str, complaint: str) -> None:
    with pytest.raises(WrongClass, match=complaint) as refused:
        staff_with({"class": path}).blueprint("concierge")
    assert path in str(refused.value)


@pytest.mark.usefixtures("concierge")
def test_a_developers_agent_has_its_tools_beside_ours_and_is_built_once() -> None:
    staff = staff_with({"class": "hotel:Concierge"})
    for sip in (False, True):
        assert {"find_room", "connect", "check_availability"} <= set(staff.blueprint("concierge", sip=sip).tools)
    assert sys.modules["hotel"].Concierge.built == 1
    assert staff.run("concierge", "find_room", {"number": 204}, {}) == {"response": "Room 204 is on floor 2."}
    assert staff.tool("concierge", "find_room") is None


@pytest.mark.usefixtures("concierge")
def test_a_developers_tool_that_fails_raises_and_one_badly_called_is_answered() -> None:
    staff = staff_with({"class": "hotel:Concierge"})
    with pytest.raises(RuntimeError, match="hunter2"):
        staff.run("concierge", "find_room", {"number": 13}, {})
    assert "is not of type" in staff.run("concierge", "find_room", {"number": "thirteen"}, {})["response"]
    assert "no tool rob_bank here" in staff.run("concierge", "rob_bank", {}, {})["response"]


def test_our_own_tools_are_not_run_around_the_record() -> None:
    assert "no tool connect here" in Staff(acme.directory()).run("receptionist", "connect", {}, {})["response"]


def test_a_skill_stands_beside_our_tools() -> None:
    staff = Staff(acme.directory())
    assert "get_current_time" in staff.blueprint("billing_desk").tools
    assert "current time" in staff.run("billing_desk", "get_current_time", {}, {})["response"]


def test_only_a_sip_leg_is_offered_a_refer() -> None:
    staff = Staff(acme.directory())
    phone, sip = staff.blueprint("receptionist"), staff.blueprint("receptionist", sip=True)
    assert ("sip_refer" in phone.tools, "sip_refer" in sip.tools) == (False, True)
    assert "warehouse" in choices(phone, "connect")
    assert choices(sip, "sip_refer") == ["warehouse"]
    assert "warehouse" not in choices(sip, "connect")


def test_a_tool_that_a_leg_cannot_use_is_gone_from_it() -> None:
    warehouse = {"warehouse": acme.FILE["departments"]["warehouse"]}
    staff = Staff(acme.directory(departments=warehouse, agents={}, escalation=None))
    assert "connect" in staff.blueprint("receptionist").tools
    assert "connect" not in staff.blueprint("receptionist", sip=True).tools


def test_only_a_caller_who_goes_back_can_be_handed_back() -> None:
    staff = Staff(acme.directory())
    assert "hand_back" not in staff.blueprint("billing_desk").tools
    assert "hand_back" in staff.blueprint("billing_desk", returning=True).tools
    assert staff.tool("billing_desk", "hand_back") is None
    assert staff.tool("billing_desk", "hand_back", returning=True) is not None


def choices(found: blueprint.Blueprint, tool: str) -> list[str]:
    functions = agent_of(found)["SWAIG"]["functions"]
    enum: list[str] = next(
        one["parameters"]["properties"]["destination"]["enum"] for one in functions if one["function"] == tool
    )
    return enum


def agent_of(found: blueprint.Blueprint) -> dict[str, Any]:
    main = json.loads(found.stamp(**URLS))["sections"]["main"]
    ai: dict[str, Any] = next(verb["ai"] for verb in main if "ai" in verb)
    return ai


def test_greeting_voice_and_clock_come_from_the_directory() -> None:
    staff = Staff(acme.directory(voice="rime.cove", language="es-MX"))
    receptionist, desk = (agent_of(staff.blueprint(name)) for name in ("receptionist", "billing_desk"))
    assert receptionist["params"]["static_greeting"] == "Thanks for calling Acme Plumbing. How can I help?"
    assert desk["params"]["static_greeting"] == "Billing desk, I have your details."
    assert receptionist["languages"] == [{"name": "Spanish", "code": "es-MX", "voice": "rime.cove"}]
    assert receptionist["params"]["local_tz"] == "America/New_York"


def test_a_caller_on_hold_for_long_is_not_taken_for_gone() -> None:
    staff = Staff(acme.directory(escalation={"department": "supervisor", "hold_limit": 900}))
    assert agent_of(staff.blueprint("receptionist"))["params"]["inactivity_timeout"] > 900_000


def test_eight_threads_asking_first_get_one_and_the_same_blueprint() -> None:
    staff, found = Staff(acme.directory()), list[blueprint.Blueprint]()
    start = threading.Barrier(8)

    def ask() -> None:
        start.wait()
        found.append(staff.blueprint("receptionist"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(one) for one in found}) == 1


def test_a_large_directory_fits_the_budget_and_a_huge_one_shows_that_it_does_not() -> None:
    small, huge = (
        Staff(acme.directory(departments={**acme.FILE["departments"], **acme.departments(number)}))
        for number in (100, 2000)
    )
    assert small.blueprint("receptionist").size < blueprint.BUDGET < huge.blueprint("receptionist").size
