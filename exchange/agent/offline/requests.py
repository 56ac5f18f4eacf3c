"""What a caller wants, clause by clause: the functions that fit and the places that are named."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exchange.agent.offline import patterns
from exchange.agent.offline.functions import Function, Purpose
from exchange.agent.offline.places import Place, named, ranked
from exchange.agent.offline.words import plain, words


@dataclass(frozen=True, slots=True)
class Request:
    """One thing a caller wants: a function, the places that fit it best (several when it is open which), the words."""

    function: Function | None
    purpose: Purpose
    places: tuple[Place, ...]
    text: str


def mentions(purpose: Purpose, text: str) -> bool:
    """Whether a text speaks of leaving a message, or of being called back."""
    low = plain(text)
    return bool((patterns.MESSAGE if purpose == "message" else patterns.OFFERED_CALLBACK).search(low))


def corrected(text: str) -> str:
    """A line without what the caller takes back in it: "sales, no wait, billing" is "billing"."""
    parts = [part for part in patterns.CORRECTION.split(text) if part]
    kept = [part for part in parts if words(part)]
    return kept[-1] if len(parts) > 1 and kept else text


def wanted_only(text: str) -> str:
    """A line without what the caller does not want: "I don't want sales" loses "sales"."""
    return patterns.NOT_THAT.sub(" ", text)


class Requests:
    """Finds what a line asks for among these functions and places."""

    def __init__(self, functions: Sequence[Function], places: Sequence[Place]) -> None:
        self.functions, self.places = functions, places

    def of(self, purpose: Purpose) -> Function | None:
        return next((one for one in self.functions if one.purpose == purpose), None)

    def within(self, line: str) -> list[Request]:
        """What a line asks for, in order: whatever can be done before the caller is moved comes first."""
        clauses = [part for part in patterns.SPLIT.split(line) if part and part.strip()]
        found = list(self._joined([self._of_clause(clause) for clause in clauses], clauses))
        if not found or (len(found) == 1 and len(clauses) > 1):
            whole = self._of_clause(line)
            found = (
                [whole] if whole and (not found or whole.purpose != "other" or found[0].purpose == "other") else found
            )
        return sorted(found, key=lambda one: one.purpose in ("move", "human"))

    def _joined(self, found: list[Request | None], clauses: list[str]) -> Iterator[Request]:
        """One request for each thing: a message goes on until something else is asked for; one place is one request."""
        kept: list[Request] = []
        for request, clause in zip(found, clauses, strict=True):
            last = kept[-1] if kept else None
            other = request is not None and request.purpose in ("callback", "hours", "message")
            explicit = other or bool(patterns.THROUGH.search(plain(clause)))
            if last and last.purpose in ("message", "add") and not explicit:
                kept[-1] = Request(
                    last.function,
                    last.purpose,
                    last.places or (request.places if request else ()),
                    f"{last.text}. {clause}",
                )
            elif last and last.purpose == "callback" and (request is None or not explicit):
                kept[-1] = Request(
                    last.function,
                    last.purpose,
                    last.places or (request.places if request else ()),
                    f"{last.text} {clause}",
                )
            elif request is None:
                continue
            elif last and last.purpose == request.purpose == "move":
                kept = [*kept[:-1], *self._two_moves(last, request)]
            elif not (last and request.purpose == last.purpose):
                kept.append(request)
        yield from kept

    def _two_moves(self, first: Request, second: Request) -> list[Request]:
        if not second.places or not first.places:
            return [first if first.places else second]
        if set(second.places) & set(first.places):
            shared = tuple(place for place in first.places if place in second.places)
            return [Request(first.function, "move", shared, f"{first.text} {second.text}")]
        return [first, second]

    def _of_clause(self, clause: str) -> Request | None:
        wanted = wanted_only(clause)
        low = plain(wanted)
        best = self._best_places(wanted)
        purpose = self._purpose(low, best)
        if purpose:
            function = self.of(purpose)
            sure = tuple(place for place in best if named(place, wanted)) or (best if purpose == "callback" else ())
            return Request(function, purpose, sure[:1], clause)
        custom, score = self._custom(wanted)
        strength = ranked(self.places, wanted)[0][0] if best else 0.0
        if custom and score > strength:
            return Request(custom, "other", best[:1], clause)
        human = self.of("human") if patterns.HUMAN.search(low) else None
        if best and not (human and set(words(wanted)) <= patterns.JUST_A_PERSON and not named(best[0], wanted)):
            return Request(best[0].function, "move", best, clause)
        if human and (best or patterns.THROUGH.search(low)):
            return Request(human, "human", (), clause)
        return Request(None, "move", (), clause) if patterns.THROUGH.search(low) else None

    def _purpose(self, low: str, best: tuple[Place, ...]) -> Purpose | None:
        has = {one.purpose for one in self.functions}
        message, callback = patterns.MESSAGE.search(low), patterns.CALLBACK.search(low)
        if message and "message" in has and not (callback and not patterns.WORD_MESSAGE.search(low)):
            return "message"
        if callback and "callback" in has:
            return "callback"
        if callback and "message" in has:
            return "message"
        asks = patterns.HOURS.search(low) or (patterns.THERE.search(low) and best and not self._by_person(low, best[0]))
        if asks and "hours" in has:
            return "hours"
        only_human = patterns.HUMAN.search(low) and "human" in has and not best
        return "human" if only_human and patterns.WANTS_A_HUMAN.search(low) else None

    def _by_person(self, low: str, place: Place) -> bool:
        return any(plain(part) in low for person in place.people for part in person.split())

    def _best_places(self, text: str) -> tuple[Place, ...]:
        """The places that fit a text best; a person who is reached in several is reached in the first of them."""
        found = ranked(self.places, text)
        if not found:
            return ()
        best = tuple(place for score, place in found if score == found[0][0])
        return best[:1] if self._by_person(plain(text), best[0]) else best

    def _custom(self, text: str) -> tuple[Function | None, float]:
        """The function without a purpose known here that fits best, when it fits well enough."""
        said = words(text)
        others = [one for one in self.functions if one.purpose == "other"]
        best = max(others, key=lambda one: one.fit(said), default=None)
        score = best.fit(said) if best else 0.0
        return (best, score) if score >= 2.0 else (None, 0.0)


def unknown_person(text: str) -> str:
    """The name of somebody a line asks for, as it was said."""
    found = patterns.PERSON_NAMED.search(text)
    return found["who"] if found else ""


def wants_dialling(low: str) -> bool:
    """Whether a line with a number in it asks to be connected to that number."""
    return bool(patterns.DIALLED.search(low))
