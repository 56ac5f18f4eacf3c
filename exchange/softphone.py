"""The softphone: telephones on a page. One for the caller, one for everybody who is rung, and the ladder beside them.

For development on this machine. It listens on loopback, serves only an application that runs here too, and answers
only to its own page: another page in the same browser can neither read what it shows nor use it.
"""

import json
import re
import secrets
import socket
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Future
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, jsonify, request
from werkzeug.exceptions import HTTPException
from werkzeug.serving import WSGIRequestHandler, make_server

from exchange.calls import Call
from exchange.care import care_of
from exchange.clock import wall_clock
from exchange.engine import Exchange
from exchange.handset import Handset
from exchange.shown import shown

if TYPE_CHECKING:
    from exchange.legs import Leg
    from exchange.thinkers import Thinker

LOCAL = ("localhost", "127.0.0.1", "[::1]")
ADDRESS = re.compile(r"\+[1-9]\d{6,14}\Z|sips?:[^@\s]+@\S+\Z")
KEYS = re.compile(r"[0-9*#]{1,20}\Z")
LONGEST_LINE = 1000  # characters
ASSETS = {"/": "softphone.html", "/softphone.css": "softphone.css", "/softphone.js": "softphone.js"}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
PING = 10.0  # seconds without news after which a stream shows that it is still there


class NotLocal(ValueError):
    """The application is not one on this machine."""


class _Lines(Collection[str]):
    """The project's numbers: every line of the phonebook, as it is now, and those that were dialled all the same."""

    def __init__(self, phonebook: Callable[[], Mapping[str, Mapping[str, str]]]) -> None:
        self._phonebook, self.dialled = phonebook, set[str]()

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*self._phonebook()["lines"], *self.dialled}))

    def __contains__(self, number: object) -> bool:
        return number in {*self}

    def __len__(self) -> int:
        return len({*self})


class Softphone:
    """An exchange in real time whose every telephone is on the page.

    `phonebook` says who is where, asked anew for every page: {"lines": {number: agent}, "people": {address: name}}.
    Raises NotLocal.
    """

    def __init__(
        self,
        app_url: str,
        credentials: tuple[str, str],
        *,
        phonebook: Callable[[], Mapping[str, Mapping[str, str]]],
        thinker: "Thinker | None" = None,
        signing_key: str = "",
        speed: float = 1.0,
    ) -> None:
        if (urlsplit(app_url).hostname or "") not in ("localhost", "127.0.0.1", "::1"):
            raise NotLocal(f"{app_url} is not on this machine, and the softphone is for development only")
        self.phonebook, self._lines = phonebook, _Lines(phonebook)
        self.exchange = Exchange(
            app_url,
            credentials,
            seed=secrets.randbits(64),  # the application knows calls by their ids: no two may be the same
            clock="real",
            speed=speed,
            start=wall_clock(),
            people={"*": self._phone},
            thinker=thinker,
            numbers=self._lines,
            signing_key=signing_key,
        )
        self.phones: dict[str, Handset] = {}
        self.call: Call | None = None
        self.run_id, self.news = secrets.token_hex(4), threading.Condition()
        self.events: list[dict[str, Any]] = []
        self.first = 0  # the event the newest call begins with
        self.exchange.ladder.listen(lambda entry: self._tell(shown(entry)))

    # The telephones

    def _phone(self, leg: "Leg") -> Handset:
        handset = Handset(leg)
        self.phones[leg.name] = handset
        return handset

    def dial(self, to: str, from_: str) -> str:
        """Ring the application. The call's id; 409 while another call is up, 422 for what is no number."""
        if not ADDRESS.match(to) or not ADDRESS.match(from_):
            abort(422, "A number is written +12025550100, or sip:name@host.")
        if self.call is not None and not self.call.over:
            abort(409, "Hang up first.")
        with self.news:
            self.phones.clear()
            self.first = len(self.events)
        self._lines.dialled.add(to)
        call = self.call = self._done(lambda: self.exchange.dial(to, from_, caller=self._phone))
        threading.Thread(target=self._watch, args=(call,), daemon=True).start()
        return call.id

    def use(self, name: str, what: str, text: str = "") -> None:
        """Answer, decline, say, press or hang up. 404 for a phone that has not rung; 422 for what cannot be done."""
        handset = self.phones.get(name)
        if handset is None:
            abort(404, "That phone has not rung.")
        actions: dict[str, Callable[[], None]] = {
            "answer": handset.answer,
            "decline": handset.decline,
            "hang_up": handset.hang_up,
        }
        if what == "say" and 0 < len(text) <= LONGEST_LINE:
            self.exchange.do(lambda: handset.say(text))
        elif what == "press" and KEYS.match(text):
            self.exchange.do(lambda: handset.press(text))
        elif what in actions:
            self.exchange.do(actions[what])
        else:
            abort(422, "A phone can be answered, declined, spoken into, keyed and hung up.")

    def _done(self, action: Callable[[], Call]) -> Call:
        """Do something on the exchange's own thread, and wait for what comes of it."""
        result = Future[Call]()
        self.exchange.do(lambda: result.set_result(action()))
        return result.result(timeout=10)

    def _watch(self, call: Call) -> None:
        """Wait for a call's end, and tell how it went."""
        try:
            self.exchange.run(lambda: call.over)
            self.exchange.settle()
        except Exception as problem:  # noqa: BLE001, whatever it is, the page shall say it
            self._tell({"at": self.exchange.clock.elapsed, "leg": "caller", "kind": "error", "text": repr(problem)})
        care = care_of(call)
        how = {"ending": call.ending, "seconds": round(call.duration, 1), "silence": call.longest_silence}
        event = {"at": self.exchange.clock.elapsed, "call": call.id, "leg": "caller", "kind": "care", "text": care.why}
        self._tell(event | {"detail": how | {"taken": care.taken}})

    # What is told about them

    def _tell(self, event: dict[str, Any]) -> None:
        with self.news:
            self.events.append(event)
            self.news.notify_all()

    def stream(self, last: str = "") -> Iterator[str]:
        """Server-sent events from the newest call's beginning, or from behind the event with that id."""
        run_id, _, number = last.partition("-")
        known = run_id == self.run_id and number.isdigit()
        place = int(number) + 1 if known else self.first
        if not known:
            yield f'event: afresh\ndata: {{"now": {self.exchange.clock.elapsed}}}\n\n'
        while True:
            with self.news:
                self.news.wait_for(lambda: len(self.events) > place, timeout=PING)  # noqa: B023, waited for at once
                fresh = self.events[place:]
            for event in fresh:
                yield f"id: {self.run_id}-{place}\ndata: {json.dumps(event)}\n\n"
                place += 1
            if not fresh:
                yield ": still here\n\n"

    def close(self) -> None:
        self.exchange.close()


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """The ladder is the log."""


