"""The doctor on the platform's side: credentials and scopes, numbers, caller IDs, the clock."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from handlers.cli.golive.account import caller_ids, clock, credentials, numbers
from tests.support.golive import DESK, LINE, OTHER, account, only, subject, there

NUMBERS, VOICE, TEXTS = "/api/relay/rest/phone_numbers", "/api/voice/logs", "/api/messaging/logs"
VERIFIED = "/api/relay/rest/verified_caller_ids"
NONE: tuple[int, Any] = (200, {"data": [], "links": {}})
REFUSED: tuple[int, Any] = (401, {"error": "Unauthorized"})


def owned(*numbers: tuple[str, str]) -> tuple[int, Any]:
    """Numbers of the project, and the address each points at."""
    listed = [
        {"id": number, "number": number, "call_handler": "relay_script", "call_relay_script_url": url}
        for number, url in numbers
    ]
    return 200, {"data": listed, "links": {}}


def test_no_credentials_are_a_problem_and_nothing_else_is_asked() -> None:
    assert "API Credentials" in only(credentials(subject())).do
    assert [only(check(subject())).verdict for check in (numbers, caller_ids, clock)] == ["cannot tell"] * 3


def test_all_scopes_refused_means_the_token_is_wrong() -> None:
    with there({NUMBERS: REFUSED, VOICE: REFUSED}) as platform:
        found = only(credentials(subject(**account(platform.url))))
    assert "does not accept the credentials" in found.do


def test_a_platform_that_is_out_of_order_is_not_asked_twice() -> None:
    with there({NUMBERS: (503, {}), VOICE: REFUSED}) as platform:
        found = only(credentials(subject(**account(platform.url))))
    assert "nothing is wrong here" in found.do


def test_one_scope_refused_is_told_with_what_it_is_for() -> None:
    with there({NUMBERS: NONE, VOICE: REFUSED, TEXTS: NONE}) as platform:
        found = credentials(subject(**account(platform.url), sms_provider="signalwire"))
    assert [(one.check, one.verdict) for one in found] == [
        ("scope Numbers", "ok"), ("scope Voice", "problem"), ("scope Messaging", "ok"),
    ]  # fmt: skip
    assert "switchboard call-me" in found[1].do


def test_each_line_is_looked_for_among_the_numbers() -> None:
    ours = "https://signalwire:{}@desk.example/swml"
    listed = owned((LINE, ours.format("pass")), (OTHER, ours.format("pass")))
    with there({NUMBERS: listed}) as platform:
        found = {one.check: one for one in numbers(subject(**account(platform.url)))}
    assert found[f"line {LINE}"].verdict == "ok"
    assert "no number of this SignalWire project" in found[f"line {DESK}"].says
    assert "no line of the directory" in found[f"number {OTHER}"].says
    with there({NUMBERS: owned((LINE, ours.format("old")), (DESK, "https://x.example"))}) as platform:
        stale, elsewhere = numbers(subject(**account(platform.url)))
    assert "another password" in stale.says
    assert elsewhere.do == f"`switchboard point {DESK}`"


def test_a_line_may_be_shown_when_it_is_owned_or_verified() -> None:
    verified: tuple[int, Any] = (200, {"data": [{"number": DESK, "verified": True}]})
    with there({NUMBERS: owned((LINE, "")), VERIFIED: verified}) as platform:
        assert only(caller_ids(subject(**account(platform.url)))).verdict == "ok"
    with there({NUMBERS: owned((LINE, "")), VERIFIED: NONE}) as platform:
        found = only(caller_ids(subject(**account(platform.url))))
    assert (found.verdict, DESK in found.says, LINE in found.says) == ("problem", True, False)


@pytest.mark.parametrize(
    ("seconds", "verdict"), [(0, "ok"), (29, "ok"), (31, "problem"), (-31, "problem"), (-3600, "problem")]
)
def test_clocks_may_be_half_a_minute_apart(seconds: int, verdict: str) -> None:
    ours = datetime(2026, 11, 20, 17, tzinfo=UTC) + timedelta(seconds=seconds)
    with there({NUMBERS: REFUSED}, Date="Fri, 20 Nov 2026 17:00:00 GMT") as platform:
        found = only(clock(subject(at=ours, **account(platform.url))))
    assert found.verdict == verdict
    assert ("behind" in found.says) is (seconds < -30)
