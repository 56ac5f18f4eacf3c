"""What a caller may not go through while somebody is briefed for them: measured on the ladder, beside the ledger.

The four rules hold for transfers that the ledger calls whisper or consult. A caller is told what happens before it
happens; is back with the agent as soon as the last person is known not to come; and whoever hangs up stops every phone.
A person who has said yes hears one sentence at most before they hear the caller.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from exchange.calls import Call
from exchange.core.legs import Leg, Network
from exchange.core.sounds import seconds_of
from exchange.engine import Exchange
from exchange.scenarios.scenario import CallExpected

BRIEFED = ("whisper", "consult")
NOT_MOVED = ("closed", "refused")
IN_VAIN = ("busy", "no_answer", "declined", "machine", "failed", "timeout", "lost")
LEFT_BEHIND = 15.0  # seconds after the caller's end in which somebody who was rung may be told so
SAME = 0.001  # seconds: clocks and databases round

Row = Mapping[str, Any]


def dialled(exchange: Exchange, call: Call, rows: list[dict[str, Any]]) -> list[Leg]:
    """Every leg that was dialled for a call, in their order: by its documents, and by the application itself."""
    by_rest = [other.caller for other in exchange.calls if other.by_rest and other.caller.url]
    own = [row for row in rows if row["call_id"] == call.id]
    by_rest = [leg for leg in by_rest if _for_call(leg, call, {row.get("id") for row in own})]
    if sum(1 for other in exchange.calls if not other.by_rest) > 1:  # whose they are, the ledger knows
        rung = {one["to"] for row in own for one in row["attempts"]}
        by_rest = [leg for leg in by_rest if leg.to in rung]
    if call.by_rest:  # we rang the caller ourselves
        by_rest = [leg for leg in by_rest if leg is not call.caller]
    # Legs of one number share a name, so what orders them is when each was made; the ladder orders those of one moment.
    first = {entry.call + entry.leg: place for place, entry in reversed(list(enumerate(exchange.ladder.find("dial"))))}

    def dialled_at(leg: Leg) -> tuple[float, int]:
        return leg.reached.get("created", float("inf")), first.get(leg.call.id + leg.name, len(first))

    return sorted((*call.legs[1:], *by_rest), key=dialled_at)


def _for_call(leg: Leg, call: Call, transfers: set[Any]) -> bool:
    """Whether a leg that REST dialled is of this call: by the transfer it names; else it was dialled while the call was
    up. Whoever is rung later is rung for something else.
    """
    if "transfer" in leg.envs:
        return leg.envs["transfer"] in transfers or not transfers
    return leg.reached.get("created", 0.0) <= call.caller.reached.get("ended", float("inf"))


def faults(expected: CallExpected, exchange: Exchange, call: Call, rows: list[dict[str, Any]]) -> Iterator[str]:
    """Every rule that was broken in this call."""
    mine = [row for row in rows if row["call_id"] == call.id and row["mechanism"] in BRIEFED]
    legs = dialled(exchange, call, rows)
    for row in mine:
        if expected.announced_within is not None and row["outcome"] not in NOT_MOVED:
            yield from _unannounced(exchange, call, row, expected.announced_within)
        if expected.back_within is not None and row["outcome"] in IN_VAIN:
            yield from _left_waiting(exchange, call, legs, row=row, limit=expected.back_within)
        if expected.bridged_within is not None:
            for leg in legs:
                yield from _kept_from_the_caller(call, leg, row, expected.bridged_within)
    if expected.phones_stop_within is not None:
        for leg in legs:
            yield from _rings_on(call, leg, expected.phones_stop_within)


def _unannounced(exchange: Exchange, call: Call, row: Row, limit: float) -> Iterator[str]:
    decided = _elapsed(exchange, row["started_at"])
    answers = [e.at for e in call.find("action") if e.text.endswith(" answers") and e.at >= decided - SAME]
    if not answers or _gone(call, answers[0] + limit):
        return
    word = _first_word(call, answers[0])
    if word is None or word - answers[0] > limit + SAME:
        waited = "never" if word is None else f"only {word - answers[0]:.2f} s later"
        yield f"the caller was told {waited} what happens, {limit:g} s at most"
        return
    for sound in call.caller.sounds:
        cut = sound.kind == "speech" and sound.start == word and sound.end - word < seconds_of(sound.text) - SAME
        if cut and not _gone(call, sound.end):
            yield f"the caller was told {sound.text!r}, but only for {sound.end - word:.2f} s"


def _left_waiting(exchange: Exchange, call: Call, legs: list[Leg], *, row: Row, limit: float) -> Iterator[str]:
    began = _elapsed(exchange, row["started_at"])
    over = max((_over(exchange, legs, one, began) for one in row["attempts"]), default=began)
    # Nobody interrupts the agent: what is being said at that moment is said to its end.
    over = max((s.end for s in call.caller.sounds if s.kind == "speech" and s.start <= over < s.end), default=over)
    if _gone(call, over + limit):
        return
    word = _first_word(call, over)
    if word is None or word - over > limit + SAME:
        waited = "never" if word is None else f"only {word - over:.2f} s later"
        yield f"nobody came, and the caller was told {waited}, {limit:g} s at most"


def _kept_from_the_caller(call: Call, leg: Leg, row: Row, limit: float) -> Iterator[str]:
    """What stood between a person's yes and the caller: from their last key or word, or from their answer by card."""
    picked_up = leg.reached.get("answered", 0.0)
    mine = [e for e in call.exchange.ladder.find(call=leg.call.id, leg=leg.name) if e.at >= picked_up]
    met = next((entry.at for entry in mine if entry.kind == "bridge"), None)
    if met is None or leg.to not in {one["to"] for one in row["attempts"] if one["outcome"] == "bridged"}:
        return
    answers = [entry.at for entry in mine if entry.kind in ("heard", "pressed") and entry.at <= met]
    by_card = [_elapsed(call.exchange, one["at"]) for one in row["events"] if _accepts_by_card(one)]
    yes = max((*answers, *(max(at, picked_up) for at in by_card if at <= met)), default=met)
    said = [sound for sound in leg.sounds if sound.kind == "speech" and yes <= sound.start < met]
    if len(said) > 1:
        yield f"{leg.name} heard {len(said)} sentences after the yes, one at most: {[one.text for one in said]}"
    waited = met - yes - sum(min(one.end, met) - one.start for one in said)
    if waited > limit + SAME:
        yield f"{leg.name} met the caller {waited:.2f} s after the yes, what was said not counted; {limit:g} s at most"


