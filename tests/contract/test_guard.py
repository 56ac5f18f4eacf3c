"""Who may call us, and what happens to those who may not: a clear no, and nothing leaks."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from handlers.app import build
from tests.contract.conftest import PASSWORD, SECRET, Build, Switchboard
from tests.support.phone import Phone, basic, moved, verbs

KEY = "PSK_of_this_test"
FETCH = {"call": {"call_id": "c1", "from": "+12025550177", "to": "+12025550100"}}


def post(app: Flask, path: str, body: object, **headers: str) -> TestResponse:
    return app.test_client().post(path, json=body, headers=headers)


@pytest.mark.parametrize(
    "headers",
    [{}, basic("signalwire", "wrong"), basic("wrong", PASSWORD), basic("", ""), {"Authorization": "Bearer secret"},
     {"Authorization": "Basic !!!"}],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/swml", "/swml/billing_desk", "/tools", "/report", "/events/call"])
def test_wrong_credentials_are_401(acme: Switchboard, path: str, headers: dict[str, str]) -> None:
    response = post(acme.app, path, FETCH, **headers)
    assert response.status_code == 401
    assert "Basic" in response.headers["WWW-Authenticate"]
    assert PASSWORD not in response.text


def test_a_get_needs_credentials_too(acme: Switchboard) -> None:
    assert acme.app.test_client().get("/swml").status_code == 401


def test_a_get_sends_the_platform_on_to_the_post_that_carries_the_call(acme: Switchboard) -> None:
    response = acme.app.test_client().get("/swml", headers=basic("signalwire", PASSWORD))
    (step,) = response.get_json()["sections"]["main"]
    caller = Phone(acme.app)
    caller.follows(step["transfer"]["dest"])
    assert caller.greeting == "Thanks for calling Acme Plumbing. How can I help?"


def forged_tokens(acme: Switchboard) -> list[str]:
    caller = Phone(acme.app)
    caller.dials()
    real = caller.ai["SWAIG"]["defaults"]["web_hook_url"].partition("?t=")[2]
    payload, _, signature = real.partition(".")
    other = build(acme.settings.model_copy(update={"secret_key": "another"}))
    stranger = Phone(other)
    stranger.dials()
    theirs = stranger.ai["SWAIG"]["defaults"]["web_hook_url"].partition("?t=")[2]
    other.extensions["switchboard"].close()
    return ["", "x", payload, f"{payload}.", f"{payload}x.{signature}", real[:-1], theirs, "é", "." * 5000]


@pytest.mark.parametrize("path", ["/tools", "/report", "/events/call", "/swml/receptionist"])
def test_forged_tokens_are_403(acme: Switchboard, path: str) -> None:
    for token in forged_tokens(acme):
        if path.startswith("/swml") and not token:
            continue  # a fetch without a token is a new call
        body = {**FETCH, "function": "connect", "call_id": "c1", "params": {"call_state": "ringing"}}
        response = post(acme.app, f"{path}?t={token}", body, **basic("signalwire", PASSWORD))
        assert response.status_code == 403, token
        assert SECRET not in response.text


def test_a_token_is_good_for_its_own_call_and_purpose_only(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    caller.dials()
    tools, report = caller.ai["SWAIG"]["defaults"]["web_hook_url"], caller.ai["post_prompt_url"]
    stranger = {**caller.tool_body("connect", {"destination": "sales"}), "call_id": "c2"}
    assert caller.post(tools, stranger).status_code == 403
    assert caller.post(report, {"call_id": "c2"}).status_code == 403
    connect = verbs(moved(caller.asks("connect", destination="sales", reason="x", summary="")), "connect")[0]
    event = connect["status_url"]
    assert caller.post(event.replace("/events/connect", "/events/call"), {"params": {}}).status_code == 403
    assert caller.post(event.replace("/events/connect", "/tools"), stranger).status_code == 403
    assert caller.post(event.replace("/events/connect", "/swml/receptionist"), FETCH).status_code == 403
    assert caller.post(tools.replace("/tools", "/swml/receptionist"), FETCH).status_code == 403


def test_tokens_are_good_in_every_worker_and_after_a_restart(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    caller.dials()
    restarted = build(acme.settings, clock=acme.clock)
    caller.client = restarted.test_client()
    first = caller.asks("connect", destination="sales", reason="a quote", summary="")
    caller.client = acme.app.test_client()
    assert caller.asks("connect", destination="sales", reason="a quote", summary="") == first
    assert [call["caller"] for call in [acme.records.call("c1")] if call] == ["+12025550177"]
    restarted.extensions["switchboard"].close()


def signed(
    app: Flask, url: str, body: dict[str, Any], *, key: str = KEY, sha1: bool = True, sha256: bool = True
) -> int:
    raw = json.dumps(body).encode()
    message = ("https://desk.example" + url).encode() + raw
    headers = {**basic("signalwire", PASSWORD), "Content-Type": "application/json"}
    if sha1:
        headers["X-SignalWire-Signature"] = hmac.new(key.encode(), message, hashlib.sha1).hexdigest()
    if sha256:
        headers["X-Signalwire-SHA256-Signature"] = hmac.new(key.encode(), message, hashlib.sha256).hexdigest()
    return app.test_client().post(url, data=raw, headers=headers, base_url="http://10.1.2.3:8080").status_code


def test_with_a_signing_key_every_fetch_is_signed_over_the_public_url(switchboard: Build) -> None:
    board = switchboard(public_url="https://desk.example/", signalwire_signing_key=KEY)
    assert signed(board.app, "/swml", FETCH) == 200
    assert signed(board.app, "/swml", FETCH, sha256=False) == 200
    assert signed(board.app, "/swml", FETCH, sha1=False) == 200
    assert signed(board.app, "/swml?x=1&y=%20", FETCH) == 200
    assert signed(board.app, "/swml", FETCH, key="wrong") == 403
    assert signed(board.app, "/swml", FETCH, sha1=False, sha256=False) == 403


def test_one_wrong_signature_of_two_is_one_too_many(switchboard: Build) -> None:
    board = switchboard(public_url="https://desk.example", signalwire_signing_key=KEY)
    raw = json.dumps(FETCH).encode()
    right = hmac.new(KEY.encode(), b"https://desk.example/swml" + raw, hashlib.sha256).hexdigest()
    headers = {
        **basic("signalwire", PASSWORD),
        "X-Signalwire-SHA256-Signature": right,
        "X-Signalwire-Signature": "0" * 40,
    }
    assert board.app.test_client().post("/swml", data=raw, headers=headers).status_code == 403


def test_tools_need_no_signature_for_the_platform_signs_none(switchboard: Build) -> None:
    board = switchboard(public_url="https://desk.example", signalwire_signing_key=KEY)
    raw = json.dumps(FETCH).encode()
    right = hmac.new(KEY.encode(), b"https://desk.example/swml" + raw, hashlib.sha256).hexdigest()
    headers = {**basic("signalwire", PASSWORD), "X-Signalwire-SHA256-Signature": right}
    caller = Phone(board.app)
    caller.document = board.app.test_client().post("/swml", data=raw, headers=headers).get_json()
    assert caller.asks("check_availability", destination="sales")["response"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[1]", b"null", b'"x"', b'{"call": null}', b'{"call": 5}', b"[" * 100_000, b"\xff"]
)
@pytest.mark.parametrize("path", ["/swml", "/swml/billing_desk"])
def test_a_malformed_fetch_is_400_with_a_reason(acme: Switchboard, path: str, body: bytes) -> None:
    response = acme.app.test_client().post(path, data=body, headers=basic("signalwire", PASSWORD))
    assert response.status_code == 400
    assert response.get_json()["error"]
    assert "Traceback" not in response.text


@pytest.mark.parametrize("body", [{}, {"function": 5}, {"function": "connect"}, [], None, {"action": "get_signature"}])
def test_a_malformed_tool_call_is_400_with_a_reason(acme: Switchboard, body: object) -> None:
    caller = Phone(acme.app)
    caller.dials()
    response = caller.post(caller.ai["SWAIG"]["defaults"]["web_hook_url"], body)
    assert response.status_code == 400
    assert response.get_json()["error"]


def test_a_body_over_256_kilobytes_is_413(acme: Switchboard) -> None:
    large = {**FETCH, "vars": {"x": "y" * 256 * 1024}}
    assert post(acme.app, "/swml", large, **basic("signalwire", PASSWORD)).status_code == 413


def test_nobody_learns_which_agents_there_are_without_credentials(acme: Switchboard) -> None:
    assert post(acme.app, "/swml/nobody", FETCH).status_code == 401
    assert post(acme.app, "/swml/nobody", FETCH, **basic("signalwire", PASSWORD)).status_code == 404
    assert post(acme.app, "/swml/partner", FETCH, **basic("signalwire", PASSWORD)).status_code == 404


def test_health_and_readiness_are_told_to_everybody(acme: Switchboard) -> None:
    client = acme.app.test_client()
    assert client.get("/health").get_json() == {"status": "ok"}
    assert client.get("/ready").status_code == 200


def test_no_url_of_ours_carries_anything_personal(acme: Switchboard) -> None:
    caller = Phone(acme.app, caller="+12025550177")
    caller.dials()
    reply = caller.asks("connect", destination="sales", reason="a leak", summary="Pat has a leak.")
    for url in [
        caller.ai["post_prompt_url"],
        *(leg["call_state_url"] for leg in verbs(moved(reply), "connect")[0]["serial"]),
    ]:
        payload = url.partition("?t=")[2].partition(".")[0]
        clear = base64.urlsafe_b64decode(payload + "==")
        assert b"2025550177" not in clear
        assert b"leak" not in clear


def test_a_document_of_one_call_is_not_given_to_another(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    caller.dials()
    document = moved(caller.asks("connect", destination="sales", reason="x", summary=""))
    back = verbs(document, "transfer")[-1]["dest"]
    stranger = {**FETCH, "call": {**FETCH["call"], "call_id": "c2"}}
    assert caller.post(back, stranger).status_code == 403
    assert caller.post(back.replace("/swml/receptionist", "/swml/billing_desk"), FETCH).status_code == 403
    assert caller.post(back, FETCH).status_code == 200


def test_the_token_of_tools_is_none_of_a_report_nor_the_other_way_round(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    caller.dials()
    tools, report = caller.ai["SWAIG"]["defaults"]["web_hook_url"], caller.ai["post_prompt_url"]
    assert caller.post(tools.replace("/tools?", "/report?"), {"call_id": caller.call_id}).status_code == 403
    asked = caller.tool_body("check_availability", {"destination": "sales"})
    assert caller.post(report.replace("/report?", "/tools?"), asked).status_code == 403


def test_a_calls_tokens_end_with_the_call(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    caller.dials()
    tools, report = caller.ai["SWAIG"]["defaults"]["web_hook_url"], caller.ai["post_prompt_url"]
    asked = caller.tool_body("check_availability", {"destination": "sales"})
    caller.asks("hangup_hook")
    assert caller.post(tools, asked).status_code == 200  # it may have been under way
    acme.clock.at += timedelta(minutes=2)
    assert caller.post(tools, asked).status_code == 403
    assert caller.reports({"summary": "Asked for sales."}).status_code == 200  # which comes afterwards
    caller.follows("https://desk.example/swml")  # an agent has the call after all
    assert caller.post(caller.ai["SWAIG"]["defaults"]["web_hook_url"], asked).status_code == 200
    acme.clock.at += timedelta(hours=1)
    assert caller.post(report, {"call_id": caller.call_id}).status_code == 403


def test_a_token_is_good_for_a_day_at_most(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    caller.dials()
    caller.asks("check_availability", destination="sales")
    acme.clock.at += timedelta(hours=24)
    tools = caller.ai["SWAIG"]["defaults"]["web_hook_url"]
    asked = caller.tool_body("check_availability", {"destination": "sales"})
    assert caller.post(tools, asked).status_code == 403
