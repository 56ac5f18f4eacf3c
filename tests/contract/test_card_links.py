"""The link to a handoff card: who gets it, who else does not, and what it opens when it opens nothing."""

import json
import re
from base64 import urlsafe_b64decode
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import structlog

from handlers.app import build
from tests.conftest import Databases
from tests.contract.conftest import ACME, Build, Switchboard
from tests.support.handoff import DANA, RINGING, Handoff, Reader, text
from tests.support.logged import production_logs
from tests.support.phone import Phone, moved, verbs


@pytest.fixture
def consult(acme: Switchboard) -> Handoff:
    """Dana's phone rings about a refund."""
    return Handoff.begin(acme.app).happens(*RINGING)


@pytest.fixture
def dana(acme: Switchboard, consult: Handoff) -> Reader:
    return Reader(acme.app, consult.card())


# --- the link -----------------------------------------------------------------------------------------------------


def texted(board: Switchboard) -> dict[str, str]:
    """The text messages of a caller who asks for sales, by number."""
    caller = Phone(board.app)
    caller.dials()
    reply = caller.asks("connect", destination="sales", reason="a quote", summary="Wants a boiler.")
    return {text["to_number"]: text["body"] for text in verbs(moved(reply), "send_sms")}


def with_sales(**settings: Any) -> dict[str, Any]:
    people = {"dana": ACME["people"]["dana"], "max": {"name": "Max", "phone": "+12025550113", "texts": True}}
    sales = {"about": "orders", "text_person": "About {reason}. {summary} {card_url}", **settings}
    sales = {"reach": [{"ring": ["dana", "max"], "together": True}], **sales}
    return {**ACME, "people": {**ACME["people"], **people}, "departments": {**ACME["departments"], "sales": sales}}


def test_a_text_message_carries_the_link_to_its_readers_own_card(switchboard: Build) -> None:
    board = switchboard(with_sales(handoff="whisper"), public_url="https://desk.example")
    links = {to: body.removeprefix("About a quote. Wants a boiler. ") for to, body in texted(board).items()}
    assert sorted(links) == ["+12025550111", "+12025550113"]
    for leg, link in enumerate(links.values()):
        assert re.fullmatch(r"https://desk\.example/card/[\w-]+(\.[\w-]+){2}", link)
        assert len(link) < 160
        claims = json.loads(urlsafe_b64decode(link.rpartition("/")[2].partition(".")[0] + "=="))
        purpose, transfer_id, *place, _ = claims
        assert (purpose, transfer_id, place) == ("card", board.ledger[0]["id"], [1, leg])
        assert "a quote" in Reader(board.app, link).reads


def test_a_consult_texts_the_link_before_anybody_is_rung(switchboard: Build) -> None:
    rest = {"signalwire_space": "acme", "signalwire_project_id": "p1", "signalwire_api_token": "token"}
    board = switchboard(with_sales(handoff="consult"), **rest)
    link = texted(board)["+12025550113"].rpartition(" ")[2]
    assert board.ledger[0]["mechanism"] == "consult"
    max_reads = Reader(board.app, link)
    assert "Your phone is about to ring." in max_reads.reads
    assert "for sales a quote Wants a boiler." in max_reads.reads
    assert max_reads.buttons == ["accept", "decline", "later"]


def test_a_blind_transfer_has_no_card(switchboard: Build) -> None:
    assert texted(switchboard(with_sales()))["+12025550111"] == "About a quote. Wants a boiler."


def test_a_text_that_is_too_long_loses_of_its_summary_and_not_of_its_link(switchboard: Build) -> None:
    long = "A very long sentence about our company. " * 20
    board = switchboard(with_sales(handoff="whisper", text_person=long + "{summary} {summary} {card_url}"))
    caller = Phone(board.app)
    caller.dials()
    reply = caller.asks("connect", destination="sales", reason="a quote", summary="word " * 150)
    body = verbs(moved(reply), "send_sms")[0]["body"]
    assert len(body) <= 1600
    assert Reader(board.app, "http" + body.rpartition(" http")[2]).opens().status_code == 200


def test_a_link_is_good_in_every_worker_and_after_a_restart(acme: Switchboard, consult: Handoff) -> None:
    restarted = build(acme.settings, clock=acme.clock)
    assert restarted.test_client().get(urlsplit(consult.card()).path).status_code == 200
    restarted.extensions["switchboard"].close()


# --- links that open nothing --------------------------------------------------------------------------------------

