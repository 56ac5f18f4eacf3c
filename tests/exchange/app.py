"""A small application on loopback for the exchange to call: fixed documents, fixed answers, everything remembered."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

USER, PASSWORD = "platform", "s3cret"
Answers = Callable[[dict[str, Any]], Any]


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Silent."""


@dataclass
class Asked:
    """One request the application got."""

    path: str
    body: dict[str, Any]
    raw: bytes
    headers: dict[str, str]
    method: str


@dataclass
class App:
    """Routes: a path gives a value (sent as JSON), a Response, or a function of the request's body."""

    routes: dict[str, Any] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def __enter__(self) -> "App":
        self._server = make_server("127.0.0.1", 0, self._serve, threaded=True, request_handler=_Quiet)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.base = f"http://127.0.0.1:{self._server.port}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"{self.base}/swml"

    def at(self, path: str) -> str:
        """An address of this application with its credentials inside."""
        return f"{self.base.replace('://', f'://{USER}:{PASSWORD}@')}{path}"

    def bodies(self, path: str) -> list[dict[str, Any]]:
        return [asked.body for asked in self.asked if asked.path == path]

    def params(self, path: str, event_type: str = "") -> list[dict[str, Any]]:
        """The params of the callbacks that were posted to a path."""
        return [body["params"] for body in self.bodies(path) if not event_type or body["event_type"] == event_type]

    def _serve(self, environ: dict[str, Any], start: Any) -> Any:
        request = Request(environ)
        raw = request.get_data()
        body = _body(raw)
        self.asked.append(Asked(request.path, body, raw, dict(request.headers), request.method))
        pair = request.authorization
        if pair is None or (pair.username, pair.password) != (USER, PASSWORD):
            return Response("who are you?", 401)(environ, start)
        found = self.routes.get(request.path, Response(status=404))
        answer = found(body) if callable(found) and not isinstance(found, Response) else found
        if not isinstance(answer, Response):
            answer = Response(json.dumps(answer), content_type="application/json")
        return answer(environ, start)


def _body(raw: bytes) -> dict[str, Any]:
    try:
        return dict(json.loads(raw))
    except ValueError:
        return {name: values[0] for name, values in parse_qs(raw.decode(errors="replace")).items()}


def swml(*steps: dict[str, Any], **sections: list[dict[str, Any]]) -> dict[str, Any]:
    """A document whose main section has these steps."""
    return {"version": "1.0.0", "sections": {"main": list(steps), **sections}}


def slow(seconds: float, answer: Any) -> Answers:
    """A route that takes that much real time."""

    def route(body: dict[str, Any]) -> Any:
        time.sleep(seconds)
        return answer

    return route


def say(text: str) -> dict[str, Any]:
    return {"play": {"url": f"say:{text}"}}
