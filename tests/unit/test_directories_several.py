"""The files of several businesses: each reloaded by itself, none with a line of another."""

from pathlib import Path

import pytest

from calls.directory import Directory
from calls.mistakes import Mistakes
from calls.numbers import Number
from gateways.directories import Directories, NoSuchBusiness, NoSuchLine
from tests.unit.test_directories import GOOD, write

OTHER = """
company: Bolt Rentals
timezone: Europe/London
lines: {"+12025550200": {}}
departments: {rentals: {about: cars, reach: [voicemail]}}
"""
LINED = 'lines: {"+12025550100": {}}' + GOOD.replace("prompt: prompts/desk.md", "instructions: Be kind.")
BOLT = Number("+12025550200")


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
def test_each_file_of_the_folder_is_a_business(folder: Path, given: str) -> None:
    directories = Directories(folder.parent / given)
    assert names(directories) == [("acme", "Acme Plumbing"), ("bolt", "Bolt Rentals")]
    assert directories.current("bolt").business == directories.business_of(BOLT) == "bolt"
    with pytest.raises(NoSuchBusiness, match="acme, bolt"):
        directories.current()
    with pytest.raises(NoSuchLine):
        directories.business_of(Number("+12025550300"))


def test_a_file_beside_the_folder_is_one_business_more(folder: Path) -> None:
    directories = Directories(write(folder.parent / "switchboard.yaml", LINED.replace("0100", "0500")))
    assert [business for business, _ in names(directories)] == ["", "acme", "bolt"]
    with pytest.raises(NoSuchLine):  # it is nobody's: the one file is not alone
        directories.business_of(Number("+12025550300"))


def test_files_that_come_and_go_are_noticed(folder: Path) -> None:
    told: list[Directory | Mistakes] = []
    directories = Directories(folder, on_reload=told.append)
    write(folder / "clay.yaml", OTHER.replace("Bolt", "Clay").replace("0200", "0300"))
    assert [business for business, _ in names(directories)] == ["acme", "bolt", "clay"]
    (folder / "bolt.yaml").unlink()
    assert [business for business, _ in names(directories)] == ["acme", "clay"]
    assert directories.current("bolt").company == "Bolt Rentals"  # for the calls that are with it
    with pytest.raises(NoSuchLine):
        directories.business_of(BOLT)
    assert told == [directories.current("clay")]


def test_a_mistake_in_one_file_leaves_the_others_alone(folder: Path) -> None:
    directories = Directories(folder)
    before = directories.current("acme")
    write(folder / "acme.yaml", LINED.replace("voicemail", "voicemial"))
    write(folder / "bolt.yaml", OTHER.replace("Rentals", "Cars"))
    assert directories.current("bolt").company == "Bolt Cars"
    assert directories.current("acme") is before
    assert [one.path for one in directories.mistakes] == ["switchboard.d/acme.yaml: departments.sales.reach[0]"]


def test_a_line_in_two_files_is_a_mistake_of_both(folder: Path) -> None:
    write(folder / "bolt.yaml", OTHER.replace("0200", "0100"))
    with pytest.raises(Mistakes) as refusal:
        Directories(folder)
    assert str(refusal.value).splitlines() == [
        "switchboard.d/acme.yaml: lines.+12025550100: 'acme.yaml, bolt.yaml': each line in one file only",
        "switchboard.d/bolt.yaml: lines.+12025550100: 'acme.yaml, bolt.yaml': each line in one file only",
    ]


def test_whoever_takes_a_line_of_another_waits_until_it_is_given_up(folder: Path) -> None:
    told: list[Directory | Mistakes] = []
    directories = Directories(folder, on_reload=told.append)
    before = directories.current("bolt")
    write(folder / "bolt.yaml", OTHER.replace("0200", "0100"))
    assert directories.current("bolt") is before
    assert directories.business_of(Number("+12025550100")) == "acme"
    assert len(directories.mistakes) == len(told) == 2
    write(folder / "acme.yaml", LINED.replace("0100", "0400"))
    assert directories.business_of(Number("+12025550100")) == "bolt"
    assert not list(directories.mistakes)


def test_a_line_is_not_taken_from_a_version_that_is_still_in_use(folder: Path) -> None:
    directories = Directories(folder)
    write(folder / "acme.yaml", LINED.replace("0100", "0400").replace("voicemail", "voicemial"))
    write(folder / "bolt.yaml", OTHER.replace("0200", "0100"))
    assert directories.business_of(Number("+12025550100")) == "acme"
    assert directories.business_of(BOLT) == "bolt"


def test_a_business_is_called_after_its_file(folder: Path) -> None:
    write(folder / "two words.yaml", OTHER.replace("0200", "0300"))
    with pytest.raises(Mistakes, match=r"two words.yaml: .*letters, digits"):
        Directories(folder)


def test_a_folder_without_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Mistakes, match=r"NAME\.yaml"):
        Directories(tmp_path)
