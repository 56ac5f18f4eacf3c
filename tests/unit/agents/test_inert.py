"""Words of others are never live: thirty payloads through every tool, into every document, reply and REST body."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import httpx
import pytest

from agents import greeting, sdk
from agents.attendant import Attendant
from agents.documents import consult, offer
from agents.registry import Staff
from agents.tools.context import Answer, Asked, Visit
from agents.tools.offered import tools_for
from calls.briefing.briefing import briefing_of
from calls.directory.model import Directory
from calls.legs.attempts import Attempt
from calls.numbers import Number
from calls.outcomes import Outcome
from calls.queue.entry import PersonOffer, QueueEntry
from calls.transfer.model import State, Transfer
from exchange.documents.expressions import Scope, expand
from gateways.signalwire.calls import Carrier
from swml import messaging, verbs
from swml.live import Live, filled, inert
from swml.render import render, render_answer, render_message, render_reply, render_steps
from swml.replies import ChangeStep, Reply, Say, SetGlobalData, ToolResult, UnsetGlobalData, UserInput
from swml.verbs import Document
from tests.support.directories import read
from tests.unit.agents.test_chain import FRIDAY_NOON, visit

Json = dict[str, Any]

PAYLOADS = (
    "${call.from}", "%{call.from}", "%{envs.k}", "${envs.SECRET_KEY}", "${vars.x}", "${global_data.x}", "${1 + 1}",
    "${lc:${call.from}}", "${enc:url:${envs.k}}", "%{lc:x}", "@{expr 1 + 1}", "@{strftime_tz UTC %H:%M}",
    "@{fmt_ph +12025550199}", "@{sleep 9}", "$${call.from}", "%%{call.from}", "$%@{call.from}", "@${call.from}",
    "$%{call.from}", "${${call.from}}", "{$call.from}${", "${", "%{call", "a$ {b} ${c", "{${call.from}",
    "\\${call.from}", "\\u0024{call.from}", "}${call.from}{", "$$$$$${call.from}", "${\u200bcall.from}",
    "x\n${call.from}\r\ny", '"}],"x":"${call.from}',
)  # fmt: skip
"""What a caller can have said or a model can have made up, as the platform would fill it in."""

OURS = re.compile(
    r"\$\{(connect_result|connect_failed_reason|sip_refer_response_code|sip_refer_to_response_code|record_result"
    r"|record_url|queue_result|queue_told|request_response\.(say|told)|t_1_step_\d+)\}"
)
_BEGINS = re.compile(r"[$%@]\{")

DIRECTORY: Json = {
    "company": "Acme Plumbing",
    "timezone": "America/New_York",
    "lines": {"+12025550100": {"agent": "receptionist"}},
    "people": {
        "dana": {"name": "Dana Reyes", "phone": "+12025550111", "texts": True},
        "lee": {"name": "Lee Park", "sip": "sip:lee@pbx.acme.example"},
    },
    "policy": {"regions": ["US"], "allow_dialling": True},
    "departments": {
        "sales": {
            "about": "orders",
            "announce": "To {department} about {reason}, {summary}.",
            "text_caller": "{ref} {reason} {summary}",
            "reach": [{"ring": ["dana", "lee"]}, "voicemail"],
        },
        "later": {
            "about": "orders",
            "announce": "About {reason}.",
            "announce_mode": "post_process",
            "returns": True,
            "reach": [{"ring": ["dana"]}],
        },
        "warm": {
            "about": "asks first",
            "handoff": "whisper",
            "text_person": "{reason} {summary} {card_url}",
            "reach": [{"ring": ["dana", "lee"]}, {"agent": "partner"}],
        },
        "boss": {
            "about": "decides",
            "handoff": "consult",
            "announce": "About {reason}.",
            "introduction": "About {reason}: {summary}.",
            "reach": [{"ring": ["dana"]}, "callback"],
        },
        "talk": {"about": "waits", "handoff": "consult", "while_waiting": "talk", "reach": [{"ring": ["dana"]}]},
        "line": {"about": "queues", "reach": [{"queue": {"name": "line", "wait": 120}}, {"agent": "partner"}]},
        "pbx": {"about": "moves", "reach": [{"refer": "sip:1@pbx.acme.example"}, {"ring": ["lee"]}]},
    },
    "agents": {
        "billing_desk": {"about": "invoices", "instructions": "Explain."},
        "partner": {"about": "a partner", "url": "https://agents.partner.example/swml"},
    },
    "escalation": {"department": "boss"},
}  # fmt: skip


@cache
def directory() -> Directory:
    return read(DIRECTORY)


@cache
def staff() -> Staff:
    return Staff(directory())


def texts(value: object) -> Iterator[str]:
    """Every text and every key in JSON values, inside inline documents as well."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield str(name)
            yield from texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from texts(one)
    elif isinstance(value, str):
        inline = value.startswith('{"version"')
        yield from texts(json.loads(value)) if inline else (value,)


