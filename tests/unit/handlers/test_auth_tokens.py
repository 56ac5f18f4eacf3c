"""Tokens: made by us, for one purpose, and not for ever."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from agents.documents.urls import Links
from calls.call import Call
from gateways.clock import StoppedClock
from handlers.auth import Forged, Guard

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CALL = Call("c1", None, None, "phone", "inbound", "receptionist")


@pytest.fixture
def guard() -> Guard:
    return Guard("u", "p", "a secret of some length", "https://desk.example", clock=StoppedClock(NOON))


def token_in(url: str) -> str:
    return url.partition("?t=")[2]


def test_a_token_is_good_for_a_day_and_its_own_purpose(guard: Guard) -> None:
    token = guard.sign(("queued", "c1", "t_1", 1, 120))
    assert guard.read(token, "queued") == ("queued", "c1", "t_1", 1, 120)
    assert guard.read_dated(token, "queued")[1] == NOON
    with pytest.raises(Forged):
        guard.read(token, "claim")
    guard.clock.at += timedelta(hours=23, minutes=59)  # type: ignore[attr-defined]
    assert guard.read(token, "claim", "queued")
    guard.clock.at += timedelta(minutes=1)  # type: ignore[attr-defined]
    with pytest.raises(Forged):
        guard.read(token, "queued")
    assert guard.read(token, "queued", within=timedelta(days=90))


def test_a_machine_whose_clock_is_behind_takes_it_as_well(guard: Guard) -> None:
    token = guard.sign(("queued", "c1"))
    guard.clock.at -= timedelta(seconds=30)  # type: ignore[attr-defined]
    assert guard.read(token, "queued") == ("queued", "c1")


def test_tools_and_reports_have_tokens_of_their_own(guard: Guard) -> None:
    tools, report = map(token_in, Links("https://desk.example", guard.sign).of_call(CALL))
    assert guard.read(tools, "call_tools")[1] == "c1"
    assert guard.read(report, "call_report")[1] == "c1"
    for token, kind in ((tools, "call_report"), (report, "call_tools"), (tools, "tools"), (report, "report")):
        with pytest.raises(Forged):
            guard.read(token, kind)


def test_what_we_did_not_sign_is_forged(guard: Guard) -> None:
    token = guard.sign(("queued", "c1"))
    other = replace(guard, secret="another secret of some length").sign(("queued", "c1"))
    cut = token.rpartition(".")[0]
    for forged in (None, "", ".", "..", "a.b.c", "é", other, token + "x", token[:-1], cut, "x" + token, cut + ".AAAA"):
        with pytest.raises(Forged):
            guard.read(forged, "queued")
