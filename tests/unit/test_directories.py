"""The file on disk: read strictly, reloaded while calls go on, never worse than the last good version."""

import os
from datetime import date
from pathlib import Path
from threading import Barrier, Event, Thread

import pytest

from calls.directory import Directory
from calls.mistakes import Mistakes
from gateways.directories import Directories
from gateways.directory_file import public_holidays, read_directory

GOOD = """
company: Acme Plumbing
timezone: America/New_York
departments:
  sales: {about: orders, reach: [voicemail]}
agents:
  desk: {about: invoices, prompt: prompts/desk.md}
"""
SAMPLE = Path(__file__).parents[2] / "switchboard.yaml"


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
    assert list(directory.departments) == ["sales", "billing", "warehouse", "supervisor"]
    assert directory.agents["billing_desk"].prose.startswith("You work at the billing desk.")


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


def test_a_change_is_seen_by_the_next_call(path: Path) -> None:
    told: list[Directory | Mistakes] = []
    directories = Directories(path, on_reload=told.append)
    before = directories.current()
    assert directories.current() is before
    write(path, GOOD.replace("orders", "quotes"))
    assert directories.current().departments["sales"].about == "quotes"
    assert directories.current().version != before.version
    assert told == [directories.current()]


def test_a_file_is_looked_at_once_in_a_while(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = 0.0
    monkeypatch.setattr("gateways.directories.time.monotonic", lambda: seconds)
    directories = Directories(path, looks_every=0.05)
    assert directories.current().company == "Acme Plumbing"
    write(path, GOOD.replace("Acme Plumbing", "Acme Heating"))
    seconds = 0.049
    assert directories.current().company == "Acme Plumbing"
    seconds = 0.05
    assert directories.current().company == "Acme Heating"


def test_a_changed_prompt_is_a_change(path: Path) -> None:
    directories = Directories(path)
    before = directories.current()
    write(path.parent / "prompts" / "desk.md", "You are brief.")
    assert directories.current().agents["desk"].prose == "You are brief."
    assert directories.current().version != before.version


def test_a_mistake_keeps_the_last_good_version_and_is_told_once(path: Path) -> None:
    told: list[Directory | Mistakes] = []
    directories = Directories(path, on_reload=told.append)
    before = directories.current()
    write(path, GOOD.replace("voicemail", "voicemial"))
    assert directories.current() is before
    assert directories.current() is before
    assert [mistake.path for mistake in directories.mistakes] == ["departments.sales.reach[0]"]
    assert len(told) == 1
    write(path, GOOD)
    assert directories.current().version == before.version
    assert directories.mistakes == ()


def test_a_prompt_that_was_missing_heals_the_file(path: Path) -> None:
    directories = Directories(path)
    write(path, GOOD.replace("desk.md", "new.md"))
    directories.current()
    assert directories.mistakes
    write(path.parent / "prompts" / "new.md", "You are new.")
    assert directories.current().agents["desk"].prose == "You are new."
    assert directories.mistakes == ()


def test_a_file_that_is_gone_takes_nothing_down(path: Path) -> None:
    directories = Directories(path)
    before = directories.current()
    path.unlink()
    assert directories.current() is before
    assert directories.mistakes


def test_a_first_file_with_a_mistake_is_refused(path: Path) -> None:
    write(path, "company: 3")
    with pytest.raises(Mistakes):
        Directories(path)


def test_one_thread_reads_while_the_others_go_on_with_the_old_version(path: Path) -> None:
    reading, go_on, done = Event(), Event(), Event()

    def hold(_: object) -> None:
        reading.set()
        go_on.wait(5)
        done.set()

    directories = Directories(path, on_reload=hold)
    write(path, GOOD.replace("voicemail", "voicemial"))
    thread = Thread(target=directories.current)
    thread.start()
    assert reading.wait(5)
    assert directories.current().departments["sales"].about == "orders"
    assert not done.is_set()  # nobody waited for the reading to end
    go_on.set()
    thread.join()


def test_many_threads_read_a_change_once(path: Path) -> None:
    told: list[object] = []
    directories = Directories(path, on_reload=told.append)
    write(path, GOOD.replace("orders", "quotes"))
    together = Barrier(8)

    def call() -> None:
        together.wait()
        directories.current()

    threads = [Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 1


def test_a_state_has_holidays_of_its_own() -> None:
    assert "Cesar Chavez" in public_holidays("US-CA", 2026)[date(2026, 3, 31)]
    assert date(2026, 3, 31) not in public_holidays("US", 2026)
    with pytest.raises(LookupError):
        public_holidays("ZZ", 2026)
    with pytest.raises(LookupError):
        public_holidays("US-ZZ", 2026)


def test_an_unchanged_file_costs_a_look_and_no_reading(path: Path) -> None:
    directories = Directories(path)
    before = directories.current()
    os.utime(path)  # touched, not changed: read again, with an equal version
    assert directories.current() is not before
    assert directories.current().version == before.version
