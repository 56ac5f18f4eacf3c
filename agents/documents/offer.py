"""A person is offered somebody who waits in line: the documents of the person's leg.

Whoever picks up is told what it is about and asked; a machine is told nothing, and silence is no yes. Only then does
the leg go to the caller: into the queue where they wait alone, or to their own phone.
"""

from agents.documents import whisper
from agents.documents.urls import Links
from calls.briefing.briefing import Briefing, briefing_of
from calls.directory.model import Directory
from calls.numbers import Number
from calls.queue.entry import PersonOffer, QueueEntry
from calls.routing.queues import room_of
from calls.transfer.effects import CALLER_GONE
from calls.transfer.model import Transfer
from swml import verbs
from swml.connect import LegState
from swml.speech import say
from swml.verbs import Document, Verb

THANKS = "Thank you, and goodbye."
LEFT_MEANWHILE = "The caller has hung up. There is another one."
NOT_NEEDED = "The caller is taken care of already. Thank you, and goodbye."
NOBODY_WAITS = "Nobody is waiting in {queue}. Goodbye."

OVER = Document(main=(verbs.Hangup(),))
"""After a talk: the line is cleared as after any other, and whoever waits is not kept waiting for a goodbye."""

_DETECTION = 6.0  # seconds to tell a person from a machine
_TOLD = 2  # seconds for telling us of a machine; nobody is listening
_HELLO = 1.0  # seconds; whoever picks up says hello first, and that is no answer to our question
_LONGEST_ANSWER = 5.0  # seconds of speech
_COMES = 30  # seconds for a caller who is just being told their place in line
RINGS_FOR = 30  # seconds, at the phone of somebody who is rung back
_STATES: tuple[LegState, ...] = ("created", "ringing", "answered", "ended")


def answering(offer: PersonOffer, links: Links) -> Document:
    """Somebody, or something, has picked up: find out which before anything is said."""
    machine: tuple[Verb, ...] = (
        verbs.Request(links.offer("machine", offer.id), timeout=_TOLD, body={"detected": "machine"}),
        verbs.Hangup(),
    )
    return Document(
        main=(
            verbs.Set({"detect_result": ""}),
            verbs.DetectMachine(detectors="amd,fax", timeout=_DETECTION, wait=True),
            verbs.Cond((verbs.When("detect_result == 'machine' || detect_result == 'fax'", machine),)),
            verbs.Transfer(dest=links.offer("brief", offer.id)),
        )
    )


def briefing(words: str, offer: PersonOffer, links: Links, directory: Directory) -> Document:
    """What it is about, and the question."""
    voice, language = directory.voice, directory.language
    take = (verbs.Transfer(dest=links.offer("take", offer.id)),)
    ask = verbs.Prompt(
        play=(say(words), say(whisper.QUESTION)),
        max_digits=1,
        initial_timeout=float(directory.terms.accept_within),
        speech_timeout=_LONGEST_ANSWER,
        speech_end_timeout=1.0,
        speech_hints=("yes", "no"),
        say_voice=voice,
        say_language=language,
    )
    return Document(
        main=(
            verbs.Set({"prompt_value": ""}),  # a variable that was never set is an error in an expression
            verbs.Play(url=f"silence:{_HELLO}"),
            ask,
            # The key first and by itself: whatever the platform makes of the longer expression, a 1 is a yes.
            verbs.Cond((verbs.When("prompt_value == '1'", take), verbs.When(whisper.YES, take))),
            verbs.Transfer(dest=links.offer("decline", offer.id)),
        )
    )


def to_the_caller(offer: PersonOffer, entry: QueueEntry, links: Links) -> Document:
    """The person goes into the queue where this caller waits alone."""
    over, renamed = links.offer("over", offer.id), links.platform.renamed
    connect = verbs.Connect(
        to=f"queue:{room_of(entry.queue, entry.transfer_id)}",
        timeout=_COMES,
        status_url=links.offer("bridge", offer.id),
        execute_after_queue=over if renamed else None,
        transfer_after_bridge=None if renamed else over,
    )
    return Document(main=(connect, *_farewell(CALLER_GONE)))


def to_their_phone(offer: PersonOffer, entry: QueueEntry, links: Links, *, line: str) -> Document:
    """The person waits while the phone of the caller rings who wanted to be rung back."""
    assert entry.number is not None
    connect = verbs.Connect(
        to=entry.number,
        from_=line or None,
        timeout=RINGS_FOR,
        status_url=links.offer("bridge", offer.id),
        call_state_url=links.offer("reached", offer.id),
        call_state_events=_STATES,
    )
    over = (verbs.Transfer(dest=links.offer("over", offer.id)),)
    return Document(
        main=(
            verbs.Set({"connect_result": ""}),
            verbs.Play(url=say("Thank you. I am ringing them now.")),
            connect,
            # What became of it is told by the document, too: a report that is lost must not ring anybody back again.
            verbs.Cond((verbs.When("connect_result == 'connected'", over),)),
            verbs.Transfer(dest=links.offer("unreached", offer.id)),
        )
    )


def farewell(words: str) -> Document:
    """A fixed sentence, and the end of the leg."""
    return Document(main=_farewell(words))


def _farewell(words: str) -> tuple[Verb, ...]:
    return (verbs.Play(url=say(words)), verbs.Hangup())


def words_for(entry: QueueEntry, transfer: Transfer | None, directory: Directory, person: str) -> str:
    """What the person is told."""
    told = directory.people.get(person)
    hello = f"Hello {told.name}. " if told else ""
    return hello + _briefing(entry, transfer, directory, person).whisper()


def _briefing(entry: QueueEntry, transfer: Transfer | None, directory: Directory, person: str) -> Briefing:
    number = Number(entry.number) if entry.number else None
    is_callback = entry.kind == "callback"
    if transfer:
        return briefing_of(transfer, caller=number, directory=directory, person=person, is_callback=is_callback)
    department = directory.departments.get(entry.department)
    return Briefing(
        company=directory.company,
        department=department.title if department else entry.department,
        ref="",
        caller_number=number,
        caller_name=entry.name,
        reason=entry.need,
        is_callback=is_callback,
    )
