"""What the caller answers: to a question for a parameter, to an offer, to "anything else?"."""

from exchange.agent.offline import patterns, requests
from exchange.agent.offline.dialogue import Dialogue
from exchange.agent.offline.functions import Purpose, Slot
from exchange.agent.offline.places import ranked
from exchange.agent.offline.requests import Request
from exchange.agent.offline.slots import NO, THIS_ONE, YES, answer, volunteered
from exchange.agent.offline.tasks import Task
from exchange.agent.offline.words import phone_in, words
from exchange.core.thinkers import Thought

_TRIES = 2  # questions for one parameter


def answered(dialogue: Dialogue, task: Task, text: str, low: str) -> Thought | None:
    """What an answer leads to; None when it was something else, and the task is given up."""
    slot = task.asking
    assert slot is not None
    leaves = patterns.END.search(low) and not (slot.kind == "message" and len(words(text)) > 2)
    if patterns.NEVER_MIND.search(low):
        dialogue.task, dialogue.queue = None, []
        return dialogue.anything_else(dialogue.say("all_right"))
    if leaves and not phone_in(text):
        return _left_in_the_middle(dialogue, task, thanks=bool(patterns.THANKS.search(low)))
    if _is_elsewhere(dialogue, slot, low, text):
        dialogue.task = None
        return None
    if slot.kind == "place":
        return _place_answered(dialogue, task, slot, text)
    if slot.kind in ("phone", "name") and not slot.required and _declined(dialogue, task, slot, text, low):
        return dialogue.go_on(task)
    if slot.kind == "phone" and not phone_in(text) and NO.search(low):
        return dialogue.ask(task, slot, again=dialogue.say("ask_phone_which"))
    found = answer(slot, requests.corrected(text) if slot.kind != "message" else text)
    if found is None or (slot.kind == "message" and YES.fullmatch(low.strip(" .!"))):
        return _not_answered(dialogue, task, slot, text)
    task.values[slot.name] = found
    for other in task.function.slots:
        if other.kind in ("name", "phone") and slot.kind in ("message", "when") and other.name not in task.values:
            more = volunteered(other, text)
            task.values |= {other.name: more} if more else {}
    return dialogue.go_on(task)


def _left_in_the_middle(dialogue: Dialogue, task: Task, *, thanks: bool) -> Thought:
    """The caller says goodbye: what can be kept of their wish is kept."""
    if not task.complete_enough() or task.function.purpose not in ("message", "callback"):
        dialogue.task = None
        return dialogue.end(thanks=thanks)
    dialogue.leaving = True
    return dialogue.call(task)


def _is_elsewhere(dialogue: Dialogue, slot: Slot, low: str, text: str) -> bool:
    if patterns.WHO.search(low) or patterns.HELP.search(low):
        return True
    turned = patterns.TURNS.search(low)
    explicit = patterns.MOVE_ME.search(low)
    if slot.kind in ("message", "text") and not turned:
        return bool(explicit and len(low.split()) <= 9)
    found = dialogue.requests.within(requests.corrected(text)) if turned or explicit else []
    return (bool(found) and slot.kind != "place") or bool(explicit)


def _declined(dialogue: Dialogue, task: Task, slot: Slot, text: str, low: str) -> bool:
    """Whether the caller leaves it at the number they call from, or does not want to say."""
    if phone_in(text):
        return False
    same = slot.kind == "phone" and (THIS_ONE.search(low) or (YES.search(low) and not NO.search(low)))
    if same or (slot.kind == "name" and NO.search(low)) or task.tries.get(slot.name, 0) > _TRIES:
        task.skipped.add(slot.name)
        return True
    return False


def _place_answered(dialogue: Dialogue, task: Task, slot: Slot, text: str) -> Thought:
    found = ranked(dialogue.places, requests.wanted_only(requests.corrected(text)))
    if found:
        task.place = found[0][1]
    elif dialogue.places and task.tries.get(slot.name, 0) < _TRIES:
        return dialogue.ask(task, slot, again=dialogue.say("unknown_place", places=dialogue.names(dialogue.places)))
    else:
        task.values[slot.name] = answer(Slot(slot.name, "text", True, {}, ""), text) or text
    return dialogue.go_on(task)


def _not_answered(dialogue: Dialogue, task: Task, slot: Slot, text: str) -> Thought:
    for other in task.function.slots:
        if other.kind in ("when", "name") and other is not slot and (found := volunteered(other, text)):
            task.values[other.name] = found
    if task.tries.get(slot.name, 0) > _TRIES:
        if slot.required:
            dialogue.task = None
            return dialogue.anything_else(dialogue.say("cannot"))
        task.skipped.add(slot.name)
        return dialogue.go_on(task)
    sorry = dialogue.say("need_number") if slot.kind == "number" else ""
    return dialogue.ask(task, slot, again=f"{sorry} {dialogue.question(task, slot)}".strip())


def taken_up(dialogue: Dialogue, text: str, low: str) -> Thought | None:
    """What follows from an answer to an offer, or to "anything else?"; None when it was none."""
    offers, between, closing = dialogue.offers, dialogue.between, dialogue.closing
    dialogue.offers, dialogue.between, dialogue.closing = (), (), False
    if between:
        which = _which(dialogue, between, text, low)
        return dialogue.take([which]) if which else None
    found_now = dialogue.requests.within(requests.corrected(text))
    if patterns.END.search(low) and not found_now:
        return dialogue.end(thanks=bool(patterns.THANKS.search(low)))
    if NO.search(low) and not [one for one in found_now if one.purpose != "other"] and not phone_in(text):
        return (
            dialogue.end(thanks=bool(patterns.THANKS.search(low)))
            if closing
            else dialogue.anything_else(dialogue.say("all_right"))
        )
    if offers and patterns.THANKS.search(low) and not found_now and not patterns.PLEASE.search(low):
        return dialogue.thanked()
    if len(offers) == 1 and YES.search(low) and not found_now:
        return _accept(dialogue, offers[0], text)
    if len(offers) > 1 and YES.search(low) and not words(YES.sub("", low)):
        dialogue.offers = offers
        return dialogue.tell("offer", can=dialogue.can(*offers))
    return None


def _which(dialogue: Dialogue, between: tuple[Request, ...], text: str, low: str) -> Request | None:
    """The one of these that the caller chooses, by its name or its number."""
    by_place = {one.places[0]: one for one in between}
    found = ranked(by_place, requests.wanted_only(requests.corrected(text)))
    if found:
        return by_place[found[0][1]]
    if patterns.FIRST.search(low):
        return between[0]
    return between[-1] if patterns.LAST.search(low) else None


def _accept(dialogue: Dialogue, offer: Purpose, text: str) -> Thought:
    function = dialogue.place.function if offer == "move" and dialogue.place else dialogue.requests.of(offer)
    if function is None:
        return dialogue.missed()
    return dialogue.take(
        [
            Request(
                function,
                offer,
                (dialogue.place,) if dialogue.place else (),
                "" if offer != "move" else dialogue.subject,
            )
        ]
    )
