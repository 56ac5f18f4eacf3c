"""A process that cannot start: one line, no traceback, and growing pauses before it is started again."""

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from calls.directory.errors import Mistake, Mistakes
from gateways.errors import Unavailable
from handlers.serving.subprocesses import starting

FAILING = """
    import sys
    from handlers.serving.subprocesses import Child, keep_running
    from handlers.serving.worker import beside_server
    from handlers.settings import Settings

    if __name__ == "__main__":
        worker = beside_server(Settings.load())
        worker.after = 0
        sys.exit(keep_running([worker]))
"""


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Unavailable("the database did not answer"), "The worker cannot start: the database did not answer."),
        (Mistakes([Mistake("company", "", "a name")]), "The worker cannot start: 1 to put right; `switchboard check`"),
    ],
)
def test_what_is_known_to_go_wrong_is_said_in_a_sentence(fault: Exception, said: str) -> None:
    with pytest.raises(SystemExit) as ended, starting("worker"):
        raise fault
    assert str(ended.value).startswith(said)


def test_any_other_exception_is_one_line_and_its_traceback_is_for_whoever_debugs() -> None:
    with capture_logs() as lines, pytest.raises(SystemExit) as ended, starting("worker"):
        raise RuntimeError("no room left")
    assert ended.value.code == 1
    (shown,) = [line for line in lines if line["log_level"] != "debug"]
    assert shown == {
        "event": "cannot_start", "process": "worker", "kind": "RuntimeError", "reason": "no room left",
        "log_level": "error",
    }  # fmt: skip
    assert any(line.get("exc_info") for line in lines)


@pytest.mark.parametrize("database", ["sqlite:///{folder}/empty.db", "postgresql://u:hidden@127.0.0.1:9/none"])
def test_a_worker_that_fails_is_started_again_after_growing_pauses(tmp_path: Path, database: str) -> None:
    (tmp_path / "switchboard.yaml").write_text(
        "company: Acme\ntimezone: UTC\ndepartments: {a: {about: b, reach: [voicemail]}}\n"
    )
    (tmp_path / "empty.db").touch()  # a database without our tables
    (tmp_path / "serve.py").write_text(textwrap.dedent(FAILING))
    env = {"DATABASE_URL": database.format(folder=tmp_path), "PYTHONPATH": str(Path(__file__).parents[4])}
    program = [sys.executable, "serve.py"]
    with subprocess.Popen(program, cwd=tmp_path, env=env, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr
        said = ""
        while said.count("It is started again") < 2 and (line := server.stderr.readline()):
            said += line
        server.terminate()
        said += server.stderr.read()
    assert "Traceback" not in said
    assert "hidden" not in said
    assert said.count("The worker cannot start: ") >= 2, said
    assert [float(one) for one in re.findall(r"started again in ([\d.]+) s", said)][:2] == [0.5, 1.0]
