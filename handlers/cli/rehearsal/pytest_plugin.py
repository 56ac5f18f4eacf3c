"""Phone calls in pytest: the fixtures `caller`, `person` and `new_caller`, there wherever Switchboard is installed.

    def test_sales_is_busy(caller, person):
        person("dana").is_busy()
        person("lee").answers(after=3)
        caller.dials("+12025550100").hears("How can I help?")
        caller.says("A quote, please.", model={"tool": "connect", "destination": "sales", "reason": "a quote"})
        caller.hears("putting you through to sales").is_put_through_to("lee")

The application runs in this process, on `switchboard.yaml` beside the tests' root (`switchboard_directory` in pytest's
settings names another file, `switchboard_platform` the platform that is played). The marker
`@pytest.mark.switchboard(at="2026-03-17 18:00", changes={…})` sets the scene with the settings of a scenario file. Time
is virtual. At the end of a test the call is ended, and it fails if the application broke the platform's contract or
left a caller in silence.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self

import pytest

if TYPE_CHECKING:
    from exchange import Call, Person
    from exchange.scenarios.prompter import Prompter
    from handlers.cli.rehearsal.stage import House, Stage

CALLER = "+12025550190"
SILENCE = 2.0  # seconds
LADDER_SHOWN = 400  # lines, the last ones


def pytest_addoption(parser: pytest.Parser) -> None:
    """The settings that name the directory file and the platform."""
    parser.addini(
        "switchboard_directory", "The directory file that calls are rehearsed on.", default="switchboard.yaml"
    )
    parser.addini("switchboard_platform", "The platform that is played, as `switchboard rehearse --platform`.")


def pytest_configure(config: pytest.Config) -> None:
    """The marker that sets the scene."""
    config.addinivalue_line(
        "markers", "switchboard(**settings): what a scenario file may say: at, changes, directory, …"
    )


class Caller:
    """Somebody who rings, step by step. Each step runs the call until the agent listens again, or the call is over."""

    def __init__(self, stage: "Stage", prompter: "Prompter", number: str) -> None:
        self._stage, self._prompter, self._number = stage, prompter, number
        self._call: Call | None = None

    @property
    def call(self) -> "Call":
        """The call on the exchange, with all that can be asked of it."""
        if self._call is None:
            pytest.fail("nobody has dialled yet: caller.dials() comes first", pytrace=False)
        return self._call

    def dials(self, line: str | None = None) -> Self:
        """Ring a line of ours; without one, the first of the directory."""
        self._call = self._stage.exchange.dial(line or self._stage.line, self._number)
        self._call.run(until=lambda call: call.listening)
        return self

    def says(self, line: str, *, model: object = None, then: object = None) -> Self:
        """Say a line. `model` is what the model does when it hears it, `then` what it does after that."""
        from exchange.scenarios.scenario import Line  # noqa: PLC0415

        given = {"says": line, "model": model, "then": then}
        self._prompter.expect(Line.model_validate({name: value for name, value in given.items() if value is not None}))
        self.call.say(line)
        return self

    def hears(self, text: str) -> Self:
        """Assert that this was said to the caller."""
        __tracebackhide__ = True
        heard = self.call.heard
        if not any(text.lower() in one.lower() for one in heard):
            self._fails(f"the caller hears {text!r}", "\n".join(map(repr, heard)) or "the caller heard nothing")
        return self

    def is_put_through_to(self, *people: str) -> Self:
        """Assert whom the caller has talked to, in order: people of the directory, or addresses."""
        __tracebackhide__ = True
        names = {to: name for name, addresses in self._stage.names.items() for to in addresses}
        for name in people:
            _addresses(name, self._stage.names)
        talked = [names.get(to, to) for to in self.call.bridged]
        if talked != list(people):
            put, to = "the caller is put through to", "nobody"
            self._fails(f"{put} {', '.join(people) or to}", f"{put} {', '.join(talked) or to}")
        return self

    def waits(self, seconds: float) -> Self:
        """Let time pass."""
        self.call.wait(seconds)
        return self

    def hangs_up(self) -> Self:
        """Hang up, and let everything that follows come to rest."""
        self.call.hang_up()
        return self

    @property
    def ledger(self) -> list[dict[str, Any]]:
        """The transfers so far, as `switchboard transfers --json` prints them."""
        self._stage.exchange.settle()
        return self._stage.ledger()

    @property
    def messages(self) -> list[dict[str, Any]]:
        """What was kept for somebody."""
        self._stage.exchange.settle()
        return self._stage.messages()

    def ends_well(self) -> None:
        """End the call; assert that the contract was kept and that the caller was not left in silence."""
        __tracebackhide__ = True
        if self._call is None:
            return
        self._call.hang_up()
        if broken := [*self._call.violations, *self._call.errors]:
            self._fails("the platform's contract is kept", "\n".join(broken))
        if self._call.longest_silence > SILENCE:
            silent = f"heard nothing for {self._call.longest_silence:g} s"
            self._fails(f"the caller hears nothing for {SILENCE:g} s at most", silent)

    def _fails(self, expected: str, happened: str) -> NoReturn:
        """Fail with what was expected, what happened, and the ladder so far."""
        __tracebackhide__ = True
        ladder = "\n".join(self._stage.exchange.ladder.lines()[-LADDER_SHOWN:])
        raise AssertionError(f"expected: {expected}\nhappened: {happened}\nthe ladder:\n{ladder}")


@dataclass(frozen=True)
class Behaving:
    """How one person behaves from now on; every method changes that and gives the person back. Times are seconds."""

    people: dict[str, Any]
    addresses: tuple[str, ...]

    def _now(self, **changes: Any) -> Self:
        for address in self.addresses:
            person: Person = self.people[address]
            self.people[address] = replace(person, **changes)
        return self

    def answers(self, *, after: float = 4.0) -> Self:
        """Answers after so much ringing."""
        return self._now(when_rung="answers", after=after)

    def is_busy(self) -> Self:
        """Is on another call."""
        return self._now(when_rung="busy")

    def does_not_answer(self) -> Self:
        """Lets it ring."""
        return self._now(when_rung="no_answer")

    def declines(self, *, after: float = 4.0) -> Self:
        """Rejects the call."""
        return self._now(when_rung="declines", after=after)

    def has_voicemail(self, *, after: float = 4.0) -> Self:
        """A voicemail box answers."""
        return self._now(when_rung="voicemail", after=after)

    def presses(self, *keys: str) -> Self:
        """Keys these digits, one for each prompt."""
        return self._now(presses=keys)

    def says(self, *lines: str) -> Self:
        """Says these lines, one to each question, and presses nothing."""
        return self._now(says=lines, presses=("",))

    def hangs_up(self, *, after: float) -> Self:
        """Talks for so long once bridged, and hangs up."""
        return self._now(talks_for=after)


@pytest.fixture(scope="session")
def rehearsal_house() -> Iterator["House"]:
    """The loopback port of this test run."""
    from handlers.cli.rehearsal.stage import House  # noqa: PLC0415, it imports the SDK and the exchange

    with House() as house:
        yield house


@pytest.fixture
def rehearsal(request: pytest.FixtureRequest, rehearsal_house: "House") -> Iterator["Stage"]:
    """The application, its directory and its exchange, as the marker `switchboard` sets them."""
    from exchange.scenarios.scenario import Scenario  # noqa: PLC0415
    from handlers.cli.rehearsal.stage import Stage  # noqa: PLC0415
    from handlers.logs import only_errors  # noqa: PLC0415

    settings: dict[str, Any] = {"name": request.node.name}
    for mark in reversed(list(request.node.iter_markers("switchboard"))):
        settings |= mark.kwargs
    if played := request.config.getini("switchboard_platform"):
        settings.setdefault("platform", played)
    root: Path = request.config.rootpath
    directory = root / str(request.config.getini("switchboard_directory"))
    scenario = Scenario.model_validate(settings)
    with only_errors(), Stage(rehearsal_house, scenario, directory=directory, beside=root, seed=1) as stage:
        yield stage


def _addresses(name: str, people: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The addresses of a person of the directory, or the address itself. A name that is nobody's fails the test."""
    if name in people or name.startswith(("+", "sip:", "sips:")):
        return people.get(name, (name,))
    from exchange.scenarios.mistakes import close_to  # noqa: PLC0415

    there = ", ".join(people) or "none"
    pytest.fail(f"no such person: {name}{close_to(name, people)} The directory has: {there}", pytrace=False)


@pytest.fixture
def person(rehearsal: "Stage") -> Callable[[str], Behaving]:
    """`person("dana")`: somebody of the directory, or whoever is at that address. Until told otherwise they answer."""
    from exchange import Person  # noqa: PLC0415

    def at(name: str) -> Behaving:
        behaving = Behaving(rehearsal.exchange.people, _addresses(name, rehearsal.names))
        for address in behaving.addresses:
            rehearsal.exchange.people.setdefault(address, Person())
        return behaving

    return at


@pytest.fixture
def new_caller(rehearsal: "Stage") -> Iterator[Callable[..., Caller]]:
    """Makes callers, for tests with more than one: `new_caller("+12025550191")`, a number or a SIP address."""
    from exchange.scenarios.prompter import Prompter  # noqa: PLC0415

    callers, prompter = list[Caller](), Prompter()
    rehearsal.exchange.thinker = prompter

    def make(number: str = CALLER) -> Caller:
        callers.append(Caller(rehearsal, prompter, number))
        return callers[-1]

    yield make
    for caller in callers:
        caller.ends_well()


@pytest.fixture
def caller(new_caller: Callable[..., Caller]) -> Caller:
    """Somebody at +12025550190 who rings."""
    return new_caller()