def _accepts_by_card(event: Row) -> bool:
    return event["event"] == "accepted" and (event.get("data") or {}).get("via") == "card"


def _over(exchange: Exchange, legs: list[Leg], attempt: Row, began: float) -> float:
    """When one person was known not to come: by the ledger or by the line, whichever was first."""
    known = [_elapsed(exchange, attempt["ended_at"])] if attempt["ended_at"] else []
    mine = [leg.reached["ended"] for leg in legs if leg.to == attempt["to"] and "ended" in leg.reached]
    return min((*known, *(at for at in mine if at >= began)), default=began)


def _rings_on(call: Call, leg: Leg, limit: float) -> Iterator[str]:
    gone, ended = call.caller.reached.get("ended"), leg.reached.get("ended")
    if gone is None:
        return
    if ended is None:
        yield f"{leg.name} was never hung up"
        return
    if "ringing" in leg.reached:
        stops = leg.reached.get("answered", ended)
        if stops - gone > limit + SAME:
            rang = stops - max(gone, leg.reached["ringing"])
            yield f"{leg.name} rang for {rang:.2f} s after the caller had gone, {limit:g} s at most"
    if ended - gone > LEFT_BEHIND:
        yield f"{leg.name} was still on the line {ended - gone:.0f} s after the caller had gone"


def _gone(call: Call, moment: float) -> bool:
    return call.caller.reached.get("ended", moment + 1) <= moment


def _first_word(call: Call, since: float) -> float | None:
    said = (entry.at for entry in call.find("said", leg=call.caller.name))
    return next((at for at in said if at >= since - SAME), None)


def _elapsed(exchange: Network, moment: str) -> float:
    return (datetime.fromisoformat(moment) - exchange.clock.start).total_seconds()
