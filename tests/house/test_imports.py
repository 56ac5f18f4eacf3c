"""The house rules, asked of every file; and each rule asked about a file that breaks it, so that it is known to
bite.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house import excepts, folders, rules

ROOT = Path(__file__).parents[2]
ROOMS = tuple(f"{room}/" for room in rules.ROOMS)
CODE = sorted(str(file.relative_to(ROOT)) for room in (*rules.ROOMS, "tests") for file in (ROOT / room).rglob("*.py"))


def tracked() -> Iterator[str]:
    """Every text file the repository holds; without a repository, every file of the rooms and at the root."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        listed = "\0".join([*CODE, *(file.name for file in ROOT.iterdir() if file.is_file())])
    yield from (name for name in listed.split("\0") if name and (ROOT / name).is_file())


@pytest.mark.parametrize(
    "rule",
    [rules.imports, rules.purity, rules.sizes, rules.import_does_nothing, rules.environment],
    ids=lambda rule: rule.__name__,
)
def test_every_file_keeps_the_rule(rule: rules.Rule) -> None:
    complaints = [complaint for path in CODE for complaint in rule(path, (ROOT / path).read_text())]
    assert not complaints, "\n".join(complaints)


def test_every_exception_is_caught_only_where_it_is_listed_with_a_reason() -> None:
    ours = (path for path in CODE if path.partition("/")[0] in rules.ROOMS)
    found = [where for path in ours for where in rules.broad_excepts(path, (ROOT / path).read_text())]
    assert sorted(found) == sorted(excepts.REASONS)


def test_no_folder_of_a_room_is_crowded() -> None:
    complaints = list(folders.crowded(path for path in tracked() if path.startswith(ROOMS)))
    assert not complaints, "\n".join(complaints)


def test_no_imports_go_round_in_a_circle() -> None:
    sources = {path: (ROOT / path).read_text() for path in CODE if path.startswith(ROOMS)}
    complaints = list(folders.circles(folders.imports_of(sources)))
    assert not complaints, "\n".join(complaints)


def test_nothing_tracked_names_a_machine_or_a_registry() -> None:
    complaints = []
    for path in tracked():
        if path in ("tests/house/test_imports.py", "tests/house/rules.py"):
            continue
        try:
            complaints += list(rules.no_machine(path, (ROOT / path).read_text()))
        except UnicodeDecodeError:
            continue  # a picture
    assert not complaints, "\n".join(complaints)


def test_every_room_has_something_to_check() -> None:
    assert {path.partition("/")[0] for path in CODE} == {*rules.ROOMS, "tests"}


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("calls/routing/policy.py", "from swml.verbs import Connect"),
        ("calls/routing/policy.py", "import pydantic"),
        ("calls/routing/policy.py", "import dateparser"),
        ("calls/routing/policy.py", "import os"),
        ("calls/routing/policy.py", "def f():\n    from pathlib import Path"),
        ("calls/routing/policy.py", "from urllib.request import urlopen"),
        ("calls/routing/policy.py", "from .numbers import Number"),
        ("swml/verbs.py", "from calls.numbers import Number"),
        ("swml/verbs.py", "from pydantic import BaseModel"),
        ("swml/requests.py", "import time"),
        ("agents/tools/offered.py", "from signalwire_agents import AgentBase"),
        ("agents/tools/offered.py", "from importlib import import_module\nimport_module('signalwire')"),
        ("agents/tools/offered.py", "import flask"),
        ("agents/sdk.py", "from gateways.records.records import Records"),
        ("gateways/messaging/sms.py", "from flask import request"),
        ("gateways/messaging/sms.py", "from agents.tools.offered import Tool"),
        ("gateways/messaging/sms.py", "import handlers.settings"),
        ("gateways/messaging/sms.py", "import signalwire"),
        ("handlers/platform/documents.py", "from exchange import Exchange"),
        ("handlers/platform/documents.py", "from signalwire_agents import AgentBase"),
        ("exchange/core/legs.py", "from swml import verbs"),
    ],
)
def test_an_import_across_the_table_is_noticed(path: str, source: str) -> None:
    assert list(rules.imports(path, source))


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("calls/numbers.py", "import phonenumbers\nfrom calls.outcomes import Outcome\nimport re"),
        ("calls/directory/model.py", "import pydantic"),
        ("calls/phrases/time_phrases.py", "import dateparser"),
        ("swml/requests.py", "from pydantic import BaseModel\nfrom urllib.parse import quote"),
        ("agents/sdk.py", "from importlib import import_module\nimport_module('signalwire_agents')"),
        ("gateways/records/records.py", "import sqlalchemy, os\nfrom calls.transfer.model import Transfer"),
        ("handlers/cli/main.py", "from exchange import Exchange"),
        ("exchange/core/legs.py", "import httpx"),
    ],
)
def test_an_import_within_the_table_is_not(path: str, source: str) -> None:
    assert not list(rules.imports(path, source))


