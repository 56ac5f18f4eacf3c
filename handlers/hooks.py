"""Hooks: your own functions that are called as transfers go through their phases.

    from calls.messages.message import Message
    from handlers.hooks import Entered, on_message, on_transfer

    @on_transfer("bridged")          # or several names; or none, for every phase
    def tell_crm(entered: Entered) -> None:
        crm.note(entered.call_id, entered.result.person)

    @on_message                      # whatever a caller leaves: a message, a voicemail, a text
    def tell_helpdesk(left: Message) -> None:
        helpdesk.open(left.destination, left.number, left.body)

The directory file names the modules (`hooks: [acme_hooks]`). They are called in the worker, one after the other, in
the order the phases of a transfer were entered. A hook may be called twice for one phase when the worker was killed
while it ran: `id` is then the same.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from importlib import import_module
from typing import Any, TypeVar

import structlog

from agents.own_code import words_of
from calls.directory.errors import Mistake
from calls.directory.model import Directory
from calls.legs.attempts import Attempt
from calls.messages.message import Message
from calls.outcomes import Outcome
from calls.transfer.phases import PHASES, Phase
from calls.transfer.result import HandoffResult, Tried
from gateways.directory.versions import Directories, NoSuchBusiness

log = structlog.get_logger()

_MARK, _MESSAGE_MARK = "__on_transfer__", "__on_message__"


@dataclass(frozen=True, slots=True)
class Entered:
    """A phase that a transfer has entered. `attempt` is the leg it is about, if it is about one.

    `data` is the event that began the phase, `briefing` what a person is told, if this transfer comes with a briefing.
    Card, bank and social-security numbers, one-time codes and dates of birth are taken out of all texts.
    """

    id: str
    phase: Phase
    at: datetime
    transfer: str
    ref: str
    call_id: str
    mechanism: str
    destination: str
    attempt: Attempt | None
    data: Mapping[str, Any]
    result: HandoffResult
    briefing: Mapping[str, Any] | None = None
    business: str = ""


Hook = Callable[[Entered], object]
H = TypeVar("H", bound=Hook)
MessageHook = Callable[[Message], object]
M = TypeVar("M", bound=MessageHook)


def on_transfer(*phases: Phase) -> Callable[[H], H]:
    """Mark a function to be called as a transfer enters one of these phases; every phase when none is named.

    Raises ValueError for a phase that does not exist.
    """
    if unknown := sorted(set(phases) - set(PHASES)):
        raise ValueError(f"no such phase: {', '.join(unknown)}; there are {', '.join(PHASES)}")

    def mark(hook: H) -> H:
        setattr(hook, _MARK, frozenset(phases or PHASES))
        return hook

    return mark


def on_message(hook: M) -> M:
    """Mark a function to be called when somebody has left something for a department."""
    setattr(hook, _MESSAGE_MARK, True)
    return hook


@dataclass(frozen=True, slots=True)
class Hooks:
    """The marked functions of some modules, in the order they stand there."""

    functions: tuple[tuple[frozenset[Phase], Hook], ...] = ()
    of_messages: tuple[MessageHook, ...] = ()

    def call(self, entered: Mapping[str, Any]) -> None:
        """Call those that want to know of a phase (as JSON). One that raises is logged, and stops no other."""
        wanted = [hook for phases, hook in self.functions if entered["phase"] in phases]
        told = entered_from(entered) if wanted else None
        for hook in wanted:
            with _unharmed(hook, phase=entered["phase"], transfer=entered["transfer"]):
                hook(told)  # type: ignore[arg-type]  # there is one when anybody wants it

    def tell(self, message: Message) -> None:
        """Call those that want to know of messages. One that raises is logged, and stops no other."""
        for hook in self.of_messages:
            with _unharmed(hook, message=message.id):
                hook(message)


@contextmanager
def _unharmed(hook: Callable[..., object], **about: object) -> Iterator[None]:
    try:
        yield
    except Exception:
        log.exception("hook_failed", hook=f"{hook.__module__}.{hook.__qualname__}", **about)


def load(modules: Sequence[str]) -> tuple[Hooks, list[Mistake]]:
    """The hooks of these modules, and what is wrong with those that have none."""
    functions: list[tuple[frozenset[Phase], Hook]] = []
    of_messages: list[MessageHook] = []
    mistakes = []
    for place, name in enumerate(modules):
        try:
            module = import_module(name)
            found, told = list(_marked(module)), list(_marked_for_messages(module))
        except (Exception, SystemExit) as reason:  # noqa: BLE001, code that is not ours is run here
            mistakes.append(Mistake(f"hooks[{place}]", name, f"a module that can be imported: {words_of(reason)}"))
            continue
        if not found and not told:
            wanted = "a module with a function marked @on_transfer or @on_message"
            mistakes.append(Mistake(f"hooks[{place}]", name, wanted))
        functions += found
        of_messages += told
    return Hooks(tuple(functions), tuple(of_messages)), mistakes


class HooksOf:
    """The hooks of a directory as it stands now. Looked up once per version of it."""

    def __init__(self, directories: Directories) -> None:
        self._directories = directories
        self._known: dict[str, tuple[Directory, Hooks]] = {}

    def __call__(self, business: str = "") -> Hooks:
        """The hooks of this business to call now; none when its file is gone."""
        try:
            directory = self._directories.current(business)
        except NoSuchBusiness:
            return Hooks()
        known = self._known.get(business)
        if known is None or known[0] is not directory:
            known = self._known[business] = (directory, load(directory.hooks)[0])
        return known[1]


def _marked(module: object) -> Iterator[tuple[frozenset[Phase], Hook]]:
    for one in vars(module).values():
        if callable(one) and isinstance(phases := getattr(one, _MARK, None), frozenset):
            yield phases, one


def _marked_for_messages(module: object) -> Iterator[MessageHook]:
    return (one for one in vars(module).values() if callable(one) and getattr(one, _MESSAGE_MARK, None) is True)


def entered_from(told: Mapping[str, Any]) -> Entered:
    """The value that hooks are given, from the JSON that was kept."""
    attempt, result = told["attempt"], told["result"]
    moments = {name: _moment(attempt[name]) for name in ("started_at", "ended_at")} if attempt else {}
    tried = (Tried(**{**one, "outcome": _outcome(one["outcome"])}) for one in result["attempts"])
    known = {one.name: told[one.name] for one in fields(Entered) if one.name in told}
    return Entered(
        **{
            **known,
            "at": datetime.fromisoformat(told["at"]),
            "attempt": Attempt(**{**attempt, **moments, "outcome": _outcome(attempt["outcome"])}) if attempt else None,
            "result": HandoffResult(**{**result, "outcome": _outcome(result["outcome"]), "attempts": tuple(tried)}),
        }
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _outcome(text: str | None) -> Outcome | None:
    return Outcome(text) if text else None
