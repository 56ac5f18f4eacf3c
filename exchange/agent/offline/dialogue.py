"""One conversation of the offline receptionist: what it wants to know next, and what it says of what happened."""

import re
from collections.abc import Iterable

from exchange.agent.offline import requests
from exchange.agent.offline.functions import Function, Purpose, Slot
from exchange.agent.offline.phrases import phrase
from exchange.agent.offline.places import Place, in_words, named, places_of
from exchange.agent.offline.requests import Request, Requests
from exchange.agent.offline.slots import volunteered, without_cards
from exchange.agent.offline.tasks import Task, question
from exchange.agent.offline.words import time_in_english
from exchange.core.thinkers import Talk, Thought, ToolCall


class Dialogue:
    """What has been said so far in a session, and what is open. One `Dialogue` hears one session."""

    def __init__(self) -> None:
        self.language = ""
        self.task: Task | None = None
        self.queue: list[Request] = []
        self.offers: tuple[Purpose, ...] = ()
        self.between: tuple[Request, ...] = ()  # which of these was asked
        self.subject = ""  # what the call is about, in the caller's words
        self.place: Place | None = None  # spoken of last
        self.number = ""  # said, and not yet of use
        self.heard: list[str] = []
        self.last = ""  # said last
        self.misses = self.silences = self.results = 0
        self.closing = self.leaving = False
        self.called: list[Function] = []

    # What is known

    def see(self, talk: Talk) -> None:
        """Take over what the talk offers now."""
        self.talk = talk
        self.functions = [Function(tool) for tool in talk.tools]
        self.places = places_of(self.functions, talk.prompt)
        self.requests = Requests(self.functions, self.places)
        self.usual = "es" if talk.languages and talk.languages[0].lower().startswith("es") else "en"
        if not self.language:
            self.language = self.usual
            self._take_over(next((str(one["content"]) for one in talk.messages if one["role"] == "assistant"), ""))

    def _take_over(self, greeting: str) -> None:
        """What the greeting has already spoken of: a place, and what was offered."""
        found = [place for place in self.places if named(place, greeting)]
        self.place = found[0] if len(found) == 1 else None
        if greeting.rstrip().endswith("?") and self.place:
            purposes: tuple[Purpose, ...] = ("message", "callback")
            self.offers = tuple(one for one in purposes if requests.mentions(one, greeting))

    @property
    def movable(self) -> list[Place]:
        """The places that callers can be put through to."""
        return [place for place in self.places if place.function is not None]

    def say(self, key: str, **filled: str) -> str:
        """A phrase in the caller's language."""
        text = phrase(self.language, key, **filled)
        return text.replace(" a el ", " al ").replace(" de el ", " del ") if self.language == "es" else text

    def tell(self, key: str, **filled: str) -> Thought:
        return Thought(self.say(key, **filled))

    def names(self, places: Iterable[Place]) -> str:
        return in_words([place.spoken(self.language) for place in places], self.language)

    def can(self, *purposes: Purpose) -> str:
        """What can be done of these, in words: "take a message or have someone call you back"."""
        does: list[str] = []
        for purpose, name in (
            ("move", "put_through"), ("message", "take_message"), ("callback", "call_back"), ("hours", "tell_hours"),
        ):  # fmt: skip
            if purpose not in purposes:
                continue
            if purpose == "move" and self.movable:
                does.append(self.say(name, places=self.names(self.movable)))
            elif purpose != "move" and self.requests.of(purpose):
                does.append(self.say(name))
        return in_words(does, self.language)

    # What follows from what the caller has said

    def thanked(self) -> Thought:
        self.offers = ()
        return self.anything_else(self.say("welcome"))

    def missed(self) -> Thought:
        self.misses += 1
        can = self.can("move", "message", "callback")
        if not can:
            return self.tell("lost")
        if self.misses == 1:
            return Thought(f"{self.say('misses', can=can)} {self.say('and_you')}")
        about = " ".join(self.told_about(place) for place in self.movable if place.about)
        if self.misses == 2 and about:
            return Thought(f"{self.say('again', about=about)} {self.say('and_you')}")
        if self.requests.of("message"):
            self.offers = ("message",)
            return self.tell("still_not")
        return self.tell("lost")

    # Questions about us

    def told_about(self, place: Place) -> str:
        """What a place is for, in a sentence."""
        name = place.spoken(self.language)
        single = re.match(r"(?:an?|the|our|one|someone|somebody)\b", place.about, re.IGNORECASE)
        key = "about_one" if single else "about"
        return self.say(key, place=name[:1].upper() + name[1:], about=place.about.rstrip(". "))

    def suggest(self, place: Place, said: str) -> Thought:
        """Say something about a place, and offer to put the caller through to it, where that can be done."""
        self.place = place
        if place.function is None:
            return Thought(said)
        self.offers = ("move",)
        return Thought(f"{said} {self.say('through')}")

    # Requests become tasks

    def take(self, found: list[Request]) -> Thought:
        self.misses, self.closing, self.offers, self.between = 0, False, (), ()
        moves = [one for one in found if one.purpose == "move" and one.places]
        if len(moves) > 1:
            self.between = tuple(moves)
            return self.tell("one_at_a_time", places=self.names(one.places[0] for one in moves))
        self.queue = found[1:]
        return self._start(found[0])

    def _start(self, request: Request) -> Thought:
        if request.purpose == "move":
            return self._move(request)
        if request.purpose == "hours" and request.function and request.function.place and not request.places:
            return self._all_hours(request)
        assert request.function is not None
        place = request.places[0] if request.places else None
        if place is None and request.purpose in ("message", "callback"):
            place = self.place
        return self.begin(Task(request.function, request.text, place))

    def _move(self, request: Request) -> Thought:
        places = request.places or ((self.place,) if self.place else ())
        if len(places) > 1:
            self.between = tuple(Request(place.function, "move", (place,), request.text) for place in places)
            return self.tell("which_place", places=self.names(places))
        if not places:
            who = requests.unknown_person(request.text)
            if who and self.movable:
                return self.tell("no_such_person", who=who, places=self.names(self.movable))
            return self.tell("where", places=self.names(self.movable)) if self.movable else self.missed()
        place = places[0]
        if place.function is None:
            self.place = place
            return self.missed()
        return self.begin(Task(place.function, request.text, place))

    def _all_hours(self, request: Request) -> Thought:
        """The hours of every place, where they are few; the caller has named none."""
        if self.place or len(self.places) == 1:
            return self._start(Request(request.function, "hours", (self.place or self.places[0],), request.text))
        if not self.places or len(self.places) > 6:
            assert request.function is not None
            return self.begin(Task(request.function, request.text))
        assert request.function is not None
        tasks = [Task(request.function, request.text, place) for place in self.places]
        return Thought("", tuple(self._tool_call(task) for task in tasks))

    def begin(self, task: Task) -> Thought:
        """Fill in what was said without being asked for, then ask for what is missing, or call the function."""
        self.task = task
        if task.function.place and task.place is None and len(self.places) == 1:
            task.place = self.places[0]
        for slot in task.function.slots:
            if slot.kind == "phone" and self.number:
                task.values[slot.name], self.number = self.number, ""
            elif (found := volunteered(slot, task.text)) is not None and slot.name not in task.values:
                task.values[slot.name] = found
        return self.go_on(task)

    def go_on(self, task: Task) -> Thought:
        self.place = task.place or self.place
        slot = task.missing()
        return self.ask(task, slot) if slot else self.call(task)

    def ask(self, task: Task, slot: Slot, *, again: str = "") -> Thought:
        task.asking = slot
        task.tries[slot.name] = task.tries.get(slot.name, 0) + 1
        return Thought(again or self.question(task, slot))

    def question(self, task: Task, slot: Slot) -> str:
        """How the caller is asked for a parameter."""
        return question(task, slot, self.places, self.say, self.language)

    # Doing

    def call(self, task: Task) -> Thought:
        self.task, task.asking = None, None
        return Thought("", (self._tool_call(task),))

    def _tool_call(self, task: Task) -> ToolCall:
        self.called.append(task.function)
        self.finished = task
        said = (
            f"The caller said: {without_cards(' '.join(self.heard))}" if task.function.purpose != "add" else task.text
        )
        given = task.arguments(reason=self._reason(task), summary=said, language=self.language)
        if self.language == "es" and self.usual != "es":  # the application reads times in its document's language
            times = [slot.name for slot in task.function.slots if slot.kind == "when" and slot.name in given]
            given |= {name: time_in_english(str(given[name])) for name in times}
        return ToolCall(task.function.name, given)

    def _reason(self, task: Task) -> str:
        if task.function.purpose == "end":
            return "The caller has finished."
        topic = task.topic(requests.corrected(task.text))
        if task.function.purpose not in ("move", "human", "other"):
            return topic
        self.subject = topic or self.subject
        return self.subject or (task.place.spoken() if task.place else task.text)

    # Going on, and ending

    def next_in_line(self) -> Thought | None:
        """What the caller asked for besides."""
        return self._start(self.queue.pop(0)) if self.queue else None

    def anything_else(self, said: str) -> Thought:
        """Say something, and ask whether there is more."""
        self.closing = True
        return Thought(f"{said} {self.say('else')}".strip())

    def end(self, *, thanks: bool = False) -> Thought:
        """Say goodbye; a function that ends the call says it itself, if it has words for it."""
        said = self.say("welcome") if thanks else ""
        function = self.requests.of("end")
        if function is None:
            return Thought(f"{said} {self.say('goodbye')}".strip())
        ending = self.call(Task(function, self.heard[-1] if self.heard else ""))
        return Thought(said, ending.calls)
