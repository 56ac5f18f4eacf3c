"""A department is told of a message: by text, e-mail, webhook and hook, each once, whatever fails in between."""

import json
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from calls.messages.message import Message
from calls.numbers import Number
from calls.orders import KeepMessage, Notify
from exchange.rest.api import silence
from gateways.clock import StoppedClock
from gateways.errors import Unavailable
from handlers.jobs.notifications import notify
from handlers.settings import Settings
from handlers.wiring import Wiring, wire
from tests.exchange.app import App
from tests.support.kept import DANA, LINE, NOON, Kept, call, later
from tests.support.mailing import LetterBox, mail_server

FILE = f"""
    company: Acme Plumbing
    timezone: America/New_York
    lines: {{"{LINE}": {{}}}}
    hooks: [helpdesk]
    people: {{dana: {{name: Dana Reyes, phone: "{DANA}", email: dana@acme.example}}}}
    departments:
      sales: {{about: orders, reach: [voicemail], notify: {{texts: [dana], email: [dana, sales@acme.example]}}}}
      press: {{about: journalists, reach: [voicemail]}}
"""
HOOK = """
    from handlers.hooks import on_message

    heard = []

    @on_message
    def broken(left):
        raise RuntimeError("the helpdesk is down")

    @on_message
    def told(left):
        heard.append(left)
"""
CARD = "4111 1111 1111 1111"
ORDER = KeepMessage(
    "m1", "message", "c1", "sales", NOON, body=f"Wants a boiler. My card is {CARD}.", name="Ann", number=Number(DANA)
)


