"""What LIVE-CHECKS.md says of the app when the platform answers a question the other way: here it does.

Each test turns one switch of the exchange. Where nothing else is said, the scenario goes as it always does.
"""

import re
import textwrap
from pathlib import Path
from typing import Any

import pytest

from exchange.core.assumptions import Assumptions
from exchange.scenarios.rehearsal import Verdict, rehearse
from exchange.scenarios.scenario import Expected, Scenario
from gateways.directory.file import read_directory
from handlers.cli.rehearsal.rehearse import read_file
from handlers.cli.rehearsal.stage import House, Stage

ROOT = Path(__file__).parents[2]
SCENARIOS = ROOT / "scenarios"
DOCUMENT = (ROOT / "LIVE-CHECKS.md").read_text()


def scenario(file: str, name: str) -> Scenario:
    (found,) = [one for one in read_file(SCENARIOS / f"{file}.yaml") if name in one.name]
    return found


def turned(house: House, file: str, name: str, expect: dict[str, Any] | None = None, /, **switch: Any) -> Verdict:
    """A scenario that ships, with a switch turned; `expect` says what is different then."""
    found = scenario(file, name)
    changes: dict[str, Any] = {"changes": switch.pop("directory", found.changes), "assumptions": switch}
    if expect is not None:
        changes["expect"] = Expected.model_validate(expect)
    with Stage(
        house,
        found.model_copy(update=changes),
        directory=ROOT / "switchboard.yaml",
        beside=SCENARIOS,
        seed=1,
    ) as stage:
        return rehearse(stage.scenario, stage.exchange, stage)


def as_expected(verdict: Verdict) -> None:
    assert not verdict.faults, "\n".join((*verdict.faults, *verdict.ladder))


# --- what makes no difference -----------------------------------------------------------------------------------------

WHISPERED = "Dana hears what it is about, presses 1"
DECLINED = "Max declines with a key, and the next two are rung together"
TAKEN = "Dana takes the call with a key, and the two are introduced"
NOBODY = "Dana calls back at three, Max is busy, and the agent knows both"
TEMPORARY = "Nobody answers a temporary transfer"
LENT = "The lent agent puts the caller through for a while"

SAME: tuple[tuple[int, str, Any, str, str], ...] = (
    (1, "rejected_confirm_reason", "declined", "warm_whisper", DECLINED),
    (3, "race_won_at", "answer", "warm_whisper", "two say yes in the same moment"),
    (4, "flag_after_swml_is_inline", False, "agents", LENT),
    (4, "flag_inside_swml_is_error", False, "agents", LENT),
    (4, "string_flag_is_read", False, "agents", LENT),
    (5, "ai_response_survives_transfer", False, "returns", TEMPORARY),
    (6, "update_during_hold", False, "warm_consult", "a platform that does not redirect a call on hold"),
    (7, "message_before_unhold_is_read_first", False, "warm_consult", NOBODY),
    (8, "queue_timeout_continues", "transfer_after_bridge", "people", "The queue is full of music"),
    (8, "queue_timeout_continues", "transfer_after_bridge", "people", "are taken in the order they came"),
    (8, "queue_timeout_continues", "transfer_after_bridge", "queue", "and leaves a message instead of waiting"),
    (8, "queue_timeout_continues", "transfer_after_bridge", "queue", "A caller who presses 1 late at night"),
    (9, "script_end_hangs_up", False, "returns", TEMPORARY),
    (9, "script_end_hangs_up", False, "warm_consult", TAKEN),
    (10, "tool_timeout", 2.0, "network", "Our answers are slow"),
    (11, "signs_tool_calls", True, "agents", LENT),
    (11, "signs_tool_calls", True, "warm_consult", TAKEN),
    (14, "confirm_timeout_covers_script", False, "warm_whisper", WHISPERED),
    (16, "hold_plays_music", False, "warm_consult", "Max does not answer, and the agent says so"),
    (18, "document_starts_on_answer", False, "placed", "The line is busy"),
    (18, "document_starts_on_answer", False, "placed", "Somebody we ring can be put through"),
    (28, "input_interrupts", False, "warm_consult", TAKEN),
    (21, "report_at_handoff", False, "agents", LENT),
    (21, "report_on_update", False, "warm_consult", TAKEN),
    (20, "conference_plays_music_to_one", True, "warm_consult", TAKEN),
    (22, "ai_end_continues", False, "returns", TEMPORARY),
    (23, "failed_fetch_ends_call", False, "agents", LENT),
    (24, "refer_failed_state", "busy", "sip", "The extension the call would be moved to is busy"),
    (24, "refer_success_ends_leg", False, "sip", "The caller's phone system moves the call"),
    (25, "unset_name_is_error", False, "sip", "A phone system that refuses"),
    (25, "script_error_ends_script", False, "sip", "A phone system that refuses"),
    (26, "callback_attempts", 3, "network", "Callbacks are lost, late, doubled and overtaken at once"),
)


