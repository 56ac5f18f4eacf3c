"""A reply from a form is to the byte the one that is made anew, whoever rings and whatever they have said."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.documents.urls import Links
from agents.tools import transfer
from agents.tools.context import Answer, Asked, Visit
from agents.tools.forms import Forms
from calls.call import Call, Leg
from calls.directory.model import Directory
from calls.numbers import Number
from calls.routing.availability import Presence
from gateways.database.rows import to_json
from swml.render import render_reply
from swml.replies import Written
from tests.support.directories import directories, moments, read

Json = dict[str, Any]
FRIDAY_NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)
PARTNER = "https://agents.partner.example/swml"
ACME: Json = {
    "company": "Acme", "timezone": "America/New_York",
    "lines": {"+12025550100": {}, "+12025550102": {"fallback": "dana"}},
    "people": {"dana": {"name": "Dana Reyes", "phone": "+12025550111"}},
    "agents": {"partner": {"about": "parts", "url": PARTNER}},
    "departments": {
        "sales": {"about": "quotes", "reach": [{"ring": ["dana", "+12025550120"]}, "voicemail"]},
        "billing": {"about": "b", "announce": "{reason}: {department}, {ref}.", "reach": [{"ring": ["+12025550121"]}]},
        "refunds": {"about": "c", "announce_mode": "post_process", "reach": [{"ring": ["+12025550121"]}]},
        "bakery": {"about": "bread", "caller_id": "caller", "reach": [{"ring": ["+12025550122"]}]},
        "support": {"about": "help", "handoff": "whisper", "reach": [{"ring": ["dana"]}]},
        "parts": {"about": "parts", "reach": [{"agent": "partner"}]},
    },
}  # fmt: skip
FORMED = {"sales": True, "billing": True, "refunds": True, "bakery": True, "support": False, "parts": False}


def callers(directory: Directory, *, at: datetime = FRIDAY_NOON, leg: Leg = "phone") -> list[Visit]:
    """A caller, and others who each differ from the first in one thing."""
    links = Links("https://u:p@desk.example", lambda claims: json.dumps(claims).encode().hex(), {"partner": PARTNER})
    call = Call("call-1", Number("+12025550177"), Number("+12025550100"), leg, "inbound", "receptionist")
    first = Visit(directory, call, at, links, "t_1", "K7Q4")
    talking = {key: Presence(key, claimed=at + timedelta(minutes=1)) for key in directory.people}
    others = (
        replace(call, id="call-2"),
        replace(call, caller=Number("+12025550178")),
        replace(call, caller=None),
        replace(call, line=Number("+12025550102")),
        replace(call, agent="nightdesk"),
    )
    return [
        first,
        *(replace(first, call=other) for other in others),
        replace(first, transfer_id="t_2"),
        replace(first, ref="slot-0;"),
        replace(first, presences=talking),
    ]


def ask(visit: Visit, destination: str, reason: str) -> Answer:
    arguments = {"destination": destination, "reason": reason, "summary": f"Wants {reason}."}
    return transfer.transfer(Asked("connect", arguments, facts=(("tier", reason),)), visit)


def same(visit: Visit, destination: str, reason: str, forms: Forms) -> bool:
    """Asks with forms and without, and says whether the reply came from a form."""
    anew, formed = (ask(replace(visit, forms=one), destination, reason) for one in (None, forms))
    assert replace(formed, reply=anew.reply) == anew
    if not isinstance(formed.reply, Written):
        return False
    assert formed.reply.text == to_json(render_reply(anew.reply))
    assert render_reply(formed.reply) == render_reply(anew.reply)
    return True


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(directories(), moments(), st.sampled_from(["phone", "sip", "webrtc"]), st.booleans())
def test_a_reply_from_a_form_is_the_one_made_anew(data: Json, at: datetime, leg: Leg, texts_in_call: bool) -> None:
    directory, forms = read(data), Forms()
    reasons = cycle(('a "quote"', "ein Büro für slot-0; ${x}", "", "a\nleak 4111 1111 1111 1111"))
    for visit in callers(directory, at=at, leg=leg):
        for name, reason in zip(directory.departments, reasons, strict=False):
            same(replace(visit, texts_in_call=texts_in_call), name, reason, forms)


def test_callers_who_differ_in_one_thing() -> None:
    directory, forms = read(ACME), Forms()
    for visit in callers(directory):
        assert {name: same(visit, name, "a quote", forms) for name in directory.departments} == FORMED


def test_the_second_caller_gets_nothing_of_the_first() -> None:
    directory, forms = read(ACME), Forms()
    one, other, *_ = callers(directory)
    ask(replace(one, forms=forms), "billing", "bankruptcy")
    reply = ask(replace(other, forms=forms, transfer_id="t_2", ref="AAAA"), "billing", "a bill").reply
    assert isinstance(reply, Written)
    assert "a bill: billing, AAAA." in reply.text
    assert not [word for word in ("bankruptcy", "t_1", "K7Q4", b"call-1".hex()) if word in reply.text]
