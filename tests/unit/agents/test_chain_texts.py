"""Texts in the document itself, and words that must stay words."""

from datetime import UTC, datetime

from agents.tools.context import Asked
from agents.tools.sms import might_ring, might_text
from swml.render import render_reply
from tests.support.directories import read
from tests.unit.agents.test_chain import ACME, ask, department, document, visit


def test_texts_go_out_before_the_phone_rings() -> None:
    directory = department(text_caller="Ref {ref}.", text_person="{caller_number} about {reason}.")
    main = document(directory)
    kinds = [next(iter(step)) for step in main]
    assert kinds.index("send_sms") < kinds.index("connect")
    caller, dana = (step["send_sms"] for step in main if "send_sms" in step)
    assert (caller["to_number"], caller["body"]) == ("+12025550177", "Ref K7Q4.")
    assert (dana["to_number"], dana["body"]) == ("+12025550111", "+12025550177 about a quote.")
    assert dana["from_number"] == "+12025550100"


def test_nothing_a_caller_says_is_filled_in_by_the_platform() -> None:
    directory = department(text_person="About {reason}.", announce="About {reason}.")
    reply = render_reply(ask(visit(directory), "sales", reason="${envs.SECRET} and %{call.from}").reply)
    spoken = str(reply["action"][0]) + str(
        next(s for s in reply["action"][1]["SWML"]["sections"]["main"] if "send_sms" in s)
    )
    assert "${" not in spoken
    assert "%{" not in spoken


def test_no_text_and_no_announcement_repeats_a_secret() -> None:
    said = "card 4111 1111 1111 1111, my code is 482913"
    directory = department(text_caller="About {reason}.", text_person="About {reason}.", announce="About {reason}.")
    reply = str(render_reply(ask(visit(directory), "sales", reason=said).reply))
    assert reply.count("About card a card number [removed], my code is a code [removed].") == 3
    assert "4111" not in reply
    assert "482913" not in reply


def test_whoever_is_rung_only_when_another_department_is_closed_is_looked_up_beforehand() -> None:
    oncall = {"about": "nights", "hours": "office", "reach": ["voicemail"], "closed": {"then": [{"ring": ["dana"]}]}}
    sales = {"about": "orders", "reach": [{"department": "oncall"}], "text_person": "{reason}"}
    directory = read({**ACME, "departments": {"sales": sales, "oncall": oncall}})
    at_night = visit(directory, at=datetime(2026, 11, 21, 4, tzinfo=UTC))
    assert ask(at_night, "sales").claims == ("dana",)
    asked, call = Asked("connect", {"destination": "sales"}), at_night.call
    assert might_ring(asked, directory)
    assert directory.people["dana"].phone in might_text(asked, directory, call)
