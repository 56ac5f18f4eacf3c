"""Any business, hour and behaviour, drawn by hypothesis as the content of a scenario file: `situations()`.

Whatever fails can be pasted into a scenario file as it is printed.
"""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

PEOPLE: dict[str, dict[str, Any]] = {
    "dana": {"name": "Dana Reyes", "phone": "+12025550111", "texts": True},
    "lee": {"name": "Lee Park", "sip": "sip:lee@pbx.acme.example"},
    "max": {"name": "Max Stone", "phone": "+12025550113"},
}
LINES = {"+12025550100": {"agent": "receptionist"}, "+12025550102": {"agent": "billing_desk"}}
AGENTS = {
    "billing_desk": {"about": "explains invoices", "instructions": "Explain what is on the invoice."},
    "partner": {"about": "our partner's assistant", "url": "https://agents.partner.example/swml"},
}
HOURS = {"office": {"mon-fri": "09:00-12:30, 13:00-17:30"}, "nights": {"daily": "22:00-06:00"}}
PARTNER = {"version": "1.0.0", "sections": {"main": [{"play": {"url": "say:Our partner speaking."}}]}}
WISHES = ("sales", "service", "supervisor")

WHEN_RUNG = ("answers after 2", "answers after 18", "busy", "no answer", "declines after 3", "fails with 503",
             "voicemail after 4", "voicemail unnoticed after 4", "busy after 2")  # fmt: skip
WHEN_ASKED = ("presses 1", "presses 2", "presses nothing", "says no", "presses nothing then 1",
              "hangs up in the question", "hangs up in the briefing")  # fmt: skip
WHEN_TALKING = ("hangs up after 5", "hangs up after 20", "hangs up after 200")
MOMENTS = ("greeting", "tool", "announcement", "ringing", "answered", "question", "accepted", "bridge", "queue", "hold",
           "voicemail")  # fmt: skip
FAULTS = ("callbacks_lost", "callbacks_delayed", "callbacks_repeated", "callbacks_reordered", "tools_repeated")
# What the scenarios are for is not looked at here: silence, and how soon a caller is told what happens.
EXPECTED = {
    "silence": 1e9,
    "announced_within": None,
    "back_within": None,
    "bridged_within": None,
    "phones_stop_within": None,
    "errors": "allowed",
}
OTHER_READINGS: tuple[dict[str, Any], ...] = (
    {"queue_timeout_continues": "transfer_after_bridge"},
    {"update_during_hold": False},
    {"disconnect_continues": False},
    {"confirm_end_accepts": False},
    {"script_end_hangs_up": False},
    {"race_won_at": "answer"},
)


def rings() -> st.SearchStrategy[dict[str, Any]]:
    """A ring step: in turn, together, or mixed, of people and a bare number."""
    one = st.sampled_from([*PEOPLE, "+12025550120"])
    groups = st.lists(one | st.lists(one, min_size=1, max_size=2, unique=True), min_size=1, max_size=3)
    order = st.sampled_from(["in_turn", "longest_idle", "round_robin", "weighted"])
    return st.fixed_dictionaries({"ring": groups}, optional={"for": st.sampled_from([5, 20])}) | st.fixed_dictionaries(
        {"ring": st.lists(one, min_size=1, max_size=3, unique=True), "together": st.booleans(), "order": order}
    )


def queues() -> st.SearchStrategy[dict[str, Any]]:
    """A queue step; its people are left to the ring steps, or named."""
    people = {"people": st.lists(st.sampled_from(sorted(PEOPLE)), min_size=1, unique=True)}
    queue = {"name": st.sampled_from(["front", "back"]), "wait": st.sampled_from([20, 60, 150, 400])}
    return st.fixed_dictionaries({"queue": st.fixed_dictionaries(queue, optional=people)})


def steps(later: tuple[str, ...]) -> st.SearchStrategy[Any]:
    """Any step of a chain. Only departments of `later` are led to, so that no chain goes round."""
    kinds: list[st.SearchStrategy[Any]] = [
        rings(),
        queues(),
        st.sampled_from(["voicemail", "callback"]),
        st.sampled_from([{"agent": "billing_desk"}, {"agent": "partner"}, {"refer": "sip:1001@pbx.acme.example"}]),
    ]
    if later:
        kinds.append(st.sampled_from([{"department": name} for name in later]))
    return st.one_of(kinds)


