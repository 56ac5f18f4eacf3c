"""`switchboard versions` and `switchboard check`: what is served, and why a file is not."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateways.clock import Clock
from gateways.database.migrate import migrate
from gateways.directory.version_records import VersionRecords
from gateways.directory.versions import Directories
from handlers.cli.main import main
from handlers.settings import Settings
from handlers.wiring import open_directories

GOOD = """
company: Acme Plumbing
timezone: America/New_York
people: {dana: {name: Dana Reyes, phone: "+12025550111"}}
departments:
  sales: {about: orders, reach: [{ring: [dana]}]}
"""
OWN = GOOD + 'agents: {desk: {about: invoices, class: "acme_own:Desk"}}\nhooks: [acme_told]\n'
DESK = "from agents import attendant\n\n\nclass Desk(attendant.Attendant):\n    pass\n"
TOLD = "from handlers.hooks import on_transfer\n\n\n@on_transfer('bridged')\ndef told(entered):\n    pass\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "switchboard.yaml").write_text(GOOD)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("SWITCHBOARD_DIRECTORY", "DATABASE_URL", "PUBLIC_URL", "CALL_TRANSFER_TO"):
        monkeypatch.delenv(name, raising=False)
    migrate(Settings.load().database_url)
    yield tmp_path
    for name in ("acme_own", "acme_told"):
        sys.modules.pop(name, None)


def serve() -> Directories:
    """What a process that serves does as it starts."""
    directories = open_directories(Settings.load(), now=Clock().now)
    directories.close()
    return directories


def save(folder: Path, text: str) -> None:
    (folder / "switchboard.yaml").write_text(text)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words), env={"COLUMNS": "200"})


def listed() -> list[tuple[int, str, bool]]:
    rows = [json.loads(line) for line in run("versions", "--json").stdout.splitlines()]
    return [(row["number"], row["made_by"], row["served"]) for row in rows]


def test_the_versions_are_listed_shown_and_compared(folder: Path) -> None:
    assert "No version is on record" in run("versions").output
    serve()
    save(folder, GOOD.replace("orders", "quotes") + "greeting: Hello.\n")
    serve()
    assert listed() == [(1, "file", False), (2, "file", True)]
    table = run("versions").output
    assert "the first version" in table
    assert "departments.sales changed, greeting added" in table
    assert run("versions", "show", "1").stdout.strip() == GOOD.strip()
    assert {"-  sales: {about: orders, reach: [{ring: [dana]}]}", "+greeting: Hello."} <= set(
        run("versions", "diff", "1").stdout.splitlines()
    )
    assert run("versions", "diff", "2", "2").stdout == "version 2 and version 2 say the same.\n"
    assert "there is no version 9" in run("versions", "show", "9").output


def test_an_earlier_version_is_served_again_until_the_file_is_saved(folder: Path) -> None:
    serve()
    save(folder, GOOD.replace("orders", "quotes"))
    serve()
    assert "Version 3 is as version 1." in run("versions", "use", "1").output
    assert "is the same, and is served" in run("versions", "use", "1").output
    assert serve().current().departments["sales"].about == "orders"
    assert listed() == [(1, "file", False), (2, "file", False), (3, "use 1", True)]
    told = run("check")
    assert told.exit_code == 0
    assert "Note: the one of switchboard.yaml: version 3, which is served, says something else" in told.stderr


def test_commands_that_read_work_on_the_good_version_while_the_file_is_bad(folder: Path) -> None:
    serve()
    save(folder, GOOD.replace("phone:", "fone:"))
    told = run("check")
    assert told.exit_code == 1
    assert "people.dana.fone" in told.stderr
    assert "The file changes nothing until it is right. Version 1 of" in told.stderr
    for words in (("people",), ("agents",), ("transfers",)):
        read = run(*words)
        assert read.exit_code == 0, read.output
    assert "Dana Reyes" in run("people").stdout
    assert "Note: switchboard.yaml: 1 to put right" in run("people").stderr
    (folder / "switchboard.yaml").unlink()
    assert "Dana Reyes" in run("people").stdout
    assert "There is no switchboard.yaml here. Version 1 of" in run("check").stderr


@pytest.mark.parametrize(
    ("desk", "told", "said"),
    [
        (DESK.replace("    pass", "    def __init__(self, *about):\n        raise KeyError('x')"), TOLD,
         "agents.desk.class: 'acme_own:Desk': a class that can be built: KeyError: 'x' (acme_own.py, line 6)"),
        ("class Desk(:\n", TOLD,
         "agents.desk.class: 'acme_own:Desk': a class that can be built: SyntaxError: invalid syntax "
         "(acme_own.py, line 1)"),
        ("import sys\nsys.exit('no')\n", TOLD,
         "agents.desk.class: 'acme_own:Desk': a class that can be built: SystemExit: no (acme_own.py, line 2)"),
        ("import acme_nothing\n", TOLD, "a module that can be imported: ModuleNotFoundError: No module named "
         "'acme_nothing' (acme_own.py, line 1)"),
        ("Desk = 3\n", TOLD,
         "agents.desk.class: 'acme_own:Desk': a subclass of agents.attendant.Attendant, called Desk, in acme_own"),
        (DESK, "x = 1\n\n\n1 / x / 0\n", "hooks[0]: 'acme_told': a module that can be imported: ZeroDivisionError: "
         "float division by zero (acme_told.py, line 4)"),
        (DESK, "", "hooks[0]: 'acme_told': a module with a function marked @on_transfer or @on_message"),
    ],
)  # fmt: skip
def test_check_sees_what_the_server_sees(folder: Path, desk: str, told: str, said: str) -> None:
    save(folder, OWN)
    (folder / "acme_own.py").write_text(desk)
    (folder / "acme_told.py").write_text(told)
    checked = run("check")
    assert checked.exit_code == 1
    assert checked.stderr.splitlines()[0] == "switchboard.yaml: 1 to put right"
    assert said in checked.stderr.splitlines()[1]
    assert len(checked.output.splitlines()) == 2
    with pytest.raises(Exception, match=r"^(agents.desk.class|hooks\[0\]): ") as refused:
        serve()
    assert f"  {refused.value}" == checked.stderr.splitlines()[1]


def test_python_files_are_part_of_a_version_and_a_change_needs_a_restart(folder: Path) -> None:
    save(folder, OWN)
    (folder / "acme_own.py").write_text("import acme_names\n" + DESK)
    (folder / "acme_names.py").write_text("NAME = 1\n")
    (folder / "acme_told.py").write_text(TOLD)
    directories = open_directories(Settings.load(), now=Clock().now)
    (version,) = directories.records.all()
    assert version.source
    assert list(version.source.code) == ["acme_names.py", "acme_own.py", "acme_told.py"]
    (folder / "acme_names.py").write_text("NAME = 22\n")
    directories.look()
    said = "acme_names.py was changed after this process began: restart `switchboard serve` and `switchboard worker`"
    assert [trouble.words for trouble in directories.troubles()] == [(said,)]
    assert f"Note: the one of switchboard.yaml: a process says: {said}" in run("check").stderr
    assert "Note: the one of switchboard.yaml: acme_names.py is another one than version 1" in run("check").stderr
    save(folder, OWN.replace("orders", "quotes"))  # the file goes on, with the Python that is running
    directories.look()
    assert directories.current().number == 2
    assert directories.records.all()[1].source.code == version.source.code  # type: ignore[union-attr]
    serve()  # a process that starts anew has the new Python, and no other is unnoticed
    assert [one.changes for one in VersionRecords(Settings.load().database_url).all()][2:] == [
        ("acme_names.py changed",)
    ]
    directories.look()
    assert directories.current().number == 3
    assert [trouble.kind for trouble in directories.troubles()] == ["restart"]
    directories.close()
    sys.modules.pop("acme_names", None)


def test_a_start_with_a_bad_class_is_refused_in_a_few_lines_or_serves_what_is_on_record(folder: Path) -> None:
    """As a process: with nothing on record it lists the mistake, and nothing else."""
    switchboard = str(Path(sys.executable).with_name("switchboard"))
    save(folder, OWN)
    (folder / "acme_told.py").write_text(TOLD)
    (folder / "acme_own.py").write_text(DESK + "\nraise RuntimeError('no')\n")
    for command in ("serve", "worker"):
        started = subprocess.run([switchboard, command], capture_output=True, text=True, timeout=120, check=False)
        assert started.returncode == 1
        assert started.stderr.splitlines() == [
            "switchboard.yaml: 1 to put right",
            "  agents.desk.class: 'acme_own:Desk': a class that can be built: RuntimeError: no (acme_own.py, line 7)",
        ]


def test_a_business_without_a_name_is_called_after_its_file(folder: Path) -> None:
    (folder / "switchboard.d").mkdir()
    (folder / "switchboard.d" / "bolt.yaml").write_text(GOOD)
    told = run("people", "away", "dana")
    assert 'there are the one of switchboard.yaml, bolt (--business ""); say which' in told.output


def test_a_business_that_has_no_file_any_more_is_ended_by_a_command(folder: Path) -> None:
    (folder / "switchboard.d").mkdir()
    file = folder / "switchboard.d" / "bolt.yaml"
    file.write_text(GOOD.replace("Acme", "Bolt"))
    serve()
    file.unlink()
    assert [one.business for one in serve().all()] == ["", "bolt"]
    assert run("versions", "end", "bolt").output == "bolt is not served any more.\n"
    assert [one.business for one in serve().all()] == [""]
    assert "it is not served; there are the one of switchboard.yaml" in run("versions", "end", "bolt").output