PERSONAL = ("Ann", "0177", "refund", "charged", "Dana", "K7Q4")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_expired_card_says_so_and_nothing_else(
    acme: Switchboard, consult: Handoff, dana: Reader, method: str
) -> None:
    acme.clock.at = consult.transfer.started_at + timedelta(minutes=29, seconds=59)
    assert "until 12:30 PM" in dana.reads
    acme.clock.at = consult.transfer.started_at + timedelta(minutes=30, milliseconds=-1)  # it ticks when looked at
    before = consult.entry
    response = dana.client.open(dana.path, method=method, data={"answer": "accept"})
    assert response.status_code == 410
    assert "This card has expired." in text(response)
    assert not [word for word in PERSONAL if word in response.text]
    assert consult.entry == before


def forged(acme: Switchboard, consult: Handoff) -> list[str]:
    real = urlsplit(consult.card()).path.removeprefix("/card/")
    payload, _, signature = real.partition(".")
    stranger = build(acme.settings.model_copy(update={"secret_key": "another"}))
    links = stranger.extensions["switchboard"].links(consult.wiring.directories.current())
    theirs = links.card(consult.transfer, *DANA).rpartition("/")[2]
    stranger.extensions["switchboard"].close()
    links = consult.wiring.links(consult.wiring.directories.current())
    for_a_callback = links.event("call", consult.transfer, *DANA).partition("?t=")[2]
    return ["x", payload, f"{payload}.", f"{payload}x.{signature}", real[:-1], theirs, for_a_callback, "é", "." * 5000]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_forged_card_is_a_page_that_says_no(acme: Switchboard, consult: Handoff, method: str) -> None:
    before = consult.entry
    for token in forged(acme, consult):
        response = acme.app.test_client().open(f"/card/{token}", method=method, data={"answer": "accept"})
        assert response.status_code == 403, token
        assert response.mimetype == "text/html"
        assert "This link is not valid." in text(response)
        assert not [word for word in PERSONAL if word in response.text]
    assert consult.entry == before


def test_a_card_opens_nothing_but_itself(acme: Switchboard, consult: Handoff) -> None:
    token = urlsplit(consult.card()).path.removeprefix("/card/")
    caller = Phone(acme.app)
    for path in ("/events/call", "/tools", "/report", "/swml/receptionist"):
        assert caller.post(f"{path}?t={token}", {"call": {"call_id": "x"}, "call_id": "x", "function": "connect"}
        ).status_code == 403  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/card/", 404), ("GET", "/card/a/b", 404), ("PUT", "{card}", 405), ("POST", "{card}", 400)],
)
def test_every_error_is_a_page(acme: Switchboard, consult: Handoff, method: str, path: str, status: int) -> None:
    path = path.format(card=urlsplit(consult.card()).path)
    response = acme.app.test_client().open(path, method=method, data={"answer": "rubbish"})
    assert (response.status_code, response.mimetype) == (status, "text/html")
    assert "no-store" in response.headers["Cache-Control"]
    assert acme.app.test_client().get("/nothing").mimetype == "application/json"


def test_a_transfer_that_is_not_on_record_is_not_found(acme: Switchboard, consult: Handoff) -> None:
    links = consult.wiring.links(consult.wiring.directories.current())
    unknown = links.card(replace(consult.transfer, id="t_9"), *DANA)
    assert Reader(acme.app, unknown).opens().status_code == 404


def test_without_a_database_the_page_says_so(switchboard: Build, databases: Databases) -> None:
    board = switchboard()
    dana = Reader(board.app, Handoff.begin(board.app).happens(*RINGING).card())
    databases.take_away(board.settings.database_url)
    response = dana.opens()
    assert response.status_code == 503
    assert "Something went wrong on our side." in text(response)


def test_a_log_keeps_no_link(consult: Handoff) -> None:
    with production_logs() as stream:
        structlog.get_logger().error("surprise", path=urlsplit(consult.card()).path, about=f"GET {consult.card()}")
    written = json.loads(stream.getvalue())
    assert (written["path"], written["about"]) == ("/card/…", "GET http://localhost:8080/card/…")
    assert consult.card()[-40:] not in stream.getvalue()


# --- nobody else ---------------------------------------------------------------------------------------------------


def test_nobody_else_sees_a_card(dana: Reader) -> None:
    answered = dana.client.post(dana.path, data={"answer": "accept"})
    assert answered.status_code == 303
    for response in (dana.opens(), answered, dana.client.get("/card/x")):
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "script" not in policy
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["X-Robots-Tag"].startswith("noindex")
        assert "Set-Cookie" not in response.headers
        assert not re.findall(r'(?:src|href)="(?!tel:|")', response.text)


def test_the_style_of_a_page_is_its_own(dana: Reader) -> None:
    first, second = dana.opens(), dana.opens()
    nonces = [re.findall(r'<style nonce="([^"]+)"', page.text) for page in (first, second)]
    assert nonces[0] != nonces[1]
    for (nonce,), page in zip(nonces, (first, second), strict=True):
        assert f"style-src 'nonce-{nonce}'" in page.headers["Content-Security-Policy"]
