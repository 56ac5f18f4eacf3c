"""REST resources besides calls: logs, messages, queues, and the Messages of LaML and Twilio. Numbers: see there."""

import re
from collections.abc import Callable
from typing import Any

from flask import Flask, jsonify, request
from werkzeug.wrappers import Response

from exchange.phones.texts import Text, deliver
from exchange.rest.numbers import Numbers
from exchange.rest.shapes import Refused, Side, about, invalid, json_body, whole
from exchange.verbs.queues import Queue, queue_named

MESSAGE_TO = re.compile(r"\+\d{5,17}\Z")


def add_routes(app: Flask, api: Side) -> None:
    """Every path but the calls'."""
    views = Resources(api)
    rules: list[tuple[str, str, Callable[..., Any]]] = [
        *Numbers(api).rules,
        ("GET", "/api/voice/logs", views.logs),
        ("GET", "/api/voice/logs/<call_id>", views.log),
        ("GET", "/api/voice/logs/<call_id>/events", views.events),
        ("POST", "/api/messaging/messages", views.send),
        ("GET", "/api/messaging/logs", views.messages),
        ("PATCH", "/api/messaging/messages/<text_id>", views.redact),
        ("GET", "/api/relay/rest/queues", views.queues),
        ("POST", "/api/relay/rest/queues", views.make_queue),
        ("GET", "/api/relay/rest/queues/<queue_id>", views.queue),
        ("DELETE", "/api/relay/rest/queues/<queue_id>", views.drop_queue),
        ("GET", "/api/relay/rest/queues/<queue_id>/members", views.members),
        ("GET", "/api/relay/rest/queues/<queue_id>/members/next", views.next_member),
        ("GET", "/api/logs/conferences", views.conferences),
        ("POST", "/api/laml/2010-04-01/Accounts/<account>/Messages", views.laml),
        ("POST", "/api/laml/2010-04-01/Accounts/<account>/Messages.json", views.laml),
        ("POST", "/2010-04-01/Accounts/<account>/Messages.json", views.laml),
        ("GET", "/2010-04-01/Accounts/<account>/Messages/<text_id>.json", views.laml_message),
    ]
    for method, path, view in rules:
        app.add_url_rule(path, endpoint=f"{method} {path}", view_func=view, methods=[method])


