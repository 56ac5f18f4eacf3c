"""What a person is told before a caller reaches them: one value, shown in as many ways as there are channels.

Each way is redacted for its channel. What is cut is cut after that, so that no part of a secret is left standing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from calls.briefing.conversation import turns_of
from calls.directory.model import Directory
from calls.names import CALLER_NAMES, caller_name
from calls.numbers import Number, SipUri
from calls.outcomes import Outcome
from calls.phrases.redaction import Channel, redacted, redacted_fact
from calls.phrases.spoken_names import in_a_sentence
from calls.routing import wording
from calls.transfer.legs import PROMISED
from calls.transfer.model import Transfer

HEADER = "X-Switchboard-Briefing"
HEADER_LIMIT = 256  # bytes; SIP over UDP has little room, and some gateways drop what is longer

_TEXT_LIMIT = 480  # characters: three parts of a text message
_TALK_LIMIT = 12_000  # characters of the conversation that a briefer is given, the latest ones
_NOT_FACTS = frozenset({*CALLER_NAMES, "urgency", "done", "needed", "language"})
_TRIED = {
    Outcome.NO_ANSWER: "did not answer",
    Outcome.BUSY: "was on another call",
    Outcome.DECLINED: "declined",
    Outcome.MACHINE: "was not there; a voicemail box answered",
    Outcome.TIMEOUT: "did not decide in time",
}


@dataclass(frozen=True, slots=True)
class Briefing:
    """Who calls, why, and what is needed. Texts are as they were said; every rendering redacts them."""

    company: str
    department: str
    ref: str
    caller_number: Number | SipUri | None = None
    caller_name: str = ""
    person: str = ""
    reason: str = ""
    summary: str = ""
    done: str = ""
    needed: str = ""
    urgency: str = "normal"
    language: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    tried: tuple[str, ...] = ()
    is_callback: bool = False  # the caller is not on the line: the person is to ring them

    def whisper(self) -> str:
        """What is spoken on a phone that has just been answered: short, what is urgent first."""
        kind, of = ("callback", "to") if self.is_callback else ("call", "from")
        asks = f"{kind} for {in_a_sentence(self.department)} {of}"
        parts = [
            "Urgent." if self.urgency == "high" else "",
            f"{self.company}: a {asks} {self._who_spoken()}.",
            _sentence("About", _words(redacted(self.reason, "spoken"), 20)),
            _sentence("", _words(redacted(self.summary, "spoken"), 40 if not self.needed else 25)),
            _sentence("Needed:", _words(redacted(self.needed, "spoken"), 25)),
            f"Reference {' '.join(self.ref)}." if self.ref else "",
        ]
        return " ".join(filter(None, parts))

    def prompt(self, log: Iterable[Mapping[str, object]] = ()) -> str:
        """What the briefer knows, line by line; `log` is the conversation with the caller as the platform posts it."""
        lines = [(label, redacted(value, "spoken")) for label, value in self._lines() if value]
        lines += [(_label(name), redacted_fact(name, value, "spoken")) for name, value in self.facts]
        lines += [("Tried before", redacted(one, "spoken")) for one in self.tried]
        known = [f"- {label}: {' '.join(value.split())}" for label, value in lines]
        said = [f"- {who}: {words}" for who, words in turns_of(log, "spoken")]
        while sum(map(len, said)) > _TALK_LIMIT:
            said.pop(0)
        return "\n".join([*known, *(["", "What was said, word for word:", *said] if said else [])])

    def text(self, limit: int = _TEXT_LIMIT) -> str:
        """A text message: one line of at most `limit` characters, with the reference at its end."""
        about = f" about {_clause(redacted(self.reason, 'text'))}" if self.reason else ""
        urgent = "Urgent: " if self.urgency == "high" else ""
        parts = [
            f"{urgent}{self.company} {self.department}: {self._who('text')}{about}.",
            _sentence("", redacted(self.summary, "text")),
            _sentence("Needed:", redacted(self.needed, "text")),
        ]
        end = f" Ref {self.ref}" if self.ref else ""
        return _cut(" ".join(" ".join(filter(None, parts)).split()), limit - len(end)) + end

    def header(self, limit: int = HEADER_LIMIT) -> str:
        """A SIP header's value: `name=value; …` in printable ASCII, percent-encoded, at most `limit` bytes.

        What does not fit is cut, never inside an escape.
        """
        said = [
            ("ref", self.ref),
            ("urgency", "high" if self.urgency == "high" else ""),
            ("caller", str(self.caller_number or "")),
            ("name", redacted(self.caller_name, "header")),
            ("department", self.department),
            ("reason", redacted(self.reason, "header")),
            ("needed", redacted(self.needed, "header")),
            ("summary", redacted(self.summary, "header")),
        ]
        line = ""
        for name, value in said:
            lead = f"{'; ' if line else ''}{name}="
            fits = _encoded(" ".join(value.split()), limit - len(line) - len(lead))
            line += f"{lead}{fits}" if fits else ""
        return line

    def event(self) -> dict[str, object]:
        """As JSON, for hooks, webhooks and the ledger."""
        return self._values("event")

    def card(self) -> dict[str, object]:
        """What the handoff card shows."""
        return self._values("card")

    def _values(self, channel: Channel) -> dict[str, object]:
        return {
            "company": self.company,
            "department": self.department,
            "person": self.person,
            "caller": {"name": redacted(self.caller_name, channel), "number": str(self.caller_number or "")},
            "reason": redacted(self.reason, channel),
            "summary": redacted(self.summary, channel),
            "done": redacted(self.done, channel),
            "needed": redacted(self.needed, channel),
            "urgency": self.urgency,
            "language": self.language,
            "ref": self.ref,
            "facts": {_label(name).lower(): redacted_fact(name, value, channel) for name, value in self.facts},
            "tried": [redacted(one, channel) for one in self.tried],
        }

    def _lines(self) -> list[tuple[str, str]]:
        return [
            ("Caller", self.caller_name or "did not give a name"),
            ("Caller's number", str(self.caller_number or "withheld")),
            ("Asks for", self.department),
            ("You are calling", self.person),
            ("Urgency", self.urgency),
            ("Reason", self.reason),
            ("Summary", self.summary),
            ("Done so far", self.done),
            ("Needed", self.needed),
            ("Reference", " ".join(self.ref)),
        ]

    def _who(self, channel: Channel) -> str:
        number = str(self.caller_number or "")
        return " ".join(filter(None, (redacted(self.caller_name, channel), number))) or "a withheld number"

    def _who_spoken(self) -> str:
        if self.caller_name:
            return _words(redacted(self.caller_name, "spoken"), 8)
        if isinstance(self.caller_number, Number):
            return self.caller_number.spoken
        return f"the phone {self.caller_number.user}" if self.caller_number else "a withheld number"


def briefing_of(
    transfer: Transfer,
    *,
    caller: Number | SipUri | None,
    directory: Directory,
    person: str | None = None,
    is_callback: bool = False,
) -> Briefing:
    """What there is to tell about a transfer. `person` is the key of whoever is told, under `people:`."""
    facts = dict(transfer.facts)
    told = directory.people.get(person or "")
    return Briefing(
        company=directory.company,
        department=wording.title(directory, transfer.destination),
        ref=transfer.ref,
        caller_number=caller,
        caller_name=caller_name(facts),
        person=told.name if told else "",
        reason=transfer.reason,
        summary=transfer.summary or template_summary(transfer, directory),
        done=facts.get("done", ""),
        needed=facts.get("needed", ""),
        urgency=facts.get("urgency", "normal"),
        language=facts.get("language", directory.language),
        facts=tuple((name, value) for name, value in transfer.facts if name not in _NOT_FACTS),
        tried=_tried(transfer, directory),
        is_callback=is_callback,
    )


def template_summary(transfer: Transfer, directory: Directory) -> str:
    """A summary made of the facts alone, for when nobody wrote one."""
    who = caller_name(dict(transfer.facts)) or "The caller"
    about = f" about {_clause(transfer.reason)}" if transfer.reason else ""
    known = [f"{_label(name).lower()} {value}" for name, value in transfer.facts if name not in _NOT_FACTS]
    asked = f"{who} asked for {wording.title(directory, transfer.destination)}{about}."
    return f"{asked} Known: {'; '.join(known)}." if known else asked


def _tried(transfer: Transfer, directory: Directory) -> tuple[str, ...]:
    """Who was asked before, and what they said."""
    tried = []
    for attempt in transfer.attempts:
        if attempt.outcome is None or attempt.outcome.taken_care_of:
            continue
        person = directory.people.get(attempt.person or "")
        how = _TRIED.get(attempt.outcome, "could not be reached")
        words = "" if attempt.words == PROMISED else attempt.words
        said = f' and said: "{words}"' if words else ""
        tried.append(f"{person.name if person else attempt.to} {how}{said}.")
    return tuple(tried)


def _label(name: str) -> str:
    return name.replace("_", " ").strip().capitalize()


def _clause(text: str) -> str:
    return " ".join(text.split()).rstrip(".!?")


def _sentence(lead: str, text: str) -> str:
    """The text as a sentence of its own; empty when there is none."""
    text = _clause(text)
    return f"{lead} {text}.".strip() if text else ""


def _words(text: str, most: int) -> str:
    """At most so many words: whole sentences if one ends within them, otherwise words."""
    words = text.split()
    if len(words) <= most:
        return " ".join(words)
    ends = [n for n, word in enumerate(words[:most], 1) if word.endswith((".", "!", "?"))]
    return " ".join(words[: ends[-1] if ends else most])


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: max(most - 3, 0)].rpartition(" ")[0] + "..."


def _encoded(text: str, most: int) -> str:
    """The text in printable ASCII, every other character as %XX of its UTF-8; as many whole characters as fit."""
    line = ""
    for char in text:
        unit = char if char == " " else quote(char, safe="+@:/,.'()[]!?*", errors="replace")
        if len(line) + len(unit) > most:
            break
        line += unit
    return line.rstrip()
