"""Hooks: found in the modules that the directory file names, never in each other's way."""

import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from calls.events import Declined, LegEnded
from calls.legs.attempts import Attempt
from calls.orders import Announce
from calls.outcomes import Outcome
from calls.transfer.phases import PHASES
from calls.transfer.result import Tried
from gateways.database.migrate import migrate
from gateways.jobs.outbox import from_json, to_json
from gateways.jobs.phase_events import announcements
from handlers.hooks import Entered, Hooks, entered_from, load, on_transfer
from handlers.jobs.phase_events import announce
from handlers.settings import Settings
from handlers.wiring import Wiring, wire
from tests.support.kept import CALLER, DANA, NOON, call, later, sales

HOOKS = """
    from handlers.hooks import Entered, on_transfer

    heard = []

    @on_transfer("bridged", "declined")
    def two(entered):
        heard.append(("two", entered.phase))

    @on_transfer()
    def broken(entered):
        raise RuntimeError("the CRM is down")

    @on_transfer()
    def every(entered):
        heard.append(("every", entered.phase))
"""
COMPANY = """
    company: Acme
    timezone: America/New_York
    departments:
      sales: {about: quotes, reach: [hangup]}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory file's folder, whose modules can be imported."""
    monkeypatch.syspath_prepend(str(tmp_path))
    known = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - known:
        if name.startswith("acme_"):
            del sys.modules[name]


def module(folder: Path, name: str, text: str) -> str:
    (folder / f"{name}.py").write_text(textwrap.dedent(text))
    return name


@contextmanager
def wired(folder: Path, hooks: str = "", **more: str) -> Iterator[Wiring]:
    file = folder / "switchboard.yaml"
    file.write_text(textwrap.dedent(COMPANY) + (f"hooks: {hooks}\n" if hooks else ""))
    wiring = wire(Settings.load({"SWITCHBOARD_DIRECTORY": str(file), **more}))
    migrate(wiring.settings.database_url)
    yield wiring
    wiring.close()


def declined(**other: Any) -> Announce:
    """Dana declines: what the hooks are to be told of it."""
    tried = Attempt(
        1, 0, DANA, "dana", later(1), Outcome.DECLINED, later(9), "briefing", "p1", "My card is 4111 1111 1111 1111"
    )
    before = sales(mechanism="consult")
    after = sales(mechanism="consult", attempts=(tried,), version=3, **other)
    event = Declined(1, 0, tried.words)
    (told,) = announcements(["hooks"], before, event, after, ["declined"], later(9))
    return told


# --- what is marked, and what is found --------------------------------------------------------------------------------


def test_each_hook_hears_of_what_it_asked_for_in_the_order_they_stand_there(folder: Path) -> None:
    hooks, mistakes = load([module(folder, "acme_hooks", HOOKS)])
    assert mistakes == []
    for phase in ("requested", "bridged"):
        hooks.call({**declined().phase, "phase": phase})
    assert sys.modules["acme_hooks"].heard == [("every", "requested"), ("two", "bridged"), ("every", "bridged")]


def test_a_hook_that_raises_is_logged_and_stops_no_other(folder: Path) -> None:
    hooks, _ = load([module(folder, "acme_hooks", HOOKS)])
    with capture_logs() as lines:
        hooks.call(declined().phase)
    assert sys.modules["acme_hooks"].heard == [("two", "declined"), ("every", "declined")]
    assert [(line["event"], line["hook"]) for line in lines] == [("hook_failed", "acme_hooks.broken")]


def test_a_hook_can_still_be_called_as_what_it_is() -> None:
    @on_transfer("bridged")
    def hook(entered: Entered) -> str:
        return entered.phase

    assert hook(entered_from(declined().phase)) == "declined"


def test_a_phase_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no such phase: brigded; there are requested"):
        on_transfer("brigded")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import no_such_thing", "ModuleNotFoundError"),
        ("raise RuntimeError('not now')", "not now"),
        ("from handlers.hooks import on_transfer\n@on_transfer('brigded')\ndef f(e): ...", "no such phase: brigded"),
        ("def hook(entered): ...", "marked @on_transfer"),
        ("def (", "SyntaxError"),
    ],
)
def test_what_cannot_be_used_is_a_mistake_with_its_place(folder: Path, text: str, said: str) -> None:
    fine, broken = module(folder, "acme_hooks", HOOKS), module(folder, "acme_broken", text)
    hooks, (mistake,) = load([fine, broken])
    assert str(mistake).startswith("hooks[1]: 'acme_broken': ")
    assert said in str(mistake)
    assert len(hooks.functions) == 3


