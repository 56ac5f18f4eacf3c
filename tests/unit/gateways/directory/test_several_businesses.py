"""The files of several businesses: each reloaded by itself, none with a line of another."""

from pathlib import Path

import pytest

from calls.directory.errors import Mistakes
from calls.numbers import Number
from gateways.directory.versions import Directories, NoSuchBusiness, NoSuchLine
from tests.unit.gateways.directory.test_versions import GOOD, Process, Start, start, url, write

__all__ = ["start", "url"]

OTHER = """
company: Bolt Rentals
timezone: Europe/London
lines: {"+12025550200": {}}
departments: {rentals: {about: cars, reach: [voicemail]}}
"""
LINED = 'lines: {"+12025550100": {}}' + GOOD.replace("prompt: prompts/desk.md", "instructions: Be kind.")
BOLT = Number("+12025550200")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "switchboard.d"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "switchboard.d"
    folder.mkdir()
    write(folder / "acme.yaml", LINED)
    write(folder / "bolt.yaml", OTHER)
    return folder


def names(directories: Directories) -> list[tuple[str, str]]:
    return [(one.business, one.company) for one in directories.all()]


@pytest.mark.parametrize("given", ["switchboard.d", "switchboard.yaml"])
def test_each_file_of_the_folder_is_a_business(folder: Path, start: Start, given: str) -> None:
    directories = start(folder.parent / given).directories
    assert names(directories) == [("acme", "Acme Plumbing"), ("bolt", "Bolt Rentals")]
    assert directories.current("bolt").business == directories.business_of(BOLT) == "bolt"
    with pytest.raises(NoSuchBusiness, match="acme, bolt"):
        directories.current()
    with pytest.raises(NoSuchLine):
        directories.business_of(Number("+12025550300"))


def test_a_file_beside_the_folder_is_one_business_more(folder: Path, start: Start) -> None:
    directories = start(write(folder.parent / "switchboard.yaml", LINED.replace("0100", "0500"))).directories
    assert [business for business, _ in names(directories)] == ["", "acme", "bolt"]
    with pytest.raises(NoSuchLine):  # it is nobody's: the one file is not alone
        directories.business_of(Number("+12025550300"))


def test_files_that_come_and_go_are_noticed_in_every_process(folder: Path, start: Start) -> None:
    one, other = start(folder), start(folder)
    write(folder / "clay.yaml", OTHER.replace("Bolt", "Clay").replace("0200", "0300"))
    assert [business for business, _ in names(one.directories)] == ["acme", "bolt", "clay"]
    (folder / "bolt.yaml").unlink()
    for process in (one, other, start(folder)):
        process.look()
        assert [business for business, _ in names(process.directories)] == ["acme", "clay"]
        with pytest.raises(NoSuchLine):
            process.directories.business_of(BOLT)
    for process in (one, other):
        assert process.directories.current("bolt").company == "Bolt Rentals"  # for the calls that are with it
    write(folder / "bolt.yaml", OTHER)
    one.look()
    other.look()
    assert names(one.directories) == names(other.directories) != []
    assert one.directories.business_of(BOLT) == other.directories.business_of(BOLT) == "bolt"


def test_a_business_whose_file_is_not_here_is_served_all_the_same(folder: Path, start: Start) -> None:
    start(folder)
    (folder / "bolt.yaml").unlink()  # nobody was there to see it: it may lie on another machine
    assert names(start(folder).directories) == [("acme", "Acme Plumbing"), ("bolt", "Bolt Rentals")]


def test_a_mistake_in_one_file_leaves_the_others_alone(folder: Path, start: Start) -> None:
    one = start(folder)
    before = one.directories.current("acme")
    write(folder / "acme.yaml", LINED.replace("voicemail", "voicemial"))
    write(folder / "bolt.yaml", OTHER.replace("Rentals", "Cars"))
    for process in (one, start(folder)):
        assert process.directories.current("bolt").company == "Bolt Cars"
        assert process.directories.current("acme").version == before.version
        assert process.mistakes == ["switchboard.d/acme.yaml: departments.sales.reach[0]"]


def test_a_line_in_two_files_is_a_mistake_of_both(folder: Path, url: str) -> None:
    write(folder / "bolt.yaml", OTHER.replace("0200", "0100"))
    with pytest.raises(Mistakes) as refusal:
        Process(folder, url)
    assert str(refusal.value).splitlines() == [
        "switchboard.d/acme.yaml: lines.+12025550100: 'acme.yaml, bolt.yaml': each line in one file only",
        "switchboard.d/bolt.yaml: lines.+12025550100: 'acme.yaml, bolt.yaml': each line in one file only",
    ]


def test_whoever_takes_a_line_of_another_waits_until_it_is_given_up(folder: Path, start: Start) -> None:
    one, other = start(folder), start(folder)
    before = one.directories.current("bolt")
    write(folder / "bolt.yaml", OTHER.replace("0200", "0100"))
    one.look()
    other.look()
    assert one.directories.current("bolt") is before
    assert one.directories.business_of(Number("+12025550100")) == "acme"
    assert len(one.mistakes) == 2
    assert [len(process.said("directory_refused")) for process in (one, other)] == [2, 0]
    write(folder / "acme.yaml", LINED.replace("0100", "0400"))
    for process in (one, other):
        process.look()
        assert process.directories.business_of(Number("+12025550100")) == "bolt"
        assert not process.mistakes
    assert one.directories.troubles() == []


def test_two_files_may_change_lines(folder: Path, start: Start) -> None:
    one, other = start(folder), start(folder)
    write(folder / "acme.yaml", LINED.replace("0100", "0200"))
    write(folder / "bolt.yaml", OTHER.replace("0200", "0100"))
    for process in (one, other):
        process.look()
        assert process.directories.business_of(BOLT) == "acme"
        assert process.mistakes == []


def test_a_line_is_not_taken_from_a_version_that_is_still_in_use(folder: Path, start: Start) -> None:
    directories = start(folder).directories
    write(folder / "acme.yaml", LINED.replace("0100", "0400").replace("voicemail", "voicemial"))
    write(folder / "bolt.yaml", OTHER.replace("0200", "0100"))
    assert directories.business_of(Number("+12025550100")) == "acme"
    assert directories.business_of(BOLT) == "bolt"


def test_a_business_is_called_after_its_file(folder: Path, url: str) -> None:
    write(folder / "two words.yaml", OTHER.replace("0200", "0300"))
    with pytest.raises(Mistakes, match=r"two words.yaml: .*letters, digits"):
        Process(folder, url)


def test_a_folder_without_files_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(Mistakes, match=r"NAME\.yaml"):
        Process(tmp_path, url)
