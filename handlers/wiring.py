"""The only builder of wires: settings become gateways here, once per process, and nowhere else."""

import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path

from agents import prompts
from agents.documents.urls import Claims, Links
from agents.registry import Staff
from calls.call import Call
from calls.directory.errors import Mistake, Mistakes
from calls.directory.model import Directory
from calls.numbers import Number
from calls.orders import Listener
from calls.transfer.machine import Transfer
from gateways.clock import Clock
from gateways.directory.files import DirectoryFiles, no_file_in, shared_lines
from gateways.directory.version_records import VersionRecords
from gateways.directory.versions import Directories
from gateways.jobs.outbox import DurableOrders, Orders
from gateways.messaging.mail import MailServer
from gateways.messaging.sms import SignalWireTexts, Texts
from gateways.messaging.summarizer import Summarizer
from gateways.messaging.webhooks import EventsWebhook
from gateways.records.records import Records
from gateways.signalwire.calls import Carrier
from gateways.signalwire.recordings import Recordings
from handlers.auth import Forged, Guard
from handlers.hooks import HooksOf
from handlers.hooks import load as load_hooks
from handlers.settings import Settings

# No 0 and O, no 1, I and L: a reference is read out and typed in.
_REF_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_REF_LENGTH = 4
_STAFFS = 20  # of versions that are in use, or that a call began with


class Shared:
    """Coalesces equal work: one thread does what has this name, one more waits to do it after. Safe in threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._turns: dict[str, threading.Lock] = {}
        self._waiting = set[str]()

    def do(self, name: str, work: Callable[[], object]) -> None:
        """Do it from now on, or leave it to the next in turn, which sees all that is on record by now.

        Raises what `work` raises.
        """
        with self._guard:
            if name in self._waiting:
                return
            self._waiting.add(name)
            turn = self._turns.setdefault(name, threading.Lock())
        with turn:
            with self._guard:
                self._waiting.discard(name)
            work()


@dataclass
class Wiring:
    """Everything a handler needs. `texts` is None when the document itself sends texts."""

    settings: Settings
    clock: Clock
    guard: Guard
    records: Records
    directories: Directories
    texts: Texts | None
    carrier: Carrier | None  # None without credentials for the platform's REST interface
    webhook: EventsWebhook | None
    summarizer: Summarizer | None  # None: the summary is what the agent said, or made of the facts
    hooks: HooksOf
    outbox: Texts | None  # texts that no document sends; None without a provider's credentials
    mail: MailServer | None
    recordings: Recordings
    chance: random.Random
    aside: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(8, "tool"))
    matching: Shared = field(default_factory=Shared)
    _staff: dict[tuple[str, int], Staff] = field(default_factory=dict)
    _hiring: threading.Lock = field(default_factory=threading.Lock)

    def staff(self, business: str = "", number: int = 0) -> Staff:
        """The agents of a business's directory. Compiled once per version. Raises NoSuchBusiness.

        number: the version a call began with; 0 for the newest.
        """
        directory = self.directories.current(business, number)
        key = (business, directory.number)
        staff = self._staff.get(key)
        if staff is None or staff.directory is not directory:
            with self._hiring:
                staff = self._staff.get(key)
                if staff is None or staff.directory is not directory:
                    staff = Staff(directory)
                    self._staff = {**dict(list(self._staff.items())[-_STAFFS:]), key: staff}
        return staff

    def directory_of(self, transfer: Transfer) -> Directory:
        """The version of the directory that decided a transfer. Raises NoSuchBusiness."""
        return self.directories.current(transfer.business, transfer.directory)

    def business_of(self, line: Number | None) -> str:
        """The business whose line a number is. Raises NoSuchLine, where there may be several and none lists it."""
        return self.directories.business_of(line)

    def refuse_foreign(self, call: Call, line: Number | None) -> None:
        """What was signed for a call of one business is worth nothing on a line of another. Raises Forged.

        The call's own line stays its line, even when another file lists it by now.
        """
        owner = None if line is None or line == call.line else self.directories.owner(line)
        if owner is not None and owner != call.business:
            raise Forged

    def links_of(self, business: str) -> Links:
        """The URLs of documents made for this business. Raises NoSuchBusiness."""
        return self.links(self.directories.current(business))

    def links(self, directory: Directory, *, sign: Callable[[Claims], str] | None = None) -> Links:
        """The URLs of documents made from this directory."""
        foreign = {
            name: self.settings.with_credentials(spec.url, spec.auth)
            for name, spec in directory.agents.items()
            if spec.url
        }
        return Links(
            self._base, sign or self.guard.sign, foreign, self.settings.public_url, platform=self.settings.platform
        )

    @cached_property
    def _base(self) -> str:
        return self.settings.credentialed_url("")

    def new_transfer(self) -> tuple[str, str]:
        """A new transfer's id, and the short reference that people say to each other.

        Ids begin with their millisecond: rows that are written together lie together, which spares a busy database
        every sixth page. The 52 bits after it nobody guesses.
        """
        drawn, letters = self.chance.getrandbits(128), len(_REF_ALPHABET)  # once: each draw asks the system anew
        number, milliseconds = drawn >> 96, int(self.clock.now().timestamp() * 1000)
        ref = "".join(_REF_ALPHABET[number // letters**place % letters] for place in range(_REF_LENGTH))
        return f"t_{milliseconds:011x}{drawn & (1 << 52) - 1:013x}", ref

    def close(self) -> None:
        """Write down what is still to be written."""
        self.directories.close()
        self.aside.shutdown(wait=False, cancel_futures=True)
        self.records.close()
        if self.outbox:  # it is `texts`, where there is one
            self.outbox.close()
        self.recordings.close()
        if self.carrier:
            self.carrier.close()
        if self.webhook:
            self.webhook.close()
        if self.summarizer:
            self.summarizer.close()


def wire(
    settings: Settings,
    *,
    clock: Clock | None = None,
    chance: random.Random | None = None,
    orders: Orders | None = None,
) -> Wiring:
    """Build every gateway these settings call for. Nothing is connected to before it is first used.

    Raises Mistakes where no version of the directory is on record and its file has some.

    Args:
        clock: the time, when it is not the real one.
        chance: what new ids are drawn from, when that is not the system's own.
        orders: where orders that outlive a request are kept, when that is not the records' own database.
    """
    real, clock = clock is None, clock or Clock()
    directories = open_directories(settings, now=clock.now, at_once=not real)
    if real:  # where time is not the real one, everything happens at once
        directories.follow()
    webhook, hooks, carrier = _webhook(settings, clock), HooksOf(directories), _carrier(settings)
    texts = _texts(settings)
    return Wiring(
        settings=settings,
        clock=clock,
        guard=Guard(
            user=settings.swml_basic_auth_user,
            password=settings.swml_basic_auth_password,
            secret=settings.secret_key,
            public_url=settings.public_url,
            signing_key=settings.signalwire_signing_key,
            clock=clock,
        ),
        records=Records(settings.database_url, orders or _orders(carrier), partial(_listeners, hooks, webhook)),
        directories=directories,
        texts=texts,
        carrier=carrier,
        webhook=webhook,
        summarizer=_summarizer(settings),
        hooks=hooks,
        outbox=texts or _texts_by_rest(settings),
        mail=MailServer(settings.smtp_url, settings.smtp_from, clock) if settings.smtp_url else None,
        recordings=Recordings(
            settings.recordings_dir,
            settings.signalwire_api,
            settings.signalwire_project_id,
            settings.signalwire_api_token,
        ),
        chance=chance or random.SystemRandom(),
    )


def open_directories(
    settings: Settings, *, now: Callable[[], datetime], keeps: bool = True, at_once: bool = False
) -> Directories:
    """The directories of these settings, examined before they count. Raises Mistakes. Close them."""
    return Directories(
        settings.switchboard_directory,
        VersionRecords(settings.database_url),
        transfer_to=settings.call_transfer_to,
        examine=examine,
        now=now,
        keeps=keeps,
        at_once=at_once,
    )


def read_checked(path: Path, transfer_to: str | None) -> tuple[Directory, ...]:
    """The directory of every business as its file says, examined as the server does. At least one. Raises Mistakes.

    `transfer_to` is what counts without a file, as for gateways.directory.files.DirectoryFiles.
    """
    files = DirectoryFiles(path, transfer_to=transfer_to)
    read = files.read_changed()
    directories = {file.business: file.directory for file in read if file.directory}
    clashing = shared_lines(directories)
    mistakes = [
        mistake for file in read for mistake in (*file.mistakes, *file.labelled(clashing.get(file.business, ())))
    ]
    mistakes += [mistake for file in read if file.directory for mistake in file.labelled(examine(file.directory))]
    if not read:
        mistakes.append(no_file_in(files.folder))
    if mistakes:
        raise Mistakes(mistakes)
    return tuple(directories.values())


def examine(directory: Directory) -> tuple[Mistake, ...]:
    """The mistakes that only building the agents and importing the hooks can tell."""
    return (*Staff(directory).mistakes(), *load_hooks(directory.hooks)[1])


def _orders(carrier: Carrier | None) -> Orders:
    made = DurableOrders()
    if carrier:  # nobody should wait for an import when the first caller is put on hold
        made.warm_up()
    return made


def _listeners(hooks: HooksOf, webhook: EventsWebhook | None, business: str) -> Sequence[Listener]:
    """Who is told of the phases of a business's transfers."""
    told: list[Listener] = ["hooks"] if hooks(business).functions else []
    return [*told, "webhook"] if webhook else told


