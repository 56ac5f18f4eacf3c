"""The web process, or the worker, is killed at each step of a consult and started again: what becomes of the caller."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import get_args

import pytest

from exchange import Call, Person
from gateways.database.migrate import migrate
from tests.conftest import KINDS, Postgres
from tests.support.processes.killed import BACK, DANA, MAX, SPEED, Company, Victim

STEPS = (
    "caller tool escalate_to_human",  # the agent has said that it is getting somebody; nobody rings yet
    "platform rest POST /api/calling/calls dial",
    f"{DANA} state ringing",
    "caller hold",
    f"{DANA} state answered",
    f"{DANA} fetch POST /consult/answer",
    f"{DANA} fetch POST /consult/brief",
    f"{DANA} pressed 1",
    f"{DANA} fetch POST /consult/accept",
    "platform rest POST /api/calling/calls update",
    "caller verb join_conference",
)
# Each death takes half a minute; these are died on every time, the others by `make test-kill`.
ALWAYS = frozenset({STEPS[1], f"{DANA} pressed 1", STEPS[9]})
YES = Person(after=2.0, presses=("1",), talks_for=6.0)
Companies = dict[tuple[str, Victim], Company]


@pytest.fixture(scope="module")
def companies(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Companies]:
    """On each kind of database, one whose web process is killed and one whose worker is.

    Each lives on from one death to the next.
    """
    made: Companies = {}
    for kind, victim in itertools.product(KINDS, get_args(Victim)):
        folder = tmp_path_factory.mktemp(f"{kind}-{victim}")
        url = postgres.database() if kind == "postgresql" else f"sqlite:///{folder}/records.db"
        migrate(url)  # not in the threads below: Alembic knows one migration at a time
        made[kind, victim] = Company(url, folder, {DANA: YES, MAX: YES})
    with ExitStack() as stack, ThreadPoolExecutor(len(made)) as threads:
        list(threads.map(stack.enter_context, made.values()))
        yield made


@pytest.mark.parametrize(
    "step", [step if step in ALWAYS else pytest.param(step, marks=pytest.mark.long) for step in STEPS]
)
def test_whoever_is_killed_the_caller_is_bridged_or_back_with_the_agent(companies: Companies, step: str) -> None:
    with ThreadPoolExecutor(len(companies)) as threads:
        running = {key: threads.submit(company.call, step, key[1]) for key, company in companies.items()}
    for key, call in running.items():
        company, (kind, victim) = companies[key], key
        story = "\n".join((f"{victim} killed, {kind}", *company.exchange.ladder.lines()))
        assert in_good_hands(call.result()), story
        tried = [attempt["to"] for attempt in company.newest["attempts"]]
        assert len(tried) == len(set(tried)), story  # nobody is rung twice
        assert len(company.dialled_for(call.result())) <= len(tried), story


def test_a_caller_who_hangs_up_stops_the_phone_within_a_second(companies: Companies) -> None:
    with ThreadPoolExecutor(len(companies)) as threads:
        rang_on = list(threads.map(_rang_on, companies.values()))
    assert all(0 <= seconds < 1.0 for of_one in rang_on for seconds in of_one), rang_on


def _rang_on(company: Company) -> list[float]:
    """How long Dana's phone goes on ringing when nobody is there any more, three times, in real seconds."""
    leaving = Person(says=("A human, please.",), leaves_on="other's state ringing", leaves_after=1.0)
    found = []
    for _ in range(3):
        call = company.ring(leaving)
        (dana,) = company.dialled_for(call)
        found.append((dana.caller.reached["ended"] - call.caller.reached["ended"]) / SPEED)
        assert company.newest["outcome"] == "caller_left"
    return found


def in_good_hands(call: Call) -> bool:
    return bool(call.bridged) or BACK in call.heard
