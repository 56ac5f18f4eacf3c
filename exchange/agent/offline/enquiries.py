"""Answers to questions about us: who speaks, what can be done, what a place is for, what the prompt knows."""

import re

from exchange.agent.offline import patterns, speech
from exchange.agent.offline.dialogue import Dialogue
from exchange.agent.offline.places import named, ranked
from exchange.agent.offline.words import plain, words
from exchange.core.thinkers import Thought


def who(dialogue: Dialogue) -> Thought:
    """Who the agent is, as its prompt says, and that it is no person."""
    name = speech.identity_in(dialogue.talk.prompt)
    told = dialogue.say("i_am", who=name) if name and dialogue.language == "en" else dialogue.say("program")
    if dialogue.language == "es" and (company := re.search(r" (?:of|at|for) ([A-Z].*)", name)):
        told = f"{told[:-1]}, y atiendo el teléfono de {company.group(1)}."
    return Thought(f"{told} {dialogue.say('how')}")


def abilities(dialogue: Dialogue) -> Thought:
    """What can be done here."""
    can = dialogue.can("move", "message", "callback", "hours")
    return Thought(f"{dialogue.say('can', can=can)} {dialogue.say('and_you')}") if can else dialogue.tell("lost")


def about_place(dialogue: Dialogue, text: str) -> Thought | None:
    """What the place that a question names is for; None when it names none, or nothing is known of it."""
    place = next((place for _, place in ranked(dialogue.places, text) if named(place, text)), None)
    if place is None or not place.about or not speech.fit(f"It is {place.about}"):
        return None
    return dialogue.suggest(place, dialogue.told_about(place))


def known(dialogue: Dialogue, text: str) -> str:
    """What the prompt says to a question, where it says it in a sentence that is fit for callers."""
    if not patterns.ASKS.search(plain(text)):
        return ""
    asked = set(words(text)) - {"person"}
    best = max(speech.facts_of(dialogue.talk.prompt), key=lambda fact: len(asked & set(words(fact))), default="")
    common = asked & set(words(best))
    return best if common and 2 * len(common) >= len(asked) else ""
