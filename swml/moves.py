"""Where a tool's reply that another author wrote leads a call, and the same reply with our reports in it.

These verbs lead a call elsewhere: `connect`, `sip_refer`, `enter_queue`, `join_conference`, `join_room`, and `transfer`
or `execute` with a URL. (With a section they stay in their document.) `execute_rpc` dials, or moves another call. They
stand in the `SWML` of an action at any depth, documents within documents included; a `transfer` may also be an action
of its own.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from swml.flow import Verb
from swml.render import VERSION, Json, render_steps
from swml.replies import Written

MovingVerb = Literal[
    "connect", "sip_refer", "transfer", "execute", "enter_queue", "join_conference", "join_room", "execute_rpc"
]
_MAIN: dict[MovingVerb, str] = {  # the parameter that may stand in the place of all of them
    "connect": "to",
    "sip_refer": "to_uri",
    "transfer": "dest",
    "execute": "dest",
    "enter_queue": "queue_name",
    "join_conference": "name",
    "join_room": "name",
}
_PLACES = {"enter_queue": "queue:", "join_conference": "conference:", "join_room": "room:"}
_AFTER = ("execute_after_queue", "transfer_after_bridge")
_RPC_MOVES = ("dial", "update", "transfer")  # methods
_RPC_ADDRESSES = ("to_number", "to", "dest_swml", "url", "dest")
_LONGEST_WAIT = 3600  # seconds in a queue, where a document says nothing


@dataclass(frozen=True, slots=True)
class Move:
    """One verb that leads a call elsewhere. The addresses of a group ring together; the groups follow each other.

    Names of the platform's own places are addresses as "queue:NAME", "conference:NAME" and "room:NAME". `after` are the
    URLs of the documents that follow a queue, `wait` the seconds that a caller stays in it at most.
    """

    verb: MovingVerb
    groups: tuple[tuple[str, ...], ...]
    after: tuple[str, ...] = ()
    wait: int = _LONGEST_WAIT

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every address, in order."""
        return tuple(address for group in self.groups for address in group)

    @property
    def leads(self) -> bool:
        """Whether it leads the caller elsewhere. An RPC dials or moves another call, and reports nothing."""
        return self.verb != "execute_rpc"


@dataclass(frozen=True, slots=True)
class Reporting:
    """What one move reports with: URLs for its whole and for each leg in turn, and the verbs around it."""

    status_url: str = ""
    leg_urls: Sequence[str] = ()
    leg_events: tuple[str, ...] = ()
    before: tuple[Verb, ...] = ()
    after: tuple[Verb, ...] = ()


Report = Callable[[int, Move], Reporting]
"""(number of the move, counted from 1; the move) -> what it reports with."""


def moves(reply: Json) -> tuple[Move, ...]:
    """The moves of a reply, in the order in which they stand in it."""
    found: list[Move] = []

    def note(number: int, move: Move) -> Reporting:
        found.append(move)
        return Reporting()

    _Rewriter(note).reply(reply)
    return tuple(found)


def takes_the_call(reply: Json) -> bool:
    """Whether the agent loses the call for good by a move of this reply."""
    return any(_is_final(action) and moves({"action": [action]}) for action in _actions(reply))


def reporting(reply: Json, report: Report) -> Written:
    """The reply with reports in each of its moves. A report of the author's own stays."""
    return Written(text=json.dumps(_Rewriter(report).reply(reply), separators=(",", ":")))


class _Rewriter:
    """Goes through a reply once and counts its moves."""

    def __init__(self, report: Report) -> None:
        self._report, self._count = report, 0

    def reply(self, reply: Json) -> Json:
        return {**reply, "action": [self._action(action) for action in _actions(reply)]}

    def _action(self, action: Any) -> Any:
        if not isinstance(action, dict):
            return action
        if "SWML" in action:
            return {name: self._value(one) if name == "SWML" else one for name, one in action.items()}
        move = _move("transfer", action["transfer"]) if "transfer" in action else None
        if move is None:
            return action
        added = self._next(move)
        given = action["transfer"]
        if not added.before or (isinstance(given, dict) and given.keys() - {"dest"}):
            return action  # what else it asks for, no document can do
        steps = [*render_steps(added.before), {"transfer": {"dest": move.addresses[0]}}]
        rest = {name: one for name, one in action.items() if name != "transfer"}
        return {"transfer": True, "SWML": {"version": VERSION, "sections": {"main": steps}}, **rest}

    def _value(self, value: Any) -> Any:
        match value:
            case dict():
                return {name: self._value(one) for name, one in value.items()}
            case list():
                return [step for one in value for step in self._step(one)]
            case str() if (inner := _document(value)) is not None:
                return json.dumps(self._value(inner), separators=(",", ":"))
        return value

    def _step(self, step: Any) -> Iterable[Any]:
        if not isinstance(step, dict):
            return [self._value(step)]
        before: list[Json] = []
        after: list[Json] = []
        kept: Json = {}
        for name, given in step.items():
            move = _move(name, given)
            added = self._next(move) if move else Reporting()
            before += render_steps(added.before)
            after += render_steps(added.after)
            # A document in an RPC is another call's.
            kept[name] = given if name == "execute_rpc" else self._value(_with_urls(move, given, added))
        return [*before, kept, *after]

    def _next(self, move: Move) -> Reporting:
        self._count += 1
        return self._report(self._count, move)


