"""Two exchanges of one project: the one that the application knows speaks for the one that carries a call."""

import socket

import httpx
import pytest

from exchange import Exchange
from exchange.rest.branches import registered
from tests.exchange.app import App, say, swml
from tests.exchange.conftest import Build

PROJECT, TOKEN = "project", "a token"
DANA = "+12025550111"
DIAL = {"command": "dial", "params": {"from": "+12025550100", "to": DANA, "swml": swml(say("Hi."), {"hangup": {}})}}


def of_one_project(exchange: Build, seed: int) -> Exchange:
    """One whose legs have ids of their own."""
    made = exchange(seed=seed)
    made.serve_rest(socket.create_server(("127.0.0.1", 0)), PROJECT, TOKEN)
    return made


@pytest.fixture
def main(exchange: Build) -> Exchange:
    return of_one_project(exchange, 1)


@pytest.fixture
def branch(exchange: Build) -> Exchange:
    return of_one_project(exchange, 2)


def ask(at: Exchange, method: str, path: str, body: object = None, token: str = TOKEN) -> httpx.Response:
    return httpx.request(method, f"{at.api.url}{path}", json=body, auth=(PROJECT, token))


def dialled(at: Exchange) -> str:
    answer = ask(at, "POST", "/api/calling/calls", DIAL)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def rest(of: Exchange) -> list[str]:
    of.settle()
    return of.ladder.texts("rest")


def test_while_nobody_is_registered_a_dial_rings_here(main: Exchange, branch: Exchange) -> None:
    assert dialled(main) in main.legs
    assert branch.legs == {}


def test_a_dial_rings_at_whoever_registered_last_as_long_as_they_are(
    main: Exchange, branch: Exchange, exchange: Build
) -> None:
    newest = of_one_project(exchange, 3)
    with registered(branch, main.api.url) as known, registered(newest, main.api.url):
        assert known
        assert dialled(main) in newest.legs
    assert dialled(main) in main.legs


def test_commands_and_questions_reach_the_exchange_that_has_the_leg(
    app: App, main: Exchange, branch: Exchange, exchange: Build
) -> None:
    app.routes["/swml"] = swml(say("A sentence that takes a while to say."), {"hangup": {}})
    there, here = branch.dial(), main.dial()
    for call in (there, here):
        call.run(lambda call: bool(call.heard))
    end = {"command": "calling.end", "id": there.id, "params": {"reason": "hangup"}}
    update = {"command": "update", "params": {"id": here.id, "status": "completed"}}
    with registered(branch, main.api.url), registered(of_one_project(exchange, 3), main.api.url):
        assert ask(main, "GET", f"/api/voice/logs/{there.id}").json()["status"] == "answered"
        assert ask(main, "POST", "/api/calling/calls", end).status_code == 200
        assert ask(main, "POST", "/api/calling/calls", update).status_code == 200
        assert ask(main, "GET", "/api/voice/logs/nobody").status_code == 404
        assert ask(main, "POST", "/api/calling/calls", {**end, "id": "nobody"}).status_code == 404
    assert (there.run().ending, here.run().ending) == ("hangup by REST", "hangup by REST")
    assert "POST /api/calling/calls calling.end 200" in rest(branch)
    assert "POST /api/calling/calls calling.end 200" not in rest(main)


def test_a_branch_that_died_is_forgotten(main: Exchange, branch: Exchange) -> None:
    with registered(branch, main.api.url):
        branch.close()
        assert dialled(main) in main.legs


def test_without_the_token_nobody_registers_and_nothing_is_passed_on(main: Exchange, branch: Exchange) -> None:
    branch.token = "guess"
    with registered(branch, main.api.url) as known:
        assert not known
        assert dialled(main) in main.legs
    branch.token = TOKEN
    with registered(branch, main.api.url):
        assert ask(main, "POST", "/api/calling/calls", DIAL, token="guess").status_code == 401
    assert branch.legs == {}


def test_where_nobody_answers_that_is_said(branch: Exchange) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with registered(branch, f"http://127.0.0.1:{port}") as known:
        assert not known
