"""`switchboard messages`: what callers left, listed, heard and closed from a terminal."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from calls.numbers import Number
from calls.orders import KeepMessage
from gateways.database.migrate import migrate
from gateways.records.records import Records
from handlers.cli.main import main
from handlers.settings import Settings
from tests.support.kept import call

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Records]:
    """A message and a voicemail, in the records of the folder we are in."""
    monkeypatch.chdir(tmp_path)
    for name in ("SWITCHBOARD_DIRECTORY", "DATABASE_URL", "RECORDINGS_DIR"):
        monkeypatch.delenv(name, raising=False)
    url = Settings.load().database_url
    migrate(url)
    made = Records(url)
    made.open_call(call(), NOON)
    made.keep_message(KeepMessage("m1", "message", "c1", "sales", NOON, "[b]Ring me.", "Ann", Number("+12025550144")))
    made.keep_message(KeepMessage("v1", "voicemail", "c1", "sales", NOON, url="https://files.example/1.wav", seconds=4))
    yield made
    made.close()


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["messages", *words], env={"COLUMNS": "200"})


def listed(*words: str) -> list[int]:
    return [json.loads(line)["id"] for line in run(*words, "--json").output.splitlines()]


def test_what_somebody_has_seen_to_is_listed_no_more(records: Records) -> None:
    assert "[b]Ring me." in run().output
    assert listed() == [1, 2]
    assert run("close", "1", "--by", "Dana").output == "Message 1 is closed.\n"
    assert listed() == [2]
    assert listed("--all") == [1, 2]
    assert "Dana" in run("--all").output
    assert run("close", "1", "--by", "Lee").output == "Message 1 was closed already by Dana.\n"


def test_a_message_that_no_database_can_be_asked_for_is_a_wrong_argument(records: Records) -> None:
    for number in ("0", "9" * 30):
        for command in ("show", "play", "close"):
            told = run(command, number)
            assert (told.exit_code, "is not in the range" in told.output) == (2, True)


def test_a_recording_is_a_file_here_or_the_platform_s_address_and_counts_as_heard(records: Records) -> None:
    assert run("play", "2").output == "https://files.example/1.wav\n"
    assert "4 s, heard" in run().output
    folder = Settings.load().recordings_dir
    folder.mkdir()
    (folder / "2.wav").write_bytes(b"RIFF")
    records.keep_recording(2, "2.wav")
    assert run("play", "2").output == f"{folder / '2.wav'}\n"
    (folder / "2.wav").unlink()  # somebody has tidied up: the platform may still have it
    assert run("play", "2").output == "https://files.example/1.wav\n"
    assert "has no recording" in run("play", "1").output


def test_everything_that_is_known_of_a_message(records: Records) -> None:
    records.message_error(2, "email sales@acme.example: SMTP_URL is not set")
    shown = run("show", "2").output
    assert "SMTP_URL is not set" in shown
    assert "https://files.example/1.wav" in shown
    assert json.loads(run("show", "2", "--json").output)["heard_at"] is None


def test_a_message_that_is_not_there(records: Records) -> None:
    for command in ("show", "play", "close"):
        assert "there is no message 9" in run(command, "9").output
        assert run(command, "nine").exit_code == 2
