"""E-mail by SMTP. A password is never sent over a wire that is not encrypted, but to this very machine."""

import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from urllib.parse import unquote, urlsplit

from calls.messages.notifications import Mail
from gateways.clock import Clock
from gateways.errors import Unavailable
from gateways.messaging.plain import printable
from gateways.messaging.sms import Sent

_WITHIN = 10.0  # seconds for each step of the conversation, as a rule
_PORTS = {"smtp": 587, "smtps": 465}
_NOT_LET_IN = "the mail server refused our credentials"
_LOCAL = ("localhost", "127.0.0.1", "::1")
_TRIED_AGAIN = range(400, 500)  # "not now"; what begins with a 5 is refused for good


@dataclass
class MailServer:
    """The server at `url`: smtp://user:password@host:587 (STARTTLS) or smtps://host:465 (encrypted at once).

    `sender` is the address mail comes from. `context` is how certificates are checked, when not as usual; `within` is
    how many seconds each step of the conversation may take.
    """

    url: str = field(repr=False)
    sender: str
    clock: Clock = field(default_factory=Clock)
    context: ssl.SSLContext | None = None
    within: float = _WITHIN

    def greet(self) -> None:
        """See whether it lets us in, and send nothing. Raises Unavailable, with the reason."""
        try:
            self._connect().quit()
        except smtplib.SMTPAuthenticationError as fault:
            raise Unavailable(_NOT_LET_IN) from fault
        except (smtplib.SMTPException, OSError) as fault:
            raise _unusable(fault) from fault

    def send(self, mail: Mail, *, to: str, name: str = "") -> Sent:
        """Send one mail; `name` is who it is from. Raises Unavailable when it should be tried again later."""
        try:
            with self._connect() as server:
                server.send_message(self._written(mail, to, name))
        except smtplib.SMTPRecipientsRefused as refused:
            return _refused(*next(iter(refused.recipients.values())))
        except smtplib.SMTPAuthenticationError as fault:
            raise Unavailable(_NOT_LET_IN) from fault  # somebody will put them right
        except smtplib.SMTPResponseException as refused:
            return _refused(refused.smtp_code, refused.smtp_error)
        except (smtplib.SMTPException, OSError) as fault:
            raise _unusable(fault) from fault
        return Sent("sent")

    def _connect(self) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        context = self.context or ssl.create_default_context()
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=self.within, context=context)
        else:
            server = smtplib.SMTP(host, port, timeout=self.within)
        try:
            server.ehlo()
            if parts.scheme == "smtp" and (server.has_extn("starttls") or host not in _LOCAL):
                server.starttls(context=context)  # a server elsewhere that cannot do it gets nothing
                server.ehlo()
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
        except BaseException:
            server.close()
            raise
        return server

    def _written(self, mail: Mail, to: str, name: str) -> EmailMessage:
        message = EmailMessage()
        message["From"] = formataddr((_one_line(name), self.sender))
        message["To"] = to
        message["Subject"] = _one_line(mail.subject)
        message["Date"] = format_datetime(self.clock.now())
        message["Message-ID"] = f"<{mail.key}.{to.replace('@', '.')}@{self.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"  # nobody's holiday answer comes back
        message.set_content(printable(mail.body))
        return message


def _unusable(fault: Exception) -> Unavailable:
    return Unavailable(f"the mail server cannot be used ({type(fault).__name__}: {fault})"[:200])


def _refused(code: int, words: bytes | str) -> Sent:
    said = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    reason = f"the mail server said {code} {' '.join(said.split())}"[:200]
    if code in _TRIED_AGAIN:
        raise Unavailable(reason)
    return Sent("failed", reason)


def _one_line(text: str) -> str:
    """A header is one line, whatever a caller is called."""
    return " ".join(printable(text).split())