def _actions(reply: Json) -> list[Any]:
    actions = reply.get("action", [])
    return actions if isinstance(actions, list) else [actions]


def _is_final(action: Any) -> bool:
    return isinstance(action, dict) and ("transfer" in action) and ("SWML" not in action or action["transfer"] is True)


def _document(text: str) -> Json | None:
    """The document that a text is, as for `transfer` and for what follows a queue."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) and "sections" in found else None


def _move(verb: str, given: Any) -> Move | None:
    match verb:
        case "connect":
            groups = _dialled(given)
            return Move("connect", groups, _after(given)) if groups else None
        case "sip_refer":
            to = _main(verb, given)
            return Move("sip_refer", ((str(to),),)) if to else None
        case "transfer" | "execute":
            dest = _main(verb, given)
            return Move(verb, ((str(dest),),)) if _is_outside(dest) else None
        case "enter_queue" | "join_conference" | "join_room":
            place = ((f"{_PLACES[verb]}{_main(verb, given) or ''}",),)
            wait = given.get("wait_time") if isinstance(given, dict) else None
            return Move(verb, place, _after(given), wait if isinstance(wait, int) else _LONGEST_WAIT)
        case "execute_rpc":
            return _rpc(given)
    return None


def _main(verb: MovingVerb, given: Any) -> Any:
    """A verb's main parameter, in each of the forms that the platform reads."""
    if isinstance(given, dict):
        return given.get(_MAIN[verb])
    return given[0] if isinstance(given, list) and given else given


def _after(given: Any) -> tuple[str, ...]:
    urls = [given.get(name) for name in _AFTER] if isinstance(given, dict) else []
    return tuple(str(url) for url in urls if _is_outside(url))


def _rpc(given: Any) -> Move | None:
    """A dial, or a command that moves another call, with every address in it; "" for a dial without a number."""
    method = str(given.get("method", "")).rpartition(".")[2] if isinstance(given, dict) else ""
    if method not in _RPC_MOVES:
        return None
    params = given.get("params")
    found = [one for one in _named(params, _RPC_ADDRESSES) if _document(one) is None]
    if method == "dial" and all("://" in one for one in found):
        found.insert(0, "")
    found += [address for move in moves({"action": {"SWML": params}}) for address in (*move.addresses, *move.after)]
    return Move("execute_rpc", (tuple(found),)) if found else None


def _named(value: Any, names: Sequence[str]) -> Iterator[str]:
    """The texts under these names, at any depth."""
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _named(one, names)
    if isinstance(value, dict):
        yield from (str(value[name]) for name in names if isinstance(value.get(name), str | int))


def _is_outside(dest: Any) -> bool:
    """Whether a destination is no section and no document of its own."""
    return isinstance(dest, str) and _document(dest) is None and ("://" in dest or _is_variable(dest))


def _is_variable(text: str) -> bool:
    return "${" in text or "%{" in text


def _dialled(given: Any) -> tuple[tuple[str, ...], ...]:
    if not isinstance(given, dict):
        return (_to(given),) if given else ()
    groups: list[Any] = [[given["to"]]] if "to" in given else []
    groups += [[leg] for leg in _list(given.get("serial"))]
    groups += [_list(given.get("parallel"))]
    groups += [_list(group) for group in _list(given.get("serial_parallel"))]
    return tuple(tuple(address for leg in group for address in _to(leg)) for group in groups if group)


def _to(leg: Any) -> tuple[str, ...]:
    address = leg.get("to") if isinstance(leg, dict) else leg
    return (str(address or ""),)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _with_urls(move: Move | None, given: Any, added: Reporting) -> Any:
    """The verb's arguments with our URLs where the author has none."""
    if not (move and added.status_url):
        return given
    verb = move.verb
    given = dict(given) if isinstance(given, dict) else {_MAIN[verb]: _main(verb, given)}
    if verb == "join_conference":
        return {"status_callback": added.status_url, "status_callback_event": "join"} | given
    urls = iter(() if "call_state_url" in given else added.leg_urls)
    events = list(added.leg_events)

    def leg(one: Any) -> Any:
        one, url = one if isinstance(one, dict) else {"to": one}, next(urls, "")
        return {"call_state_url": url, "call_state_events": events} | one if url else one

    if "to" in given:
        given = leg(given)
    if verb == "connect":
        given |= {name: [leg(one) for one in _list(given[name])] for name in ("serial", "parallel") if name in given}
        several = [[leg(one) for one in _list(group)] for group in _list(given.get("serial_parallel"))]
        given |= {"serial_parallel": several} if several else {}
    return {"status_url": added.status_url} | given
