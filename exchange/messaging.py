"""Text messages to a number of the application's: posted to it, and answered as its document says.

The platform posts JSON and runs a messaging document; at an address that ends in /twilio it is Twilio who posts a form
and gets TwiML. Both sign: the platform over the address with its credentials, unlike for calls.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import yaml

from exchange.core.legs import Network
from exchange.core.wire import Address, Answer, Outgoing, Unreachable
from exchange.documents.document import as_data
from exchange.documents.expressions import EvaluationFailed, Scope, expand
from exchange.phones.texts import Text, deliver
from exchange.verbs.flow import ask

VERBS = ("reply", "receive", "request")  # of messaging documents; others there are, and nobody here needs them
STEPS = 100  # of a messaging document, at most
FORM = "application/x-www-form-urlencoded"


async def receive(exchange: Network, from_: str, to: str, body: str, *, times: int = 1) -> None:
    """Somebody texts one of the application's numbers. More than once: the same message, delivered again."""
    office = exchange.office
    office.note("text in", f"{from_} → {to}: {body}")
    message_id = office.call.uuid()
    for _ in range(times):
        request = _by_twilio if exchange.messages_url.endswith("/twilio") else _by_platform
        try:
            answer = await office.send("text in", request(exchange, message_id, from_, to, body))
        except Unreachable:
            return
        if not answer.ok:
            office.violation(f"text answered {answer.status}")
            return
        if exchange.messages_url.endswith("/twilio"):
            for message in ElementTree.fromstring(answer.body).iter("Message"):  # noqa: S314, of the app under test
                await _send(exchange, to, from_, message.text or "")
        else:
            await _run(exchange, answer, to, from_)


def _by_platform(exchange: Network, message_id: str, from_: str, to: str, body: str) -> Outgoing:
    message = {
        "message_id": message_id,
        "project_id": exchange.project_id,
        "space_id": exchange.space_id,
        "direction": "inbound",
        "type": "sms",
        "from": from_,
        "to": to,
        "body": body,
        "media": [],
        "segments": 1,
        "timestamp": exchange.clock.iso(),
    }
    posted = json.dumps({"message": message, "params": {}}).encode()
    address = Address.of(exchange.messages_url)
    headers = {"Content-Type": "application/json", "Accept": "application/json, application/yaml, text/x-yaml"}
    if exchange.signing_key:
        signed = hmac.new(exchange.signing_key.encode(), exchange.messages_url.encode() + posted, hashlib.sha1)
        headers["X-Signalwire-Signature"] = signed.hexdigest()
    return Outgoing(address.url, posted, headers=headers, credentials=address.credentials)


def _by_twilio(exchange: Network, message_id: str, from_: str, to: str, body: str) -> Outgoing:
    form = {"MessageSid": message_id, "AccountSid": exchange.project_id, "From": from_, "To": to, "Body": body,
            "NumMedia": "0"}  # fmt: skip
    message = exchange.messages_url + "".join(f"{name}{form[name]}" for name in sorted(form))
    signed = hmac.new(exchange.token.encode(), message.encode(), hashlib.sha1).digest()
    headers = {"Content-Type": FORM, "X-Twilio-Signature": base64.b64encode(signed).decode()}
    return Outgoing(exchange.messages_url, urlencode(form).encode(), headers=headers)


async def _run(exchange: Network, answer: Answer, from_: str, to: str) -> None:
    """Run a messaging document: its replies go to the sender."""
    try:
        steps = as_data(answer.body)["sections"]["main"]
    except (ValueError, LookupError, TypeError, yaml.YAMLError):
        exchange.office.violation("no messaging document")
        return
    if len(steps) > STEPS:
        exchange.office.violation(f"messaging document of {len(steps)} steps, over {STEPS}")
        return
    names: dict[str, Any] = {}
    for written in steps:
        try:
            step = expand(written, Scope(names))
        except EvaluationFailed as problem:
            exchange.office.violation(f"messaging document: {problem}")
            return
        verb, args = next(iter(step.items()))
        if verb == "request":
            detailed = exchange.assumptions.detailed_text_results
            await ask(exchange.office, names, {"method": "POST", **args}, detailed=detailed)
        elif body := _reply(exchange, step):
            await _send(exchange, from_, to, body)


def _reply(exchange: Network, step: Mapping[str, Any]) -> str:
    """What a step answers, "" for nothing."""
    verb, args = next(iter(step.items()))
    if verb not in VERBS or (verb == "receive" and args != {}):
        exchange.office.violation(f"{verb} is no step of a messaging document")
        return ""
    if verb == "receive":
        return ""
    body = args if isinstance(args, str) else args.get("body", "")
    unknown = {} if isinstance(args, str) else args.keys() - {"body", "media", "to", "from", "status_url"}
    if not body or unknown:
        exchange.office.violation(f"reply without a body, or with {', '.join(unknown) or 'nothing'}")
    return str(body)


async def _send(exchange: Network, from_: str, to: str, body: str) -> None:
    office = exchange.office
    text = Text(office.call.uuid(), to, from_, body, exchange.clock.elapsed, exchange.clock.iso())
    exchange.texts.append(text)
    office.note("sms", f"{to}: {body}", sender=from_)
    exchange.spawn(deliver(office, text))
