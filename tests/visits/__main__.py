"""`make visits`: plays the written visits and prints their transcripts, docs/first-visits.md."""

import sys

from handlers.cli.rehearsal.stage import House
from tests.visits.visits import HERE, SAMPLE, play, transcript, visits_in

PAGE = SAMPLE.parent / "docs" / "first-visits.md"
HEAD = """# First visits

Phone calls to the sample directory (`switchboard.yaml`) as the offline receptionist takes them: no model, no phone.
Each is written down in `tests/visits/`, with what must and must not happen. `make visits` writes this page.
Indented lines are the functions that were called, without the summary that goes with a transfer.
"""
FILES = ("fifty.yaml", "ten.yaml")


def page(house: House) -> tuple[str, list[str]]:
    """The page, and everything that is not as it must be."""
    lines, faults = [HEAD], list[str]()
    for file in FILES:
        for visit in visits_in(HERE / file):
            played = play(house, visit)
            lines += transcript(played)
            faults += [f"{visit.name}: {fault}" for fault in played.faults()]
    return "\n".join(lines).rstrip() + "\n", faults


if __name__ == "__main__":
    with House() as opened:
        text, found = page(opened)
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(text, encoding="utf-8")
    print("\n".join(found) or f"All as it must be: {PAGE}")
    sys.exit(1 if found else 0)
