"""Replies that many callers get alike, written once a route, with slots for what differs from call to call.

A document that tells nobody about its caller says nothing of the call but the ids of call and transfer, in its notes
and in the tokens of its URLs. To make it anew for every call took two fifths of what we compute for a tool call
(the database not counted). So the same code that makes every other makes it once, with marks for those ids, and for
each call the slots are filled in.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from agents.documents.chain import Chain
from agents.documents.urls import Claims
from agents.tools.cuts import Cuts
from calls.directory.steps import Callback, Hangup, Refer, Ring, Step, ToAgent, Voicemail
from calls.routing.policy import Route
from swml.render import render_reply, to_json
from swml.replies import Reply, Written

Make: TypeAlias = Callable[[Route, Chain, str], Reply]
"""What makes the reply of a chain: its route, itself, and the words of the announcement."""

_ROUTES = 1000  # that are remembered
_json = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class _Slots:
    """What differs from call to call. `ids` are the ids by the marks that stand for them in a form's tokens."""

    chain: Chain
    words: str
    ids: dict[str | int, str]

    def token(self, claims: Claims) -> str:
        return self.chain.links.sign(tuple(self.ids.get(claim, claim) for claim in claims))


@dataclass(frozen=True, slots=True)
class _Form:
    parts: tuple[str, ...]
    writers: tuple[Callable[[_Slots], str], ...]
    call_mark: str
    transfer_mark: str

    def fill(self, chain: Chain, words: str) -> str:
        ids: dict[str | int, str] = {self.call_mark: chain.transfer.call_id, self.transfer_mark: chain.transfer.id}
        slots = _Slots(chain, words, ids)
        pieces = [self.parts[0]]
        for write, part in zip(self.writers, self.parts[1:], strict=True):
            pieces.append(write(slots))
            pieces.append(part)
        return "".join(pieces)


class Forms:
    """The forms of one version of a directory. Any number of threads may use them at once."""

    def __init__(self) -> None:
        self._known: dict[object, _Form] = {}

    def reply(self, make: Make, route: Route, chain: Chain, words: str) -> Reply:
        """What `make` makes of them: from its form, where other callers get the same."""
        if route.department is None or chain.texts or not all(_same_for_all(step, chain) for step in route.steps):
            return make(route, chain, words)
        # All else of a route follows from its department and the steps that were chosen.
        key = (route.destination, route.steps, route.caller_id, chain.transfer.agent, chain.caller is None, chain.line)
        form = self._known.get(key)
        if form is None:
            if len(self._known) > _ROUTES:
                self._known.clear()
            form = self._known[key] = _form(make, route, chain, words)
        return Written(text=form.fill(chain, words))


def _same_for_all(step: Step, chain: Chain) -> bool:
    """Whether a step's verbs say nothing of the caller. A person who is asked and a foreign agent are told of them."""
    if isinstance(step, Ring):
        return step.handoff == "blind"
    return isinstance(step, Refer | Voicemail | Callback | Hangup) or (
        isinstance(step, ToAgent) and step.agent not in chain.links.foreign
    )


def _form(make: Make, route: Route, chain: Chain, words: str) -> _Form:
    cuts = Cuts[_Slots](_json(render_reply(make(route, chain, words))))
    call = cuts.text(lambda slots: to_json(slots.chain.transfer.call_id)[1:-1])
    transfer = cuts.text(lambda slots: slots.chain.transfer.id)
    marked = replace(
        chain,
        transfer=replace(chain.transfer, id=transfer, call_id=call),
        links=replace(chain.links, sign=lambda claims: cuts.text(lambda slots: slots.token(claims))),
    )
    said = cuts.text(lambda slots: to_json(slots.words)[1:-1])
    return _Form(*cuts.divide(_json(render_reply(make(route, marked, said)))), call, transfer)
