"""What the offline receptionist says after a function has answered, or after a message to the model."""

import re

from exchange.agent.offline import speech
from exchange.agent.offline.dialogue import Dialogue
from exchange.agent.offline.functions import Slot
from exchange.agent.offline.phrases import time_in_spanish
from exchange.agent.offline.places import named
from exchange.agent.offline.words import language_of, plain
from exchange.core.thinkers import Result, Talk, Thought

_FINISHED = re.compile(r"\b(?:has|have) finished with\b|\bis done with\b|\bcompleted\b|\bwas helped\b", re.IGNORECASE)
_RECORDED = re.compile(
    r"\b(?:could leave|has left|left) a (?:voice )?message\b|\bmessage (?:is|was) recorded\b", re.IGNORECASE
)
_UNSURE = re.compile(r"\bnot certain whether\b|\bunclear whether\b|\bmay have talked\b", re.IGNORECASE)
_IN_VAIN = re.compile(
    r"\b(?:nobody|no one|none of|could not|couldn't|cannot|did not get to|busy|no.answer|declined|failed|timed out|"
    r"timeout|expired|said nothing)\b", re.IGNORECASE,
)  # fmt: skip
_UNTIL = re.compile(r"\b(?:until|opens|booked:|for)\s+(?P<when>.+?)\.?$")


def after_tools(dialogue: Dialogue, talk: Talk) -> Thought:
    """The functions that were called have answered."""
    new = talk.results[dialogue.results :]
    dialogue.results = len(talk.results)
    if not new:
        return Thought()
    function = next((one for one in reversed(dialogue.called) if one.name == new[-1].name), None)
    purpose = function.purpose if function else "other"
    fact = " ".join(one.fact for one in new)
    instruction = " ".join(one.instruction or one.fact for one in new)
    exactly = speech.marked(instruction) or speech.marked(fact)
    if purpose == "end":
        return Thought("" if _spoken_since(talk) else exactly or dialogue.say("goodbye"))
    refused = speech.negative(fact)
    if refused and (asked := _asked_again(dialogue, instruction)):
        return asked
    if purpose in ("move", "human") and not refused:
        return _moving(dialogue, instruction, exactly)
    if speech.quiet(instruction) and not refused:
        return Thought(exactly)
    if purpose == "cancel":
        return Thought(dialogue.say("not_waiting"))
    if purpose == "add" and not refused:
        return Thought(dialogue.say("passed_on"))
    if purpose == "hours":
        return _hours(dialogue, new, exactly)
    if refused or purpose in ("move", "human"):
        return _refused(dialogue, exactly or _speakable(new))
    if purpose == "message":
        return _going_on(dialogue, exactly or _kept(dialogue))
    if purpose == "callback":
        return _going_on(dialogue, exactly or _booked(dialogue, _speakable(new)))
    return _going_on(dialogue, exactly or _speakable(new) or dialogue.say("done"))


def after_message(dialogue: Dialogue, text: str) -> Thought:
    """The model was told something: that the caller is back, that a hold is over, what a person has said."""
    dialogue.queue.clear()
    place = dialogue.place.spoken(dialogue.language) if dialogue.place else ""
    if exactly := speech.marked(text):
        return Thought(exactly)
    if _RECORDED.search(text):
        dialogue.closing = True
        return Thought(dialogue.say("recorded"))
    if _UNSURE.search(text):
        return Thought(dialogue.say("helped", place=place) if place else dialogue.say("helped_free"))
    if _FINISHED.search(text):
        dialogue.closing = True
        return Thought(dialogue.say("back"))
    if _IN_VAIN.search(text):
        sorry = dialogue.say("nobody", place=place) if place else dialogue.say("nobody_free")
        words = speech.quoted_words(text)
        return offer(dialogue, f"{sorry} {dialogue.say('they_say', words=words)}" if words else sorry)
    if speech.quiet(text):
        return Thought()
    return Thought(speech.speakable(text))


def offer(dialogue: Dialogue, said: str) -> Thought:
    """Say something that did not go well, and offer what can be done instead."""
    offers = tuple(one for one in ("message", "callback") if dialogue.requests.of(one))
    if not offers:
        return dialogue.anything_else(said)
    dialogue.offers = offers  # type: ignore[assignment]
    name = "offer" if len(offers) > 1 else "offer_one"
    return Thought(f"{said} {dialogue.say(name, can=dialogue.can(*dialogue.offers))}".strip())


def _moving(dialogue: Dialogue, instruction: str, exactly: str) -> Thought:
    if exactly or speech.quiet(instruction):
        return Thought(exactly)
    return Thought(dialogue.say("wait_more" if dialogue.requests.of("add") else "wait"))


def _refused(dialogue: Dialogue, told: str) -> Thought:
    said = told if _is_in(dialogue, told) else dialogue.say("sorry")
    dialogue.queue.clear()
    if dialogue.leaving:
        dialogue.leaving = False
        return Thought(said)
    return offer(dialogue, said)


def _going_on(dialogue: Dialogue, said: str) -> Thought:
    """It is done: on with what else was asked for, or the end, or the question whether there is more."""
    said = said.strip()
    if dialogue.leaving:
        return _and(said, dialogue.end())
    following = dialogue.next_in_line()
    return _and(said, following) if following else dialogue.anything_else(said)


def _and(said: str, thought: Thought) -> Thought:
    return Thought(f"{said} {thought.say}".strip(), thought.calls)


