"""The offline receptionist: hears one session and says what is said and done next."""

from exchange.agent.offline import answers, enquiries, patterns, requests
from exchange.agent.offline.dialogue import Dialogue
from exchange.agent.offline.hearsay import after_message, after_tools
from exchange.agent.offline.places import named, vocabulary
from exchange.agent.offline.slots import NO, YES
from exchange.agent.offline.tasks import Task
from exchange.agent.offline.words import language_of, mended, phone_in, plain, words
from exchange.core.thinkers import Talk, Thought


class Receptionist:
    """One `Receptionist` hears one session; what is open in it is in its `dialogue`."""

    def __init__(self) -> None:
        self.dialogue = Dialogue()

    def think(self, talk: Talk) -> Thought:
        """What is said and done next."""
        dialogue = self.dialogue
        dialogue.see(talk)
        if talk.source == "caller":
            dialogue.silences = 0
            thought = self._hear(talk.heard)
        elif talk.source == "start":
            thought = dialogue.tell("hello")
        elif talk.source == "attention":
            thought = self._silence()
        elif any(result.name == talk.source for result in talk.results):
            thought = after_tools(dialogue, talk)
        else:
            thought = after_message(dialogue, talk.last)
        dialogue.last = thought.say or dialogue.last
        return thought

    def _hear(self, line: str) -> Thought:
        dialogue = self.dialogue
        language = language_of(line)
        dialogue.language = language or dialogue.language
        dialogue.heard.append(line)
        text = mended(line, vocabulary(dialogue.places, dialogue.functions))
        low = plain(text)
        if patterns.AGAIN.search(low) and dialogue.last:
            return Thought(dialogue.last)
        if dialogue.task and dialogue.task.asking:
            answered = answers.answered(dialogue, dialogue.task, text, low)
            if answered is not None:
                return answered
        if dialogue.between or dialogue.offers or dialogue.closing:
            taken = answers.taken_up(dialogue, text, low)
            if taken is not None:
                return taken
        return self._fresh(text, low)

    def _fresh(self, text: str, low: str) -> Thought:
        dialogue = self.dialogue
        if patterns.WHO.search(low):
            return enquiries.who(dialogue)
        if patterns.HELP.search(low):
            return enquiries.abilities(dialogue)
        if patterns.ABOUT.search(low) and (about := enquiries.about_place(dialogue, text)):
            return about
        if phone_in(text) and not self._fits(text):
            return self._number(text, low)
        cancelled = dialogue.requests.of("cancel")
        if cancelled and patterns.STOP_WAITING.search(low):
            return dialogue.call(Task(cancelled, text))
        found = dialogue.requests.within(requests.corrected(text)) or dialogue.requests.within(text)
        if found and not (patterns.END.search(low) and all(one.purpose == "other" for one in found)):
            known = enquiries.known(dialogue, text) if found[0].purpose in ("move", "hours") else ""
            if known and not any(named(place, text) for place in dialogue.places):
                return Thought(known)
            return dialogue.take(found)
        return self._small_talk(text, low)

    def _fits(self, text: str) -> bool:
        """Whether a line with a number in it asks for something that takes one."""
        dialogue = self.dialogue
        found = dialogue.requests.within(text)
        takes = [one for one in found if one.function and one.purpose != "move" and not one.function.place]
        return bool(takes) or any(one.purpose in ("message", "callback", "dial") for one in found)

    def _small_talk(self, text: str, low: str) -> Thought:
        dialogue = self.dialogue
        if patterns.END.search(low):
            return dialogue.end(thanks=bool(patterns.THANKS.search(low)))
        adding = dialogue.requests.of("add")
        if adding and len(words(text)) > 1:
            return dialogue.call(Task(adding, text))
        if patterns.THANKS.search(low):
            return dialogue.thanked()
        if patterns.HELLO.search(low):
            return dialogue.tell("there")
        if known := enquiries.known(dialogue, text):
            return Thought(known)
        who = requests.unknown_person(text)
        if who and dialogue.movable:
            return dialogue.tell("no_such_person", who=who, places=dialogue.names(dialogue.movable))
        if patterns.NEVER_MIND.search(low) or NO.search(low):
            return dialogue.anything_else(dialogue.say("all_right"))
        if YES.search(low) and not words(YES.sub("", low)):
            return dialogue.tell("how")
        return dialogue.missed()

    def _number(self, text: str, low: str) -> Thought:
        dialogue = self.dialogue
        number = phone_in(text)
        dial = dialogue.requests.of("dial")
        if dial and (requests.wants_dialling(low) or not dialogue.requests.of("callback")):
            return dialogue.begin(Task(dial, text))
        if requests.wants_dialling(low) or not dialogue.requests.of("callback"):
            return dialogue.tell("no_dialling", can=dialogue.can("move", "message", "callback"))
        dialogue.number, dialogue.offers = number, ("callback",)
        return dialogue.tell("call_that")

    def _silence(self) -> Thought:
        dialogue = self.dialogue
        dialogue.silences += 1
        if dialogue.silences == 1:
            asked = dialogue.task.asking if dialogue.task else None
            more = f" {dialogue.question(dialogue.task, asked)}" if dialogue.task and asked else ""
            return Thought(dialogue.say("still") + more)
        if dialogue.silences == 2:
            return dialogue.tell("cannot_hear")
        function = dialogue.requests.of("end")
        if dialogue.silences == 3 and function:
            return Thought(dialogue.say("gives_up"), dialogue.call(Task(function, "")).calls)
        return Thought()
