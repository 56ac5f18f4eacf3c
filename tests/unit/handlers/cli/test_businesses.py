"""The `switchboard` command where there are several businesses."""

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from gateways.clock import Clock
from gateways.database.migrate import migrate
from gateways.records.records import Records
from handlers import wiring
from handlers.cli.main import main
from handlers.settings import Settings
from tests.contract.test_businesses import ACME, BOLT
from tests.support.kept import call, sales


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two businesses."""
    folder = tmp_path / "switchboard.d"
    folder.mkdir()
    for name, data in {"acme": ACME, "bolt": BOLT}.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(data))
    monkeypatch.chdir(tmp_path)
    for name in ("SWITCHBOARD_DIRECTORY", "DATABASE_URL", "PUBLIC_URL", "CALL_TRANSFER_TO"):
        monkeypatch.delenv(name, raising=False)
    return folder


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words), env={"COLUMNS": "200"})


def rows(*words: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in run(*words, "--json").output.splitlines()]


def test_check_reads_every_file(desk: Path) -> None:
    told = run("check")
    assert told.exit_code == 0, told.output
    assert told.output.index("Acme Plumbing") < told.output.index("Bolt Rentals")
    (desk / "bolt.yaml").write_text(yaml.safe_dump(BOLT | {"lines": {"+12025550100": {}}, "voice": 3}))
    refused = run("check")
    assert refused.exit_code == 1
    assert "switchboard.d/bolt.yaml: voice: 3" in refused.output
    assert "Dana" not in run("check", str(desk / "acme.yaml")).stderr


def test_check_knows_the_lines_of_a_business_that_is_on_record_and_has_no_file_here(desk: Path) -> None:
    migrate(f"sqlite:///{desk.parent / 'switchboard.db'}")
    wiring.open_directories(Settings.load(), now=Clock().now).close()  # as a server does
    (desk / "bolt.yaml").rename(desk / "bolt.elsewhere")
    assert run("check").exit_code == 0
    (line,) = BOLT["lines"]
    (desk / "acme.yaml").write_text(yaml.safe_dump(ACME | {"lines": {line: {}}}))
    refused = run("check")
    assert refused.exit_code == 1
    assert f"lines.{line}: 'acme.yaml, bolt.yaml'" in refused.output


def test_the_agents_of_each_are_listed_and_one_may_be_chosen(desk: Path) -> None:
    assert {row["business"] for row in rows("agents")} == {"acme", "bolt"}
    assert {row["business"] for row in rows("agents", "--business", "bolt")} == {"bolt"}
    assert "Bolt" in run("agents", "--swml", "--business", "bolt").output
    assert "say which" in run("agents", "--swml").output
    assert "there are acme, bolt" in run("agents", "--business", "clay").output


def test_the_ledger_of_one_business(desk: Path) -> None:
    url = f"sqlite:///{desk.parent / 'switchboard.db'}"
    migrate(url)
    records = Records(url)
    for name in ("acme", "bolt"):
        transfer = sales(f"t_{name}", of=name, business=name)
        records.begin(transfer, key=name, reply={}, call=call(name))
    records.close()
    assert [row["id"] for row in rows("transfers", "--business", "bolt")] == ["t_bolt"]
    assert "business" in run("transfers").output
    assert run("transfers", "--csv").output.splitlines()[1].endswith(',"acme"')