@pytest.mark.parametrize(
    "source", ["import os\nos.environ['X']", "import os\ndef f():\n    os.getenv('X')", "from os import environ"]
)
def test_reading_the_environment_elsewhere_is_noticed(source: str) -> None:
    assert list(rules.environment("gateways/clock.py", source))
    assert not list(rules.environment("handlers/settings.py", source))


def test_an_except_for_everything_is_noticed() -> None:
    def caught(kinds: str) -> list[str]:
        source = (
            f"class A:\n    def f(self):\n        try:\n            pass\n        except{kinds}:\n            pass\n"
        )
        return list(rules.broad_excepts("calls/a.py", source))

    for kinds in ("", " Exception", " BaseException as fault", " (ValueError, Exception)"):
        assert caught(kinds) == ["calls/a.py: A.f"]
    assert not caught(" (OSError, ValueError)")


def test_a_crowded_folder_is_noticed() -> None:
    files = [f"calls/queue/{letter}.py" for letter in "abcdefghijklmno"]
    assert not list(folders.crowded([*files, "calls/queue/__init__.py"]))
    assert list(folders.crowded([*files, "calls/queue/deep/p.py"])) == ["calls/queue: 16 entries, 15 at most"]


def test_a_circle_is_noticed_among_modules_and_among_folders() -> None:
    two = {"calls/a.py": "from calls import b", "calls/b.py": "def f():\n    from calls.a import x"}
    assert list(folders.circles(folders.imports_of(two))) == ["modules: calls.a, calls.b", "in calls: a, b"]
    parts = {
        "calls/legs/a.py": "from calls.queue.b import x",
        "calls/legs/c.py": "",
        "calls/queue/b.py": "",
        "calls/queue/d.py": "if TYPE_CHECKING:\n    import calls.legs.c",
    }
    assert list(folders.circles(folders.imports_of(parts))) == ["in calls: legs, queue"]
    del parts["calls/queue/d.py"]
    assert not list(folders.circles(folders.imports_of(parts)))


@pytest.mark.parametrize("source", ["open('x')", "def f():\n    return datetime.now()", "x = date.today()"])
def test_reading_the_world_in_a_pure_room_is_noticed(source: str) -> None:
    assert list(rules.purity("calls/routing/policy.py", source))
    assert not list(rules.purity("gateways/clock.py", source))


def test_a_file_or_a_function_that_is_too_long_is_noticed() -> None:
    function = "def f():\n" + "    pass\n" * 60
    assert list(rules.sizes("calls/routing/policy.py", function)) == [
        "calls/routing/policy.py:1: f has 61 lines, 60 at most"
    ]
    assert list(rules.sizes("calls/routing/policy.py", "x = 1\n" * 401)) == [
        "calls/routing/policy.py: 401 lines, 400 at most"
    ]
    assert not list(rules.sizes("calls/routing/policy.py", "def f():\n" + "    pass\n" * 59))


@pytest.mark.parametrize(
    "source",
    [
        "cache = {}",
        "_calls: list[str] = []",
        "seen = set()",
        "try:\n    live = dict()\nexcept ValueError:\n    pass",
        "start()",
        "config = open('x').read()",
        "host = os.getenv('HOST')",
        "for name in (): start(name)",
        "while True: pass",
        "with lock: pass",
    ],
)
def test_what_importing_would_do_or_leave_behind_is_noticed(source: str) -> None:
    assert list(rules.import_does_nothing("handlers/platform/documents.py", source))


@pytest.mark.parametrize(
    "source",
    [
        '"""Prose."""\nimport re\nTABLE = {1: 2}\n_WORDS = ["a"]\n__all__ = ["x"]\nlog = structlog.get_logger()',
        "if __name__ == '__main__':\n    main()",
        "def f():\n    cache = {}\n    open('x')",
        "class A:\n    members: dict[str, int] = {}",
        "class A: pass\nfor name in ('a', 'b'):\n    A.register(name)",
    ],
)
def test_tables_and_definitions_are_not(source: str) -> None:
    assert not list(rules.import_does_nothing("handlers/platform/documents.py", source))


@pytest.mark.parametrize(
    "line",
    [
        "see " + "/root" + "/main",
        "open('" + "/tmp" + "/x')",
        "sqlite:///" + "/home" + "/dana/x.db",
        "flask " + "@ https://files.example/flask.whl",
        "--index" + "-url https://a.example",
    ],
)
def test_a_machine_or_a_registry_is_noticed(line: str) -> None:
    assert list(rules.no_machine("README.md", line))


@pytest.mark.parametrize(
    "line", ["GET /swml/root", "a.example/tmp", "#!/usr/bin/env python", "sqlite:///switchboard.db"]
)
def test_a_path_of_ours_is_not(line: str) -> None:
    assert not list(rules.no_machine("README.md", line))
