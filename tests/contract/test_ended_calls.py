"""What a token of a call that is over still opens: nothing that starts something new. On SQLite and PostgreSQL."""

from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from typing import Any

import httpx
import pytest
from flask import Flask

from calls.events import CallerLeft, Forgotten
from tests.contract.conftest import ACME, Build, Switchboard
from tests.contract.consulted import REST
from tests.support.phone import Json, Phone, moved, out_of_the_queue, verbs

LONG = timedelta(minutes=11)
Links = dict[str, tuple[str, Any]]  # by name: where is posted, and what


class Platform:
    """The platform's word for every call, over its REST interface; None: it does not answer."""

    def __init__(self, app: Flask) -> None:
        self.word: str | None = "answered"
        self.asked: list[str] = []
        carrier = app.extensions["switchboard"].carrier
        carrier.__dict__["_client"] = httpx.Client(base_url=carrier.api, transport=httpx.MockTransport(self.answer))

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        if self.word is None:
            return httpx.Response(503)
        return httpx.Response(200, json={"status": self.word})


@pytest.fixture
def board(switchboard: Build) -> Switchboard:
    data: Json = deepcopy(ACME)
    data["departments"]["support"]["reach"] = [{"queue": {"name": "support", "wait": 60, "people": ["dana"]}}]
    data["departments"]["supervisor"]["reach"] = [{"ring": ["dana", "lee"]}, "callback"]
    return switchboard(data, **REST)


@pytest.fixture
def platform(board: Switchboard) -> Platform:
    return Platform(board.app)


def in_a_chain(phone: Phone) -> Links:
    """A caller for whom a person is rung, and who is then promised a call."""
    document = moved(phone.asks("connect", destination="supervisor", reason="a refund", summary=""))
    asked = {one["url"].partition("?")[0].rpartition("/")[2]: one for one in verbs(document, "request")}
    back = verbs(document, "transfer")[-1]["dest"]
    return {
        "claim": (asked["claim"]["url"], asked["claim"].get("body", {})),
        "callback": (asked["callback"]["url"], asked["callback"].get("body", {})),
        "back": (back, None),
    }


def handed_over(phone: Phone) -> Links:
    """A caller who is handed to another agent."""
    document = moved(phone.asks("swml_transfer", destination="billing_desk", reason="an invoice", summary=""))
    return {"arrive": (verbs(document, "transfer")[0]["dest"], None)}


def in_line(phone: Phone) -> Links:
    """A caller who waits in a queue."""
    document = moved(phone.asks("connect", destination="support", reason="help", summary=""))
    url = next(one["url"] for one in verbs(document, "request") if "what" in one.get("body", {}))
    after = out_of_the_queue(verbs(document, "enter_queue")[0])
    return {"queue": (url, {"what": "round", "told": ""}), "after": (after, None)}


KINDS: list[tuple[Callable[[Phone], Links], str]] = [
    (in_a_chain, "claim"),
    (in_a_chain, "callback"),
    (in_a_chain, "back"),
    (handed_over, "arrive"),
    (in_line, "queue"),
    (in_line, "after"),
]


def posted(phone: Phone, link: tuple[str, Any]) -> int:
    """The status of a request the document makes, or of the fetch of another document."""
    url, body = link
    fetch = {"call": phone._call(), "vars": {}, "envs": {}, "params": {}}
    return phone.post(url, fetch if body is None else body).status_code


@pytest.mark.parametrize(("begins", "kind"), KINDS, ids=[kind for _, kind in KINDS])
def test_a_token_ends_with_its_call(
    board: Switchboard, platform: Platform, begins: Callable[[Phone], Links], kind: str
) -> None:
    phone = Phone(board.app)
    phone.dials()
    link = begins(phone)[kind]
    phone.asks("hangup_hook")
    board.records.apply(board.ledger[0]["id"], CallerLeft(), board.clock.now())
    before = board.ledger
    board.clock.at += LONG
    for word in ("ended", None):
        platform.word = word
        assert posted(phone, link) == 403
    assert board.ledger == before
    assert board.records.entries("") == []
    platform.word = "answered"  # the hang-up was told too early: nobody is left behind
    assert posted(phone, link) == 200


