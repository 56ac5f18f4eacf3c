"""A consult on a laptop, as somebody tries it beside `make run`: real processes, and no phone bill."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.processes.served import PATIENCE, Served

DIRECTORY = """
company: Acme Plumbing
timezone: America/New_York
greeting: "Acme. How can I help?"
lines: {"+12025550100": {agent: receptionist}}
people:
  dana: {name: Dana Reyes, phone: "+12025550111"}
  lee: {name: Lee Park, phone: "+12025550112"}
departments:
  supervisor: {about: a human who can decide, handoff: consult, reach: [{ring: [dana, lee], for: 20}]}
escalation: {department: supervisor}
"""
HUMAN = ("call", "--say", "I want to speak to a human who can decide")


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("acme")
    (folder / "switchboard.yaml").write_text(DIRECTORY)
    with Served(folder) as served:
        httpx.get(served.platform, timeout=PATIENCE)  # it starts after the server
        yield served


def moments(told: str, *beginnings: str) -> list[str]:
    """Which of these lines are in a story, and in which order."""
    lines = [line[7:].strip() for line in told.splitlines()]
    return [beginning for line in lines for beginning in beginnings if line.startswith(beginning)]


def test_a_person_is_rung_is_told_says_yes_and_talks_with_the_caller(acme: Served) -> None:
    told = acme.run(*HUMAN)
    assert (told.returncode, told.stderr) == (0, "")
    story = (
        "rings           Dana Reyes",
        "answers         Dana Reyes",
        "to Dana Reyes   Hello Dana Reyes, Acme Plumbing has a caller for you.",
        "to Dana Reyes   Acme Plumbing: a call for the supervisor team from",
        "Dana Reyes      yes",
        "tool            accept_call",
        "bridged         Dana Reyes and the caller hear each other",
        "the end         hangup by caller",
    )
    assert moments(told.stdout, *story) == [*story]
    assert "Taken care of: put through to Dana Reyes." in told.stdout
    *_, entry = map(json.loads, acme.run("transfers", "--json").stdout.splitlines())
    assert (entry["mechanism"], entry["outcome"]) == ("consult", "bridged")


def test_one_is_busy_and_the_other_says_no_so_the_agent_takes_the_caller_back(acme: Served) -> None:
    told = acme.run(*HUMAN, "--person", "dana=busy", "--person", "lee=says_no")
    story = ("Dana Reyes is busy", "rings           Lee Park", "tool            decline_call",
             "hold            released", "the end         hangup by caller")  # fmt: skip
    assert moments(told.stdout, *story) == [*story]
    assert "bridged" not in told.stdout


def test_nothing_is_noted_about_what_works(acme: Served) -> None:
    told = acme.run("check")
    assert (told.returncode, told.stderr) == (0, "")


def test_the_stand_in_answers_this_app_only(acme: Served) -> None:
    asked = {"command": "dial", "params": {"to": "+12025550111", "from": "+12025550100", "url": acme.url}}
    assert httpx.post(f"{acme.platform}/api/calling/calls", json=asked).status_code == 401
    assert httpx.put(f"{acme.platform}/branches/9", auth=("development", "guess")).status_code == 401


def test_on_the_softphone_the_person_s_phone_rings(acme: Served) -> None:
    def post(path: str, **body: str) -> Any:
        answer = httpx.post(f"{acme.softphone}{path}", json=body, headers={"Origin": acme.softphone})
        return answer.raise_for_status().json()

    with httpx.stream("GET", f"{acme.softphone}/events", timeout=20.0) as news:
        caller = post("/dial", to="+12025550100", **{"from": "+12025550190"})["call"]
        post("/use", phone=caller, what="say", text="A human, please.")
        events = (json.loads(line.removeprefix("data: ")) for line in news.iter_lines() if line.startswith("data: {"))
        happened = (event for event in events if event.get("leg") == "+12025550111")
        assert next(event["text"] for event in happened if event["text"] == "ringing")
        post("/use", phone="+12025550111", what="decline")
        post("/use", phone=caller, what="hang_up")
        assert next(event["text"] for event in happened if event["text"].startswith("ended")) == "ended declined"


def test_a_line_is_pointed_at_an_agent_and_its_callers_on_the_softphone_reach_it(acme: Served) -> None:
    unpointed = [json.loads(line) for line in acme.run("numbers", "--json").stdout.splitlines()]
    assert [(one["number"], one["owned"], one["points_at"]) for one in unpointed] == [("+12025550100", True, "nowhere")]
    told = acme.run("point", "+12025550100", "--agent", "escalation", "--yes")
    assert (told.returncode, told.stderr) == (0, "")
    headers, call = {"Origin": acme.softphone}, {"to": "+12025550100", "from": "+12025550190"}
    caller = httpx.post(f"{acme.softphone}/dial", json=call, headers=headers).raise_for_status().json()["call"]
    with httpx.stream("GET", f"{acme.softphone}/events", timeout=20.0) as news:
        events = (json.loads(line.removeprefix("data: ")) for line in news.iter_lines() if line.startswith("data: {"))
        assert next(event["text"] for event in events if event.get("kind") == "fetch") == "POST /swml/escalation 200"
    hang_up = {"phone": caller, "what": "hang_up"}
    httpx.post(f"{acme.softphone}/use", json=hang_up, headers=headers).raise_for_status()


def test_where_the_stand_in_is_not_running_the_caller_is_back_with_the_agent(tmp_path: Path) -> None:
    (tmp_path / "switchboard.yaml").write_text(DIRECTORY)
    served = Served(tmp_path)
    with socket.create_server(("127.0.0.1", served.port + 1)), served:  # no softphone, so no exchange of its either
        told = served.run(*HUMAN)
        assert f"Note: nobody can be rung for a consult: nothing answers at {served.platform}" in told.stderr
        # Nobody can end the hold either: the platform itself does, when its time is over.
        story = ("hold            245 s", "hold            expired", "the end         hangup by caller")
        assert moments(told.stdout, *story) == [*story]
        assert "rings" not in told.stdout
