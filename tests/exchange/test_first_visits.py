"""Written first visits: the offline receptionist does what they say, and docs/first-visits.md shows it."""

import pytest

from handlers.cli.rehearsal.stage import House
from tests.visits.__main__ import FILES, PAGE, page
from tests.visits.visits import HERE, Visit, play, transcript, visits_in

VISITS = [visit for file in FILES for visit in visits_in(HERE / file)]


def _section(name: str) -> str:
    return PAGE.read_text(encoding="utf-8").partition(f"## {name}\n")[2].partition("\n## ")[0].strip()


@pytest.mark.parametrize("visit", VISITS[::6], ids=lambda visit: visit.name)
def test_a_visit_goes_as_it_is_written_and_as_the_page_shows_it(rehearsal_house: House, visit: Visit) -> None:
    played = play(rehearsal_house, visit)
    assert played.faults() == []
    shown = "\n".join(transcript(played)).partition(f"## {visit.name}\n")[2].strip()
    assert shown == _section(visit.name), "what is said has changed: run `make visits` and read it"


def test_the_page_has_every_visit_once_and_in_order() -> None:
    titles = [line[3:] for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("## ")]
    assert titles == [visit.name for visit in VISITS]
    assert len(titles) >= 50


@pytest.mark.long
def test_the_page_is_what_all_visits_make_of_it(rehearsal_house: House) -> None:
    text, faults = page(rehearsal_house)
    assert faults == []
    assert text == PAGE.read_text(encoding="utf-8"), "what is said has changed: run `make visits` and read it"
