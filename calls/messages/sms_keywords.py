"""What a text message to one of our lines means: who wrote it, what they want, and what they are answered.

People of the business set their availability and answer what they are asked. Everybody has the carriers' keywords. A
keyword is the whole message, whatever its case and punctuation: "Cancel my visit on Friday" is a message for somebody.
Whatever is no keyword is kept for the line's department.

Sources: CTIA, "Messaging Principles and Best Practices", 5.1.3; United States, 47 CFR 64.1200 (a)(10), which names
stop, quit, end, revoke, opt out, cancel and unsubscribe; the Canadian carriers' ARRET and AIDE.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from calls.directory.entries import Person
from calls.directory.hours import clock_words
from calls.directory.model import Department, Directory
from calls.numbers import Number, Unreadable
from calls.phrases.durations import away_until
from calls.phrases.redaction import redacted

Did = Literal["away", "back", "yes", "no", "opted_out", "opted_in", "helped", "cancelled", "message", "nothing"]

_OPT_OUT = frozenset((
    "STOP", "STOPALL", "STOP ALL", "PLEASE STOP", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT", "OPT OUT",
    "ARRET", "ARRÊT",
))  # fmt: skip
_STOP_WHAT = frozenset((
    "STOP", "ALL", "PLEASE", "NOW", "IT", "THIS", "TEXTING", "TEXTS", "MESSAGING", "MESSAGES", "CALLING", "CALLS",
    "CONTACTING",
))  # fmt: skip
_OPT_IN = frozenset(("START", "UNSTOP"))
_HELP = frozenset(("HELP", "INFO", "AIDE"))
_CANCEL_CALLBACK = re.compile(r"CANCEL (THE |MY )?(CALL ?BACK|CALL)")
_SURROUNDING = " \t\r\n.,;:!?\"'“”‘’()[]*"
_LONGEST_WORDS = 200  # characters of what a person says; it is read out to the caller

_YES = frozenset(("YES", "Y", "YEP", "OK", "OKAY", "ACCEPT"))
_GLADLY = frozenset(("PLEASE", "SURE", "YES", "OK", "OKAY", "THANKS", "THANK", "YOU", "GO", "AHEAD"))  # after a yes
_NO = frozenset(("NO", "N", "NOPE", "DECLINE"))


@dataclass(frozen=True, slots=True)
class TextIn:
    """A text message as it came in. `id` is its provider's; `media` are the addresses of what came with it."""

    id: str
    from_: Number
    to: Number
    body: str
    media: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A call that a person is asked to take: what may be answered by text. `id` is whatever asks."""

    id: str
    accept: bool
    decline: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of who wrote. `callbacks` are booked for their number; `greeted`: they were answered today."""

    opted_out: bool = False
    callbacks: int = 0
    questions: tuple[Question, ...] = ()
    greeted: bool = False


# --- what must be done ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GoAway:
    """This person is not to be rung, until then or until they say so."""

    person: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class ComeBack:
    """This person may be rung again."""

    person: str


@dataclass(frozen=True, slots=True)
class AnswerQuestion:
    """A person takes a call, or does not; `words` are for the caller."""

    question: Question
    accepts: bool
    words: str = ""


@dataclass(frozen=True, slots=True)
class OptOut:
    """Nothing is sent to this number any more, and no agent of ours rings it."""

    keyword: str


@dataclass(frozen=True, slots=True)
class OptIn:
    """This number may be texted again."""


@dataclass(frozen=True, slots=True)
class CancelCallbacks:
    """Nobody rings this number back."""


@dataclass(frozen=True, slots=True)
class Leave:
    """A message for this department."""

    department: str
    body: str
    name: str = ""


