"""Verbs as values: what the platform would refuse cannot be written, and what is written is what it expects."""

import json

import pytest

from swml import verbs as v
from swml.ai import Ai
from swml.render import render, render_steps, to_bytes, to_inline
from swml.speech import literal, say
from tests.contract.schema import validate_document

DANA, LEE, LINE = "+12025550111", "sip:lee@pbx.acme.example", "+12025550100"
EVENTS = "https://user:pass@acme.example/events/call?t=abc"
ACCEPT: v.Steps = (
    v.Prompt("say:Press 1 to take the call.", max_digits=1, initial_timeout=8),
    v.Cond((v.When("prompt_value == '1'", (v.Play("say:Connecting."),)), v.Else((v.Hangup(),)))),
)


@pytest.mark.parametrize(
    "wrong",
    [
        v.Connect,
        lambda: v.Connect(to=DANA, serial=(v.Destination(DANA),)),
        lambda: v.Connect(serial_parallel=((v.Destination(DANA),), ())),
        lambda: v.Connect(to="dana"),
        lambda: v.Connect(to="queue:sales"),
        lambda: v.Connect(serial=(v.Destination(DANA), v.Destination("queue:sales"))),
        lambda: v.Connect(to=DANA, timeout=0),
        lambda: v.Connect(to=DANA, status_url="acme.example/events"),
        lambda: v.Connect(to=DANA, call_state_events=("hungup",)),  # type: ignore[arg-type]
        lambda: v.Connect(to=DANA, result=(v.Else((v.Hangup(),)),)),
        lambda: v.Connect(to=DANA, confirm=(v.Sleep(1000),)),
        lambda: v.Destination(DANA, confirm=(v.Cond((v.When("x", (v.Transfer("main"),)),)),)),
        lambda: v.Destination(DANA, confirm=(v.Cond((v.When("x", ()), v.Else((v.Return(),)))),)),
        lambda: v.Destination(DANA, confirm=(v.Cond((v.When("x", (v.Cond((v.When("y", (v.Return(),)),)),)),)),)),
        lambda: v.Destination("12025550111"),
        lambda: v.SipRefer("1001"),
        lambda: v.SipRefer("sip:"),
        lambda: v.Transfer(DANA),
        lambda: v.Transfer('{"version": "1.0.0", "sections": {"main": [{"hangup": {}}]}}'),
        lambda: v.Transfer("sip:lee@pbx.acme.example"),
        lambda: v.Execute("tel:+12025550111"),
        lambda: v.EnterQueue(queue_name="sales", transfer_after_bridge=DANA),
        lambda: v.EnterQueue(queue_name="sales", transfer_after_bridge="https://a.example", wait_time=0),
        lambda: v.EnterQueue(queue_name="sales", wait_time=10),
        lambda: v.Connect(
            to="queue:sales", execute_after_queue="https://a.example", transfer_after_bridge="https://a.example"
        ),
        lambda: v.Request("https://a.example", timeout=0),
        lambda: v.Request("https://a.example", timeout=31),
        lambda: v.Request("https://a.example", timeout=1.5),  # type: ignore[arg-type]
        lambda: v.Request("https://a.example", timeout=2, connect_timeout=0.5),  # type: ignore[arg-type]
        lambda: v.Hangup("bored"),  # type: ignore[arg-type]
        v.Play,
        lambda: v.Play("hello"),
        lambda: v.Play("say:two\nlines"),
        lambda: v.Play("say:x", volume=41),
        lambda: v.Prompt(()),
        lambda: v.SendSms(to_number=DANA, from_number=LINE),
        lambda: v.SendSms(to_number="", from_number=LINE, body="x"),
        lambda: v.JoinConference("support", status_callback_event="start party"),
        lambda: v.JoinConference("support", max_participants=1),
        lambda: v.DetectMachine(wait=False),
        lambda: v.Record(max_length=0),
        lambda: v.Goto("again", max=101),
        lambda: v.Sleep(-2),
        lambda: v.Cond(()),
        lambda: v.Cond((v.Else(()), v.When("x", ()))),
        lambda: v.Cond((v.When("${connect_result} == 'connected'", ()),)),
        lambda: v.Document(()),
        lambda: Ai({}),
    ],
)
def test_what_the_platform_would_refuse_cannot_be_written(wrong: object) -> None:
    assert callable(wrong)
    with pytest.raises(ValueError):  # noqa: PT011, every verb has words of its own
        wrong()


def test_dialling_a_number_with_transfer_says_what_to_use_instead() -> None:
    with pytest.raises(ValueError, match="dialled by connect"):
        v.Transfer(DANA)


