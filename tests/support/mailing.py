"""A mail server on loopback: real SMTP, and a letter box for what came."""

import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

USER, PASSWORD = "desk@acme.example", "hunter 2/@"


class LetterBox:
    """What arrived, in order. `says` is what the server answers a recipient, when that is not a yes."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.says: list[str] = []
        self.logins: list[str] = []
        self.encrypted: list[bool] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.says:
            return self.says.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        letter = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        self.encrypted.append(session.ssl is not None)
        return "250 Message accepted for delivery"

    def admit(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login.decode())
        right = data.login.decode() == USER and data.password.decode() == PASSWORD
        return AuthResult(success=right, handled=False)


class _Anywhere(Controller):
    """A controller on a free port, which it cannot find by itself."""

    def _create_server(self) -> Any:
        listening = socket.create_server(("127.0.0.1", 0))
        self.port = listening.getsockname()[1]
        return self.loop.create_server(self._factory_invoker, sock=listening, ssl=self.ssl_context)


@contextmanager
def mail_server(tls: ssl.SSLContext | None = None) -> Iterator[tuple[str, LetterBox]]:
    """The server's address (localhost:port) and its letter box. With `tls` it asks for STARTTLS and a login."""
    box = LetterBox()
    wants: dict[str, Any] = {
        "tls_context": tls,
        "require_starttls": True,
        "authenticator": box.admit,
        "auth_required": True,
    }
    controller = _Anywhere(box, hostname="localhost", **(wants if tls else {}))
    controller.start()
    try:
        yield f"localhost:{controller.port}", box
    finally:
        controller.stop()


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's TLS for localhost, and that of a client who trusts it."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-keyout", "mail.key", "-out", "mail.pem", "-days", "3", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "mail.pem", folder / "mail.key")
    return server, ssl.create_default_context(cafile=str(folder / "mail.pem"))
