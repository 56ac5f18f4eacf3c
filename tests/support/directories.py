"""Random directories and moments, as the file would give them: `directories()`, `moments()` and `read()`."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from calls.directory.model import Directory

PEOPLE: dict[str, dict[str, object]] = {
    "dana": {"name": "Dana Reyes", "phone": "+12025550111", "texts": True},
    "lee": {"name": "Lee Park", "sip": "sip:lee@pbx.acme.example", "headers": {"X-Team": "support"}},
    "max": {"name": "Max Stone", "phone": "(202) 555-0113"},
    "ana": {"name": "Ana Ruiz", "phone": "+12025550114", "sip": "sips:ana@pbx.acme.example:5061"},
}
LINES = ("+12025550100", "+12025550102")
HOURS = ("office", "nights", "seasonal", "always", "never")
DEPARTMENTS = ("sales", "billing", "warehouse", "supervisor", "support", "repairs")
AGENTS = ("billing_desk", "concierge", "partner")
ZONES = ("America/New_York", "America/Los_Angeles", "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")
SPANS = (
    "closed",
    "09:00-12:30, 13:00-17:30",
    "00:00-24:00",
    "22:00-06:00",
    "01:30-03:15",
    "02:15-02:45",
    "23:00-24:00",
    "10:00-14:00",
)


def no_prompts(name: str) -> str | None:
    """Prompt files: prompts/*.md exist."""
    return "You are kind." if name.startswith("prompts/") else None


def two_holidays(place: str, year: int) -> Mapping[date, str]:
    """Public holidays of every known country: New Year and Christmas."""
    if place not in ("US", "US-CA", "NO"):
        raise LookupError(place)
    return {date(year, 1, 1): "New Year's Day", date(year, 12, 25): "Christmas Day"}


def read(data: object) -> Directory:
    """The directory of such a file. Raises Mistakes."""
    return Directory.read(data, public_holidays=two_holidays, prompts=no_prompts)


def moments() -> st.SearchStrategy[datetime]:
    """Aware moments of a few years, often close to a change of the clocks or of the year."""
    changes = [
        datetime(2026, 3, 8, 7, tzinfo=UTC),
        datetime(2026, 11, 1, 6, tzinfo=UTC),
        datetime(2026, 4, 4, 15, tzinfo=UTC),
        datetime(2027, 1, 1, tzinfo=UTC),
    ]
    near = st.tuples(st.sampled_from(changes), st.integers(-2880, 2880)).map(lambda t: t[0] + timedelta(minutes=t[1]))
    first, last = datetime(2025, 1, 1), datetime(2029, 1, 1)  # noqa: DTZ001  (hypothesis wants them bare)
    anywhere = st.datetimes(first, last, timezones=st.just(UTC))
    return near | anywhere


@st.composite
def weeks(draw: st.DrawFn) -> dict[str, Any]:
    """One entry of `hours:`."""
    days = draw(st.sampled_from(([["daily"]], [["mon-fri"], ["sat", "sun"]], [["mon, wed, fri"], ["tue", "sat-sun"]])))
    hours: dict[str, Any] = {day: draw(st.sampled_from(SPANS)) for group in days for day in group}
    if draw(st.booleans()):
        hours["holidays"] = draw(st.sampled_from(["US", "US-CA", "NO", True]))
    dates = draw(st.lists(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=3, unique=True))
    return hours | {"except": {day: draw(st.sampled_from(SPANS)) for day in dates}}


@st.composite
def rings(draw: st.DrawFn) -> dict[str, Any]:
    """One ring step: in turn, together, or mixed."""
    one = st.sampled_from([*PEOPLE, "+12025550120", "202 555 0121", "sip:desk@pbx.acme.example"])
    step: dict[str, Any] = {"for": draw(st.integers(5, 120))}
    if draw(st.booleans()):
        return step | {"ring": draw(st.lists(one, min_size=1, max_size=4)), "together": draw(st.booleans())}
    return step | {"ring": draw(st.lists(one | st.lists(one, min_size=1, max_size=3), min_size=1, max_size=3))}


def steps(later: tuple[str, ...]) -> st.SearchStrategy[Any]:
    """Any step but hangup; a department step only to one of `later`, so that no chain goes round."""
    kinds: list[st.SearchStrategy[Any]] = [
        rings(),
        st.sampled_from(["voicemail", "callback"]),
        st.builds(lambda wait: {"queue": {"name": "front", "wait": wait}}, st.integers(10, 3600)),
        st.sampled_from([{"queue": "back"}]),
        st.sampled_from([{"refer": to} for to in ("sip:1001@pbx.acme.example", "tel:+12025550120", "1001")]),
        st.sampled_from([{"agent": name} for name in (*AGENTS, "receptionist", "escalation")]),
    ]
    if later:
        kinds.append(st.sampled_from([{"department": name} for name in later]))
    return st.one_of(kinds)


@st.composite
def chains(draw: st.DrawFn, later: tuple[str, ...] = ()) -> list[Any]:
    """The steps of one `reach`."""
    chain = draw(st.lists(steps(later), min_size=1, max_size=4))
    return [*chain, "hangup"] if draw(st.integers(0, 5)) == 0 else chain


@st.composite
def departments(draw: st.DrawFn, name: str, later: tuple[str, ...] = ()) -> dict[str, Any]:
    """One department; whatever has a default is often left out."""
    then = steps(later) | chains(later) | st.just("hangup")
    optional: dict[str, st.SearchStrategy[Any]] = {
        "also": st.just([f"the {name} people"]),
        "hours": st.sampled_from(HOURS),
        "timezone": st.sampled_from(ZONES),
        "handoff": st.sampled_from(["blind", "whisper", "consult"]),
        "returns": st.booleans(),
        "announce": st.just("One moment, {department} of {company} comes to the phone."),
        "announce_mode": st.sampled_from(["say", "post_process"]),
        "text_caller": st.just("You're being connected to {company} {department}. Ref {ref}."),
        "text_person": st.just("{caller_number} about {reason}. {summary} {card_url}"),
        "caller_id": st.sampled_from(["line", "caller", *LINES]),
        "closed": then.map(lambda steps: {"then": steps}),
    }
    required = {"about": st.just(f"everything about {name}"), "reach": chains(later)}
    department: dict[str, Any] = draw(st.fixed_dictionaries(required, optional=optional))
    if department.get("handoff") == "consult":
        of_a_consult: dict[str, st.SearchStrategy[Any]] = {
            "while_waiting": st.sampled_from(["hold", "talk"]),
            "introduction": st.just("This is {department} of {company}; it is about {reason}."),
        }
        department |= draw(st.fixed_dictionaries({}, optional=of_a_consult))
    return department


def agents() -> st.SearchStrategy[dict[str, Any]]:
    """The agents of a file; every name in AGENTS is there."""
    names = st.lists(st.sampled_from([*DEPARTMENTS[:2], *AGENTS]), max_size=3, unique=True)
    desk = st.fixed_dictionaries(
        {"about": st.just("explains invoices"), "prompt": st.just("prompts/billing.md")},
        optional={
            "greeting": st.just("Billing desk."),
            "goodbye": st.just("Bye for now."),
            "returns": st.booleans(),
            "destinations": names,
            "voice": st.just("rime.cove"),
        },
    )
    concierge = st.fixed_dictionaries(
        {"about": st.just("plans a visit"), "instructions": st.just("Plan it.")},
        optional={"destinations": names, "returns": st.booleans()},
    )
    partner = st.fixed_dictionaries(
        {"about": st.just("our partner"), "url": st.just("https://agents.partner.example/swml")},
        optional={"auth": st.just("PARTNER_CREDENTIALS"), "returns": st.booleans()},
    )
    return st.fixed_dictionaries({"billing_desk": desk, "concierge": concierge, "partner": partner})


@st.composite
def directories(draw: st.DrawFn) -> dict[str, Any]:
    """The content of a valid file. Give it to `read`."""
    names = DEPARTMENTS[: draw(st.integers(2, len(DEPARTMENTS)))]
    data: dict[str, Any] = {
        "company": "Acme Plumbing",
        "timezone": draw(st.sampled_from(ZONES)),
        "country": "US",
        "sip_domain": "pbx.acme.example",
        "lines": {LINES[0]: {}, LINES[1]: {"agent": draw(st.sampled_from(["receptionist", *AGENTS[:2]]))}},
        "hours": {name: draw(weeks()) for name in HOURS},
        "people": PEOPLE,
        "departments": {name: draw(departments(name, names[n + 1 :])) for n, name in enumerate(names)},
        "agents": draw(agents()),
    }
    if draw(st.booleans()):
        data["escalation"] = {"department": draw(st.sampled_from(names)), "hold_limit": draw(st.integers(30, 900))}
    if draw(st.booleans()):
        data["policy"] = {"allow_dialling": draw(st.booleans()), "regions": ["US", "CA"]}
    return data