# --- the directory file -----------------------------------------------------------------------------------------------


def test_the_directory_file_names_the_modules_beside_it(folder: Path) -> None:
    module(folder, "acme_hooks", HOOKS)
    with wired(folder, "[acme_hooks]") as wiring:
        announce(wiring, declined())
        assert sys.modules["acme_hooks"].heard == [("two", "declined"), ("every", "declined")]


def test_without_hooks_and_webhook_nobody_is_told_and_nothing_is_ordered(folder: Path) -> None:
    with wired(folder) as wiring:
        assert list(wiring.records._listeners("")) == []
    module(folder, "acme_hooks", HOOKS)
    with wired(folder, "[acme_hooks]", EVENTS_WEBHOOK_URL="http://127.0.0.1:9") as wiring:
        assert list(wiring.records._listeners("")) == ["hooks", "webhook"]


@pytest.mark.parametrize("hooks", ["[acme_none]", "[acme hooks]", "3", "['']"])
def test_check_lists_what_is_wrong_with_them(folder: Path, hooks: str) -> None:
    from calls.directory.errors import Mistakes

    with pytest.raises(Mistakes, match=r"^hooks"), wired(folder, hooks):
        pass


# --- what they are told -----------------------------------------------------------------------------------------------


def test_a_hook_is_told_in_values_what_was_kept_in_json(folder: Path) -> None:
    order = from_json(to_json(declined(outcome=Outcome.DECLINED, ended_at=later(9))))
    assert isinstance(order, Announce)
    entered = entered_from(order.phase)
    assert (entered.phase, entered.at, entered.transfer, entered.call_id) == ("declined", later(9), "t_1", "c1")
    assert entered.attempt is not None
    assert (entered.attempt.outcome, entered.attempt.ended_at) == (Outcome.DECLINED, later(9))
    assert entered.attempt.started_at - NOON == timedelta(seconds=1)
    assert entered.result.outcome is Outcome.DECLINED
    assert entered.result.attempts == (Tried("dana", DANA, "briefing", Outcome.DECLINED, entered.attempt.words),)
    assert entered.data["event"] == "declined"


def test_secrets_are_taken_out_of_what_was_said_and_of_nothing_else(folder: Path) -> None:
    heard: list[Entered] = []
    with wired(folder) as wiring:
        wiring.hooks = lambda _: Hooks(((frozenset(PHASES), heard.append),))  # type: ignore[assignment]
        begun = sales(mechanism="consult", summary="Card 4111 1111 1111 1111.")
        wiring.records.begin(begun, key="k", reply={}, call=call())
        announce(wiring, declined(summary=begun.summary))
    (entered,) = heard
    assert entered.attempt is not None
    for said in (
        entered.attempt.words,
        entered.data["words"],
        entered.result.attempts[0].words,
        entered.result.summary,
    ):
        assert "1111" not in said
        assert "card number [removed]" in said
    assert entered.attempt.to == DANA
    assert entered.briefing is not None
    assert entered.briefing["caller"] == {"name": "Ann", "number": CALLER}
    assert "1111" not in str(entered.briefing["summary"])


def test_an_announcement_of_an_unknown_leg_has_no_attempt() -> None:
    after = sales(state="ended", outcome=Outcome.CALLER_LEFT, version=4)
    (told,) = announcements(["hooks"], sales(), LegEnded(7, 0, Outcome.BUSY), after, ["failed"], later(1))
    assert entered_from(told.phase).attempt is None


def test_announcements_count_up_so_that_their_order_is_known() -> None:
    begun = list(announcements(["hooks", "webhook"], None, None, sales(), ["requested", "summary_ready"], NOON))
    assert [(one.to, one.seq, one.phase["phase"]) for one in begun] == [
        ("hooks", 0, "requested"),
        ("webhook", 0, "requested"),
        ("hooks", 1, "summary_ready"),
        ("webhook", 1, "summary_ready"),
    ]
    assert declined().seq > begun[-1].seq
    assert len({one.phase["id"] for one in [*begun, declined()]}) == 3
