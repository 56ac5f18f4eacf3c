"""E-mail to a real SMTP server on loopback: encrypted, refused, and tried again."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from calls.messages.notifications import Mail
from gateways.clock import StoppedClock
from gateways.errors import Unavailable
from gateways.messaging.mail import MailServer
from tests.support.mailing import PASSWORD, USER, certificate, mail_server

NOON = StoppedClock(datetime(2026, 3, 2, 12, tzinfo=UTC))
MAIL = Mail("Voicemail for sales from Ann", "Ring me: Grüße.\n", "message-17.1")
SALES = "sales@acme.example"


def server(address: str, user: str = "") -> MailServer:
    return MailServer(f"smtp://{user}{address}", USER, NOON)


def test_a_mail_is_one_that_any_mailbox_can_read() -> None:
    with mail_server() as (address, box):
        assert server(address).send(MAIL, to=SALES, name="Acme Plumbing").fate == "sent"
    (letter,) = box.letters
    assert (letter["To"], letter["From"], letter["Subject"]) == (SALES, f"Acme Plumbing <{USER}>", MAIL.subject)
    assert letter.get_content().splitlines() == MAIL.body.splitlines()
    assert letter["Date"] == "Mon, 02 Mar 2026 12:00:00 +0000"
    assert letter["Message-ID"] == "<message-17.1.sales.acme.example@acme.example>"


def test_a_name_with_a_line_break_adds_no_header() -> None:
    with mail_server() as (address, box):
        mail = replace(MAIL, subject="Message from Ann\r\nBcc: eve@evil.example")
        assert server(address).send(mail, to=SALES, name="Acme\nBcc: eve@evil.example").fate == "sent"
    (letter,) = box.letters
    assert letter["Bcc"] is None
    assert letter["Subject"] == "Message from Ann Bcc: eve@evil.example"


def test_a_password_goes_through_an_encrypted_wire_only(tmp_path: Path) -> None:
    theirs, ours = certificate(tmp_path)
    user = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}@"
    with mail_server(theirs) as (address, box):
        assert replace(server(address, user), context=ours).send(MAIL, to=SALES).fate == "sent"
        assert (box.logins, box.encrypted) == ([USER], [True])
        with pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):  # nobody vouches for it
            server(address, user).send(MAIL, to=SALES)
        with pytest.raises(Unavailable, match="refused our credentials"):
            replace(server(address, user.replace("hunter", "h")), context=ours).send(MAIL, to=SALES)
        with pytest.raises(Unavailable, match="refused our credentials"):
            replace(server(address, user.replace("hunter", "h")), context=ours).greet()
        replace(server(address, user), context=ours).greet()
        assert len(box.letters) == 1


def test_a_recipient_who_is_not_there_is_refused_and_a_busy_server_is_tried_again() -> None:
    with mail_server() as (address, box):
        box.says = ["550 no such mailbox", "451 come back later"]
        refused = server(address).send(MAIL, to=SALES)
        assert (refused.fate, refused.reason) == ("failed", "the mail server said 550 no such mailbox")
        with pytest.raises(Unavailable, match="451 come back later"):
            server(address).send(MAIL, to=SALES)
        assert server(address).send(MAIL, to=SALES).fate == "sent"
        assert len(box.letters) == 1


def test_a_server_that_is_not_there_is_tried_again() -> None:
    with mail_server() as (address, _):
        pass
    with pytest.raises(Unavailable, match="cannot be used"):
        server(address).send(MAIL, to=SALES)
