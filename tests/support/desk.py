"""Somebody at the desk: a browser that keeps cookies and sends the forms of the page it is on."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from calls.orders import KeepMessage
from calls.queue.entry import QueueEntry
from tests.contract.conftest import FRIDAY_NOON, Switchboard

PASSWORD = "a password of twelve"
PLATFORM: dict[str, Any] = {"signalwire_space": "acme", "signalwire_project_id": "p1", "signalwire_api_token": "t1"}
"""With which people can be rung from the desk."""


class Desk:
    """One browser. `of` is the business it looks at."""

    def __init__(self, app: Flask, *, of: str = "", address: str = "192.0.2.7") -> None:
        self.client = app.test_client()
        self.of, self.address = f"?of={of}" if of else "", address

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, headers=headers, buffered=True, environ_overrides={"REMOTE_ADDR": self.address})

    def opens(self, path: str = "board") -> str:
        """The page, as somebody reads its source."""
        response = self.get(f"/desk/{path}{self.of}")
        assert response.status_code == 200, response.headers.get("Location", response.text)
        return response.text

    def logs_in(self, password: str = PASSWORD) -> TestResponse:
        """Open the login page, type the password, and press Enter."""
        return self.post("login", self.token_on(self.get("/desk/login").text), password=password)

    def presses(self, what: str, **fields: str) -> str:
        """Send a form of the board. The word that the next page says."""
        response = self.post(f"{what}{self.of}", self.token_on(self.opens()), **fields)
        assert response.status_code == 303, response.text
        return response.headers["Location"].rpartition("said=")[2]

    def post(self, path: str, token: str, **fields: str) -> TestResponse:
        form = {"token": token, **fields}
        return self.client.post(f"/desk/{path}", data=form, environ_overrides={"REMOTE_ADDR": self.address})

    def token_on(self, page: str) -> str:
        """What the forms of this page carry."""
        found = re.search(r'name="token" value="([^"]+)"', page)
        assert found, page
        return unescape(found[1])


def words(page: str) -> str:
    """What is to be read on a page."""
    body = re.sub(r"<(style|script).*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split()).replace(" ,", ",")


def waits(board: Switchboard, number: str = "+12025550177", **more: Any) -> QueueEntry:
    """A caller waits for support; `kind` and `due_at` make it a callback."""
    known: dict[str, Any] = {
        "key": number,
        "queue": "support",
        "department": "support",
        "kind": "caller",
        "number": number,
    }
    known |= {"since": board.clock.at - timedelta(seconds=125), "due_at": FRIDAY_NOON, "line": "+12025550100"}
    return board.records.enter(QueueEntry(**{**known, **more}))


def leaves(board: Switchboard, body: str = "Ring me.", **more: Any) -> int:
    """A caller has left a message for press."""
    told: dict[str, Any] = {"key": body, "kind": "message", "call_id": None, "destination": "press", "body": body}
    board.records.keep_message(KeepMessage(**{**told, "at": FRIDAY_NOON, **more}))
    return max(int(row["id"]) for row in board.records.messages())
