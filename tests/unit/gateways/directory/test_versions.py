"""The file on disk: read strictly, a version on record once it is good, and the same in every process."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from structlog.testing import capture_logs

from calls.directory.errors import Mistake, Mistakes
from calls.directory.model import Directory
from calls.directory.steps import Queue, Voicemail
from calls.routing.openings import closed_at
from gateways.clock import Clock
from gateways.directory.file import public_holidays, read_directory
from gateways.directory.version_records import Draft, VersionRecords
from gateways.directory.versions import Directories

GOOD = """
company: Acme Plumbing
timezone: America/New_York
departments:
  sales: {about: orders, reach: [voicemail]}
agents:
  desk: {about: invoices, prompt: prompts/desk.md}
"""
SAMPLE = Path(__file__).parents[4] / "switchboard.yaml"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "prompts").mkdir()
    write(tmp_path / "prompts" / "desk.md", "You are kind.")
    return write(tmp_path / "switchboard.yaml", GOOD)


def write(path: Path, text: str) -> Path:
    """As an editor does: a new file in the place of the old one."""
    fresh = path.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    return fresh.replace(path)


def refused(path: Path) -> str:
    with pytest.raises(Mistakes) as refusal:
        read_directory(path)
    return str(refusal.value)


def test_the_sample_directory_has_no_mistake() -> None:
    directory = read_directory(SAMPLE)
    assert list(directory.departments) == [
        "sales", "billing", "warehouse", "appointments", "apprenticeships", "supervisor",
    ]  # fmt: skip
    assert directory.agents["billing_desk"].prose.startswith("You work at the billing desk.")


def test_the_sample_directory_shows_what_there_is_at_any_hour() -> None:
    """A card for the person of a consult, a line to wait in, and a department that is closed."""
    departments = read_directory(SAMPLE).departments
    assert departments["supervisor"].handoff == "consult"
    assert "{card_url}" in (departments["supervisor"].text_person or "")
    always = [one for one in departments.values() if one.hours is None]
    assert any(isinstance(step, Queue) for one in always for step in one.reach[:1])
    hours = [datetime(2026, 12, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(0, 2 * 365 * 24, 5)]
    directory = read_directory(SAMPLE)
    open_at = sum(closed_at(departments["apprenticeships"], directory, at) is None for at in hours)
    assert open_at / len(hours) < 0.01


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("company: A\ncompany: B", "line 2, column 1: 'company: B': readable YAML: company is given twice"),
        ("people: {a: {name: A, phone: '+12025550111', phone: '+12025550112'}}", "phone is given twice"),
        ("company: [Acme", "line 1"),
        ("company: !!python/object:os.system x", "readable YAML"),
        ("a: &a [*a]", "readable YAML"),
        ("company: !!bool x", "readable YAML"),
        ("company: !!timestamp x", "readable YAML"),
        ("company: " + "9" * 5000, "readable YAML"),
        ("a: " + "[" * 5000, "readable YAML"),
        ("? [a, b]\n: c", "readable YAML"),
        ("\x00", "readable YAML"),
        ("", "settings with their values"),
        ("lines: {+12025550100: {}}", 'quote it: "+12025550100"'),
        ("people: {dana: {name: Dana, phone: 2025550111}}", 'quote it: "+2025550111" or "2025550111"'),
        ("people: {dana: {name: Dana, phone: '+12025550111', texts: yes}}", "people.dana.texts: 'yes': true or false"),
    ],
)
def test_yaml_has_no_surprises(path: Path, text: str, told: str) -> None:
    assert told in refused(write(path, text))


def test_no_is_norway_and_dates_may_be_keys(path: Path) -> None:
    text = GOOD + "hours: {oslo: {daily: '09:00-17:00', holidays: NO, except: {2026-05-18: closed}}}"
    hours = read_directory(write(path, text)).hours["oslo"]
    assert hours.holiday(date(2026, 5, 17)) == "Constitution Day"
    assert hours.spans(date(2026, 5, 18)) == ()


def test_a_merge_key_may_be_overruled(path: Path) -> None:
    text = GOOD + "people:\n  dana: &a {name: Dana, phone: '+12025550111'}\n  lee: {<<: *a, name: Lee}"
    assert read_directory(write(path, text)).people["lee"].name == "Lee"


def test_a_file_that_cannot_be_read_is_a_mistake(tmp_path: Path) -> None:
    assert "can be read" in refused(tmp_path / "missing.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"company: \xff\xfe")
    assert "UTF-8" in refused(tmp_path / "latin.yaml")


@pytest.mark.parametrize("name", ["prompts/none.md", "../secret.md", "/etc/hostname", "prompts"])
def test_a_prompt_is_a_file_beside_the_directory(path: Path, name: str) -> None:
    (path.parent.parent / "secret.md").write_text("secret")
    assert "agents.desk.prompt" in refused(write(path, GOOD.replace("prompts/desk.md", name)))


def test_a_state_has_holidays_of_its_own() -> None:
    assert "Cesar Chavez" in public_holidays("US-CA", 2026)[date(2026, 3, 31)]
    assert date(2026, 3, 31) not in public_holidays("US", 2026)
    with pytest.raises(LookupError):
        public_holidays("ZZ", 2026)
    with pytest.raises(LookupError):
        public_holidays("US-ZZ", 2026)


class Process:
    """A process with directories of its own, and what it has logged."""

    def __init__(self, path: Path, url: str, **how: Any) -> None:
        with capture_logs() as self.lines:
            self.directories = Directories(path, VersionRecords(url), now=Clock().now, at_once=True, **how)

    def look(self) -> Directory:
        """What it serves after a look at the files and the record."""
        with capture_logs() as lines:
            self.directories.look()
        self.lines += lines
        return next(iter(self.directories.all()))

    def said(self, event: str) -> list[Any]:
        """What it logged of one event."""
        return [line for line in self.lines if line["event"] == event]

    @property
    def mistakes(self) -> list[str]:
        """Where what is wrong with its files is."""
        return [mistake.path for mistake in self.directories.mistakes]


Start = Callable[..., Process]


@pytest.fixture
def url(tmp_path: Path, sqlite_ready: Path) -> str:
    shutil.copy(sqlite_ready, tmp_path / "records.db")
    return f"sqlite:///{tmp_path}/records.db"


@pytest.fixture
def start(path: Path, url: str) -> Iterator[Start]:
    """Starts processes: at the file and the database of the test where no others are named."""
    made: list[Process] = []

    def begin(at: Path = path, database: str = url, **how: Any) -> Process:
        made.append(Process(at, database, **how))
        return made[-1]

    yield begin
    for one in made:
        one.directories.close()


def test_a_change_is_seen_by_the_next_call(path: Path, start: Start) -> None:
    directories = start().directories
    before = directories.current()
    assert directories.current() is before
    write(path, GOOD.replace("orders", "quotes"))
    assert directories.current().departments["sales"].about == "quotes"
    assert directories.current().version != before.version
    assert (before.number, directories.current().number) == (1, 2)


def test_a_changed_prompt_is_a_change(path: Path, start: Start) -> None:
    one = start()
    write(path.parent / "prompts" / "desk.md", "You are brief.")
    assert one.look().agents["desk"].prose == "You are brief."
    assert one.directories.version().changes == ("prompts/desk.md changed",)  # type: ignore[union-attr]


def test_a_mistake_keeps_the_last_good_version_and_is_told_once(path: Path, start: Start) -> None:
    one = start()
    before = one.look()
    write(path, GOOD.replace("voicemail", "voicemial"))
    assert one.look() is before
    assert one.look() is before
    assert one.mistakes == ["departments.sales.reach[0]"]
    assert len(one.said("directory_refused")) == 1
    write(path, GOOD)
    assert one.look() is before
    assert one.mistakes == []
    assert [len(one.said(event)) for event in ("directory_right_again", "directory_reloaded")] == [1, 0]


def test_a_prompt_that_was_missing_heals_the_file(path: Path, start: Start) -> None:
    one = start()
    write(path, GOOD.replace("desk.md", "new.md"))
    one.look()
    assert one.mistakes
    write(path.parent / "prompts" / "new.md", "You are new.")
    assert one.look().agents["desk"].prose == "You are new."
    assert one.mistakes == []


def test_a_file_that_is_gone_takes_nothing_down(path: Path, start: Start) -> None:
    one = start()
    before = one.look()
    path.unlink()
    assert one.look() is before
    assert one.mistakes == ["switchboard.yaml"]


def test_a_first_file_with_a_mistake_is_refused_and_leaves_nothing_on_record(path: Path, url: str) -> None:
    write(path, "company: 3")
    with pytest.raises(Mistakes, match="company"):
        Process(path, url)
    assert VersionRecords(url).all() == []
    assert VersionRecords(url).troubles(Clock().now()) == []


def test_one_thread_reads_while_the_others_go_on_with_the_old_version(path: Path, start: Start) -> None:
    reading, go_on = Event(), Event()

    def hold(directory: Directory) -> tuple[()]:
        if directory.departments["sales"].about == "quotes":
            reading.set()
            go_on.wait(5)
        return ()

    directories = start(examine=hold).directories
    write(path, GOOD.replace("orders", "quotes"))
    thread = Thread(target=directories.current)
    thread.start()
    assert reading.wait(5)
    assert directories.current().departments["sales"].about == "orders"  # nobody waits for the reading to end
    go_on.set()
    thread.join()
    assert directories.current().departments["sales"].about == "quotes"


def test_a_file_that_was_only_touched_is_no_new_version(path: Path, start: Start) -> None:
    one = start()
    before = one.look()
    os.utime(path)
    assert one.look() is before


# --- one truth in every process ---------------------------------------------------------------------------------------


def test_two_processes_that_see_a_change_make_one_version(path: Path, start: Start) -> None:
    one, other = start(), start()
    write(path, GOOD.replace("orders", "quotes"))
    assert one.look().number == other.look().number == 2
    assert len(one.directories.records.all()) == 2
    assert [len(process.said("directory_reloaded")) for process in (one, other)] == [1, 0]


def test_a_good_edit_followed_at_once_by_a_bad_one_is_the_same_in_every_process(path: Path, start: Start) -> None:
    one, other = start(), start()
    write(path, GOOD.replace("orders", "quotes"))
    one.look()
    write(path, GOOD.replace("voicemail", "voicemial"))
    assert one.look().departments["sales"].about == other.look().departments["sales"].about == "quotes"
    assert len(one.said("directory_refused")) + len(other.said("directory_refused")) == 1


def test_a_process_that_starts_while_the_file_is_bad_serves_what_is_on_record(path: Path, start: Start) -> None:
    start()
    write(path, GOOD.replace("voicemail", "voicemial"))
    one, other = start(), start()
    assert one.look().number == other.look().number == 1
    assert [len(process.said("directory_refused")) for process in (one, other)] == [1, 0]
    (trouble,) = one.directories.troubles()
    assert trouble.words == (f"departments.sales.reach[0]: 'voicemial': {one.directories.mistakes[0].wanted}",)


@pytest.mark.parametrize("number", ["", "+12025550111"])
def test_a_machine_without_a_file_follows_the_record(path: Path, start: Start, tmp_path: Path, number: str) -> None:
    start()
    elsewhere = start(tmp_path / "none" / "switchboard.yaml", transfer_to=number)
    assert elsewhere.look().agents["desk"].prose == "You are kind."
    assert elsewhere.mistakes == []
    write(path, GOOD.replace("orders", "quotes"))
    start()
    assert elsewhere.look().departments["sales"].about == "quotes"


def test_one_number_without_a_file_is_a_version_too_and_gives_way_to_a_file(path: Path, start: Start) -> None:
    file = path.rename(path.with_suffix(".later"))
    one = start(transfer_to="+12025550111")
    assert (one.look().departments["team"].about, one.look().number) == ("a person who can help with anything", 1)
    before = one.look().departments["team"].reach
    assert start(transfer_to="+12025550112").look().departments["team"].reach != before
    file.rename(path)
    assert one.look().company == "Acme Plumbing"


def test_without_a_file_and_a_number_an_agent_takes_messages_until_there_is_a_file(path: Path, start: Start) -> None:
    file = path.rename(path.with_suffix(".later"))
    one = start(transfer_to="")
    assert one.look().departments["team"].reach == (Voicemail(),)
    assert one.directories.records.all() == []
    file.rename(path)
    assert one.look().company == "Acme Plumbing"
    path.rename(file)
    assert start(transfer_to="").look().company == "Acme Plumbing"  # it is on record


def test_a_machine_with_an_older_file_does_not_take_the_others_back(path: Path, start: Start, tmp_path: Path) -> None:
    stale = write(tmp_path / "stale.yaml", GOOD)
    (tmp_path / "prompts").mkdir(exist_ok=True)
    os.utime(stale, (1, 1))
    start(stale)
    write(path, GOOD.replace("orders", "quotes"))
    one = start()
    restarted = start(stale)
    assert restarted.look().number == one.look().number == 2
    assert len(restarted.said("directory_file_is_older")) == 1
    os.utime(stale)  # saved again, it counts
    assert restarted.look().departments["sales"].about == one.look().departments["sales"].about == "orders"


def test_an_old_version_is_used_until_the_file_is_saved_again(path: Path, start: Start) -> None:
    one, other = start(), start()
    write(path, GOOD.replace("orders", "quotes"))
    one.look()
    records = one.directories.records
    first, second = records.all()
    back = Draft("", first.source, ("as version 1",), "use 1", second.saved + 1)
    assert records.keep([back], Clock().now(), after=2)
    for process in (one, other, start()):
        assert (process.look().departments["sales"].about, process.look().number) == ("orders", 3)
    os.utime(path)
    assert other.look().departments["sales"].about == one.look().departments["sales"].about == "quotes"


def test_a_version_that_is_kept_too_late_is_not_kept(start: Start) -> None:
    records = start().directories.records
    (first,) = records.all()
    again = Draft("", first.source, (), "file", first.saved)
    assert records.keep([again], Clock().now(), after=0) is None
    assert len(records.all()) == 1


def test_a_call_gets_the_version_it_began_with_also_in_a_new_process(path: Path, start: Start) -> None:
    start()
    write(path, GOOD.replace("orders", "quotes"))
    for directories in (start().directories, start().directories):
        assert directories.current(number=1).departments["sales"].about == "orders"
        assert directories.current(number=2) is directories.current()
        assert directories.current(number=99) is directories.current()


def test_without_its_database_the_file_is_served_and_is_on_record_later(
    path: Path, start: Start, tmp_path: Path, sqlite_ready: Path
) -> None:
    one = start(database=f"sqlite:///{tmp_path}/later.db")
    assert one.look().number == 0
    assert len(one.said("directory_record_unavailable")) == 1
    shutil.copy(sqlite_ready, tmp_path / "later.db")
    assert one.look().number == 1


def test_what_only_examining_tells_keeps_a_version_out(path: Path, start: Start) -> None:
    def examine(directory: Directory) -> list[Mistake]:
        return [Mistake("hooks[0]", "acme", "no")] if directory.company == "Acme Heating" else []

    one = start(examine=examine)
    write(path, GOOD.replace("Plumbing", "Heating"))
    assert one.look().company == "Acme Plumbing"
    assert one.mistakes == ["hooks[0]"]
