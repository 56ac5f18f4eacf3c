"""The handoff card: where a transfer stands, as one of the people it is for reads it, and what they may still answer.

A card belongs to one leg: to the phone that rings for this person. Nothing here changes anything.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from calls.directory.model import Directory
from calls.legs.attempts import Attempt
from calls.outcomes import Outcome
from calls.transfer.legs import PROMISED, find, winner
from calls.transfer.model import State, Transfer

VALID_FOR = timedelta(minutes=30)
"""From the beginning of the transfer. Longer than any hold, and short enough that a lost phone tells nothing old."""

Tone = Literal["waiting", "good", "over"]


@dataclass(frozen=True, slots=True)
class Answered:
    """What the person of a leg has answered. `words` is what the caller may be told."""

    accepted: bool
    via: str
    words: str = ""

    @property
    def sentence(self) -> str:
        """ "You declined: in a meeting." """
        where = {"card": " on this card", "text": " by text"}.get(self.via, " on the phone")
        if self.accepted:
            return f"You accepted{where}."
        if self.words.startswith(CALLS_BACK):
            return f"You {self.words}."
        return f"You declined{where}" + (f": “{self.words}”" if self.words else ".")


CALLS_BACK = "will call back "


@dataclass(frozen=True, slots=True)
class Standing:
    """Where it stands. `hint` is what to do now. The buttons that make sense are `accept` and `decline`."""

    headline: str
    hint: str = ""
    tone: Tone = "over"
    accept: bool = False
    decline: bool = False


def expiry(transfer: Transfer) -> datetime:
    """When the transfer's cards say nothing any more."""
    return transfer.started_at + VALID_FOR


def answered(journal: Iterable[Mapping[str, Any]], step: int, leg: int) -> Answered | None:
    """What a leg's person has answered, by card, voice or key: their last word of it. `journal` is as the ledger's."""
    mine = [
        line for line in journal
        if line["event"] in ("accepted", "declined") and (line["data"]["step"], line["data"]["leg"]) == (step, leg)
    ]  # fmt: skip
    if not mine:
        return None
    last = mine[-1]
    return Answered(last["event"] == "accepted", last["data"]["via"], last["data"].get("words", ""))


def standing(t: Transfer, step: int, leg: int, answer: Answered | None, directory: Directory) -> Standing:
    """Where a transfer stands, for the person of this leg."""
    me = find(t, step, leg)
    if t.state is State.ENDED:
        return Standing(_ended(t, me, directory))
    if t.state is State.BRIDGED:
        return _talking(t, me, directory)
    if t.state is State.ACCEPTED:
        return _accepted(t, me, directory)
    if me and me.words == PROMISED and me.open:
        return Standing("Answer your phone.", "The caller is put through as soon as you pick up.", "good")
    if answer and answer.accepted:
        return Standing("Your phone was not picked up in time.", _onward(t), "waiting")
    if answer or (me and not me.open):
        return Standing(_onward(t), tone="waiting")
    if me is None:
        return Standing("Your phone has not rung yet.", "You can answer here once it rings.", "waiting")
    return _open(t, me)


def _open(t: Transfer, me: Attempt) -> Standing:
    listening = me.stage in ("answered", "briefing")
    soon = me.stage in ("queued", "dialling")
    ringing = "Your phone is about to ring." if soon else "Your phone rings for this call."
    headline = "You are on the phone about it." if listening else ringing
    if t.mechanism != "consult":
        hint = "To take the call, press 1 on your phone." if listening else "Answer your phone and press 1."
        return Standing(headline, hint, "waiting", decline=True)
    hint = "The caller waits for your answer." if listening else "Accept, and the caller is there when you pick up."
    return Standing(headline, hint, "waiting", accept=True, decline=True)


def _accepted(t: Transfer, me: Attempt | None, directory: Directory) -> Standing:
    won = winner(t)
    if won and won == me:
        return Standing("The caller is on the way to you.", "Stay on the phone.", "good")
    return Standing(f"{_name(won, directory)} is taking the call.")


def _talking(t: Transfer, me: Attempt | None, directory: Directory) -> Standing:
    who = _who(t)
    if who and who == me:
        return Standing("You are connected with the caller.", tone="good")
    return Standing(f"{_name(who, directory)} has taken the call.")


def _onward(t: Transfer) -> str:
    if t.state is State.WAITING:
        return "The caller waits in a queue."
    if t.state is State.AWAY:
        return "Another agent has the caller."
    return "Somebody else is being tried."


def _ended(t: Transfer, me: Attempt | None, directory: Directory) -> str:
    if t.outcome is Outcome.BRIDGED:
        who = _who(t)
        return "You took the call. It is over." if who and who == me else f"{_name(who, directory)} took the call."
    return _ENDED.get(t.outcome or Outcome.LOST, "Nobody took the call. The caller is back with the agent.")


_ENDED = {
    Outcome.CALLER_LEFT: "The caller has hung up.",
    Outcome.CANCELLED: "The caller did not want to wait any longer.",
    Outcome.CALLBACK_BOOKED: "The caller has asked to be called back.",
    Outcome.MESSAGE_TAKEN: "The caller has left a message.",
    Outcome.HANDED_OFF: "Another agent has taken the caller.",
    Outcome.REFERRED: "The caller was passed on to another phone.",
    Outcome.LOST: "Nobody reported how the call ended.",
}


def _who(t: Transfer) -> Attempt | None:
    """Who talks, or talked, with the caller, when that is known."""
    bridged = [a for a in t.attempts if a.outcome is Outcome.BRIDGED]
    still = [a for a in t.attempts if a.open]
    likely = bridged or still
    return winner(t) or (likely[0] if len(likely) == 1 else None)


def _name(attempt: Attempt | None, directory: Directory) -> str:
    person = directory.people.get(attempt.person or "") if attempt else None
    return person.name if person else "Somebody else" if attempt is None else "A colleague"
