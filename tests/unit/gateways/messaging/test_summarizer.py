"""A summary from a model elsewhere: good, slow, broken, silent, not there. The servers are real ones on loopback."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from agents import prompts
from gateways.errors import Unavailable
from gateways.messaging.summarizer import Summarizer
from handlers.settings import MissingSettings, Settings
from handlers.wiring import wire

LOG: list[dict[str, object]] = [
    {"role": "system", "content": "You are the receptionist."},
    {"role": "assistant", "content": "How can I help?"},
    {"role": "user", "content": "I was charged twice, on 4111 1111 1111 1111."},
    {"role": "tool", "content": "{}"},
]
GOOD = {"choices": [{"message": {"role": "assistant", "content": " Jane was charged\ntwice. "}}]}

Serve = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def endpoint(serve: Serve) -> Iterator[tuple[Summarizer, list[dict[str, Any]]]]:
    """A chat-completions endpoint that does this with every request, and what it was asked."""
    asked: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append({"path": self.path, "key": self.headers.get("Authorization"), **body})
            try:
                serve(self)
            except OSError:  # whoever asked has hung up
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    summarizer = Summarizer(f"http://127.0.0.1:{server.server_port}/v1", "k3y", "tiny", "Sum it up.")
    try:
        with closing(summarizer):
            yield summarizer, asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def answers(body: object, status: int = 200) -> Serve:
    def serve(request: BaseHTTPRequestHandler) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        request.send_response(status)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    return serve


def test_a_good_answer_is_one_line() -> None:
    with endpoint(answers(GOOD)) as (summarizer, asked):
        assert summarizer.summarise(LOG) == "Jane was charged twice."
    (post,) = asked
    assert (post["path"], post["key"], post["model"]) == ("/v1/chat/completions", "Bearer k3y", "tiny")
    assert post["messages"][0] == {"role": "system", "content": "Sum it up."}


def test_the_model_is_told_no_secret_and_nothing_but_the_talk() -> None:
    with endpoint(answers(GOOD)) as (summarizer, asked):
        summarizer.summarise(LOG)
    assert asked[0]["messages"][1]["content"] == (
        "agent: How can I help?\ncaller: I was charged twice, on a card number [removed]."
    )


def test_a_whole_address_and_no_key_are_fine_too() -> None:
    with endpoint(answers(GOOD)) as (given, asked):
        with closing(Summarizer(f"{given.url}/chat/completions", "", "tiny", "")) as bare:
            assert bare.summarise(LOG) == "Jane was charged twice."
        assert (asked[0]["path"], asked[0]["key"]) == ("/v1/chat/completions", None)


def test_an_endless_answer_is_cut() -> None:
    with endpoint(answers({"choices": [{"message": {"content": "word " * 1000}}]})) as (summarizer, _):
        assert len(summarizer.summarise(LOG)) == 1000


@pytest.mark.parametrize(
    ("serve", "why"),
    [
        (answers({"error": "no"}, 401), "HTTP 401"),
        (answers(GOOD, 500), "HTTP 500"),
        (answers(b"<html>"), "no completion"),
        (answers({"choices": []}), "no completion"),
        (answers({"choices": [{"message": None}]}), "no completion"),
        (answers([]), "no completion"),
        (answers({"choices": [{"message": {"content": None}}]}), "nothing to say"),
        (answers({"choices": [{"message": {"content": "  "}}]}), "nothing to say"),
        (lambda request: request.connection.close(), "Error"),
    ],
)
def test_a_broken_answer_is_none(serve: Serve, why: str) -> None:
    with endpoint(serve) as (summarizer, _), pytest.raises(Unavailable, match=why) as fault:
        summarizer.summarise(LOG)
    assert "k3y" not in str(fault.value)


def drips(request: BaseHTTPRequestHandler) -> None:
    """One byte at a time, each within any timeout that counts from the last one."""
    request.send_response(200)
    request.end_headers()
    for _ in range(40):
        request.wfile.write(b" ")
        time.sleep(0.05)


@pytest.mark.parametrize("serve", [lambda request: time.sleep(1.0), drips], ids=["says nothing", "drips"])
def test_nobody_waits_longer_than_agreed(serve: Serve) -> None:
    with endpoint(serve) as (summarizer, _):
        began = time.monotonic()
        with pytest.raises(Unavailable):
            summarizer.summarise(LOG, within=0.3)
        assert time.monotonic() - began < 0.8


def test_nobody_there() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        nobody = Summarizer(f"http://127.0.0.1:{bound.getsockname()[1]}", "", "tiny", "")
        with closing(nobody), pytest.raises(Unavailable, match="ConnectError"):
            nobody.summarise(LOG)


def test_before_anything_was_said_nobody_is_asked() -> None:
    with endpoint(answers(GOOD)) as (summarizer, asked), pytest.raises(Unavailable, match="nothing was said"):
        summarizer.summarise([{"role": "system", "content": "You are the receptionist."}])
    assert asked == []


def test_the_usual_prompt_is_prose_in_a_file() -> None:
    assert "under 70 words" in prompts.text("summary")


# --- settings ---------------------------------------------------------------------------------------------------------


def wired(folder: Path, **environ: str) -> Summarizer | None:
    """What an application with these settings would summarise with."""
    (folder / "switchboard.yaml").write_text("company: Acme Plumbing\ntimezone: UTC\n")
    settings = Settings.load({"SWITCHBOARD_DIRECTORY": str(folder / "switchboard.yaml"), **environ})
    with closing(wire(settings)) as wiring:
        return wiring.summarizer


def test_without_an_address_there_is_no_summarizer(tmp_path: Path) -> None:
    assert wired(tmp_path) is None


def test_a_prompt_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "prompt.md").write_text("Sum it up in Latin.\n")
    (tmp_path / "key").write_text("k3y\n")
    given = {"SUMMARY_LLM_URL": "https://models.example/v1", "SUMMARY_LLM_MODEL": "tiny"}
    usual = wired(tmp_path, **given)
    assert usual == Summarizer("https://models.example/v1", "", "tiny", prompts.text("summary"))
    files = {"SUMMARY_LLM_PROMPT_FILE": str(tmp_path / "prompt.md"), "SUMMARY_LLM_KEY_FILE": str(tmp_path / "key")}
    own = wired(tmp_path, **given, **files)
    assert own == Summarizer("https://models.example/v1", "k3y", "tiny", "Sum it up in Latin.")


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"SUMMARY_LLM_URL": "models.example"}, "SUMMARY_LLM_URL must be"),
        ({"SUMMARY_LLM_URL": "https://models.example"}, "SUMMARY_LLM_MODEL is missing"),
        ({"SUMMARY_LLM_URL": "https://models.example", "SUMMARY_LLM_PROMPT_FILE": "no.md"}, "SUMMARY_LLM_PROMPT_FILE"),
    ],
)
def test_half_of_the_settings_is_said_at_start(tmp_path: Path, given: dict[str, str], missing: str) -> None:
    with pytest.raises(MissingSettings, match=missing):
        wired(tmp_path, **given)
