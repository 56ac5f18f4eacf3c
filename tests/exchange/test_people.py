"""How people behave when they are rung, as a scenario says it; and what the exchange makes of that."""

import pytest
from werkzeug.wrappers import Response

from exchange import Person
from exchange.phones.people import GREETING
from exchange.scenarios.words import MOMENTS, Moment, read_person
from tests.exchange.app import App, say, swml
from tests.exchange.conftest import Build

DANA, OURS = "+12025550111", "+12025550100"


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("answers after 3, presses 2", Person(after=3, presses=("2",))),
        ("presses nothing then 1", Person(presses=("", "1"))),
        ("says yes", Person(says=("yes",), presses=("",))),
        ("asks Who is it?, says no", Person(says=("Who is it?", "no"), presses=("",))),
        ('says "No, not now", presses 1', Person(says=("No, not now",), presses=("1",))),
        ("says nothing", Person(says=("",), presses=("",))),
        ("thinks for 5", Person(thinks_for=5)),
        ("hangs up in the briefing", Person(leaves_on="ai starts", leaves_after=2)),
        ("hangs_up 0.5 s into the question", Person(leaves_on="verb prompt", leaves_after=0.5)),
        ("hangs up after 1", Person(talks_for=1)),
        ("unreachable", Person(when_rung="fails")),
        ("machine after 8", Person(when_rung="voicemail", after=8)),
        ("voicemail unnoticed", Person(when_rung="voicemail", noticed=False)),
    ],
)
def test_a_behaviour_is_read(text: str, person: Person) -> None:
    assert read_person(text) == person


@pytest.mark.parametrize("text", ["sings", "presses x", "says", "hangs up in the bath", "answers, sings", ""])
def test_anything_else_is_refused_with_what_there_is(text: str) -> None:
    with pytest.raises(ValueError, match="answers after 3"):
        read_person(text)


ASK = {"prompt": {"play": "say:Press 1 or say yes.", "initial_timeout": 6, "speech_timeout": 3, "max_digits": 1}}
TELL = {"play": {"url": "say:${prompt_result} ${prompt_value}, ${detect_result}"}}
DOCUMENT = swml({"detect_machine": {}}, ASK, TELL, {"hangup": {}})


@pytest.mark.parametrize(
    ("person", "told"),
    [
        ("says yes", "match_speech yes, human"),
        ("presses 2", "match_digits 2, human"),
        ("says nothing", "no_input , human"),
        ("voicemail", f"match_speech {GREETING}, machine"),
        ("voicemail unnoticed", f"match_speech {GREETING}, human"),
    ],
)
def test_who_is_rung_is_heard_by_the_document(exchange: Build, person: str, told: str) -> None:
    platform = exchange(people={DANA: read_person(person)})
    platform.api.command({"command": "dial", "params": {"from": OURS, "to": DANA, "swml": DOCUMENT}})
    platform.run_all()
    assert platform.calls[0].heard[-1] == told


def test_nobody_can_make_a_machine_say_more_than_its_greeting(exchange: Build) -> None:
    platform = exchange(people={DANA: read_person("voicemail")})
    document = swml(ASK, ASK, TELL, {"hangup": {}})
    platform.api.command({"command": "dial", "params": {"from": OURS, "to": DANA, "swml": document}})
    platform.run_all()
    assert platform.calls[0].heard[-1].startswith("no_input")


@pytest.mark.parametrize(
    ("behaviour", "heard"),
    [
        ("hangs up 1 s into the question", ["Hello.", "Press 1 or say yes."]),
        ("answers", ["Hello.", "Press 1 or say yes.", "Bye."]),
    ],
)
def test_somebody_hangs_up_in_the_middle_of_a_question(exchange: Build, behaviour: str, heard: list[str]) -> None:
    platform = exchange(people={DANA: read_person(behaviour)})
    document = swml(say("Hello."), ASK, say("Bye."), {"hangup": {}})
    platform.api.command({"command": "dial", "params": {"from": OURS, "to": DANA, "swml": document}})
    platform.run_all()
    assert platform.calls[0].heard == heard


@pytest.mark.parametrize(
    ("moment", "after", "up_to"),
    [
        ("ringing", 2, "ringing"),
        ("answered", 0.5, "answered"),
        ("question", 1, "verb prompt"),
        ("accepted", 0, "conference"),
    ],
)
def test_a_caller_leaves_on_what_happens_on_a_leg_that_rest_dialled(
    app: App, exchange: Build, moment: Moment, after: float, up_to: str
) -> None:
    app.routes["/swml"] = swml(say("Wait, please."), {"sleep": 600_000})
    platform = exchange(people={DANA: Person(after=4)})
    call = platform.dial(caller=Person(leaves_on=MOMENTS[moment], leaves_after=after))
    meeting = swml({"detect_machine": {}}, ASK, {"join_conference": {"name": "t", "end_on_exit": True}})
    platform.api.command({"command": "dial", "params": {"from": OURS, "to": DANA, "swml": meeting}})
    platform.run(lambda: call.over)
    theirs = [entry for entry in platform.ladder.find(leg=DANA) if up_to in f"{entry.kind} {entry.text}"]
    assert call.find("end", leg="caller")[0].at == pytest.approx(theirs[0].at + after)


PAGE = """<form method=post><button name=answer value=accept> Accept </button></form>
<form method=post action=/elsewhere><input type=hidden name=id value=7><input name=message>
<button name=answer value=decline>Decline</button></form>"""


@pytest.mark.parametrize(
    ("behaviour", "path", "sent"),
    [
        ("accepts by card", "/card", {"answer": "accept"}),
        ("declines by card saying not now", "/elsewhere", {"id": "7", "message": "not now", "answer": "decline"}),
        ("calls back by card saying at three", "", {}),
        ("answers", "", {}),
    ],
)
def test_the_link_in_a_text_message_is_followed_and_a_form_is_sent(
    app: App, exchange: Build, behaviour: str, path: str, sent: dict[str, str]
) -> None:
    app.routes |= {"/card": Response(PAGE, content_type="text/html"), "/elsewhere": {}}
    app.routes["/swml"] = swml(
        {"send_sms": {"to_number": DANA, "from_number": OURS, "body": f"See {app.at('/card')}."}}
    )
    platform = exchange(people={DANA: read_person(behaviour)}, numbers=(OURS,))
    platform.dial().run()
    posted = [(asked.path, asked.body) for asked in app.asked if asked.method == "POST" and asked.path != "/swml"]
    assert posted == ([(path, sent)] if path else [])
