"""The softphone's server: whom it answers, and whom it does not. What its page does is in tests/browser."""

import json
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from flask.testing import FlaskClient

from exchange.softphone.page import NotLocal, Softphone, pages
from tests.exchange.app import PASSWORD, USER, App, say, swml
from tests.exchange.test_rest import dial, rest
from tests.support.processes.served import PATIENCE, Served

PORT = 8081
HERE = f"http://localhost:{PORT}"
CALL = {"to": "+12025550100", "from": "+12025550190"}
BOOK = {"lines": {"+12025550100": "receptionist"}, "people": {"+12025550111": "Dana Reyes"}}
DIRECTORY = """
company: Acme
timezone: America/New_York
departments: {sales: {about: orders, reach: [voicemail]}}
"""


@pytest.fixture
def softphone(app: App) -> Iterator[Softphone]:
    app.routes["/swml"] = swml(say("One, two, three, four, five, six."), {"hangup": {}})
    telephones = Softphone(app.url, (USER, PASSWORD), phonebook=lambda: BOOK)
    yield telephones
    telephones.close()


@pytest.fixture
def browser(softphone: Softphone) -> FlaskClient:
    return pages(softphone, PORT).test_client()


@pytest.mark.parametrize(
    "url", ["https://desk.example/swml", "http://192.0.2.7:8080/swml", "http://localhost.evil.example/"]
)
def test_an_app_elsewhere_is_refused(url: str) -> None:
    with pytest.raises(NotLocal):
        Softphone(url, (USER, PASSWORD), phonebook=lambda: BOOK)


@pytest.mark.parametrize(
    "origin", ["", "null", "http://evil.example", "http://localhost:8080", "http://localhost", f"{HERE}.evil.example"]
)
@pytest.mark.parametrize("path", ["/dial", "/use"])
def test_another_page_in_the_same_browser_cannot_use_it(
    browser: FlaskClient, softphone: Softphone, path: str, origin: str
) -> None:
    headers = {"Origin": origin} if origin else {}
    assert browser.post(path, base_url=HERE, json=CALL, headers=headers).status_code == 403
    assert not softphone.calls


@pytest.mark.parametrize("host", ["evil.example", f"evil.example:{PORT}", "localhost:8080", "localhost"])
@pytest.mark.parametrize("path", ["/", "/events", "/phonebook", "/softphone.js"])
def test_a_name_that_leads_here_by_a_trick_is_not_answered(browser: FlaskClient, path: str, host: str) -> None:
    answer = browser.get(path, base_url=f"http://{host}")
    assert answer.status_code == 421
    assert b"Dana" not in answer.data


def test_its_own_page_may_call_under_every_name_of_this_machine(browser: FlaskClient, softphone: Softphone) -> None:
    for host in ("localhost", "127.0.0.1"):
        own = f"http://{host}:{PORT}"
        assert browser.post("/dial", base_url=own, json=CALL, headers={"Origin": own}).status_code == 200
        (call,) = [one for one in softphone.calls.values() if not one.over]
        hang_up = {"phone": call.id, "what": "hang_up"}
        assert browser.post("/use", base_url=own, json=hang_up, headers={"Origin": own}).status_code == 200
        call.run(lambda call: call.over)


def test_nothing_is_loaded_from_elsewhere_and_no_page_may_frame_it(browser: FlaskClient) -> None:
    answer = browser.get("/", base_url=HERE)
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    for path in ("/", "/softphone.css", "/softphone.js"):
        text = browser.get(path, base_url=HERE).text.replace("http://www.w3.org/2000/svg", "")
        assert "://" not in text


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/dial", {"to": "sales", "from": "+12025550190"}, 422),
        ("/dial", {"to": "+12025550100", "from": ""}, 422),
        ("/dial", {**CALL, "page": "a page"}, 422),
        ("/dial", ["+12025550100"], 400),
        ("/use", {"phone": "+12025550111", "what": "answer"}, 404),
        ("/use", {"phone": 1}, 400),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(browser: FlaskClient, path: str, body: object, status: int) -> None:
    answer = browser.post(path, base_url=HERE, json=body, headers={"Origin": HERE})
    assert answer.status_code == status
    assert answer.json["error"].endswith(".")  # type: ignore[index]


@pytest.mark.parametrize(
    ("what", "text"), [("press", "1a"), ("press", ""), ("say", ""), ("say", "x" * 1001), ("sing", "")]
)
def test_what_a_phone_cannot_do_is_refused(browser: FlaskClient, what: str, text: str) -> None:
    call = browser.post("/dial", base_url=HERE, json=CALL, headers={"Origin": HERE}).json["call"]  # type: ignore[index]
    body = {"phone": call, "what": what, "text": text}
    assert browser.post("/use", base_url=HERE, json=body, headers={"Origin": HERE}).status_code == 422


def told(softphone: Softphone, page: str) -> list[dict[str, Any]]:
    """What a page that is opened now is told, up to this moment."""
    events = list[dict[str, Any]]()
    for chunk in softphone.stream(page=page):
        if chunk.startswith(":"):
            return events
        if chunk.startswith("id"):
            events.append(json.loads(chunk.partition("data: ")[2]))
    return events