class Outside(App):
    """Whoever is out there: a provider of texts, the platform's recordings, somebody's webhook."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.answers: dict[str, list[Response]] = {"texts": [], "hook": [], "recording": []}

    def _serve(self, environ: dict[str, Any], start: Any) -> Any:
        request = Request(environ)
        what = {"/hook": "hook", "/1.wav": "recording"}.get(request.path, "texts")
        ordered = self.answers[what]
        if ordered:
            return ordered.pop(0)(environ, start)
        if what == "recording":
            return Response(silence(1), mimetype="audio/wav")(environ, start)
        (self.events if what == "hook" else self.texts).append(json.loads(request.get_data()))
        return Response(json.dumps({"id": "x", "status": "queued"}), mimetype="application/json")(environ, start)


@pytest.fixture
def outside() -> Iterator[Outside]:
    running = Outside()
    with running:
        yield running


@pytest.fixture
def box() -> Iterator[tuple[str, LetterBox]]:
    with mail_server() as server:
        yield server


@pytest.fixture
def orders() -> Kept:
    return Kept()


@contextmanager
def installation(folder: Path, database_url: str, orders: Kept, **settings: Any) -> Iterator[Wiring]:
    given: dict[str, Any] = {
        "secret_key": "k" * 40,
        "swml_basic_auth_password": "p",
        "events_webhook_secret": "s",
        **settings,
    }
    given |= {"switchboard_directory": folder / "switchboard.yaml", "database_url": database_url}
    wiring = wire(Settings(**given), clock=StoppedClock(NOON), orders=orders)
    wiring.records.open_call(call(), NOON)
    yield wiring
    wiring.close()


@pytest.fixture
def acme(
    tmp_path: Path,
    database_url: str,
    outside: Outside,
    box: tuple[str, LetterBox],
    orders: Kept,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Wiring]:
    (tmp_path / "switchboard.yaml").write_text(textwrap.dedent(FILE))
    (tmp_path / "helpdesk.py").write_text(textwrap.dedent(HOOK))
    monkeypatch.syspath_prepend(str(tmp_path))
    account = {"signalwire_api_url": outside.base, "signalwire_project_id": "p1", "signalwire_api_token": "t1"}
    mail = {"smtp_url": f"smtp://{box[0]}", "smtp_from": "desk@acme.example"}
    webhook = {"events_webhook_url": f"{outside.base}/hook"}
    with installation(tmp_path, database_url, orders, **account, **mail, **webhook) as wiring:
        yield wiring
    del sys.modules["helpdesk"]


def left(wiring: Wiring, order: KeepMessage = ORDER) -> int:
    wiring.records.keep_message(order)
    (row,) = wiring.records.messages()
    return int(row["id"])


def of(wiring: Wiring, message: int) -> Message:
    found = wiring.records.message(message)
    assert found is not None
    return found


def test_everybody_is_told_once_and_nobody_of_a_card_number(
    acme: Wiring, outside: Outside, box: tuple[str, LetterBox], orders: Kept
) -> None:
    message = left(acme)
    acme.records.keep_message(ORDER)  # told twice is kept once
    assert orders.orders == [Notify(message)]
    for _ in range(2):
        notify(acme, Notify(message))
    (text,) = outside.texts
    assert (text["to"], text["from"]) == (DANA, LINE)
    assert text["body"] == (
        f'Message for sales from Ann, {DANA}: "Wants a boiler. My card is a card number [removed]." (message {message})'
    )
    assert [letter["To"] for letter in box[1].letters] == ["dana@acme.example", "sales@acme.example"]
    letter = box[1].letters[0]
    assert (letter["Subject"], letter["From"]) == (
        f"Message for sales from Ann, {DANA}", "Acme Plumbing <desk@acme.example>",
    )  # fmt: skip
    assert "When: Monday 2 March 2026, 07:00 (America/New_York)" in letter.get_content()
    (event,) = outside.events
    assert (event["event"], event["id"], event["kind"]) == ("message", f"message:{message}", "message")
    (heard,) = sys.modules["helpdesk"].heard
    for told in (letter.get_content(), event["body"], heard.body):
        assert "Wants a boiler. My card is a card number [removed]." in told
        assert CARD not in told
    kept = of(acme, message)
    assert set(kept.told) == {"text dana", "email dana", "email sales@acme.example", "hooks", "webhook"}
    assert CARD in kept.body  # whoever lists messages may need it
    assert kept.error == ""


def test_who_could_not_be_told_is_told_later_and_nobody_else_again(
    acme: Wiring, outside: Outside, box: tuple[str, LetterBox]
) -> None:
    message = left(acme)
    outside.answers["hook"] = [Response(status=500)]
    outside.answers["texts"] = [Response(status=503)]
    box[1].says = ["451 come back later"]
    with pytest.raises(Unavailable):
        notify(acme, Notify(message))
    assert of(acme, message).error == (
        "text dana: HTTP 503; email dana: the mail server said 451 come back later; "
        "webhook: the events webhook answered HTTP 500"
    )
    assert set(of(acme, message).told) == {"email sales@acme.example", "hooks"}
    notify(acme, Notify(message))
    assert [letter["To"] for letter in box[1].letters] == ["sales@acme.example", "dana@acme.example"]
    assert (len(outside.texts), len(outside.events)) == (1, 1)
    assert of(acme, message).error == ""


def test_what_will_never_work_is_kept_with_the_message(
    acme: Wiring, outside: Outside, box: tuple[str, LetterBox]
) -> None:
    message = left(acme)
    stop = {"errors": [{"code": "21610", "message": "Attempt to send to unsubscribed recipient"}]}
    outside.answers["texts"] = [Response(json.dumps(stop), status=422, mimetype="application/json")]
    box[1].says = ["550 no such mailbox"] * 2
    notify(acme, Notify(message))  # and is not tried again
    assert of(acme, message).error == (
        "text dana: opted_out; email dana: the mail server said 550 no such mailbox; "
        "email sales@acme.example: the mail server said 550 no such mailbox"
    )
    assert acme.records.opted_out(DANA)
    acme.records.keep_message(KeepMessage("m2", "message", "c1", "sales", later(60)))
    notify(acme, Notify(message + 1))
    assert "text dana: opted out of texts" in of(acme, message + 1).error
    assert outside.texts == []


def test_a_recording_is_fetched_when_it_is_there(acme: Wiring, outside: Outside) -> None:
    order = KeepMessage("v1", "voicemail", "c1", "press", NOON, url=f"{outside.base}/1.wav", seconds=75)
    message = left(acme, order)
    outside.answers["recording"] = [Response(status=404)]
    with pytest.raises(Unavailable):
        notify(acme, Notify(message))
    assert of(acme, message).error == "the recording cannot be fetched (HTTP 404)"
    notify(acme, Notify(message))
    kept = of(acme, message)
    assert (kept.file, kept.error) == (f"2026-03-02-120000-message-{message}.wav", "")
    path = acme.recordings.path(kept.file)
    assert path is not None
    assert path.read_bytes() == silence(1)
    assert (outside.events[0]["kind"], outside.events[0]["seconds"]) == ("voicemail", 75.0)


def test_what_is_no_recording_is_not_asked_for_again(acme: Wiring, outside: Outside) -> None:
    order = KeepMessage("v1", "voicemail", "c1", "press", NOON, url=f"{outside.base}/1.wav", seconds=75)
    message = left(acme, order)
    outside.answers["recording"] = [Response("<html>", mimetype="text/html")]
    notify(acme, Notify(message))
    kept = of(acme, message)
    assert (kept.file, kept.url) == ("", f"{outside.base}/1.wav")
    assert "no sound file" in kept.error


def test_a_transcript_that_comes_later_is_added_and_told_nobody_again(acme: Wiring, outside: Outside) -> None:
    order = KeepMessage("v1", "voicemail", "c1", "press", NOON, url=f"{outside.base}/1.wav", seconds=75)
    message = left(acme, order)
    notify(acme, Notify(message))
    acme.records.keep_message(KeepMessage("v1", "voicemail", "c1", "press", later(9), transcript="Please ring Joe."))
    notify(acme, Notify(message))
    kept = of(acme, message)
    assert (kept.transcript, kept.seconds, kept.at) == ("Please ring Joe.", 75.0, NOON)
    assert len(outside.events) == 1


def test_whatever_is_told_of_a_voicemail_later_completes_it(acme: Wiring, outside: Outside) -> None:
    message = left(acme, KeepMessage("v1", "voicemail", "c1", "press", NOON, transcript="Please ring Joe."))
    acme.records.keep_message(KeepMessage("v1", "voicemail", "c1", "press", NOON, url=f"{outside.base}/1.wav"))
    acme.records.keep_message(KeepMessage("v1", "voicemail", "c1", "press", NOON, url="another", seconds=4))
    kept = of(acme, message)
    assert (kept.transcript, kept.url, kept.seconds) == ("Please ring Joe.", f"{outside.base}/1.wav", 4)


def test_without_credentials_the_message_says_who_could_not_be_told(
    tmp_path: Path, database_url: str, orders: Kept
) -> None:
    (tmp_path / "switchboard.yaml").write_text(textwrap.dedent(FILE).replace("hooks: [helpdesk]", ""))
    # A platform that is named but has no token is nobody to send texts by.
    with installation(tmp_path, database_url, orders, signalwire_space="acme") as wiring:
        message = left(wiring)
        notify(wiring, Notify(message))
        assert of(wiring, message).error == (
            "text dana: no credentials of a provider of text messages; email dana: SMTP_URL is not set; "
            "email sales@acme.example: SMTP_URL is not set"
        )