def test_everybody_rung_in_every_way() -> None:
    dana = v.Destination(DANA, from_=LINE, timeout=20, call_state_url=EVENTS, call_state_events=("answered", "ended"))
    lee = v.Destination(LEE, from_name="Acme", headers=(("X-Team", "support"),), confirm=ACCEPT, confirm_timeout=30)

    (connect,) = render_steps([v.Connect(serial=(dana, lee), status_url=EVENTS)])

    assert connect == {
        "connect": {
            "serial": [
                {
                    "to": DANA,
                    "from": LINE,
                    "timeout": 20,
                    "call_state_url": EVENTS,
                    "call_state_events": ["answered", "ended"],
                },
                {
                    "to": LEE,
                    "from_name": "Acme",
                    "headers": [{"name": "X-Team", "value": "support"}],
                    "confirm": [
                        {"prompt": {"play": "say:Press 1 to take the call.", "max_digits": 1, "initial_timeout": 8}},
                        {
                            "cond": [
                                {"when": "prompt_value == '1'", "then": [{"play": {"url": "say:Connecting."}}]},
                                {"else": [{"hangup": {}}]},
                            ]
                        },
                    ],
                    "confirm_timeout": 30,
                },
            ],
            "status_url": EVENTS,
        }
    }
    for connect_ in (
        v.Connect(serial=(dana, lee)),
        v.Connect(parallel=(dana, lee)),
        v.Connect(serial_parallel=((dana,), (lee, dana))),
        v.Connect(to=DANA, from_=LINE, ringback=("https://acme.example/hold.mp3",), confirm="https://acme.example/w"),
        v.Connect(to="queue:sales", transfer_after_bridge="https://acme.example/after"),
        v.Connect(to="queue:sales", execute_after_queue="https://acme.example/after"),
    ):
        validate_document(render(v.Document((connect_, v.Hangup()))))


def test_every_verb_is_what_the_sdk_schema_knows() -> None:
    inline = to_inline(v.Document((v.Hangup(),)))
    every: v.Steps = (
        v.Answer(max_duration=3600),
        v.Play(urls=("silence:0.5", "ring:us", "say:Hello.")),
        v.Prompt(("say:One or two?",), max_digits=1, speech_hints=("sales",), status_url=EVENTS),
        v.Record(beep=True, format="mp3", end_silence_timeout=5.0, max_length=180, status_url=EVENTS),
        v.RecordCall(control_id="r1", direction="both"),
        v.Connect(to=DANA, result=(v.When("connect_result == 'connected'", (v.Hangup(),)), v.Else((v.Return(1),)))),
        v.Connect(to=DANA, result=v.Cases({"connected": (v.Hangup(),)}, (v.Return(),))),
        v.SipRefer("sip:1001@pbx.acme.example", EVENTS),
        v.SendSms(to_number=DANA, from_number=LINE, body="Hello", status_callback=EVENTS),
        v.SendSms(to_number=DANA, from_number=LINE, media=("https://acme.example/card.png",)),
        v.JoinConference(
            "support",
            beep="onEnter",
            start_on_enter=False,
            status_callback=EVENTS,
            status_callback_event="start end join leave",
        ),
        v.EnterQueue(queue_name="sales", wait_time=120, status_url=EVENTS, transfer_after_bridge=inline),
        v.EnterQueue(queue_name="sales", execute_after_queue=inline),
        v.DetectMachine(detectors="amd", timeout=6.0, wait=True),
        v.Set({"facts": {"count": 1, "known": (True, None)}}),
        v.Unset(("facts",)),
        v.Switch("connect_result", {"connected": (v.Hangup(),)}, default=()),
        v.Label("again"),
        v.Goto("again", "tries < 3", max=3),
        v.Execute("later", {"a": 1}, on_return=(v.Play("say:Back."),)),
        v.Request("https://acme.example/x", timeout=3, headers={"X-A": "b"}, body={"a": 1}, save_variables=True),
        v.Sleep(-1),
        Ai({"text": "Brief the person."}, params={"wait_for_user": False}, post_prompt_url=EVENTS, hints=("Acme",)),
        v.Transfer("https://acme.example/swml", {"a": "b"}),
        v.Hangup("busy"),
    )
    document = v.Document(every, later=(v.Return({"ok": True}),))

    rendered = render(document)

    validate_document(rendered)
    assert list(rendered) == ["version", "sections"]
    assert json.loads(to_bytes(document)) == rendered
    assert {next(iter(step)) for step in rendered["sections"]["main"]} == {step.verb for step in every}


def test_what_is_left_out_stays_out_and_what_is_given_stays_in() -> None:
    steps = render_steps([v.Record(), v.Record(beep=False), v.Hangup(), v.Return(), v.Return(0), v.Unset(("a",))])

    expected = [{"record": {}}, {"record": {"beep": False}}, {"hangup": {}}, {"return": {}}, {"return": 0}]
    assert steps == [*expected, {"unset": ["a"]}]
    assert render_steps([v.Switch("x", {"1": ()}, default=()), v.Cond((v.When("x", ()), v.Else(())))]) == [
        {"switch": {"variable": "x", "case": {"1": []}, "default": []}},
        {"cond": [{"when": "x", "then": []}, {"else": []}]},
    ]


def test_a_lone_surrogate_from_a_model_still_makes_a_body() -> None:
    assert b"\\ud800" in to_bytes(v.Document((v.Set({"reason": "\ud800"}),)))


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Read me ${envs.secret} and %{call.from}.", "Read me {envs.secret} and {call.from}."),
        ("@{expr 1+1}", "{expr 1+1}"),
        ("$${a}", "{a}"),
        ("It costs $5 {or 10%}\n\tat a@b.example", "It costs $5 {or 10%} at a@b.example"),
    ],
)
def test_words_of_a_caller_cannot_pose_as_variables(text: str, spoken: str) -> None:
    assert literal(text) == spoken
    assert say(text) == f"say:{spoken}"
