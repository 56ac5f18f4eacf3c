"""A telephone for tests: it posts what the platform posts, to the URLs that the documents themselves name.

Every document and every reply that passes through it is validated against the platform's own schema.
"""

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.contract.schema import validate_document, validate_reply

Json = dict[str, Any]


def basic(user: str, password: str) -> dict[str, str]:
    """An Authorization header."""
    return {"Authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode()}


class Phone:
    """One caller's phone call, as the platform would carry it."""

    def __init__(
        self,
        app: Flask,
        *,
        caller: str = "+12025550177",
        line: str = "+12025550100",
        leg: str = "phone",
        call_id: str = "c1",
        user: str = "signalwire",
        password: str = "secret",
    ) -> None:
        self.client: FlaskClient = app.test_client()
        self.caller, self.line, self.leg, self.call_id = caller, line, leg, call_id
        self.auth = basic(user, password)
        self.document: Json = {}
        self.moving: Json = {}
        self.vars: Json = {}
        self.session = "s1"

    def dials(self, path: str = "/swml", *, direction: str = "inbound") -> Json:
        """Fetch the first document."""
        return self._document(path, direction=direction)

    @property
    def ai(self) -> Json:
        """The `ai` verb of the document the caller is in."""
        return next(verb["ai"] for verb in self.document["sections"]["main"] if "ai" in verb)

    @property
    def greeting(self) -> str:
        """What the agent says first."""
        return str(self.ai["params"]["static_greeting"])

    @property
    def tools(self) -> list[str]:
        """The tools the agent has."""
        return [function["function"] for function in self.ai["SWAIG"]["functions"]]

    def asks(self, function: str, **arguments: object) -> Json:
        """The model uses a tool; the reply, validated."""
        response = self.post(self.ai["SWAIG"]["defaults"]["web_hook_url"], self.tool_body(function, arguments))
        assert response.status_code == 200, response.text
        reply: Json = response.get_json()
        validate_reply(reply)
        self.moving = next((action["SWML"] for action in reply.get("action", []) if "SWML" in action), self.moving)
        return reply

    def notes(self, **results: str) -> None:
        """The document the caller is in has noted these results: `step_1="connect failed busy"`."""
        names = {name for values in verbs(self.moving, "set") for name in values}
        for step, result in results.items():
            (name,) = [name for name in names if name.endswith(f"_{step}")]
            self.vars[name] = result

    def tool_body(self, function: str, arguments: Mapping[str, object]) -> Json:
        """The body of a tool call."""
        return {
            "function": function,
            "argument": {"parsed": [arguments], "raw": json.dumps(arguments)},
            "call_id": self.call_id,
            "ai_session_id": self.session,
            "caller_id_num": self.caller,
            "global_data": self.ai.get("global_data", {}),
            "meta_data": {},
            "SWMLVars": self.vars,
            "SWMLCall": self._call(),
            "content_type": "text/swaig",
            "version": "2.0",
        }

    def follows(self, url: str, **variables: object) -> Json:
        """The script moves on to one of our URLs, with these variables."""
        self.vars = {**self.vars, **variables}
        self.session += "'"
        return self._document(url)

    def reports(self, summary: Mapping[str, object], **more: object) -> TestResponse:
        """The AI session ends."""
        data = {"post_prompt_data": {"parsed": [summary]}}
        body = {"action": "post_conversation", "call_id": self.call_id, **data, **more}
        return self.post(self.ai["post_prompt_url"], body)

    def leg_is(self, destination: Json, state: str, reason: str | None = None) -> TestResponse:
        """A status callback about a dialled leg."""
        params = {"call_id": "b1", "call_state": state, "end_reason": reason}
        return self.post(destination["call_state_url"], {"event_type": "calling.call.state", "params": params})

    def connect_is(self, connect: Json, state: str, reason: str | None = None) -> TestResponse:
        """A status callback about a connect."""
        params = {"call_id": self.call_id, "connect_state": state, "failed_reason": reason}
        return self.post(connect["status_url"], {"event_type": "calling.call.connect", "params": params})

    def post(self, url: str, body: object, **headers: str) -> TestResponse:
        """POST to a URL of ours; the credentials in it become a header, as the platform does it."""
        parts = urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        auth = basic(parts.username, parts.password or "") if parts.username else self.auth
        return self.client.post(path, json=body, headers={**auth, **headers})

    def _document(self, url: str, *, direction: str = "inbound") -> Json:
        response = self.post(url, {"call": self._call(direction), "vars": self.vars, "envs": {}, "params": {}})
        assert response.status_code == 200, response.text
        self.document = response.get_json()
        validate_document(self.document)
        return self.document

    def _call(self, direction: str = "inbound") -> Json:
        theirs, ours = (self.caller, self.line) if direction == "inbound" else (self.line, self.caller)
        return {
            "call_id": self.call_id,
            "node_id": "n1",
            "segment_id": "g1",
            "call_state": "created",
            "direction": direction,
            "type": self.leg,
            "from": theirs,
            "to": ours,
            "headers": [],
            "project_id": "p1",
            "space_id": "s1",
        }


def moved(reply: Json) -> Json:
    """The document in a reply that moves the call."""
    return next(action["SWML"] for action in reply["action"] if "SWML" in action)


def verbs(document: Json, name: str) -> list[Json]:
    """Every verb of that name in a document, inside conditions too, in order; its other sections after `main`.

    All but what is for the case that we are not there.
    """
    sections = [steps for section, steps in document["sections"].items() if section != "away"]
    found = [value for steps in sections for verb, value in walk(steps) if verb == name]
    return [value for value in found if value != {"dest": "away"}]


def out_of_the_queue(enter_queue: Json) -> str:
    """Our document that the platform fetches when somebody has taken a caller out of the queue."""
    inline = json.loads(enter_queue["execute_after_queue"])
    return str(verbs(inline, "transfer")[0]["dest"])


def walk(steps: list[Json]) -> list[tuple[str, Any]]:
    """Every verb with its value, depth first."""
    found: list[tuple[str, Any]] = []
    for step in steps:
        for name, value in step.items():
            found.append((name, value))
            if name == "cond":
                for branch in value:
                    found += walk(branch.get("then", []) + branch.get("else", []))
    return found