class Resources:
    """The views."""

    def __init__(self, api: Side) -> None:
        self.api, self.exchange = api, api.exchange

    # Calls

    def logs(self) -> "Response":
        legs = list(self.exchange.legs.values())[-1 : -1 - whole("page_size", 50) : -1]
        return jsonify(data=[about(leg) for leg in legs], links={})

    def log(self, call_id: str) -> "Response":
        leg = self.exchange.legs.get(call_id)
        if leg is None:
            raise Refused(404, {"error": "Not Found"})
        return jsonify(about(leg))

    def events(self, call_id: str) -> "Response":
        leg = self.exchange.legs.get(call_id)
        if leg is None:
            raise Refused(404, {"error": "Not Found"})
        states = self.exchange.ladder.find("state", call=leg.call.id, leg=leg.name)
        start = self.exchange.clock.start.timestamp()
        listed = [
            {"name": f"calling.call.{entry.text.split()[0]}", "timestamp": round(start + entry.at, 6)}
            for entry in states
        ]
        return jsonify(data=listed, links={})

    # Messages

    def send(self) -> tuple["Response", int]:
        body = json_body()
        if not MESSAGE_TO.match(str(body.get("to", ""))):
            raise invalid("to", "to must be + and 5 to 17 digits")
        if not body.get("body") and not body.get("media"):
            raise invalid("body", "body or media is required", "missing_required_parameter")
        self._check_sender(str(body.get("from", "")))
        text = self._text(
            str(body["to"]), str(body["from"]), str(body.get("body") or ""), list(body.get("media") or [])
        )
        text.callback, text.variables = str(body.get("status_callback") or ""), body.get("custom_variables")
        self.exchange.do(lambda: self.exchange.spawn(deliver(self.exchange.office, text)))
        return jsonify(self._message(text)), 201

    def _check_sender(self, from_: str) -> None:
        if not from_:
            raise invalid("from", "from is required", "missing_required_parameter")
        if self.exchange.numbers and from_ not in self.exchange.numbers:
            raise invalid("from", "from must be a number of this project")

    def _text(self, to: str, from_: str, body: str, media: list[str]) -> Text:
        with self.api.lock:
            clock = self.exchange.clock
            text_id = self.exchange.dice.uuid("texts")
            text = Text(text_id, to, from_, body, clock.elapsed, clock.iso(), media)
            self.exchange.texts.append(text)
        office = self.exchange.office
        self.exchange.do(lambda: office.note("sms", f"{to}: {body}", sender=from_))
        return text

    def _message(self, text: Text) -> dict[str, Any]:
        facts = text.facts(self.exchange.project_id, text.created_at)
        facts |= {"direction": "outbound", "kind": "mms" if text.media else "sms", "media": text.media}
        facts |= {"created_at": text.created_at, "status_callback_url": text.callback or None}
        return facts | {"message_uri": f"/api/messaging/messages/{text.id}"}

    def _found(self, text_id: str) -> Text:
        texts: list[Text] = self.exchange.texts
        for text in texts:
            if text.id == text_id:
                return text
        raise Refused(404, {"error": "Not Found"})

    def messages(self) -> "Response":
        return jsonify(data=[self._message(text) for text in self.exchange.texts], links={})

    def redact(self, text_id: str) -> "Response":
        text = self._found(text_id)
        if json_body().get("body") != "":
            raise invalid("body", "body can only be emptied")
        text.body = ""
        return jsonify(self._message(text))

    def laml(self, account: str) -> tuple["Response", int]:
        form = request.form
        to, from_, body = form.get("To", ""), form.get("From", ""), form.get("Body", "")
        if not MESSAGE_TO.match(to) or not (body or form.get("MediaUrl")):
            code, message = (21211, "Invalid 'To' Phone Number") if body else (21602, "Message body is required")
            return jsonify(code=code, message=message, more_info="", status=400), 400
        if not from_ and not form.get("MessagingServiceSid"):
            return jsonify(code=21603, message="A 'From' number is required", more_info="", status=400), 400
        text = self._text(to, from_ or "service", body, form.getlist("MediaUrl"))
        text.callback = ""  # LaML posts its own form; delivery is read from the resource here
        self.exchange.do(lambda: self.exchange.spawn(deliver(self.exchange.office, text)))
        return jsonify(self._laml(text, account)), 201

    def laml_message(self, account: str, text_id: str) -> "Response":
        return jsonify(self._laml(self._found(text_id), account))

    def _laml(self, text: Text, account: str) -> dict[str, Any]:
        facts = text.facts(self.exchange.project_id, text.created_at)
        kept = {key: facts[key] for key in ("to", "from", "body", "status", "error_code", "error_message")}
        uri = f"/2010-04-01/Accounts/{account}/Messages/{text.id}.json"
        rest = {"num_segments": str(facts["number_of_segments"]), "num_media": str(len(text.media)), "uri": uri}
        return kept | rest | {"sid": text.id, "account_sid": account, "direction": "outbound-api", "date_created": None}

    # Queues and conferences

    def _queue(self, queue: Queue) -> dict[str, Any]:
        facts = {"id": queue.id, "project_id": self.exchange.project_id, "friendly_name": queue.name, "max_size": 1000}
        now = {"current_size": len(queue.waiting), "average_wait_time": queue.average}
        uri = f"/api/relay/rest/queues/{queue.id}"
        return facts | now | {"uri": uri, "date_created": queue.created_at, "date_updated": queue.created_at}

    def _queue_by_id(self, queue_id: str) -> Queue:
        queues: dict[str, Queue] = self.exchange.queues
        for queue in queues.values():
            if queue.id == queue_id:
                return queue
        raise Refused(404, {"error": "Not Found"})

    def queues(self) -> "Response":
        return jsonify(data=[self._queue(queue) for queue in self.exchange.queues.values()], links={})

    def make_queue(self) -> tuple["Response", int]:
        name = str(json_body().get("name", ""))
        if not name:
            raise invalid("name", "name is required", "missing_required_parameter")
        with self.api.lock:
            return jsonify(self._queue(queue_named(self.exchange, name))), 201

    def queue(self, queue_id: str) -> "Response":
        return jsonify(self._queue(self._queue_by_id(queue_id)))

    def drop_queue(self, queue_id: str) -> tuple[str, int]:
        del self.exchange.queues[self._queue_by_id(queue_id).name]
        return "", 204

    def _members(self, queue: Queue) -> list[dict[str, Any]]:
        now = self.exchange.clock.elapsed
        return [
            {
                "call_id": place.leg.call_id,
                "project_id": self.exchange.project_id,
                "queue_id": queue.id,
                "position": position,
                "wait_time": round(now - place.since),
                "date_enqueued": queue.created_at,
            }
            for position, place in enumerate(tuple(queue.waiting), 1)
        ]

    def members(self, queue_id: str) -> "Response":
        return jsonify(data=self._members(self._queue_by_id(queue_id)), links={})

    def next_member(self, queue_id: str) -> "Response":
        waiting = self._members(self._queue_by_id(queue_id))
        if not waiting:
            raise Refused(404, {"error": "Not Found"})
        return jsonify(waiting[0])

    def conferences(self) -> "Response":
        listed = [
            {"id": room.id, "name": room.name, "status": "in-progress" if room.running.is_set() else "init"}
            for room in tuple(self.exchange.conferences.values())
        ]
        return jsonify(data=listed, links={})
