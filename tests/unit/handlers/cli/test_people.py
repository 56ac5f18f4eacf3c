"""`switchboard people`, as whoever is in charge of a shift would use it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from handlers.cli.main import main

FILE = """
company: Acme Plumbing
timezone: America/New_York
lines: {"+12025550100": {}}
people: {dana: {name: Dana Reyes, phone: "+12025550111"}, lee: {name: Lee Park, phone: "+12025550112"}}
departments: {sales: {about: orders, reach: [{ring: [dana, lee]}]}}
"""


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "switchboard.yaml").write_text(FILE)
    monkeypatch.chdir(tmp_path)
    for name in ("SWITCHBOARD_DIRECTORY", "DATABASE_URL", "PUBLIC_URL", "CALL_TRANSFER_TO"):
        monkeypatch.delenv(name, raising=False)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["people", *words], env={"COLUMNS": "200"})


def standings() -> dict[str, tuple[str, bool]]:
    rows = [json.loads(line) for line in run("--json").output.splitlines()]
    return {row["key"]: (row["is"], row["until"] is not None) for row in rows}


def test_everybody_is_available_until_somebody_says_otherwise() -> None:
    assert standings() == {"dana": ("available", False), "lee": ("available", False)}
    assert "Dana Reyes" in run().output


def test_away_and_back() -> None:
    assert run("away", "dana").output == "Dana Reyes is away.\n"
    assert standings()["dana"] == ("away", False)
    assert run("back", "Dana Reyes").output == "Dana Reyes can be rung again.\n"
    assert standings()["dana"] == ("available", False)


def test_away_for_a_while() -> None:
    assert run("away", "lee", "2h").output.startswith("Lee Park is away until ")
    assert standings()["lee"] == ("away", True)
    assert run("away", "dana", "until", "tomorrow", "morning").output.startswith("Dana Reyes is away until ")
    assert run("back", "lee").exit_code == 0
    assert run("away", "lee", "--until", "2h").output.startswith("Lee Park is away until ")
    assert standings()["lee"] == ("away", True)
    assert "away" in run().output


def test_what_cannot_be_understood_is_said_with_what_can() -> None:
    assert "a time such as 14:00, or how long, such as 2h" in run("away", "dana", "--until", "soonish").output
    assert "nobody is called bob; there are dana, lee" in run("away", "bob").output
    assert run("back", "bob").exit_code == 1
    assert "there are the one of switchboard.yaml" in run("--business", "shop").output
    assert standings()["dana"] == ("available", False)
