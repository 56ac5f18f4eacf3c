"""The platform's REST side: a small server on loopback, in threads of its own.

A request is checked and answered where it arrives, from the state of the moment; what it sets off is handed to the
exchange's loop. So an application may call it in the middle of answering one of the exchange's own requests.
"""

import io
import socket
import threading
import time
import wave
from collections import deque
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.serving import WSGIRequestHandler, make_server

from exchange.core.faults import Fate
from exchange.core.legs import Network
from exchange.rest import branches
from exchange.rest.commands import carry_out
from exchange.rest.resources import add_routes
from exchange.rest.shapes import Refused, invalid, json_body

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

SAMPLES = 8000  # per second of a recording
LONGEST = 5.0  # seconds of silence a recording file holds at most


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """The ladder is the log."""


class Api:
    """The server. `url` is its base address; `Authorization` is Basic project:token.

    It listens on `listening`, a socket that is bound to loopback already, or on a free port.
    """

    def __init__(self, exchange: Network, listening: socket.socket | None = None) -> None:
        self.exchange = exchange
        self.branches = branches.Branches()
        self.lock = threading.Lock()
        self.dial_interval = 1.0  # seconds between two dials of the whole project
        self.last_dial = float("-inf")
        self.fates: dict[str, deque[Fate]] = {}  # by command: for each time it is given, the last for all further times
        self.app = self._build()
        listening = listening or socket.create_server(("127.0.0.1", 0))
        self.port: int = listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        with listening:  # the server has a copy of its own
            self._server = make_server(
                "127.0.0.1", self.port, self.app, threaded=True, request_handler=_Quiet, fd=listening.fileno()
            )
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name="exchange-api", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def command(self, body: dict[str, Any]) -> dict[str, Any]:
        """Carry out one command of POST /api/calling/calls.

        Raises Refused.
        """
        with self.lock:
            return carry_out(self, body)

    def note(self, text: str, **detail: Any) -> None:
        """Put a REST request on the ladder, in its order, from any thread."""
        office = self.exchange.office
        self.exchange.do(lambda: office.note("rest", text, **detail))

    def _build(self) -> Flask:
        app = Flask("exchange")
        app.before_request(self._admit)
        app.before_request(self._pass_on)
        app.after_request(self._noted)
        app.register_error_handler(Refused, lambda refusal: (jsonify(refusal.body), refusal.status))
        app.register_error_handler(HTTPException, _error)
        app.add_url_rule("/api/calling/calls", view_func=self._calls, methods=["POST"])
        app.add_url_rule("/recordings/<name>.wav", view_func=self._recording)
        app.add_url_rule(branches.PATH, "enter", self.branches.enter, methods=["PUT"])
        app.add_url_rule(branches.PATH, "leave", self.branches.leave, methods=["DELETE"])
        add_routes(app, self)
        return app

    def _admit(self) -> "BaseResponse | tuple[BaseResponse, int] | None":
        """Basic credentials, and the faults that were ordered."""
        g.began = self.exchange.clock.elapsed
        if request.path.startswith("/recordings/"):
            return None
        pair = request.authorization
        users = (self.exchange.project_id, (request.view_args or {}).get("account"))
        if pair is None or pair.username not in users or pair.password != self.exchange.token:
            return jsonify(error="Unauthorized"), 401
        faults, dice = self.exchange.faults, self.exchange.dice
        with self.lock:
            slow, broken = dice.falls(faults.rest_timeouts, "rest"), dice.falls(faults.rest_errors, "rest")
        if slow:
            time.sleep(faults.rest_delay)
        return (jsonify(error="Internal Server Error"), 500) if broken else None

    def _pass_on(self) -> Response | None:
        """Answer for another exchange; its own ladder shows it."""
        answer = self.branches.answer(self.exchange.legs)
        g.not_ours = answer is not None or request.path.startswith(("/recordings/", "/branches/"))
        return answer

    def _noted(self, response: Response) -> Response:
        if not g.get("not_ours"):
            body = request.get_json(silent=True) or request.form.to_dict()
            what = f" {body['command']}" if isinstance(body, dict) and body.get("command") else ""
            self.note(f"{request.method} {request.path}{what} {response.status_code}", sent=body, began=g.began)
        if g.get("hangs_up"):  # last of all: whoever asked goes on at once
            connection: socket.socket = request.environ["werkzeug.socket"]
            connection.shutdown(socket.SHUT_RDWR)
        return response

    def _calls(self) -> "BaseResponse":
        body = json_body()
        fate = self._fate(str(body.get("command", "")))
        if isinstance(fate, int):
            shape = invalid("command", "ordered by the scenario").body if fate == 422 else {"error": "Refused"}
            raise Refused(fate, shape)
        answer = self.command(body) if fate != "no answer" else {}
        if fate != "ok":
            self.exchange.do(lambda: self.exchange.office.note("fault", f"{body.get('command')}: {fate}"))
            g.hangs_up = True
        return jsonify(answer)

    def _fate(self, command: str) -> Fate:
        """Of "calling.ai_unhold" as of "unhold"."""
        with self.lock:
            fates = self.fates.get(command.removeprefix("calling.").removeprefix("ai_"), deque[Fate]())
            return fates.popleft() if len(fates) > 1 else fates[0] if fates else "ok"

    def _recording(self, name: str) -> "BaseResponse":
        if name not in self.exchange.recordings:
            raise NotFound
        return Response(silence(self.exchange.recordings[name]), mimetype="audio/wav")


def _error(error: HTTPException) -> "tuple[Response, int]":
    """An error as JSON. A path that is not there for this method is not there."""
    status = 404 if error.code in (None, 404, 405) else error.code
    return jsonify(error=HTTPStatus(status).phrase), status


def silence(seconds: float) -> bytes:
    """A WAV file of that length, cut at LONGEST."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SAMPLES)
        out.writeframes(b"\0\0" * int(min(seconds, LONGEST) * SAMPLES))
    return file.getvalue()
