"""The platform's REST interface, as the exchange gives it; and servers that refuse, are slow, or are not there."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from exchange import Exchange, Faults, On, Person, Script
from gateways.errors import Unavailable
from gateways.signalwire.calls import Carrier, Refused
from swml.render import render_message
from tests.exchange.app import App, say, swml
from tests.exchange.test_agent import PUT_THROUGH, agent

OURS, DANA = "+12025550100", "+12025550111"
USER, PASSWORD = "platform", "s3cret"
Build = Callable[..., Exchange]


@pytest.fixture
def app() -> Iterator[App]:
    with App() as running:
        yield running


@pytest.fixture
def exchange(app: App) -> Iterator[Build]:
    """Makes exchanges for `app` and closes them."""
    with ExitStack() as stack:

        def build(**options: Any) -> Exchange:
            return stack.enter_context(Exchange(app.url, (USER, PASSWORD), **options))

        yield build


def carrier_of(platform: Exchange, token: str = "") -> Carrier:
    return Carrier(platform.api.url, platform.project_id, token or platform.token)


def rung(carrier: Carrier, app: App, **other: Any) -> str:
    """Somebody is rung for twenty seconds."""
    told: dict[str, Any] = {"to": DANA, "from_": OURS, "timeout": 20, "variables": {}}
    return carrier.dial(url=app.at("/brief"), status_url=app.at("/state"), **{**told, **other})


def server(answer: Callable[[Request], Response]) -> App:
    """A platform that answers every request so."""

    class Platform(App):
        def _serve(self, environ: dict[str, Any], start: Any) -> Any:
            return answer(Request(environ))(environ, start)

    return Platform()


# --- the platform as it is --------------------------------------------------------------------------------------------


def test_somebody_is_rung_and_every_state_of_their_leg_is_told(app: App, exchange: Build) -> None:
    app.routes |= {"/brief": swml(say("Handoff ${envs.handoff}."), {"hangup": {}}), "/state": {}}
    platform = exchange()
    with closing(carrier_of(platform)) as carrier:
        call_id = rung(carrier, app, variables={"handoff": "t_1", "name": ""})
        assert carrier.state(call_id) == "queued"
        platform.run_all()
        assert carrier.state(call_id) == "ended"
    assert platform.calls[0].id == call_id
    assert platform.calls[0].heard == ["Handoff t_1."]
    assert [params["call_state"] for params in app.params("/state")] == ["created", "ringing", "answered", "ended"]


def test_a_phone_that_rings_is_stopped(app: App, exchange: Build) -> None:
    app.routes["/state"] = {}
    platform = exchange(people={DANA: Person(when_rung="no_answer")})
    with closing(carrier_of(platform)) as carrier:
        call_id = rung(carrier, app)
        platform.calls[0].wait(5)
        carrier.end(call_id, "cancel")
        platform.run_all()
    assert app.params("/state")[-1]["end_reason"] == "cancel"
    assert platform.calls[0].duration < 6


def test_a_leg_gets_another_document(app: App, exchange: Build) -> None:
    app.routes |= {"/brief": swml(say("One moment."), {"sleep": 60000}), "/state": {}}
    platform = exchange()
    with closing(carrier_of(platform)) as carrier:
        call_id = rung(carrier, app)
        platform.calls[0].wait(15)
        carrier.update(call_id, swml(say("Here is somebody."), {"hangup": {}}))
        platform.run_all()
    assert platform.calls[0].heard == ["One moment.", "Here is somebody."]


def test_the_agent_is_told_and_takes_the_caller_back(app: App, exchange: Build) -> None:
    platform = exchange(thinker=Script(PUT_THROUGH, On(after="message", hearing="busy", say="They are all busy.")))
    hold = {"response": "held", "action": [{"hold": 240}]}
    app.routes |= {"/swml": agent(app), "/tool": hold, "/report": {}}
    call = platform.dial(says="billing").run(until=lambda one: bool(one.tools)).wait(2)
    with closing(carrier_of(platform)) as carrier:
        carrier.message(call.id, render_message("Dana is busy."))
        carrier.unhold(call.id)
        call.run()
    assert call.heard == ["Good morning.", "They are all busy."]


# --- it says no -------------------------------------------------------------------------------------------------------


def test_who_is_not_known_is_refused(app: App, exchange: Build) -> None:
    with closing(carrier_of(exchange(), token="guess")) as carrier, pytest.raises(Refused) as refused:
        rung(carrier, app)
    assert (refused.value.status, refused.value.error, refused.value.gone) == (401, "Unauthorized", False)


def test_a_number_that_is_none_is_refused_in_the_platforms_words(app: App, exchange: Build) -> None:
    with closing(carrier_of(exchange())) as carrier, pytest.raises(Refused) as refused:
        rung(carrier, app, to="dana")
    assert refused.value.status == 422
    assert "E.164" in refused.value.error
    assert not refused.value.gone


def test_a_leg_that_has_ended_is_gone_and_one_that_still_rings_is_not(app: App, exchange: Build) -> None:
    app.routes["/state"] = {}
    platform = exchange(people={DANA: Person(when_rung="no_answer")})
    with closing(carrier_of(platform)) as carrier:
        call_id = rung(carrier, app)
        platform.calls[0].wait(5)
        with pytest.raises(Refused) as ringing:
            carrier.update(call_id, swml({"hangup": {}}))
        assert (ringing.value.status, ringing.value.gone) == (422, False)
        platform.run_all()
        with pytest.raises(Refused) as redirected:
            carrier.update(call_id, swml({"hangup": {}}))
        with pytest.raises(Refused) as ended:
            carrier.end(call_id)
    assert (redirected.value.status, redirected.value.gone) == (422, True)
    assert (ended.value.status, ended.value.gone) == (422, True)


def test_a_leg_that_never_was_is_gone_and_has_no_state(exchange: Build) -> None:
    with closing(carrier_of(exchange())) as carrier:
        assert carrier.state("nobody") is None
        with pytest.raises(Refused) as refused:
            carrier.unhold("nobody")
    assert refused.value.gone


def test_an_agent_that_is_not_there_cannot_be_told_but_the_leg_is_not_gone(app: App, exchange: Build) -> None:
    app.routes |= {"/brief": swml(say("One moment."), {"sleep": 60000}), "/state": {}}
    platform = exchange()
    with closing(carrier_of(platform)) as carrier:
        call_id = rung(carrier, app)
        platform.calls[0].wait(15)
        with pytest.raises(Refused) as refused:
            carrier.message(call_id, render_message("Dana is busy."))
    assert not refused.value.gone
    assert "no AI session" in refused.value.error


@pytest.mark.parametrize("body", ["", "not JSON", "[]", '{"errors": []}', '{"errors": ["x"]}', '{"error": null}'])
def test_a_refusal_that_explains_nothing_is_a_refusal(body: str) -> None:
    with (
        server(lambda _: Response(body, 403)) as app,
        closing(Carrier(app.base, "p", "t")) as carrier,
        pytest.raises(Refused) as refused,
    ):
        carrier.end("c1")
    assert (refused.value.status, refused.value.error, refused.value.gone) == (403, "no reason given", False)


@pytest.mark.parametrize("body", ["", "{}", '{"id": null}', '{"id": 7}', "[]"])
def test_a_dial_whose_answer_names_no_call_was_refused(app: App, body: str) -> None:
    with (
        server(lambda _: Response(body, 200)) as platform,
        closing(Carrier(platform.base, "p", "t")) as carrier,
        pytest.raises(Refused),
    ):
        rung(carrier, app)


# --- it gives no answer -----------------------------------------------------------------------------------------------


def test_nobody_listens(app: App) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and not listening
        with closing(Carrier(f"http://127.0.0.1:{taken.getsockname()[1]}", "p", "t")) as carrier:
            with pytest.raises(Unavailable):
                rung(carrier, app)
            with pytest.raises(Unavailable):
                carrier.state("c1")


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_too_busy_or_out_of_order_is_no_answer(status: int) -> None:
    with (
        server(lambda _: Response('{"error": "later"}', status)) as app,
        closing(Carrier(app.base, "p", "t")) as carrier,
        pytest.raises(Unavailable) as told,
    ):
        carrier.end("c1")
    assert str(status) in str(told.value)


def test_the_exchange_out_of_order_is_no_answer(app: App, exchange: Build) -> None:
    with closing(carrier_of(exchange(faults=Faults(rest_errors=1.0)))) as carrier, pytest.raises(Unavailable):
        rung(carrier, app)


def test_a_platform_that_takes_its_time_is_not_waited_for() -> None:
    over = threading.Event()

    def slow(_: Request) -> Response:
        over.wait(20)
        return Response("{}")

    with server(slow) as app, closing(Carrier(app.base, "p", "t")) as carrier:
        began = time.monotonic()
        with pytest.raises(Unavailable):
            carrier.end("c1")
        over.set()
        assert 2.5 < time.monotonic() - began < 4.5


def test_what_went_wrong_tells_no_secret_and_no_number(app: App) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with (
            closing(Carrier(f"http://127.0.0.1:{taken.getsockname()[1]}", "p", "hunter2")) as carrier,
            pytest.raises(Unavailable) as told,
        ):
            rung(carrier, app)
    assert "hunter2" not in str(told.value)
    assert DANA not in str(told.value)


def test_a_connection_is_used_again() -> None:
    ports: set[int] = set()

    class Platform(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            ports.add(self.client_address[1])
            self.send_response(200)
            self.send_header("Content-Length", "22")
            self.end_headers()
            self.wfile.write(b'{"status": "answered"}')

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Platform) as listening:
        threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
        with closing(Carrier(f"http://127.0.0.1:{listening.server_port}", "p", "t")) as carrier:
            assert [carrier.state("c1") for _ in range(5)] == ["answered"] * 5
        listening.shutdown()
    assert len(ports) == 1