@st.composite
def departments(draw: st.DrawFn, name: str, later: tuple[str, ...]) -> dict[str, Any]:
    """A department. Some end a call on purpose, and say so."""
    chain = draw(st.lists(steps(later), min_size=1, max_size=4))
    optional: dict[str, st.SearchStrategy[Any]] = {
        "hours": st.sampled_from(sorted(HOURS)),
        "handoff": st.sampled_from(["blind", "whisper", "consult"]),
        "wrap_up": st.sampled_from([5, 60]),
        "callbacks": st.fixed_dictionaries({"tries": st.integers(1, 3), "every": st.sampled_from([1, 5])}),
        "returns": st.booleans(),
        "closed": st.builds(lambda then: {"then": then}, st.lists(steps(later), min_size=1, max_size=2)),
    }
    made: dict[str, Any] = {"about": f"everything about {name}", "reach": chain}
    made |= draw(st.fixed_dictionaries({}, optional=optional))
    if made.get("handoff") == "consult":
        made |= draw(st.fixed_dictionaries({}, optional={"while_waiting": st.sampled_from(["hold", "talk"])}))
    return made


@st.composite
def directories(draw: st.DrawFn) -> dict[str, Any]:
    """The content of a directory file."""
    return {
        "company": "Acme Plumbing",
        "timezone": "America/New_York",
        "country": "US",
        "sip_domain": "pbx.acme.example",
        "lines": LINES,
        "hours": HOURS,
        "people": PEOPLE,
        "departments": {name: draw(departments(name, WISHES[n + 1 :])) for n, name in enumerate(WISHES)},
        "agents": AGENTS,
        "escalation": {"department": "supervisor", "hold_limit": draw(st.sampled_from([30, 120]))},
    }


def behaviours() -> st.SearchStrategy[list[str]]:
    """How somebody behaves, each time they are rung."""
    one = st.builds(
        lambda *phrases: ", ".join(phrases),
        st.sampled_from(WHEN_RUNG),
        st.sampled_from(WHEN_ASKED),
        st.sampled_from(WHEN_TALKING),
    )
    return st.lists(one, min_size=1, max_size=3)


@st.composite
def calls(draw: st.DrawFn, number: int) -> dict[str, Any]:
    """A call: what the caller wants, says when a message is asked for, and whether and when they hang up."""
    wish = draw(st.sampled_from(WISHES))
    model = {"tool": "connect", "destination": wish, "reason": f"wish {number}", "summary": f"Wants {wish}."}
    made: dict[str, Any] = {
        "from": f"+120255501{90 + number}",
        "after": draw(st.sampled_from([0, 3, 45])),
        "leg": draw(st.sampled_from(["phone", "phone", "sip"])),
        "caller": [{"says": f"I would like {wish}.", "model": model}, {"says": "Please ring me back."}],
        "expect": EXPECTED,
    }
    if then := draw(st.sampled_from([None, "take_message", "request_callback"])):
        asked = {"destination": wish, "message": "Ring me."} if then == "take_message" else {"destination": wish}
        made["caller"][1]["model"] = {"tool": then, **asked}
    if keys := draw(st.sampled_from([None, "1", "2", "nothing then 1", "nothing then nothing then 2"])):
        made["presses"] = keys
    if draw(st.integers(0, 2)) == 0:
        during = draw(st.sampled_from(MOMENTS))
        made["hangs_up"] = {"during": during, "after": draw(st.sampled_from([0.2, 3, 30]))}
    return made


@st.composite
def situations(draw: st.DrawFn) -> dict[str, Any]:
    """Everything a scenario file may say of a few calls: any hour of a week, anybody, and us up or down."""
    hour = datetime(2026, 3, 16, 0, 30) + timedelta(hours=draw(st.integers(0, 167)))  # noqa: DTZ001, local
    made: dict[str, Any] = {
        "name": "Whatever happens",
        "at": hour.isoformat(sep=" "),
        "directory": draw(directories()),
        "elsewhere": {"partner": PARTNER},
        "people": {one: draw(behaviours()) for one in (*PEOPLE, "+12025550120")},
        "calls": [draw(calls(number)) for number in range(draw(st.integers(1, 3)))],
        "afterwards": 1800,
        "seed": draw(st.integers(1, 99)),
        "expect": {"errors": "allowed"},
    }
    if draw(st.booleans()):
        made["app"] = {"down": [draw(st.integers(1, 90)), draw(st.sampled_from([1, 10, 60, 400]))]}
    if draw(st.booleans()):
        made["faults"] = {draw(st.sampled_from(FAULTS)): draw(st.sampled_from([0.2, 1.0]))}
    if draw(st.booleans()):
        made["assumptions"] = draw(st.sampled_from(OTHER_READINGS))
    if draw(st.integers(0, 3)) == 0:
        made["rest"] = draw(st.sampled_from(["none", {"dial": 422}, {"update": ["no answer", "ok"]}, {"dial": 503}]))
    if made.get("rest") == "none":
        made["afterwards"] = 20_000  # nobody can be asked then: what became of a call is given up only after hours
    return made