Deed = GoAway | ComeBack | AnswerQuestion | OptOut | OptIn | CancelCallbacks | Leave


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a text means: `did` for the record, what must be done, and the answer; "" for none.

    `keyword`: one of the carriers' keywords, which some providers answer themselves.
    """

    did: Did
    reply: str = ""
    deeds: tuple[Deed, ...] = ()
    keyword: bool = False


def understand(text: TextIn, directory: Directory, known: Known, at: datetime) -> Meaning:
    """What this text means at this moment (aware)."""
    words = text.body.strip(_SURROUNDING)
    keyword = _as_keyword(text.body)
    writer = person_of(text.from_, directory)
    meaning = _keyword(keyword, directory, known, writer)
    if meaning is None and writer:
        meaning = _from_person(words, writer, directory, known, at)
    if meaning is None and keyword and _CANCEL_CALLBACK.fullmatch(keyword):
        meaning = _cancelled(directory, known)
    meaning = meaning or _message(text, directory, known, writer)
    if known.opted_out and not meaning.keyword:
        return Meaning(meaning.did, "", meaning.deeds)  # they want nothing from us, however kindly meant
    return meaning


def person_of(number: Number, directory: Directory) -> Person | None:
    """Whose phone this is, among the people of the business."""
    return next((person for person in directory.people.values() if person.phone == number), None)


def department_of(line: Number, directory: Directory) -> Department | None:
    """Whom a text to this line is for: as the line says, else who decides, else the first; None without departments."""
    entry = directory.line(line)
    named = (entry.texts if entry else None) or (directory.escalation.department if directory.escalation else None)
    return directory.departments.get(named or "") or next(iter(directory.departments.values()), None)


def _as_keyword(body: str) -> str:
    """The message as keywords are written here: in capitals, without dashes, and nothing but letters at its ends."""
    plain = unicodedata.normalize("NFKC", body).upper()
    kinds = ((char, unicodedata.category(char)) for char in plain)
    shown = "".join(" " if kind == "Pd" else char for char, kind in kinds if kind != "Cf")
    return " ".join(re.sub(r"^[\W_]+|[\W_]+$", "", shown).split())


# --- everybody --------------------------------------------------------------------------------------------------------


def _keyword(keyword: str, directory: Directory, known: Known, writer: Person | None) -> Meaning | None:
    company = directory.company
    if keyword in _OPT_OUT or _stops(keyword):
        cancels = keyword == "CANCEL" and known.callbacks > 0
        done = "your callback is cancelled, and you get" if cancels else "you get"
        reply = f"{company}: {done} no more texts or automatic calls from us. Text START to change that."
        deeds = (OptOut(keyword), *((CancelCallbacks(),) if cancels else ()))
        return Meaning("opted_out", reply, deeds, keyword=True)
    wants_in = keyword in _OPT_IN or (keyword == "YES" and known.opted_out and not known.questions)
    if wants_in:
        reply = f"{company}: you get texts from us again. Text STOP to get none, HELP for help."
        return Meaning("opted_in", reply, (OptIn(),), keyword=True)
    if keyword in _HELP:
        return Meaning("helped", _help(directory, writer), keyword=True)
    return None


def _stops(keyword: str) -> bool:
    """ "Stop texting me" is as good as STOP, and "Stop by at noon" is none."""
    first, _, rest = keyword.partition(" ")
    return first == "STOP" and rest.split(" ")[0].strip(_SURROUNDING) in _STOP_WHAT


def _help(directory: Directory, writer: Person | None) -> str:
    if writer:
        return f"{directory.company}: {_COMMANDS} Text STOP to get no texts."
    return (
        f"{directory.company}: what you text here is read by our team; to talk with us, call this number. "
        "Text CANCEL CALL to cancel a callback, STOP to get no more texts. Msg & data rates may apply."
    )


def _cancelled(directory: Directory, known: Known) -> Meaning:
    if not known.callbacks:
        return Meaning("nothing", f"{directory.company}: no callback is booked for this number.")
    return Meaning("cancelled", f"{directory.company}: your callback is cancelled.", (CancelCallbacks(),))


def _message(text: TextIn, directory: Directory, known: Known, writer: Person | None) -> Meaning:
    department = department_of(text.to, directory)
    body = "\n".join(filter(None, (text.body.strip(), *text.media)))
    if department is None or not body:
        return Meaning("nothing")
    leave = Leave(department.name, body, writer.name if writer else "")
    if known.greeted:
        return Meaning("message", "", (leave,))
    hint = _COMMANDS if writer else "Text HELP for help, STOP to get no more texts."
    return Meaning("message", f"{directory.company}: thank you, {department.title} gets your message. {hint}", (leave,))


# --- people -----------------------------------------------------------------------------------------------------------

_COMMANDS = "Text AWAY (2h, or until 14:00), BACK, or YES or NO to a call you are asked to take."


def _from_person(words: str, writer: Person, directory: Directory, known: Known, at: datetime) -> Meaning | None:
    first, rest = (*words.split(maxsplit=1), "", "")[:2]
    word = first.strip(_SURROUNDING).upper()
    if word == "AWAY":
        return _away(rest, writer, directory, at)
    if word in ("BACK", "AVAILABLE") and not rest:
        return Meaning("back", f"{directory.company}: you are rung again.", (ComeBack(writer.key),))
    if word in _YES and (not rest or (known.questions and _gladly(rest))):
        return _answer(known, accepts=True, words="")
    if word in _NO and (known.questions or not rest):
        return _answer(known, accepts=False, words=redacted(rest, "spoken")[:_LONGEST_WORDS])
    return None


def _gladly(rest: str) -> bool:
    """Whether what follows a yes is no condition."""
    return all(word.strip(_SURROUNDING).upper() in _GLADLY for word in rest.split())


def _away(words: str, writer: Person, directory: Directory, at: datetime) -> Meaning:
    local = at.astimezone(ZoneInfo(directory.timezone))
    try:
        until = away_until(words, local)
    except Unreadable as reason:
        return Meaning("nothing", f"{directory.company}: AWAY and then {reason}. AWAY alone: until you text BACK.")
    when = "until you text BACK" if until is None else f"until {_when(until, local)}"
    return Meaning("away", f"{directory.company}: you are not rung {when}.", (GoAway(writer.key, until),))


def _when(until: datetime, at: datetime) -> str:
    clock = clock_words(until)
    return clock if until.date() == at.date() else f"{until:%A}, {until.day} {until:%B}, {clock}"


def _answer(known: Known, *, accepts: bool, words: str) -> Meaning:
    did: Did = "yes" if accepts else "no"
    fitting = [one for one in known.questions if (one.accept if accepts else one.decline)]
    if not known.questions:
        return Meaning("nothing", "There is no call that waits for your answer.")
    if len(known.questions) > 1:
        return Meaning("nothing", "You are asked to take more than one call. Please answer on your phone.")
    if not fitting:
        how = "Answer your phone and press 1 to take the call." if accepts else "Please press 2 on your phone."
        return Meaning("nothing", how)
    reply = "Answer your phone: the caller is put through." if accepts else "Thank you. Somebody else is asked."
    return Meaning(did, reply, (AnswerQuestion(fitting[0], accepts, words),))