def _kept(dialogue: Dialogue) -> str:
    task = dialogue.finished
    name = next(
        (
            str(task.values[slot.name])
            for slot in task.function.slots
            if slot.kind == "name" and slot.name in task.values
        ),
        "",
    )
    called = f", {name}" if name else ""
    if not task.place:
        return dialogue.say("kept_free", name=called)
    return dialogue.say("kept", name=called, place=task.place.spoken(dialogue.language))


def _booked(dialogue: Dialogue, told: str) -> str:
    if not told:
        return dialogue.say("booked")
    if _is_in(dialogue, told):
        return (
            told.replace("booked: ", "booked for ")
            if re.search(r"booked: (?!as\b)", told)
            else told.replace(": ", " ", 1)
        )
    found = _UNTIL.search(re.split(r"(?<=[.!?])\s", told)[0])
    return f"{dialogue.say('booked')[:-1]}: {time_in_spanish(found['when'])}." if found else dialogue.say("booked")


def _hours(dialogue: Dialogue, new: tuple[Result, ...], exactly: str) -> Thought:
    told = [text for one in new if (text := speech.speakable(one.fact))]
    if not told:
        return _refused(dialogue, exactly)
    said = exactly or _together(told)
    closed = all(re.search(r"\bclosed\b", one, re.IGNORECASE) for one in told)
    if dialogue.language == "es" and language_of(said) != "es":
        said = " ".join(_hours_in_spanish(one, dialogue) for one in told)
    if len(new) > 1:
        return _going_on(dialogue, said)
    if closed:
        return _refused(dialogue, said) if language_of(said) in ("", dialogue.language) else offer(dialogue, said)
    following = dialogue.next_in_line()
    if following:
        return _and(said, following)
    return dialogue.suggest(dialogue.place, said) if dialogue.place else dialogue.anything_else(said)


def _together(told: list[str]) -> str:
    """Sentences that say the same of several, as one: "Billing and the warehouse are open now."."""
    groups: dict[str, list[str]] = {}
    for sentence in told:
        subject, is_, rest = sentence.partition(" is ")
        if not is_ or (" " in subject.strip() and len(subject.split()) > 3):
            return " ".join(told)
        groups.setdefault(rest, []).append(subject)
    said = []
    for rest, subjects in groups.items():
        names = [subjects[0], *(one[:1].lower() + one[1:] for one in subjects[1:])]
        listed = " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
        said.append(f"{listed} {'are' if len(names) > 1 else 'is'} {rest}")
    return " ".join(said)


def _hours_in_spanish(told: str, dialogue: Dialogue) -> str:
    subject, _, rest = told.rstrip(".").partition(" is ")
    place = next((place for place in dialogue.places if named(place, subject)), None)
    subject = place.spoken("es") if place else subject
    subject = subject[:1].upper() + subject[1:]
    state = "cerrado" if "closed" in rest else "abierto"
    found = re.search(r"(?P<opens>it opens )?(?:until )?(?P<when>(?:\w+ )?(?:at )?\d.*|tomorrow.*|\w+day.*)$", rest)
    if not found:
        return f"{subject}: {state} ahora."
    when = time_in_spanish(found["when"])
    return (
        f"{subject}: cerrado; abre {when}."
        if found["opens"] or state == "cerrado"
        else f"{subject}: abierto hasta las {when}."
    )


def _speakable(new: tuple[Result, ...]) -> str:
    return " ".join(text for one in new if (text := speech.speakable(one.fact)))


def _is_in(dialogue: Dialogue, text: str) -> bool:
    """Whether a text is in the caller's language, as far as it shows."""
    return bool(text) and (dialogue.language != "es" or language_of(text) == "es")


def _spoken_since(talk: Talk) -> bool:
    """Whether something was said to the caller since the last function was called: by an action of its answer."""
    for message in reversed(talk.messages):
        if message["role"] == "assistant" and message.get("tool_calls"):
            return False
        if message["role"] == "assistant" and str(message["content"]).strip():
            return True
    return False


def _asked_again(dialogue: Dialogue, instruction: str) -> Thought | None:
    """The model is told to ask for something: the parameter that it is about is asked for again."""
    wanted = speech.question_in(instruction)
    task = getattr(dialogue, "finished", None)
    if not wanted or task is None or task.tries.get("", 0) >= 2:
        return None
    slot = next((one for one in task.function.slots if _is_about(one, wanted)), None)
    task.tries[""] = task.tries.get("", 0) + 1
    if slot is None:
        return None
    task.values.pop(slot.name, None)
    task.skipped.discard(slot.name)
    task.needed.add(slot.name)
    if slot.kind == "place":
        task.place = None
    dialogue.task, task.asking = task, slot
    again = {"when": "ask_when_again", "phone": "ask_phone_which"}.get(slot.kind)
    if again:
        return Thought(dialogue.say(again))
    return Thought(f"{dialogue.say('sorry')} {dialogue.question(task, slot)}")


def _is_about(slot: Slot, wanted: str) -> bool:
    kinds = {
        "when": r"\b(?:time|day|date|when)\b", "phone": r"\b(?:phone|number)\b", "message": r"\bmessage\b",
        "name": r"\bname\b", "place": r"\b(?:department|which one|destination|team)\b",
    }  # fmt: skip
    low = plain(wanted)
    if pattern := kinds.get(slot.kind):
        return bool(re.search(pattern, low))
    return plain(slot.name).replace("_", " ") in low or plain(slot.name).split("_")[-1] in low.split()