def live(value: object) -> list[str]:
    """The texts in which the platform would fill in something that is not ours."""
    return [text for text in texts(value) if _BEGINS.search(OURS.sub("", text))]


def here(payload: str, leg: Any = "phone", **more: Any) -> Visit:
    seen = visit(directory(), leg=leg)
    seen = replace(seen, forms=staff().forms, can_consult=True, **more)
    return replace(seen, sent_by=transfer(payload))


def transfer(payload: str, **more: Any) -> Transfer:
    """A transfer of which all was said by others."""
    known: Json = {"id": "t_1", "ref": "K7Q4", "call_id": "c1", "mechanism": "consult", "destination": "sales"}
    known |= {"final": True, "reason": payload, "summary": payload, "agent": "receptionist", "started_at": FRIDAY_NOON}
    known |= {"facts": ((payload, payload), ("name", payload)), "note": payload}
    return Transfer(**{**known, **more})


ATTEMPT = Attempt(1, 0, "+12025550111", started_at=FRIDAY_NOON, person="dana", stage="briefing", words="in a meeting")


@pytest.mark.parametrize("leg", ["phone", "sip"])
@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_tool_answers_with_it(payload: str, leg: str) -> None:
    tools = tools_for(directory(), "receptionist", sip=leg == "sip", returning=True)
    assert len(tools) >= 13
    moved = 0
    for tool in tools:
        named = tool.parameters.get("destination")
        for destination in (*directory().departments, "partner", payload) if named else (payload,):
            said: Json = dict.fromkeys(tool.parameters, payload) | {"destination": destination}
            if "number" in said:
                said["number"] = "" if tool.name == "request_callback" else payload
            asked = Asked(tool.name, said, json.dumps(said), facts=((payload, payload), ("name", payload)))
            waiting = transfer(payload, state=State.CONSULTING)
            answer: Answer = tool.run(asked, here(payload, leg, waiting=waiting))
            moved += answer.transfer is not None and answer.transfer.live
            assert not live(render_reply(answer.reply) if not _text(answer) else json.loads(_text(answer)))
    assert moved > 5


def _text(answer: Answer) -> str:
    return getattr(answer.reply, "text", "")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_agents_document_has_it(payload: str) -> None:
    call = here(payload).call
    arrived = [
        greeting.placed(replace(call, direction="outbound"), ((payload, payload),), directory()),
        greeting.sent(call, transfer(payload), directory()),
        *(greeting.returned(call, transfer(payload, outcome=one), directory()) for one in Outcome),
    ]
    for agent in ("receptionist", "billing_desk"):
        for arrival in arrived:
            assert not live(_stamped(agent, arrival.greeting, arrival.briefing, facts=arrival.facts))


