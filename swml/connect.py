"""Dialling: the `connect` verb, its legs, and what may run on a leg before it is bridged."""

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar, Literal

from swml.checks import at_least, exactly_one, is_variable, one_of, playable, script, web
from swml.flow import Cond, Result, Steps, Verb, When, check_result

SipHeaders = tuple[tuple[str, str], ...]
LegState = Literal["created", "ringing", "answered", "ended"]

_LEG_STATES = ("created", "ringing", "answered", "ended")
_DIALLED = ("+", "sip:", "sips:", "/", "queue:", "stream:wss://")
# What the platform runs on the leg of a person who has not accepted yet; nothing that leaves the script.
_WHILE_CONFIRMING = frozenset({
    "cond", "set", "unset", "hangup", "play", "prompt", "record", "record_call", "stop_record_call", "tap", "stop_tap",
    "stream", "stop_stream", "send_digits", "send_sms", "denoise", "stop_denoise",
})  # fmt: skip

Confirm = str | Steps


def _check_confirm(confirm: Confirm | None) -> None:
    if isinstance(confirm, str):
        web(confirm=confirm)
    elif confirm is not None:
        for verb in _with_branches(confirm):
            if verb.verb not in _WHILE_CONFIRMING:
                raise ValueError(f"the platform does not run {verb.verb} while a person is asked to accept")


def _with_branches(steps: Steps) -> Iterator[Verb]:
    for verb in steps:
        yield verb
        if isinstance(verb, Cond):
            for branch in verb.branches:
                yield from _with_branches(branch.then if isinstance(branch, When) else branch.else_)


def _check_dialled(to: str) -> None:
    if not (to.startswith(_DIALLED) or is_variable(to)):
        raise ValueError("what is dialled is an E.164 number, a SIP URI, a /resource, a queue: or a stream:")


def _check_states(states: tuple[str, ...]) -> None:
    for state in states:
        one_of(_LEG_STATES, call_state_events=state)


@dataclass(frozen=True, slots=True)
class Destination:
    """One leg of a `Connect`: a number in E.164, a SIP URI or a resource address, with what holds for it alone."""

    to: str
    _: KW_ONLY
    from_: str | None = None
    from_name: str | None = None
    headers: SipHeaders = ()
    timeout: int | None = None
    confirm: Confirm | None = None
    confirm_timeout: int | None = None
    call_state_url: str | None = None
    call_state_events: tuple[LegState, ...] = ()

    def __post_init__(self) -> None:
        _check_dialled(self.to)
        at_least(1, timeout=self.timeout, confirm_timeout=self.confirm_timeout)
        _check_confirm(self.confirm)
        web(call_state_url=self.call_state_url)
        _check_states(self.call_state_events)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connect(Verb):
    """Dial, in one of four forms: `to` one leg, `serial` in turn, `parallel` together, `serial_parallel` groups in
    turn whose legs ring together. The verbs after it run once the bridge has ended or the dialling has failed.

    `from_` is presented as the caller ID, `from_name` and `headers` on SIP legs only. `timeout` is how long a leg
    rings, `max_duration` how long the bridge lasts. `confirm` runs on the dialled leg before the bridge.
    What follows a queue that is dialled (a URL or an inline document) is required then, under one of two names:
    `execute_after_queue`, or `transfer_after_bridge` on a platform from before June 2026. The platform refuses a
    document whose `connect` has the name that it does not know.
    """

    verb: ClassVar[str] = "connect"
    to: str | None = None
    serial: tuple[Destination, ...] = ()
    parallel: tuple[Destination, ...] = ()
    serial_parallel: tuple[tuple[Destination, ...], ...] = ()
    from_: str | None = None
    from_name: str | None = None
    headers: SipHeaders = ()
    timeout: int | None = None
    max_duration: int | None = None
    answer_on_bridge: bool | None = None
    ringback: tuple[str, ...] = ()
    confirm: Confirm | None = None
    confirm_timeout: int | None = None
    call_state_url: str | None = None
    call_state_events: tuple[LegState, ...] = ()
    status_url: str | None = None
    execute_after_queue: str | None = None
    transfer_after_bridge: str | None = None
    result: Result | None = None

    def __post_init__(self) -> None:
        exactly_one(to=self.to, serial=self.serial, parallel=self.parallel, serial_parallel=self.serial_parallel)
        if not all(self.serial_parallel):
            raise ValueError("serial_parallel has an empty group")
        if self.to is not None:
            _check_dialled(self.to)
        if any(to.startswith("queue:") for to in self.dialled):
            exactly_one(execute_after_queue=self.execute_after_queue, transfer_after_bridge=self.transfer_after_bridge)
        at_least(1, timeout=self.timeout, max_duration=self.max_duration, confirm_timeout=self.confirm_timeout)
        _check_confirm(self.confirm)
        playable(self.ringback)
        web(call_state_url=self.call_state_url, status_url=self.status_url)
        _check_states(self.call_state_events)
        script(execute_after_queue=self.execute_after_queue, transfer_after_bridge=self.transfer_after_bridge)
        check_result(self.result)

    @property
    def dialled(self) -> tuple[str, ...]:
        """Every address it may dial, in order."""
        legs = (*self.serial, *self.parallel, *(leg for group in self.serial_parallel for leg in group))
        return (self.to,) if self.to else tuple(leg.to for leg in legs)
