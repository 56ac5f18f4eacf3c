"""An installation that is about to go live, and whoever it asks: servers on loopback with fixed answers."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from gateways.clock import StoppedClock
from handlers.cli.golive.checks import Finding, Subject
from handlers.settings import Settings
from tests.support.directories import read

LINE, DESK, OTHER = "+12025550100", "+12025550102", "+12025550107"
FILE: dict[str, Any] = {
    "company": "Acme",
    "timezone": "UTC",
    "lines": {LINE: {}, DESK: {}},
    "departments": {"sales": {"about": "orders", "reach": ["voicemail"]}},
}


class There:
    """A server on loopback: each path has its answer (status, body, headers); the others are 404."""

    def __init__(self, answers: dict[str, tuple[int, Any]], headers: dict[str, str]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = answers.get(self.path.partition("?")[0], (404, {"error": "Not Found"}))
                raw = json.dumps(body).encode()
                self.send_response_only(status)
                for name, value in {"Content-Length": str(len(raw)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, format: str, *args: object) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}"


@contextmanager
def there(answers: dict[str, tuple[int, Any]], tls: ssl.SSLContext | None = None, **headers: str) -> Iterator[There]:
    one = There(answers, headers)
    if tls:
        one.server.socket = tls.wrap_socket(one.server.socket, server_side=True)
    with one.server:
        threading.Thread(target=one.server.serve_forever, args=(0.01,), daemon=True).start()
        yield one
        one.server.shutdown()


def subject(file: dict[str, Any] | None = None, at: datetime | None = None, **more: Any) -> Subject:
    """An installation with these settings."""
    given = {"public_url": "https://desk.example", "secret_key": "k", "swml_basic_auth_password": "pass", **more}
    known = read(FILE | (file or {}))
    return Subject(Settings(**given), (known,), StoppedClock(at or datetime(2026, 11, 20, 17, tzinfo=UTC)))


def account(url: str) -> dict[str, Any]:
    return {"signalwire_api_url": url, "signalwire_project_id": "p1", "signalwire_api_token": "t1"}


def only(findings: list[Finding]) -> Finding:
    (finding,) = findings
    assert finding.verdict == "ok" or finding.do or finding.verdict == "cannot tell"  # a problem says what to do
    return finding
