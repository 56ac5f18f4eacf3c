"""The yardstick: Flask answers with fixed bytes, on the server and the settings that `switchboard serve` uses.

Run: python -m tests.bench.static PORT FILE WORKERS
"""

import os
import socket
import sys
from pathlib import Path

from flask import Flask, Response

from handlers.serving import server
from handlers.serving.ports import listen
from handlers.serving.subprocesses import Child, keep_running


def create_app() -> Flask:
    """An app with one route, `/static`: the bytes of the file that STATIC_FILE names."""
    app = Flask("static", static_folder=None)
    document = Path(os.environ["STATIC_FILE"]).read_bytes()  # noqa: TID251, the settings are not its own

    @app.post("/static")
    def static() -> Response:
        return Response(document, mimetype="application/json")

    @app.get("/ready")
    def ready() -> str:
        return "ready"

    return app


def serve(listening: socket.socket) -> None:
    """Answer on this socket."""
    server.run(server.as_asgi(create_app()), listening)


if __name__ == "__main__":
    os.environ["STATIC_FILE"] = sys.argv[2]  # noqa: TID251
    listening = listen("127.0.0.1", int(sys.argv[1]))
    children = [Child(f"web process {n}", serve, (listening,), "fork") for n in (1, 2)]
    sys.exit(keep_running(children))
