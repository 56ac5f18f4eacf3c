"""swaig-test, the SDK's own tool, on our agents. A run takes some seconds, so few are made."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support import acme

ROOT = Path(__file__).parents[2]
TOOL = Path(sys.executable).with_name("swaig-test")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working directory with a switchboard.yaml in it."""
    (tmp_path / "switchboard.yaml").write_text(yaml.safe_dump(acme.FILE))
    return tmp_path


def swaig_test(agent: str, *options: str, folder: Path) -> str:
    """What the tool prints. The checkout is importable, as after installing it."""
    run = subprocess.run(
        [TOOL, ROOT / "agents" / f"{agent}.py", *options],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout


def test_the_tools_of_the_receptionist_are_listed(folder: Path) -> None:
    listed = swaig_test("receptionist", "--list-tools", folder=folder)
    assert {"connect", "swml_transfer", "check_availability", "take_message", "request_callback"} <= {
        line.split()[0] for line in listed.splitlines() if line.startswith("  ") and line[2:3].isalpha()
    }
    assert "sip_refer" not in listed


def test_connect_is_rehearsed_with_the_directory_of_the_folder(folder: Path) -> None:
    answered = swaig_test(
        "receptionist",
        *("--exec", "connect", "--destination", "sales"),
        *("--reason", "a new boiler", "--summary", "Wants a quote for a new boiler."),
        folder=folder,
    )
    assert "The transfer to sales has been started" in answered
    assert answered.index('"say"') < answered.index('"SWML"') < answered.index('"to": "+12025550111"')


def test_a_specialists_document_is_dumped_as_json(folder: Path) -> None:
    document = json.loads(swaig_test("specialist", "--dump-swml", "--raw", folder=folder))
    ai = next(verb["ai"] for verb in document["sections"]["main"] if "ai" in verb)
    assert ai["params"]["static_greeting"] == "Billing desk, I have your details."


SHOWN = {"--list-tools": "swml_transfer - ", "--dump-swml": '"static_greeting"', "--exec": "has been started"}


@pytest.mark.parametrize("option", SHOWN)
def test_what_the_readme_prints_runs_as_printed_on_the_sample(option: str) -> None:
    """At any hour, closed departments included."""
    lines = re.findall(r"^swaig-test (.+)$", (ROOT / "README.md").read_text(), re.MULTILINE)
    (line,) = [line for line in lines if option in line]
    assert len(lines) == len(SHOWN)
    run = subprocess.run(
        [TOOL, *shlex.split(line)], cwd=ROOT, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert (run.returncode, run.stderr) == (0, "")
    assert SHOWN[option] in run.stdout


@pytest.mark.parametrize("agent", ["escalation", "nightdesk"])
def test_without_a_file_there_is_a_directory_to_try(agent: str, tmp_path: Path) -> None:
    answered = swaig_test(agent, "--exec", "check_availability", "--destination", "sales", folder=tmp_path)
    assert "Sales is open now." in answered