def _webhook(settings: Settings, clock: Clock) -> EventsWebhook | None:
    if not settings.events_webhook_url:
        return None
    return EventsWebhook(settings.events_webhook_url, settings.events_webhook_secret, clock)


def _summarizer(settings: Settings) -> Summarizer | None:
    if not settings.summary_llm_url:
        return None
    own = settings.summary_llm_prompt_file
    prompt = own.read_text(encoding="utf-8").strip() if own else prompts.text("summary")
    return Summarizer(settings.summary_llm_url, settings.summary_llm_key, settings.summary_llm_model, prompt)


def _carrier(settings: Settings) -> Carrier | None:
    if not settings.may_ring:
        return None
    return Carrier(settings.signalwire_api, settings.signalwire_project_id, settings.signalwire_api_token)


def _texts(settings: Settings) -> Texts | None:
    match settings.sms_provider:
        case "signalwire":
            return _texts_by_rest(settings)
        case "twilio":
            from gateways.messaging.sms_twilio import TwilioTexts  # noqa: PLC0415, a quarter of a second that few need

            return TwilioTexts(
                settings.twilio_account_sid,
                settings.twilio_auth_token,
                from_=settings.twilio_from,
                api_url=settings.twilio_api_url,
            )
    return None


def _texts_by_rest(settings: Settings) -> Texts | None:
    if not settings.may_ring:
        return None
    return SignalWireTexts(settings.signalwire_api, settings.signalwire_project_id, settings.signalwire_api_token)