@pytest.mark.parametrize(
    ("check", "switch", "value", "file", "name"), SAME, ids=[f"{one[0]}-{one[1]}-{one[3]}" for one in SAME]
)
def test_nothing_changes(rehearsal_house: House, check: int, switch: str, value: Any, file: str, name: str) -> None:
    assert f"`{switch}`" in section(check)
    as_expected(turned(rehearsal_house, file, name, **{switch: value}))


# --- what does --------------------------------------------------------------------------------------------------------


def test_1_a_rejection_that_reads_connected_is_the_last_one(rehearsal_house: House) -> None:
    """Nobody else is rung, and the agent has the caller back."""
    expect = {"bridged": "nobody", "rang": ["max"], "ledger": [{"attempts": ["max declined"]}]}
    as_expected(turned(rehearsal_house, "warm_whisper", DECLINED, expect, rejected_confirm_fails=False))


def test_1_the_end_of_the_gate_connects_nobody(rehearsal_house: House) -> None:
    """A whisper reaches nobody at all, and the agent has the caller back."""
    expect = {"bridged": "nobody", "rang": ["dana", "max"], "ledger": [{"outcome": "declined"}]}
    as_expected(turned(rehearsal_house, "warm_whisper", WHISPERED, expect, confirm_end_accepts=False))


def test_3_the_first_to_pick_up_is_the_only_one_who_is_asked(rehearsal_house: House) -> None:
    expect = {"bridged": "dana", "ledger": [{"outcome": "bridged", "person": "dana"}]}
    name = "two pick up together, and the first to say yes has the caller"
    as_expected(turned(rehearsal_house, "warm_whisper", name, expect, race_won_at="answer"))


def test_10_a_tool_call_that_is_not_repeated_is_lost_with_its_answer(rehearsal_house: House) -> None:
    """The transfer is on record, its caller is not moved, and can ask again."""
    expect = {"bridged": "nobody", "ledger": [{"outcome": "caller_left"}]}
    name = "The answer to a tool call is lost once"
    as_expected(turned(rehearsal_house, "network", name, expect, tool_attempts=1))


def test_15_a_caller_who_hears_nothing_while_dana_is_told(rehearsal_house: House) -> None:
    verdict = turned(rehearsal_house, "warm_whisper", WHISPERED, ringback_during_confirm=False)
    (fault,) = verdict.faults
    assert re.fullmatch(r"heard nothing for 2\d\.\d s, 2 s at most", fault)


def test_16_without_a_file_of_ours_a_caller_on_hold_hears_nothing(rehearsal_house: House) -> None:
    silent = {"escalation": {"hold_music": None}}
    verdict = turned(rehearsal_house, "warm_consult", TAKEN, directory=silent, hold_plays_music=False)
    (fault,) = verdict.faults
    assert re.fullmatch(r"heard nothing for \d+(\.\d)? s, 2 s at most", fault)


