"""The softphone: telephones on a page. One for each caller, one for each person, and the ladder beside them.

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
from exchange.core.clock import wall_clock
from exchange.core.ladder import Entry
from exchange.engine import Exchange
from exchange.phones.handset import Handset
from exchange.scenarios.care import care_of
from exchange.softphone.plain import ending, hears, plain
from exchange.softphone.shown import shown

if TYPE_CHECKING:
    from exchange.core.legs import Leg
    from exchange.core.thinkers import Thinker

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
CALL = re.compile(r"/(?:calls|logs)/([0-9a-f-]{36})")
PAGE = re.compile(r"[\w-]{0,64}\Z")
REST = 0.5  # seconds of the exchange in which what a caller's hanging up has cut short is noted
PING = 10.0  # seconds without news after which a stream shows that it is still there

Pages = frozenset[str]


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
    A page is known by an id of its own making. It is told of its own callers, of the phones that are rung for them,
    and of phones that are rung by REST while no other page has a caller on the line. Raises NotLocal.
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
        self.phones: dict[str, Handset] = {}  # a caller's by the id of the call, a person's by its address
        self.calls: dict[str, Call] = {}  # of callers, by id
        self.run_id, self.news = secrets.token_hex(4), threading.Condition()
        self.told: list[tuple[Pages | None, dict[str, Any]]] = []
        self._pages: dict[str, Pages | None] = {}  # by the id of a call; None: every page
        self._dialling: Pages = frozenset()  # of the call that is just being dialled
        self._first: dict[str, int] = {}  # the event that each page begins with
        self.exchange.ladder.listen(self._happened)

    # The telephones

    def _phone(self, leg: "Leg") -> Handset:
        if not leg.outbound:
            handset = self.phones[leg.call_id] = Handset(leg)
            return handset
        if self._in_use(leg.to):
            return Handset(leg, engaged=True)
        handset = self.phones[leg.name] = Handset(leg)
        return handset

    def _in_use(self, address: str) -> bool:
        """Whether that telephone rings or is on a call."""
        theirs = self.phones.get(address)
        calling = (call.caller.from_ for call in self.calls.values() if not call.over)
        return address in calling or (theirs is not None and not theirs.leg.over.is_set())

    def dial(self, to: str, from_: str, page: str = "") -> str:
        """Ring the application. The call's id; 409 while that number is on a call, 422 for what is no number."""
        if not ADDRESS.match(to) or not ADDRESS.match(from_):
            abort(422, "A number is written +12025550100, or sip:name@host.")
        self._lines.dialled.add(to)
        call = self._done(lambda: self._dialled(to, from_, page))
        if call is None:
            abort(409, f"{from_} is on a call. Hang up first, or call from another number.")
        threading.Thread(target=self._watch, args=(call,), daemon=True).start()
        return call.id

    def _dialled(self, to: str, from_: str, page: str) -> Call | None:
        if self._in_use(from_):
            return None
        if page not in self._pages_with_callers():
            self._first[page] = len(self.told)
        self._dialling = frozenset([page])
        call = self.exchange.dial(to, from_, caller=self._phone)
        self.calls[call.id] = call
        return call

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

    def _done(self, action: Callable[[], Call | None]) -> Call | None:
        """Do something on the exchange's own thread, and wait for what comes of it."""
        result = Future[Call | None]()
        self.exchange.do(lambda: result.set_result(action()))
        return result.result(timeout=10)

    def _watch(self, call: Call) -> None:
        """Wait for a call's end, and tell how it went."""
        what = {"call": call.id, "leg": "caller"}
        try:
            self.exchange.run(lambda: call.over)
            call.wait(REST)
        except Exception as problem:  # noqa: BLE001, whatever it is, the page shall say it
            self._tell(self._pages[call.id], what | self._event("error", repr(problem)))
        care = care_of(call)
        how = {"ending": ending(call), "seconds": round(call.duration, 1), "silence": call.longest_silence}
        self._tell(self._pages[call.id], what | self._event("care", care.why) | {"detail": how | {"taken": care.taken}})

    def _event(self, kind: str, text: str) -> dict[str, Any]:
        return {"at": self.exchange.clock.elapsed, "kind": kind, "text": text, "plain": text}

    # What is told about them

    def _happened(self, entry: Entry) -> None:
        more = {name: value for name, value in (("plain", plain(entry)), ("hears", hears(entry))) if value}
        event = shown(entry) | more | {"at": entry.at}  # not rounded: the page puts events in order by it
        if entry.kind == "rest":  # noted when it is answered, and what it does begins before
            event["at"] = event.get("detail", {}).pop("began", entry.at)
        self._tell(self._audience(entry), event)

    def _audience(self, entry: Entry) -> Pages | None:
        """The pages that an entry is for; None: every page."""
        if entry.kind == "dial" and entry.leg == "caller":
            self._pages[entry.call] = self._dialling
        if entry.call in self._pages:
            return self._pages[entry.call]
        found = self._named(entry)
        if found is None:
            found = self._pages_with_callers() or None
        if entry.kind == "dial":  # a page that opens later is told nothing about this leg
            found = frozenset(self._first) if found is None else found
            self._pages[entry.call] = found
        return found

    def _named(self, entry: Entry) -> Pages | None:
        """The pages of the call, or of the caller's number, that an entry names which is of no caller's call.

        None when it names neither; no page when it names a call that was never here.
        """
        numbers = entry.text.rpartition(" → ")[2], entry.text.partition(": ")[0]
        for call in reversed(self.calls.values()):
            if call.caller.from_ in numbers:
                return self._pages[call.id]
        sent = entry.detail.get("sent")
        body = sent if isinstance(sent, Mapping) else {}
        params = body.get("params")
        named = [body.get("id"), params.get("id") if isinstance(params, Mapping) else None, *CALL.findall(entry.text)]
        for call_id in filter(None, named):
            leg = self.exchange.legs.get(str(call_id))
            return self._pages.get(leg.call.id) if leg else frozenset()
        return None

    def _pages_with_callers(self) -> Pages:
        up = [call.id for call in self.calls.values() if not call.over]
        return frozenset(page for call_id in up for page in self._pages[call_id] or ())

    def _tell(self, pages: Pages | None, event: dict[str, Any]) -> None:
        with self.news:
            self.told.append((pages, event))
            self.news.notify_all()

    def stream(self, last: str = "", page: str = "") -> Iterator[str]:
        """Server-sent events for a page: from where it began, or from behind the event with that id."""
        run_id, _, number = last.partition("-")
        known = run_id == self.run_id and number.isdigit()
        with self.news:
            place = int(number) + 1 if known else self._first.setdefault(page, len(self.told))
        if not known:
            yield f'event: afresh\ndata: {{"now": {self.exchange.clock.elapsed}}}\n\n'
        while True:
            with self.news:
                self.news.wait_for(lambda: len(self.told) > place, timeout=PING)  # noqa: B023, waited for at once
                fresh = self.told[place:]
            for pages, event in fresh:
                if pages is None or page in pages:
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
        last, page = request.headers.get("Last-Event-ID", ""), _page(request.args.get("page", ""))
        return Response(softphone.stream(last, page), content_type="text/event-stream")

    @app.post("/dial")
    def dial() -> Response:
        body = _body()
        return jsonify(call=softphone.dial(body.get("to", ""), body.get("from", ""), _page(body.get("page", ""))))

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


def _page(given: str) -> str:
    if not PAGE.match(given):
        abort(422, "A page is known by up to 64 letters, digits and dashes.")
    return given


def serve(softphone: Softphone, listening: socket.socket) -> None:
    """Serve on a socket that is bound to loopback already, until the process ends."""
    port: int = listening.getsockname()[1]
    app = pages(softphone, port)
    make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet, fd=listening.fileno()).serve_forever()