@pytest.mark.parametrize(("begins", "kind"), KINDS, ids=[kind for _, kind in KINDS])
def test_while_the_call_goes_on_the_platform_is_not_asked(
    board: Switchboard, platform: Platform, begins: Callable[[Phone], Links], kind: str
) -> None:
    phone = Phone(board.app)
    phone.dials()
    link = begins(phone)[kind]
    board.clock.at += LONG
    assert posted(phone, link) == 200
    assert platform.asked == []


@pytest.mark.parametrize("word", ["answered", None])
def test_a_caller_whose_transfer_was_given_up_early_comes_back(
    board: Switchboard, platform: Platform, word: str | None
) -> None:
    phone = Phone(board.app)
    phone.dials()
    back = in_a_chain(phone)["back"]
    board.records.apply(board.ledger[0]["id"], Forgotten(), board.clock.now())
    board.clock.at += timedelta(hours=2)
    platform.word = word
    assert posted(phone, back) == 200
    platform.word = "ended"
    assert posted(phone, back) == 403


def test_an_agent_that_was_only_suspended_has_its_tools_again(board: Switchboard, platform: Platform) -> None:
    """The hook of the agent that had the caller meanwhile was told, and taken for the call's end."""
    phone = Phone(board.app)
    phone.dials()
    tools, asked = phone.ai["SWAIG"]["defaults"]["web_hook_url"], phone.tool_body("check_availability", {})
    phone.asks("hangup_hook")
    board.clock.at += LONG
    assert phone.post(tools, asked).status_code == 200
    platform.word = "ended"
    assert phone.post(tools, asked).status_code == 403


@pytest.mark.parametrize(("begins", "kind"), KINDS, ids=[kind for _, kind in KINDS])
def test_a_forged_token_and_one_of_another_purpose_open_nothing(
    board: Switchboard, begins: Callable[[Phone], Links], kind: str
) -> None:
    phone = Phone(board.app)
    phone.dials()
    url, body = begins(phone)[kind]
    tools = phone.ai["SWAIG"]["defaults"]["web_hook_url"].partition("?t=")[2]
    path, _, token = url.partition("?t=")
    for wrong in (token[:-2] + ("AA" if token[-2:] != "AA" else "BB"), tools, "x"):
        assert posted(phone, (f"{path}?t={wrong}", body)) == 403


@pytest.mark.parametrize("kind", ["back", "arrive", "after"])
def test_the_document_of_one_call_is_not_given_to_another(board: Switchboard, kind: str) -> None:
    phone = Phone(board.app)
    phone.dials()
    begins = next(begins for begins, of in KINDS if of == kind)
    link = begins(phone)[kind]
    assert posted(Phone(board.app, call_id="c2"), link) == 403
    assert posted(phone, link) == 200


def test_late_reports_are_taken_and_start_nothing(board: Switchboard, platform: Platform) -> None:
    phone = Phone(board.app)
    phone.dials()
    document = moved(phone.asks("connect", destination="sales", reason="a leak", summary=""))
    connect = verbs(document, "connect")[0]
    phone.asks("hangup_hook")
    board.records.apply(board.ledger[0]["id"], CallerLeft(), board.clock.now())
    board.clock.at += LONG
    platform.word = "ended"
    leg = connect["serial"][0]
    assert phone.leg_is(leg, "ended", "busy").status_code == 200
    assert phone.connect_is(connect, "failed", "busy").status_code == 200
    assert phone.reports({"summary": "A leak."}).status_code == 200
    assert board.ledger[0]["attempts"][0]["outcome"]
    assert len(board.ledger) == 1
    assert platform.asked == []