def _stamped(agent: str, first_words: str, briefing: str, **slots: Any) -> Json:
    urls: Json = {
        "tools_url": "https://u:p@desk.example/tools?t=1",
        "report_url": "https://u:p@desk.example/report?t=1",
    }
    document = staff().blueprint(agent).stamp(**urls, greeting=first_words, briefing=briefing, **slots)
    found: Json = json.loads(document)
    # What its author has written is no business of ours: prompts may name the platform's variables.
    return found


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_document_of_a_persons_leg_has_it(payload: str) -> None:
    tried = replace(ATTEMPT, outcome=Outcome.DECLINED, words=payload)
    for one in (transfer(payload), transfer(payload, attempts=(tried,))):
        told = briefing_of(one, caller=Number("+12025550177"), directory=directory(), person="dana")
        said = [{"role": "user", "content": payload}, {"role": "assistant", "content": payload}]
        links = here(payload).links
        head = consult.first_gate(payload, one, ATTEMPT, links, directory())
        tail = consult.last_gate(one, ATTEMPT, links, directory(), within=9)
        assert not live(_stamped("briefer", told.whisper(), told.prompt(said), head=head, tail=tail))
    entry = QueueEntry(
        "k", "line", "line", "callback", FRIDAY_NOON, FRIDAY_NOON, number="+12025550177", name=payload, need=payload
    )
    soon = FRIDAY_NOON + timedelta(minutes=1)
    made = PersonOffer("o_1", entry.id, "dana", 1, "+12025550111", FRIDAY_NOON, soon)
    for known in (transfer(payload), None):
        words = offer.words_for(entry, known, directory(), "dana")
        assert not live(render(offer.briefing(words, made, here(payload).links, directory())))
    assert not live(render(consult.farewell(payload)))
    assert not live(messaging.answer(payload))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_rest_body_has_it(payload: str) -> None:
    bodies: list[Json] = []

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        return httpx.Response(200, json={"id": "leg"})

    carrier = Carrier("https://acme.signalwire.example", "p", "t")
    carrier.__dict__["_client"] = httpx.Client(base_url=carrier.api, transport=httpx.MockTransport(answer))
    carrier.message("c1", render_message(payload))
    carrier.update("c1", render(consult.farewell(payload)))
    assert len(bodies) == 2
    assert not live(bodies)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_action_has_it_and_keys_are_words_too(payload: str) -> None:
    actions = (
        Say(payload), SetGlobalData({payload: payload, "deep": {payload: [payload]}}), UnsetGlobalData(payload),
        UserInput(payload), ChangeStep(payload),
    )  # fmt: skip
    assert not live(render_reply(Reply(payload, actions)))
    assert not live(render_reply(Reply(ToolResult(payload, payload), actions)))
    assert not live(render_answer({payload: payload, "say": [payload]}))
    steps = (
        verbs.Set({payload: payload}),
        verbs.Execute(dest="https://partner.example/swml", params={payload: {payload: payload}}),
        verbs.Request("https://partner.example", timeout=2, body={payload: payload}, headers={payload: payload}),
        verbs.SendSms(to_number="+12025550111", from_number="+12025550100", body=payload),
        verbs.Play(url=f"say:{' '.join(payload.split())}"),
        verbs.Return(payload),
    )
    assert not live(render_steps(steps))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_sip_header_is_one_line_and_has_none_of_it(payload: str) -> None:
    leg = verbs.Destination(to="sip:lee@pbx.acme.example", headers=(("X-Reason", payload),), from_name=payload)
    (dialled,) = render_steps((verbs.Connect(serial=(leg,)),))
    assert not live(dialled)
    (header,) = dialled["connect"]["serial"][0]["headers"]
    told = briefing_of(transfer(payload), caller=None, directory=directory()).header()
    for value in (header["value"], dialled["connect"]["serial"][0]["from_name"], told):
        assert not any(sign in value for sign in "\r\n")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_is_heard_are_plain_words(payload: str) -> None:
    """The exchange, as the platform, fills in what it finds."""
    scope = Scope({"x": "LEAK"}, {"k": "LEAK", "SECRET_KEY": "LEAK"}, {"from": "LEAK"})
    (spoken,) = render_steps((verbs.Play(url=f"say:{' '.join(payload.split())}"),))
    heard = expand(spoken, scope)["play"]["url"]
    assert heard == spoken["play"]["url"]
    letters = re.sub(r"[$%@\s{}]", "", payload)
    assert re.sub(r"[$%@\s{}]", "", heard.removeprefix("say:")) == letters  # nothing but signs is gone


def test_our_own_expressions_live_and_what_is_made_of_them_does_not() -> None:
    ours = Live("connect ${connect_result}")
    assert render_steps((verbs.Set({"note": ours}),)) == [{"set": {"note": "connect ${connect_result}"}}]
    assert inert(ours) == "connect ${connect_result}"
    for text in (ours + " x", f"{ours}", ours.upper().lower(), ours[:]):
        assert "${" not in inert(text + "")
    assert filled("${{connect_result}} at {who}", who="${call.from}") == "${connect_result} at {call.from}"
    for wrong in ("${call.from}", "%{x}"):
        with pytest.raises(ValueError, match=r".+"):
            verbs.Transfer(dest=wrong)
        assert verbs.Transfer(dest=Live(wrong))


class Author(Attendant):
    """Somebody's own agent, whose tools put their arguments wherever they like."""

    @sdk.tool(description="Everywhere.")
    def everywhere(self, words: str) -> Any:
        result = sdk.Result(f"You said {words}.")
        result.say(f"You said {words}.")
        result.update_global_data({words: words})
        result.execute_swml(_document_of(words))
        return result

    @sdk.tool(description="As it is.")
    def as_it_is(self, words: str) -> Any:
        return {"found": words}


def _document_of(words: str) -> Json:
    said = {"set": {"ai_response": "Paid: ${pay_result}, " + words}}
    return {"version": "1.0.0", "sections": {"main": [said, {"send_sms": {"body": words}}]}}


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_tool_of_somebodys_own_agent_answers_with_it(payload: str) -> None:
    tools = sdk.tools_of(Author(directory(), "billing_desk"))
    reply = tools["everywhere"]({"words": payload}, {"argument": {"raw": payload}})
    (document,) = (one["SWML"] for one in reply["action"] if "SWML" in one)
    (first, *_) = document["sections"]["main"]
    assert first["set"]["ai_response"].startswith("Paid: ${pay_result}")  # its author's expressions live
    first["set"]["ai_response"] = first["set"]["ai_response"].replace("${pay_result}", "")
    assert not live(reply)
    assert not live(tools["as_it_is"]({"words": payload}, {}))


def test_documents_of_ours_have_no_other_expressions() -> None:
    """The table above is whole: what our own documents fill in is in it, and nothing else."""
    assert live(render(Document((verbs.Set({"x": Live("${call.from}")}),)))) == ["${call.from}"]
