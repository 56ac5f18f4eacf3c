"""Waiting in line as a document: whatever we answer, and if we answer nothing, the caller is brought on."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.documents.platform import Platform, QueueTimeout
from calls.directory.model import Directory
from tests.contract.schema import validate_document
from tests.support.directories import read
from tests.support.phone import verbs
from tests.support.walking import Path, paths
from tests.unit.agents.test_chain import ACME, ask, moves, visit

Json = dict[str, Any]
NOWHERE = ("hangup", "transfer", "return")


def in_line(then: list[Any], **queue: Any) -> Directory:
    sales = {"about": "orders", "reach": [{"queue": {"name": "front", "wait": 300, **queue}}, *then]}
    return read({**ACME, "departments": {"sales": sales}})


ACME_IN_LINE = in_line(["voicemail"])


def document(directory: Directory) -> Json:
    (move,) = moves(ask(visit(directory), "sales"))
    assert move["transfer"] is True  # no agent waits in a queue
    found: Json = move["SWML"]
    validate_document(found)
    return found


def round_of(found: Json) -> list[Json]:
    (name,) = found["sections"].keys() - {"main", "away"}
    steps: list[Json] = found["sections"][name]
    return steps


def enters(found: Json) -> Json:
    (verb,) = verbs(found, "enter_queue")
    return verb


@settings(max_examples=60, deadline=None)
@given(st.integers(10, 3600))
def test_all_rounds_together_last_as_long_as_the_file_says(wait: int) -> None:
    found = document(in_line(["voicemail"], wait=wait))
    rounds, seconds = len(verbs(found, "execute")), enters(found)["wait_time"]
    assert wait <= rounds * seconds < wait + rounds
    assert 5 <= seconds <= 25
    assert len(json.dumps(found)) < 32_000


@pytest.mark.parametrize(("timeout", "rounds"), [("unknown", 12), ("next_verb", 12), ("document", 12), ("hangup", 1)])
def test_where_the_platform_hangs_up_after_a_round_there_is_one(timeout: QueueTimeout, rounds: int) -> None:
    links = replace(visit(ACME_IN_LINE).links, platform=Platform(queue_timeout=timeout))
    (move,) = moves(ask(replace(visit(ACME_IN_LINE), links=links), "sales"))
    found = move["SWML"]
    assert len(verbs(found, "execute")) == rounds
    assert enters(found)["wait_time"] * rounds == 300


def test_an_older_platform_gets_the_name_it_knows() -> None:
    links = replace(visit(ACME_IN_LINE).links, platform=Platform(queue_key="transfer_after_bridge"))
    (move,) = moves(ask(replace(visit(ACME_IN_LINE), links=links), "sales"))
    assert "transfer_after_bridge" in enters(move["SWML"])
    assert "execute_after_queue" not in enters(move["SWML"])


def test_a_caller_waits_alone_with_the_music_of_the_file() -> None:
    music = "https://files.acme.example/waltz.mp3"
    queue = enters(document(in_line(["voicemail"], music=music)))
    assert (queue["queue_name"], queue["wait_url"]) == ("front-t_1", music)


def test_every_question_to_us_has_a_limit() -> None:
    found = document(in_line(["voicemail"]))
    asked = verbs(found, "request")
    assert {one["body"]["what"] for one in asked if "what" in one.get("body", {})} == {
        "round",
        "callback",
        "message",
        "over",
    }
    assert all(0 < one["timeout"] <= 2 for one in asked)


def through(steps: list[Json]) -> Iterator[Path]:
    """Every way through a round, but for those on which a talk was had."""
    for path in paths(steps):
        if ("branch", "queue_result == 'connected'") not in path:
            yield path


@pytest.mark.parametrize("then", [["voicemail"], [{"ring": ["dana"]}], ["callback"], ["hangup"], []])
def test_every_way_through_a_round_leads_to_music_or_out_of_it(then: list[Any]) -> None:
    """There is no way on which a caller hears nothing for longer than a question to us and a moment for a key."""
    for path in through(round_of(document(in_line(then)))):
        names = [name for name, _ in path]
        assert "enter_queue" in names or names[-1] in NOWHERE or "record" in names
        assert names.count("enter_queue") <= 1
        if "enter_queue" in names:
            before = path[: names.index("enter_queue")]
            assert sum(value["timeout"] for name, value in before if name == "request" and "timeout" in value) <= 3


def test_without_an_answer_a_round_is_music_and_nothing_else() -> None:
    silent = [("branch", "none")]
    (path,) = [
        p
        for p in through(round_of(document(in_line(["voicemail"]))))
        if all(step in silent for step in p if step[0] == "branch")
    ]
    assert [name for name, _ in path if name not in ("branch", "set")] == ["request", "enter_queue"]


def test_the_way_meant_for_after_a_talk_leads_on_when_there_was_none() -> None:
    """Filled in before it runs, it has no variable left in it; a second queue is left out: there we would be asked."""
    then = [{"ring": ["dana"]}, {"queue": "back"}, "voicemail"]
    found = document(in_line(then))
    queue = next(one for one in verbs(found, "enter_queue") if one["queue_name"] == "front-t_1")
    assert queue["execute_after_queue"] == queue["transfer_after_bridge"]  # whichever of the names the platform knows
    out = json.loads(queue["execute_after_queue"])
    validate_document(out)
    assert not verbs(out, "enter_queue")
    assert verbs(out, "record")
    assert verbs(out, "connect")
    served, there = verbs(out, "transfer")[0], verbs(out, "execute")[0]
    assert served == there
    assert "/swml/receptionist?t=after." in served["dest"]
    assert not [values for values in verbs(out, "set") if "${" in str(values)]
