"""The only builder of wires: settings become gateways here, once per process, and nowhere else."""

import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property, partial

import structlog

from agents import prose
from agents.links import Claims, Links
from agents.staff import Staff
from calls.call import Call
from calls.directory import Directory
from calls.mistakes import Mistakes
from calls.numbers import Number
from calls.orders import Listener
from gateways.carrier import Carrier
from gateways.clock import Clock
from gateways.directories import Directories
from gateways.mail import MailServer
from gateways.orders import DurableOrders, Orders
from gateways.recordings import Recordings
from gateways.records import Records
from gateways.summarizer import Summarizer
from gateways.texts import SignalWireTexts, Texts
from gateways.webhooks import EventsWebhook
from handlers.guard import Forged, Guard
from handlers.hooks import HooksOf
from handlers.hooks import load as load_hooks
from handlers.settings import Settings
from handlers.sharing import Shared

log = structlog.get_logger()

# No 0 and O, no 1, I and L: a reference is read out and typed in.
_REF_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_REF_LENGTH = 4
_LOOKS_EVERY = 0.05  # seconds, whether a directory file has changed: each look asks the system about every file


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
    _staff: dict[str, Staff] = field(default_factory=dict)
    _hiring: threading.Lock = field(default_factory=threading.Lock)

    def staff(self, business: str = "") -> Staff:
        """The agents of a business's directory as it stands now. Compiled once per version. Raises NoSuchBusiness."""
        directory = self.directories.current(business)
        staff = self._staff.get(business)
        if staff is None or staff.directory is not directory:
            with self._hiring:
                staff = self._staff.get(business)
                if staff is None or staff.directory is not directory:
                    staff = self._staff[business] = Staff(directory)
        return staff

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

    Args:
        clock: the time, when it is not the real one.
        chance: what new ids are drawn from, when that is not the system's own.
        orders: where orders that outlive a request are kept, when that is not the records' own database.
    """
    directories = Directories(
        settings.switchboard_directory,
        transfer_to=settings.call_transfer_to,
        examine=examine,
        on_reload=_report,
        looks_every=0.0 if clock else _LOOKS_EVERY,  # where time is not the real one, everything happens at once
    )
    clock = clock or Clock()
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


def examine(directory: Directory) -> None:
    """What only building the agents can tell. Raises Mistakes."""
    if mistakes := [*Staff(directory).mistakes(), *load_hooks(directory.hooks)[1]]:
        raise Mistakes(mistakes)


def _report(read: Directory | Mistakes) -> None:
    """A changed directory file: in use from the next call on, or kept out by its mistakes."""
    if isinstance(read, Directory):
        log.info("directory_reloaded", version=read.version)
    else:
        log.error("directory_refused", mistakes=[str(mistake) for mistake in read.mistakes])


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
    prompt = own.read_text(encoding="utf-8").strip() if own else prose.text("summary")
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
            from gateways.texts_twilio import TwilioTexts  # noqa: PLC0415, a quarter of a second that few need

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