def test_callers_ring_beside_each_other_but_not_twice_from_one_number(browser: FlaskClient) -> None:
    def dial(number: str) -> int:
        return browser.post("/dial", base_url=HERE, json={**CALL, "from": number}, headers={"Origin": HERE}).status_code

    assert [dial(number) for number in ("+12025550190", "+12025550191", "+12025550190")] == [200, 200, 409]


def test_a_page_is_told_of_its_own_callers_only(softphone: Softphone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.softphone.page.PING", 0.3)
    mine = softphone.dial(CALL["to"], "+12025550190", "mine")
    yours = softphone.dial(CALL["to"], "+12025550191", "yours")
    softphone.calls[mine].run(lambda call: call.over)
    assert {event["call"] for event in told(softphone, "mine")} == {mine}
    assert {event["call"] for event in told(softphone, "yours")} == {yours}
    assert told(softphone, "opened later") == []


def test_a_page_is_told_nothing_of_a_phone_that_rang_before_it_was_opened(
    softphone: Softphone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.softphone.page.PING", 0.3)
    assert told(softphone, "open") == []
    assert rest(softphone.exchange, dial()).status_code == 200
    softphone.exchange.run(lambda: "+12025550111" in softphone.phones)
    assert told(softphone, "opened later") == []
    softphone.use("+12025550111", "decline")
    softphone.exchange.run(softphone.phones["+12025550111"].leg.over.is_set)
    assert [event["kind"] for event in told(softphone, "open")][-1] == "end"
    assert told(softphone, "opened later") == []


def test_a_page_begins_afresh_with_a_call_while_none_of_its_own_is_up(
    softphone: Softphone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.softphone.page.PING", 0.3)
    first = softphone.dial(CALL["to"], "+12025550190", "mine")
    softphone.use(first, "hang_up")
    softphone.calls[first].run(lambda call: call.over)
    second = softphone.dial(CALL["to"], "+12025550190", "mine")
    third = softphone.dial(CALL["to"], "+12025550191", "mine")
    dialled = [event["call"] for event in told(softphone, "mine") if event["kind"] == "dial"]
    assert dialled == [second, third]


def test_a_telephone_that_is_in_use_is_busy_for_others(app: App, softphone: Softphone) -> None:
    app.routes["/swml"] = swml({"connect": {"to": "+12025550111", "timeout": 5}}, {"hangup": {}})
    calls = [softphone.calls[softphone.dial(CALL["to"], f"+1202555019{end}")] for end in (0, 1)]
    calls[1].run(lambda call: call.over)
    busy = [call.find("state", leg="+12025550111")[-1].text == "ended busy" for call in calls]
    assert busy == [False, True]


def test_a_stream_goes_on_where_it_broke_off(softphone: Softphone) -> None:
    softphone.dial(CALL["to"], CALL["from"])
    first = softphone.stream()
    assert next(first).startswith("event: afresh")
    one, two = next(first), next(first)
    assert '"dial"' in one
    assert next(softphone.stream(one.split("\n")[0].removeprefix("id: "))) == two
    assert next(softphone.stream("another-run-7")).startswith("event: afresh")


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=PATIENCE).status_code == 200
    except httpx.TransportError:
        return False


def test_it_is_served_beside_the_app_and_ends_with_it(tmp_path: Path) -> None:
    (tmp_path / "switchboard.yaml").write_text(DIRECTORY)
    with Served(tmp_path) as served:
        assert f"{served.softphone}" in served.said
        assert httpx.get(f"{served.softphone}/phonebook", timeout=PATIENCE).json()["app"] == f"{served.url}/swml"
    assert not answers(served.softphone)


def test_an_app_that_is_killed_takes_it_along(tmp_path: Path) -> None:
    (tmp_path / "switchboard.yaml").write_text(DIRECTORY)
    with Served(tmp_path) as served:
        assert httpx.get(served.softphone, timeout=PATIENCE).status_code == 200
        served.kill(signal.SIGKILL)
        deadline = time.monotonic() + 10
        while answers(served.softphone):
            assert time.monotonic() < deadline


def test_where_others_reach_the_app_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "switchboard.yaml").write_text(DIRECTORY)
    public = {
        "PUBLIC_URL": "https://desk.example",
        "SECRET_KEY": "a key of this test",
        "SWML_BASIC_AUTH_PASSWORD": "a password of it",
    }
    with Served(tmp_path, public) as served:
        assert "ithout a phone" not in served.said
        assert not answers(served.softphone)


def test_a_port_that_is_taken_costs_the_softphone_and_not_the_calls(tmp_path: Path) -> None:
    (tmp_path / "switchboard.yaml").write_text(DIRECTORY)
    served = Served(tmp_path)
    with socket.create_server(("127.0.0.1", served.port + 1)), served:
        assert f"No softphone: port {served.port + 1} cannot be had" in served.said
