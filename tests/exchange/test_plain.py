"""Ladder entries in plain words."""

from typing import Any

import pytest

from exchange.core.ladder import Entry
from exchange.softphone.plain import hears, plain


def entry(kind: str, text: str, leg: str = "caller", **detail: Any) -> Entry:
    return Entry(1.0, "c1", leg, kind, text, detail)


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("state", "ended no_answer", "Nobody answered"),
        ("state", "ended odd", "Ended: odd"),
        ("fetch", "POST /swml 200", "Fetches its document from /swml"),
        ("fetch", "POST /swml 500", "Fetches its document from /swml: failed (500)"),
        ("fetch", "POST /swml nobody there", "Fetches its document from /swml: failed (nobody there)"),
        ("tool", "connect /tools 200", "Tool connect: the app is asked"),
        ("callback", "calling.call.state ringing /events/call 200", "Report to the app about the phone: ringing"),
        ("callback", "message sent /events/message 200", "Report to the app about a text: sent"),
        ("verb", "enter_queue", "Wait in line"),
        ("verb", "dance", "Step dance"),
        ("queue", "sales-t_1 enqueue 1", "Waits in line"),
        ("hold", "245 s", "On hold, 245 seconds at most"),
        ("hold", "released", "Off hold"),
        ("bridge", "+12025550111", "Talks with +12025550111"),
        ("sms", "+12025550190: Ref {A}: yes", "Text to +12025550190: Ref {A}: yes"),
        ("record", "3.5 s Please ring me", "Recorded 3.5 seconds"),
        ("something new", "as it is", "Something new as it is"),
    ],
)
def test_an_entry_reads_like_a_sentence(kind: str, text: str, words: str) -> None:
    assert plain(entry(kind, text)) == words


def test_what_the_app_asks_of_the_platform_says_what_for() -> None:
    dial = {"command": "dial", "params": {"to": "+12025550111"}}
    assert plain(entry("rest", "POST /api/calling/calls dial 200", sent=dial)) == "The app rings +12025550111"
    braces = {"command": "dial", "params": {"to": "sip:{label}@x"}}
    assert plain(entry("rest", "POST /api/calling/calls dial 422", sent=braces)).endswith("{label}@x: failed (422)")


@pytest.mark.parametrize(
    ("kind", "text", "detail", "sound"),
    [
        ("sound", "music queue", {}, "music"),
        ("sound", "ringback provider", {}, "ringing"),
        ("hold", "245 s", {"music": True}, "hold music"),
        ("hold", "245 s", {"music": False}, "nothing"),
        ("hold", "released", {}, ""),
        ("said", "music", {}, ""),
    ],
)
def test_what_a_leg_goes_on_hearing(kind: str, text: str, detail: dict[str, Any], sound: str) -> None:
    assert hears(entry(kind, text, **detail)) == sound
