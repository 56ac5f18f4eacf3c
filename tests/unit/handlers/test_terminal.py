"""Words of others on a terminal, in a spreadsheet, in a log, in a mail and in a text message."""

import csv
import io
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner

from calls.messages.message import Message
from calls.messages.notifications import as_mail, as_text
from gateways.clock import StoppedClock
from gateways.messaging.mail import MailServer
from gateways.messaging.plain import printable
from handlers import logs
from handlers.cli.records import transfers
from handlers.cli.records.printing import print_table, shown
from handlers.terminal import cell, one_line, visible
from tests.unit.agents.test_inert import directory

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
PAYLOADS = (
    "\x1b[2J", "\x1b]0;owned\x07", "a\x08\x08b",
    "\x1b]8;;http://evil.example\x1b\\here\x1b]8;;\x1b\\", "\x9b31m", "\x90q\x9c",
    "a\rb", "a\nb", "a\r\n\r\nb", "a\tb", "a\x00b", "a\x7fb", "a\u202eb", "\u2066a\u2069", "a\u2028b", "a\u2029b",
    "a\u200bb", "\ufeffa", "\ud800", "=1+1", '=HYPERLINK("http://evil.example")', "+1+1", "-1+1", "@SUM(A1)", "\t=1+1",
    "\r=1+1",     " =1+1", "\n@x", "＝1+1", "\u200b=1", 'a";=1+1;"', "a,=1+1", "[bold]x[/bold]", ":smile:",
    "a\r\nBcc: eve@evil.example",
)  # fmt: skip
STEERS = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_line_is_one_line_and_steers_nothing(payload: str) -> None:
    for line in (one_line(payload), shown(payload), shown([payload, payload]), cell(payload)):
        assert not STEERS.search(line)
        assert len(line.splitlines()) == 1
    assert set(visible(payload)) & set("\x00\x1b\x9b\r\u202e") == set()
    assert visible("a\nb") == "a\nb"


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_row_of_a_table_is_one_row(payload: str, capsys: pytest.CaptureFixture[str]) -> None:
    print_table([{"a": payload, "b": [payload]}, {"a": "last", "b": None}], {"A": "a", "B": "b"})
    lines = capsys.readouterr().out.splitlines()
    assert len([line for line in lines if not line.startswith("    ")]) == 3  # what has no room stands below, indented
    assert not any(STEERS.search(line) for line in lines)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_cell_is_no_formula(payload: str, monkeypatch: pytest.MonkeyPatch) -> None:
    row: dict[str, Any] = dict.fromkeys((*transfers._CSV_COLUMNS, "started_at", "ended_at", "business"), payload)
    tried = {"step": 1, "to": "+12025550111", "person": payload, "outcome": None}
    row |= {"attempts": [tried], "flags": [payload]}
    monkeypatch.setattr(transfers, "open_records", lambda: _Ledger(row))
    printed = CliRunner().invoke(transfers.transfers, ["--csv"]).output
    _, cells = csv.reader(io.StringIO(printed))
    assert "+12025550111" in cells
    for text in cells:
        assert re.fullmatch(r"[+-]?\d+", text) or not text.startswith(tuple("=+-@＝\t\r"))
        assert not STEERS.search(text)
    for line in printed.splitlines():
        assert re.fullmatch(r'"([^"]|"")*"(,"([^"]|"")*")*', line)  # nothing begins a cell of its own


class _Ledger:
    def __init__(self, row: dict[str, Any]) -> None:
        self.row = row

    def ledger(self, **wanted: object) -> list[dict[str, Any]]:
        return [self.row]


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_line_of_the_log_is_one_line(payload: str, as_json: bool) -> None:
    event: dict[str, Any] = {"event": payload, "call": payload, "reason": payload, "timestamp": "now", "level": "info"}
    masked = logs.mask(None, "info", event)
    line = json.dumps(masked) if as_json else " ".join(map(str, masked.values()))
    assert not STEERS.search(line)
    traceback = logs.mask(None, "info", {"exception": f"Traceback\n{payload}"})["exception"]
    assert "\n" in traceback
    assert not STEERS.search(traceback.replace("\n", ""))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_mail_and_a_text_have_the_words_and_no_more_lines(payload: str) -> None:
    message = Message(1, "message", "sales", AT, name=payload, body=payload, wanted_at=payload)
    mail = as_mail(message, directory())
    letter = MailServer("smtp://localhost", "desk@acme.example", StoppedClock(AT))._written(
        mail, "a@b.example", payload
    )
    assert sorted(letter.keys()) == sorted(_HEADERS)
    for value in letter.values():
        assert not re.search(r"[\r\n]", value)
    assert letter["Bcc"] is None
    for body in (printable(as_text(message, directory())), letter.get_content()):
        assert not STEERS.search(body.replace("\n", ""))
    assert len(as_text(message, directory()).splitlines()) == 1


_HEADERS = (
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Type", "Content-Transfer-Encoding",
    "MIME-Version",
)  # fmt: skip