def test_17_a_phone_that_rings_on_when_the_caller_has_gone(rehearsal_house: House) -> None:
    """Of a blind transfer and of a whisper; a consult's phone is stopped by us."""
    name = "The caller hangs up while they wait for a temporary transfer"
    verdict = turned(rehearsal_house, "leaving", name, caller_leaving_cancels_ringing=False)
    assert verdict.faults == ("+12025550111 was never hung up",)
    name = "Consult: the caller hangs up while the phone rings, and it stops"
    as_expected(turned(rehearsal_house, "warm_consult", name, caller_leaving_cancels_ringing=False))


def test_18_a_document_that_is_fetched_before_the_phone_is_answered(rehearsal_house: House) -> None:
    """Ringing counts as answered. Dana takes the call all the same."""
    expect = {"bridged": "dana", "ledger": [{"outcome": "bridged", "person": "dana", "attempts": "dana bridged"}]}
    as_expected(turned(rehearsal_house, "warm_consult", TAKEN, expect, document_starts_on_answer=False))


def test_20_a_caller_whose_document_ends_with_the_conference(rehearsal_house: House) -> None:
    """A talk that was cut short is not picked up again: the call is over."""
    name = "Dana hangs up a second after the bridge"
    verdict = turned(rehearsal_house, "warm_consult", name, conference_end_continues=False)
    (fault,) = verdict.faults
    assert fault.startswith("caller did not hear 'I am sorry about that'")
    as_expected(turned(rehearsal_house, "warm_consult", TAKEN, conference_end_continues=False))


# --- the document itself ----------------------------------------------------------------------------------------------


def section(check: int) -> str:
    """One check of the document."""
    (found,) = re.findall(rf"^## {check}\. .*?(?=^## )", DOCUMENT, re.MULTILINE | re.DOTALL)
    return str(found)


def test_the_table_of_contents_is_that_of_the_checks() -> None:
    headings = re.findall(r"^## (\d+)\. (.+)$", DOCUMENT, re.MULTILINE)
    contents = re.findall(r"^(\d+)\. \[(.+)\]\(#(\S+)\)$", DOCUMENT, re.MULTILINE)
    assert [(number, title) for number, title, _ in contents] == headings
    for number, title, anchor in contents:
        assert anchor == re.sub(r"[^\w -]", "", f"{number}. {title}".lower()).replace(" ", "-")


def test_every_check_says_all_that_there_is_to_say() -> None:
    for number in range(1, len(re.findall(r"^## \d+\. ", DOCUMENT, re.MULTILINE)) + 1):
        for part in ("**We assume.**", "**To check.**", "**If it is the other way.**", "**Shown by.**"):
            assert part in section(number), (number, part)


def test_every_switch_of_the_exchange_is_in_it() -> None:
    assert [name for name in Assumptions.__dataclass_fields__ if f"`{name}`" not in DOCUMENT] == []


def test_every_test_that_is_named_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)`(?:,\s`(test_\w+)`)?", DOCUMENT)
    assert named
    for file, test in named:
        assert f"def {test or 'test_'}" in (ROOT / file).read_text(), (file, test)


def test_every_scenario_that_is_named_is_there() -> None:
    names = {one.name for file in SCENARIOS.glob("*.yaml") for one in read_file(file)}
    named = [" ".join(name.split()) for name in re.findall(r"scenario\s\*([^*]+)\*", DOCUMENT)]
    assert len(named) > 10
    assert [name for name in named if name not in names] == []


def test_the_directory_of_the_checks_is_right(tmp_path: Path) -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", DOCUMENT, re.DOTALL)
    file = tmp_path / "switchboard.yaml"
    file.write_text(textwrap.dedent(block))
    directory = read_directory(file)
    asked = re.findall(r"[Aa]sk for the (\w+) check\b|with the (\w+) check\b", DOCUMENT)
    assert {word for words in asked for word in words if word} == {*directory.departments, "desk"}
