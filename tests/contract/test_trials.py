"""Trial calls: where no platform is named, whoever tries the thing may call as often and as briefly as they like."""

from datetime import timedelta
from typing import Any

import pytest

from calls.events import Connected, Disconnected
from handlers.jobs import watchdog
from handlers.services.limits import over_budget
from handlers.settings import Settings
from tests.contract.conftest import ACME, PASSWORD, SECRET, Build, Switchboard
from tests.support.phone import Phone

ONCE_AN_HOUR: dict[str, Any] = {**ACME, "policy": {"transfers_per_caller_per_hour": 1}}
STAND_IN: dict[str, Any] = {"signalwire_project_id": "development", "signalwire_api_url": "http://127.0.0.1:9"}
PLATFORM: dict[str, Any] = {"signalwire_project_id": "4d0d6f16", "signalwire_api_url": "http://127.0.0.1:9"}
PRODUCTION: dict[str, Any] = {
    "public_url": "https://desk.example",
    "swml_basic_auth_password": PASSWORD,
    "secret_key": SECRET,
    **STAND_IN,
}


def calls(board: Switchboard, number: int) -> None:
    """One caller who asks for sales, in a call of their own."""
    phone = Phone(board.app, call_id=f"c{number}", caller="+12025550190")
    phone.dials()
    phone.asks("connect", destination="sales", reason="a leak", summary="")


@pytest.mark.parametrize(("platform", "through"), [(STAND_IN, 3), (PLATFORM, 1)], ids=["trial", "platform"])
def test_a_trial_caller_is_not_stopped_by_the_hourly_limit(
    switchboard: Build, platform: dict[str, str], through: int
) -> None:
    board = switchboard(ONCE_AN_HOUR, **platform)
    for number in range(3):
        calls(board, number)
    assert sum(1 for _, outcome in board.story if outcome != "refused") == through


@pytest.mark.parametrize(("platform", "flags"), [(STAND_IN, []), (PLATFORM, ["short bridge"])])
def test_a_trial_talk_that_is_over_at_once_is_not_flagged(
    switchboard: Build, platform: dict[str, str], flags: list[str]
) -> None:
    board = switchboard(ACME, **platform)
    calls(board, 1)
    (entry,) = board.ledger
    now = board.clock.now()
    board.records.apply(entry["id"], Connected(1), now)
    board.records.apply(entry["id"], Disconnected(1), now + timedelta(seconds=20))
    board.clock.at += timedelta(seconds=60)
    watchdog.sweep(board.app.extensions["switchboard"], pause=lambda seconds: None)
    assert board.ledger[0]["flags"] == flags


@pytest.mark.parametrize(("platform", "over"), [(STAND_IN, False), (PLATFORM, True)], ids=["trial", "platform"])
def test_a_trial_caller_has_no_hourly_budget(switchboard: Build, platform: dict[str, Any], over: bool) -> None:
    board = switchboard({**ACME, "policy": {"texts_per_caller_per_hour": 0}}, **platform)
    wiring = board.app.extensions["switchboard"]
    directory = wiring.directories.current()
    assert over_budget(wiring, directory, "texts", "+12025550190", "+12025550100") is over


def test_in_production_no_call_is_a_trial_whatever_the_project_is_called() -> None:
    assert Settings(**STAND_IN).on_trial
    assert not Settings(**PLATFORM).on_trial
    assert not Settings(**PRODUCTION).on_trial
