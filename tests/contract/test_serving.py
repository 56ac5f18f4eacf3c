"""The server alone: what it does with those who are silent, with a process that dies, and when it is asked to end."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from functools import partial

import httpx
import psutil
import pytest

from handlers.serving.door import BODY_WITHIN
from handlers.serving.server import _HEAD_WITHIN
from tests.support.processes.small import CREDENTIALS, Small
from tests.support.processes.stops import GONE_WITHIN, left
from tests.support.processes.working import wait_for

SLACK = 10.0  # seconds that a busy machine may add


@pytest.fixture(scope="module")
def shared() -> Iterator[Small]:
    with Small() as server:
        yield server


@pytest.fixture
def server() -> Iterator[Small]:
    with Small() as server:
        yield server


def connected(server: Small, sent: str = "") -> socket.socket:
    made = socket.create_connection(("127.0.0.1", server.port))
    made.sendall(sent.encode())
    return made


def ended(one: socket.socket, within: float) -> bytes:
    """What the server sent until it closed the connection."""
    one.settimeout(within)
    got = b""
    with suppress(ConnectionResetError):
        while part := one.recv(4096):
            got += part
    return got


BASIC = httpx.BasicAuth(*CREDENTIALS)._auth_header
LONG = "Content-Length: 1000\r\n\r\nx"
UNKNOWN = f"POST /swml HTTP/1.1\r\nHost: us\r\n{LONG}"
KNOWN = f"POST /swml HTTP/1.1\r\nHost: us\r\nAuthorization: {BASIC}\r\n{LONG}"
LOGIN = f"POST /desk/login HTTP/1.1\r\nHost: us\r\n{LONG}"


def test_an_answer_without_a_body_is_an_answer(shared: Small) -> None:
    for method, path, status in (("HEAD", "/pid", 200), ("OPTIONS", "/pid", 200), ("HEAD", "/nowhere", 404)):
        assert httpx.request(method, f"{shared.url}{path}", auth=CREDENTIALS).status_code == status
    assert httpx.head(f"{shared.url}/pid").headers["Content-Length"] != "0"
    redirect = httpx.get(f"{shared.url}/moved")
    assert (redirect.status_code, redirect.headers["Location"]) == (303, "pid")


def test_credentials_come_before_the_body(shared: Small) -> None:
    began = time.monotonic()
    with connected(shared, UNKNOWN) as one:
        assert ended(one, SLACK).startswith(b"HTTP/1.1 401")
    assert time.monotonic() - began < BODY_WITHIN


def test_who_is_silent_is_hung_up_on(shared: Small) -> None:
    """Before the head, in the middle of it, and in the body, whether we know who it is or not."""
    with ExitStack() as open_:
        silent, half, known, login = (
            open_.enter_context(connected(shared, sent))
            for sent in ("", "POST /swml HTTP/1.1\r\nHost: u", KNOWN, LOGIN)
        )
        assert ended(known, BODY_WITHIN + SLACK).startswith(b"HTTP/1.1 408")
        assert ended(login, SLACK).startswith(b"HTTP/1.1 408")
        assert not ended(silent, _HEAD_WITHIN + SLACK)
        assert not ended(half, SLACK)


def test_a_large_body_is_refused(shared: Small) -> None:
    said = "POST /swml HTTP/1.1\r\nHost: us\r\nAuthorization: {}\r\nContent-Length: 300000\r\n\r\n"
    with connected(shared, said.format(BASIC)) as one:
        assert ended(one, SLACK).startswith(b"HTTP/1.1 413")
    chunked = said.replace("Content-Length: 300000", "Transfer-Encoding: chunked").format(BASIC)
    with connected(shared, chunked) as one:
        with suppress(OSError):
            for _ in range(300):
                one.sendall(b"400\r\n" + b"x" * 1024 + b"\r\n")
        with suppress(OSError):  # it has closed with what we sent unread
            assert ended(one, SLACK).startswith(b"HTTP/1.1 413")


def test_callers_are_answered_while_a_hundred_sockets_say_nothing(shared: Small) -> None:
    took = []
    with ExitStack() as open_:
        for number in range(100):
            open_.enter_context(connected(shared, ("", "POST /swml HT", UNKNOWN, KNOWN)[number % 4]))
        caller = open_.enter_context(httpx.Client(auth=CREDENTIALS, timeout=10.0))
        for number in range(100):
            began = time.monotonic()
            assert caller.post(f"{shared.url}/swml", content=str(number)).text == str(number)
            took.append(time.monotonic() - began)
    assert sorted(took)[98] < 1.0


def test_a_process_that_dies_again_and_again_ends_no_other(server: Small) -> None:
    first = server.pid()
    other = next(pid for pid in iter(server.pid, None) if pid != first)
    for _ in range(3):
        wait_for(lambda: len(living_children(server)) == 2)
        (victim,) = living_children(server) - {other}
        os.kill(victim, signal.SIGKILL)
        assert httpx.get(f"{server.url}/pid", timeout=10.0).status_code == 200
        wait_for(partial(lambda dead: dead not in living_children(server), victim))
    assert other in living_children(server)


def living_children(server: Small) -> set[int]:
    return {
        child.pid for child in psutil.Process(server.process.pid).children() if child.status() != psutil.STATUS_ZOMBIE
    }


def test_children_end_after_a_main_process_that_was_killed(server: Small) -> None:
    server.process.kill()
    server.process.wait()
    wait_for(lambda: not left(server.process.pid))
    socket.create_server(("127.0.0.1", server.port)).close()


def begun(server: Small, seconds: float) -> tuple[threading.Thread, list[str]]:
    """A request that takes so long, under way."""
    told: list[str] = []

    def ask() -> None:
        try:
            told.append(httpx.get(f"{server.url}/sleep/{seconds}", timeout=60.0).text)
        except httpx.HTTPError as fault:
            told.append(type(fault).__name__)

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.5)
    return thread, told


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_what_is_being_answered_is_answered_before_it_ends(server: Small, kind: signal.Signals) -> None:
    thread, told = begun(server, 2.0)
    os.killpg(server.process.pid, kind)
    server.process.send_signal(kind)  # twice, as a terminal and a parent together do
    thread.join(30)
    assert told == ["slept"]
    assert server.process.wait(GONE_WITHIN + SLACK) == 0
    wait_for(lambda: not left(server.process.pid))


def test_what_does_not_come_to_an_end_is_not_waited_for(server: Small) -> None:
    thread, told = begun(server, 40.0)
    began = time.monotonic()
    server.process.terminate()
    assert server.process.wait(GONE_WITHIN + SLACK) == 0
    assert time.monotonic() - began > 4.0
    thread.join(30)
    assert told != ["slept"]


def test_a_second_ctrl_c_ends_it_at_once(server: Small) -> None:
    thread, _ = begun(server, 4.5)
    os.killpg(server.process.pid, signal.SIGINT)
    time.sleep(0.5)
    began = time.monotonic()
    os.killpg(server.process.pid, signal.SIGINT)
    assert server.process.wait(30) == 128 + signal.SIGINT
    assert time.monotonic() - began < 3.0
    wait_for(lambda: not left(server.process.pid))
    thread.join(30)
