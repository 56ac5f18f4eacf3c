"""Things that break while somebody is on the phone: the database, the directory file, a provider, our own code."""

import json
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import structlog

from handlers.app import build
from tests.conftest import Databases, Postgres, stopped
from tests.contract.conftest import ACME, PASSWORD, Build, Switchboard
from tests.contract.schema import validate_document
from tests.support.logged import production_logs
from tests.support.phone import Phone, basic, moved, verbs

TEXTING = {
    **ACME["departments"]["sales"],
    "text_caller": "Ref {ref}.",
    "text_person": "{caller_number} about {reason}.",
}
WITH_TEXTS = {**ACME, "departments": {**ACME["departments"], "sales": TEXTING}}


class Provider:
    """A text provider on this machine: answers with `status` and `body` after `delay` seconds."""

    def __init__(self) -> None:
        self.status, self.delay = 200, 0.0
        self.body: dict[str, Any] = {"id": "m1", "status": "queued"}
        self.texts: list[dict[str, Any]] = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                provider.texts.append(body)
                time.sleep(provider.delay)
                answer = json.dumps(provider.body).encode()
                self.send_response(provider.status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def provider() -> Iterator[Provider]:
    one = Provider()
    yield one
    one.server.shutdown()
    one.server.server_close()


@pytest.fixture
def texting(switchboard: Build, provider: Provider) -> Switchboard:
    """Acme, texting through SignalWire's REST interface."""
    return switchboard(
        WITH_TEXTS,
        sms_provider="signalwire",
        signalwire_api_url=provider.url,
        signalwire_project_id="p",
        signalwire_api_token="t",
    )


def fates(board: Switchboard) -> list[tuple[str, str, str]]:
    journal = board.ledger[-1]["events"]
    texts = [one["data"] for one in journal if one["event"] == "text_noted"]
    return sorted((one["what"], one["fate"], one["reason"]) for one in texts)


def ask_for_sales(board: Switchboard, caller: str = "+12025550177", call_id: str = "c1") -> Any:
    phone = Phone(board.app, caller=caller, call_id=call_id)
    phone.dials()
    return phone.asks("connect", destination="sales", reason="a leak", summary="")


def test_a_slow_provider_delays_nobody_beyond_its_time(texting: Switchboard, provider: Provider) -> None:
    provider.delay = 5.0
    before = time.monotonic()
    assert moved(ask_for_sales(texting))
    assert time.monotonic() - before < 2.0
    assert fates(texting) == [("caller", "failed", "timeout"), ("person", "failed", "timeout")]


def test_a_refusing_provider_is_on_record_and_the_call_goes_on(texting: Switchboard, provider: Provider) -> None:
    provider.status, provider.body = 422, {"errors": [{"code": "21614", "message": "not mobile"}]}
    assert verbs(moved(ask_for_sales(texting)), "connect")
    assert fates(texting)[0] == ("caller", "failed", "not a mobile number")


def test_texts_by_rest_are_sent_once_and_not_by_the_document(texting: Switchboard, provider: Provider) -> None:
    first = ask_for_sales(texting)
    phone = Phone(texting.app)
    phone.dials()
    assert phone.asks("connect", destination="sales", reason="a leak", summary="") == first
    assert [text["to"] for text in sorted(provider.texts, key=lambda t: str(t["to"]))] == [
        "+12025550111",
        "+12025550177",
    ]
    assert not verbs(moved(first), "send_sms")


def test_who_opted_out_once_is_never_texted_again(texting: Switchboard, provider: Provider) -> None:
    provider.status, provider.body = 422, {"errors": [{"code": "21610", "message": "unsubscribed"}]}
    ask_for_sales(texting)
    provider.texts.clear()
    ask_for_sales(texting, call_id="c2")
    assert provider.texts == []
    assert fates(texting) == [("caller", "skipped", "opted out of texts"), ("person", "skipped", "opted out of texts")]


@pytest.mark.parametrize(
    ("caller", "why"),
    [
        ("anonymous", "the caller's number is not known"),
        ("+442071838750", "a landline"),
        ("+15550001", "not a valid number"),
    ],
)
def test_a_number_that_cannot_be_texted_is_skipped_with_the_reason(switchboard: Build, caller: str, why: str) -> None:
    board = switchboard(WITH_TEXTS)
    texts = verbs(moved(ask_for_sales(board, caller=caller)), "send_sms")
    assert [text["to_number"] for text in texts] == ["+12025550111"]
    assert fates(board) == [("caller", "skipped", why), ("person", "in the document", "")]


def test_the_document_texts_and_the_platform_reports_how_it_went(switchboard: Build) -> None:
    board = switchboard(WITH_TEXTS)
    phone = Phone(board.app)
    phone.dials()
    reply = phone.asks("connect", destination="sales", reason="a leak", summary="")
    caller, _ = verbs(moved(reply), "send_sms")
    phone.post(caller["status_callback"], {"id": "m1", "status": "delivered", "to": "+12025550177"})
    in_call = [("caller", "in the document", ""), ("person", "in the document", "")]
    assert fates(board) == sorted([*in_call, ("caller", "delivered", "")])


def test_the_platform_reports_an_opt_out_and_it_is_kept(switchboard: Build) -> None:
    board = switchboard(WITH_TEXTS)
    caller, _ = verbs(moved(ask_for_sales(board)), "send_sms")
    body = {"id": "m1", "status": "undelivered", "to": "+12025550177", "error_code": "21610"}
    Phone(board.app).post(caller["status_callback"], body)
    texts = verbs(moved(ask_for_sales(board, call_id="c2")), "send_sms")
    assert [text["to_number"] for text in texts] == ["+12025550111"]


def test_a_saved_file_counts_from_the_next_call_on(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    caller.dials()
    acme.write({**ACME, "greeting": "Acme, at your service."})
    again = Phone(acme.app, call_id="c2")
    again.dials()
    assert again.greeting == "Acme, at your service."


def test_a_broken_file_changes_nothing(acme: Switchboard) -> None:
    acme.file.write_text("company: [oops")
    caller = Phone(acme.app)
    caller.dials()
    assert caller.greeting == "Thanks for calling Acme Plumbing. How can I help?"


def test_without_a_database_callers_are_still_answered(acme: Switchboard, databases: Databases) -> None:
    databases.take_away(acme.settings.database_url)
    caller = Phone(acme.app)
    caller.dials()
    assert caller.greeting
    reply = caller.asks("connect", destination="sales", reason="a leak", summary="")
    assert "did not work" in str(reply["response"])
    assert acme.app.test_client().get("/ready").status_code == 503
    assert acme.app.test_client().get("/health").status_code == 200


def test_without_a_database_a_caller_who_comes_back_is_still_received(acme: Switchboard, databases: Databases) -> None:
    caller = Phone(acme.app)
    caller.dials()
    document = moved(caller.asks("connect", destination="sales", reason="a leak", summary=""))
    databases.take_away(acme.settings.database_url)
    caller.follows(verbs(document, "transfer")[-1]["dest"])
    assert caller.greeting


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_a_database_that_says_nothing_costs_a_caller_two_seconds(acme: Switchboard, postgres: Postgres) -> None:
    caller = Phone(acme.app)
    caller.dials()
    assert acme.app.test_client().get("/ready").status_code == 200
    began = time.monotonic()
    with stopped(postgres):
        reply = caller.asks("connect", destination="sales", reason="a leak", summary="")
        took = time.monotonic() - began
        assert acme.app.test_client().get("/health").status_code == 200
    assert "did not work" in str(reply["response"])
    assert took < 2.0


BROKEN = """
from agents import attendant, sdk

class Broken(attendant.Attendant):
    @sdk.tool(description="Breaks.")
    def breaks(self) -> str:
        raise RuntimeError("the password is hunter2")

class Fickle(attendant.Attendant):
    built = 0

    def __init__(self, directory=None, name=""):
        Fickle.built += 1
        if Fickle.built > 1:
            raise RuntimeError("the password is hunter2")
        super().__init__(directory, name)
"""


@pytest.fixture
def broken(switchboard: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Switchboard:
    """Acme with two agents of somebody's own that do not work."""
    sys.modules.pop("broken_agents", None)
    (tmp_path / "broken_agents.py").write_text(BROKEN)
    monkeypatch.syspath_prepend(str(tmp_path))
    agents = {name.lower(): {"about": "breaks", "class": f"broken_agents:{name}"} for name in ("Broken", "Fickle")}
    return switchboard({**ACME, "agents": {**ACME["agents"], **agents}})


def test_what_a_tool_of_somebodys_own_raises_is_never_spoken(broken: Switchboard) -> None:
    caller = Phone(broken.app)
    caller.dials("/swml/broken")
    reply = caller.asks("breaks")
    assert "did not work" in str(reply["response"])
    assert "hunter2" not in str(reply)


def test_an_unexpected_error_still_answers_the_caller(broken: Switchboard) -> None:
    fetch = {"call": {"call_id": "c9", "from": "+12025550177", "to": "+12025550100"}}
    headers = basic("signalwire", PASSWORD)
    response = broken.app.test_client().post("/swml/fickle", json=fetch, headers=headers)
    assert response.status_code == 200
    document = response.get_json()
    validate_document(document)
    assert [next(iter(verb)) for verb in document["sections"]["main"]] == [
        "answer",
        "play",
        "connect",
        "cond",
        "play",
        "hangup",
    ]
    assert verbs(document, "connect")[0]["to"] == "+12025550111"  # the line's fallback
    assert "hunter2" not in response.text


def test_logs_hide_numbers_credentials_and_tokens() -> None:
    with production_logs() as stream:
        structlog.get_logger().info(
            "call",
            caller="+12025550177",
            url="https://u:secret@desk.example/tools?t=abc.def",
            said=["my card is 4111111111111111"],
        )
        try:
            raise RuntimeError("no answer from +12025550111")
        except RuntimeError:
            structlog.get_logger().exception("failed", call="c1")
    written = stream.getvalue()
    for hidden in ("2025550177", "2025550111", "secret", "abc.def", "4111111111111111"):
        assert hidden not in written
    assert '"call": "c1"' in written


def test_the_app_writes_no_speech_and_no_number_to_its_log(
    acme: Switchboard, capfd: pytest.CaptureFixture[str]
) -> None:
    caller = Phone(acme.app)
    caller.dials()
    caller.asks("take_message", message="My secret is a blue door.", destination="sales")
    caller.asks("connect", destination="sales", reason="a blue door", summary="Has a blue door.")
    out, err = capfd.readouterr()
    assert "blue door" not in out + err
    assert "2025550177" not in out + err


def test_a_restart_in_the_middle_of_a_call_loses_nothing(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    caller.dials()
    document = moved(caller.asks("connect", destination="sales", reason="a leak", summary="Pat has a leak."))
    reborn = build(acme.settings, clock=acme.clock)
    caller.client = reborn.test_client()
    caller.notes(step_1="connect failed busy")
    caller.follows(verbs(document, "transfer")[-1]["dest"])
    assert "Pat has a leak." in json.dumps(caller.ai["prompt"])
    assert acme.story == [("sales", "busy")]
    reborn.extensions["switchboard"].close()
