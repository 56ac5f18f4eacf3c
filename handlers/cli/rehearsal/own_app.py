"""The app in this process, for a call that is made where no server runs."""

import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from gateways.database.migrate import migrate
from handlers import logs
from handlers.settings import Settings

_PROJECT = "development"  # the account of what stands in for the platform


@contextmanager
def own_app(settings: Settings) -> Iterator[tuple[Settings, socket.socket]]:
    """Serve the app on a free port of this machine for the block, with the same directory and database.

    Yields the settings that reach it, and the socket at which it expects the platform's REST interface. That is never
    the real one: nobody's telephone rings. Raises Mistakes when the directory file has some.
    """
    # Half a second of imports that a call to a server that runs does without.
    from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: PLC0415

    from gateways.jobs.worker import OrderEngine  # noqa: PLC0415
    from handlers.app import build  # noqa: PLC0415, it imports the SDK
    from handlers.jobs.dispatch import carry_out  # noqa: PLC0415

    class Quiet(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"

        def log(self, type: str, message: str, *args: Any) -> None:
            """The call itself is told."""

    logs.configure(json=False, level="error")
    migrate(settings.database_url)
    rest = socket.create_server(("127.0.0.1", 0))
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    own = settings.model_copy(
        update={
            "port": port,
            "public_url": f"http://localhost:{port}",
            "signalwire_space": "",
            "signalwire_api_url": f"http://127.0.0.1:{rest.getsockname()[1]}",
            "signalwire_project_id": _PROJECT,
            "signalwire_api_token": secrets.token_hex(16),
        }
    )
    app = build(own)
    wiring = app.extensions["switchboard"]
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=Quiet, fd=listening.fileno())
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    engine = OrderEngine(own.database_url, clock=wiring.clock, dials_per_second=own.dials_per_second)
    thread.start()
    try:
        engine.start(partial(carry_out, wiring))
        yield own, rest
    finally:
        engine.stop()
        server.shutdown()
        thread.join()
        server.server_close()
        listening.close()
        wiring.close()