def pages(softphone: Softphone, port: int) -> Flask:
    """The web application that serves it on that port."""
    app = Flask("softphone", static_folder=None)
    hosts = {f"{host}:{port}" for host in LOCAL}

    @app.before_request
    def admit() -> None:
        if request.host not in hosts:
            abort(421, "This is the softphone of this machine only.")
        if request.method == "POST" and urlsplit(request.headers.get("Origin", "")).netloc != request.host:
            abort(403, "Only the softphone's own page may use it.")

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers.update(HEADERS)
        return response

    @app.get("/", endpoint="page")
    @app.get("/softphone.css", endpoint="style")
    @app.get("/softphone.js", endpoint="code")
    def asset() -> Response:
        name = ASSETS[request.path]
        kind = {"html": "text/html", "css": "text/css", "js": "text/javascript"}[name.rpartition(".")[2]]
        return Response((files("exchange") / "static" / name).read_bytes(), content_type=f"{kind}; charset=utf-8")

    @app.get("/phonebook")
    def phonebook() -> Response:
        thinker = softphone.exchange.thinker
        return jsonify({**softphone.phonebook(), "app": softphone.exchange.app_url,
                        "thinks": getattr(thinker, "model", "") if thinker else "keywords"})  # fmt: skip

    @app.get("/events")
    def events() -> Response:
        return Response(softphone.stream(request.headers.get("Last-Event-ID", "")), content_type="text/event-stream")

    @app.post("/dial")
    def dial() -> Response:
        body = _body()
        return jsonify(call=softphone.dial(body.get("to", ""), body.get("from", "")))

    @app.post("/use")
    def use() -> Response:
        body = _body()
        softphone.use(body.get("phone", ""), body.get("what", ""), body.get("text", ""))
        return jsonify(done=True)

    @app.errorhandler(HTTPException)
    def refused(problem: HTTPException) -> tuple[Response, int]:
        return jsonify(error=problem.description), problem.code or 500

    app.json.sort_keys = False  # type: ignore[attr-defined]  # of the default provider
    return app


def _body() -> dict[str, str]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict) or not all(isinstance(value, str) for value in body.values()):
        abort(400, "An object of texts is expected.")
    return body


def serve(softphone: Softphone, listening: socket.socket) -> None:
    """Serve on a socket that is bound to loopback already, until the process ends."""
    port: int = listening.getsockname()[1]
    app = pages(softphone, port)
    make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet, fd=listening.fileno()).serve_forever()
