"""The exchange itself: one loop, its calls, and everything they share."""

import asyncio
import datetime
import socket
import threading
from collections.abc import Callable, Collection, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, Literal

from exchange.calls import Call
from exchange.core import callbacks
from exchange.core.assumptions import Assumptions, platform
from exchange.core.clock import DEFAULT_START, BeforeLeap, Clock, RealLoop, VirtualLoop, cancelled, wall_clock
from exchange.core.faults import Dice, Faults
from exchange.core.ladder import Entry, Ladder
from exchange.core.legs import Leg, PartyOf
from exchange.core.signals import ScriptError
from exchange.core.thinkers import Thinker
from exchange.core.wire import RealWire, VirtualWire, Wire
from exchange.documents.document import Document, fetch_document
from exchange.documents.script import Script
from exchange.phones.people import Person, Scripted, acting, caller_like
from exchange.phones.texts import Text
from exchange.verbs.conferences import Conference
from exchange.verbs.queues import Queue
from exchange.verbs.table import VERBS

if TYPE_CHECKING:
    from exchange.rest.api import Api

PROJECT = "4d0d6f16-5881-4fcc-92a4-02c51a91954d"
SPACE = "451ed9ff-e568-4222-8af9-4f9ab7428d09"
NODE = "c0ffee00-1111-4222-8333-444455556666@us-east"
SETTLE_LIMIT = 3600.0  # seconds of the exchange's time allowed for what goes on after a call


class Exchange:
    """A telephone network in a box. Use it as a context manager, or close() it."""

    def __init__(
        self,
        app_url: str,
        credentials: tuple[str, str] | None = None,
        *,
        seed: int = 1,
        clock: Literal["virtual", "real"] = "virtual",
        speed: float = 1.0,
        start: datetime.datetime | None = None,
        assumptions: Assumptions = platform(),  # noqa: B008 (frozen)
        faults: Faults = Faults(),  # noqa: B008 (frozen)
        people: Mapping[str, Any] | None = None,
        thinker: Thinker | None = None,
        numbers: Collection[str] = (),
        fallback_url: str = "",
        signing_key: str = "",
        token: str = "token",  # noqa: S107 (the REST side's made-up API token)
        before_leap: BeforeLeap | None = None,
        patience: float = 0.0,
    ) -> None:
        self.app_url, self.credentials, self.fallback_url = app_url, credentials, fallback_url
        self.assumptions, self.faults, self.dice = assumptions, faults, Dice(seed)
        self.people: dict[str, Any] = dict(people or {})
        self.thinker, self.numbers, self.signing_key, self.token = thinker, numbers, signing_key, token
        self.project_id, self.space_id, self.node_id = PROJECT, SPACE, NODE
        self.messages_url = ""  # where texts that come in are posted
        self.reachable = True  # False: the application is down, and every request to it is refused
        self.routes: dict[str, str] = {}  # number -> document URL, where it is not app_url
        self.ladder, self.calls, self.texts = Ladder(), list[Call](), list[Text]()
        self._leavers: list[Leg] = []  # callers who wait for some moment of any leg to hang up
        self.legs: dict[str, Leg] = {}
        self.conferences, self.queues = dict[str, Conference](), dict[str, Queue]()
        self.recordings: dict[str, float] = {}
        self._before_leap, self._patience = before_leap, patience
        self._open(clock, speed, start)

    def _open(self, clock: str, speed: float, start: datetime.datetime | None) -> None:
        self.virtual = clock == "virtual"
        self.loop: asyncio.SelectorEventLoop = VirtualLoop(self._leaping) if self.virtual else RealLoop(speed)
        self.clock = Clock(self.loop, start or (DEFAULT_START if self.virtual else wall_clock()))
        self.wire: Wire = VirtualWire() if self.virtual else RealWire(speed)
        self.changed = asyncio.Event()
        self._owner = threading.current_thread()
        self._tasks: dict[asyncio.Task[Any], Callable[[], bool]] = {}  # task -> whether settle() waits for it
        self._crash: BaseException | None = None
        self._api: Api | None = None
        self._office: Leg | None = None
        self._thread: threading.Thread | None = None
        if not self.virtual:
            self._thread = threading.Thread(target=self.loop.run_forever, name="exchange", daemon=True)
            self._thread.start()

    def __enter__(self) -> "Exchange":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Drop every call and close every connection."""
        if self.loop.is_closed():
            return
        if self._api is not None:
            self._api.stop()
        self._complete(self._close())
        if self._thread is not None:
            self.loop.call_soon_threadsafe(self.loop.stop)
            self._thread.join()
        self.loop.close()

    async def _close(self) -> None:
        await cancelled(*self._tasks)
        await self.wire.close()

    # Calls

    def dial(
        self,
        to: str = "+12025550100",
        from_: str = "+12025550190",
        *,
        says: tuple[str, ...] | str = (),
        caller: Any = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> Call:
        """Ring the application: a caller at `from_` (a number or a SIP URI) dials `to`.

        `caller` is a Person for how this caller behaves, or a factory of a Party operated by hand.
        """
        lines = (says,) if isinstance(says, str) else tuple(says)
        party = acting(caller if callable(caller) else caller_like(caller, lines), is_caller=True)
        call = Call(self, len(self.calls) + 1)
        self.calls.append(call)
        leg = call.add(Leg(call, name="caller", from_=from_, to=to, party=party, outbound=False, headers=headers))
        self._leavers += [leg] if isinstance(leg.party, Scripted) and leg.party.person.leaves_on else []
        leg.note("dial", f"{from_} → {to}")
        self.do(lambda: self.spawn(leg.live(lambda: self._inbound(leg)), awaited=leg.over.is_set))
        return call

    async def _inbound(self, leg: Leg) -> None:
        leg.become("created")
        await self.run_url(leg, self.routes.get(leg.to, self.app_url), fallback=self.fallback_url)

    async def run_url(self, leg: Leg, url: str, *, fallback: str = "", method: str = "POST") -> None:
        """Fetch a document and run it on a leg; a failed fetch ends the leg, or leaves it to the script's end."""
        try:
            document = await fetch_document(leg, url, fallback=fallback, method=method)
        except ScriptError as problem:
            leg.note("error", str(problem))
            if self.assumptions.failed_fetch_ends_call:
                leg.hang_up("error", by="platform")
            return
        await self.run_document(leg, document)

    async def run_document(self, leg: Leg, document: Document) -> None:
        """Run a document on a leg, to its end."""
        await Script(leg, document, VERBS).run()

    def at(self, address: str) -> Any:
        """The person or factory at an address: as given in `people`, else for "*", else one who answers, presses 1."""
        return self.people.get(address) or self.people.get("*", Person())

    def party_for(self, address: str) -> PartyOf:
        """How the party at an address behaves on a leg that is dialled."""
        return acting(self.at(address))

    # Running

    def run(self, until: Callable[[], bool]) -> None:
        """Run the exchange until a condition holds."""
        self._complete(self._until(until))
        self._raise_crash()

    def run_all(self) -> None:
        """Run every call to its end, and what comes after."""
        for call in tuple(self.calls):
            if isinstance(call.caller.party, Scripted):
                self.do(call.caller.party.finish)
        for call in self.calls:  # grows while REST dials more
            self.run(call.caller.over.is_set)
        self.settle()

    def settle(self) -> None:
        """Let callbacks, reports and everything else under way come to rest."""
        self._complete(self._settled())
        self._raise_crash()

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition() and self._crash is None:
            self.changed.clear()
            await self.changed.wait()

    async def _settled(self) -> None:
        deadline = self.loop.time() + SETTLE_LIMIT
        while self.loop.time() < deadline and self._crash is None:
            chores = [task for task, awaited in self._tasks.items() if awaited()]
            if not chores:
                return
            await asyncio.wait(chores, timeout=60, return_when=asyncio.FIRST_COMPLETED)

    def _complete(self, work: Coroutine[Any, Any, None]) -> None:
        if self.virtual:
            self.loop.run_until_complete(work)
        else:
            asyncio.run_coroutine_threadsafe(work, self.loop).result()

    def do(self, action: Callable[[], Any]) -> None:
        """Do something on the exchange's own thread, from any thread, before anything that comes later."""
        if self.virtual and threading.current_thread() is self._owner and not self.loop.is_running():
            self._complete(_calling(action))
        else:
            self.loop.call_soon_threadsafe(action)

    def spawn(
        self, work: Coroutine[Any, Any, None], *, awaited: Callable[[], bool] = lambda: True
    ) -> "asyncio.Task[None]":
        """Run something beside everything else; an exception in it stops the run.

        settle() waits for it while `awaited` holds.
        """
        task = self.loop.create_task(work)
        self._tasks[task] = awaited
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.pop(task, None)
        if not task.cancelled() and task.exception() is not None:
            self._crash = self._crash or task.exception()
        self.pulse()

    def _raise_crash(self) -> None:
        if self._crash is not None:
            crash, self._crash = self._crash, None
            raise crash

    def pulse(self) -> None:
        """Something changed: look again at what is being waited for."""
        self.changed.set()

    def wake_at(self, elapsed: float) -> None:
        self.do(lambda: self.loop.call_later(max(elapsed - self.clock.elapsed, 0), self.pulse))

    def _leaping(self, now: float, seconds: float) -> bool:
        if self._patience and seconds >= 1:
            threading.Event().wait(self._patience)
        return bool(self._before_leap and self._before_leap(now, seconds))

    @property
    def office(self) -> Leg:
        """A leg that carries what belongs to no call: messages sent by REST."""
        if self._office is None:
            call = Call(self, 0, stream="office")
            self._office = call.add(
                Leg(call, name="platform", from_="", to="", party=acting(Person()), outbound=True),
            )
        return self._office

    # The ladder, and what it sets off

    def record(self, entry: Entry, leg: Leg) -> None:
        """Add to the ladder; whoever waits for such a moment to hang up, does."""
        self.ladder.add(entry)
        self.pulse()
        for other in self._onlookers(leg):
            if other.over.is_set() or not isinstance(other.party, Scripted):
                continue
            person, shown = other.party.person, f"{entry.kind} {entry.text}"
            theirs = other is not leg and f"other's {shown}".startswith(person.leaves_on)
            if person.leaves_on and (theirs or shown.startswith(person.leaves_on)):
                self._leaves(other, person.leaves_after)
        if entry.kind in ("verb", "ai", "listening", "hold") and self.dice.falls(self.faults.hangups, leg.call.stream):
            self.ladder.add(Entry(entry.at, entry.call, entry.leg, "fault", "hangs up"))
            self._leaves(leg, 0.0)

    def _onlookers(self, leg: Leg) -> list[Leg]:
        """Who may be waiting for something that happens on this leg: its party, and the caller it is dialled for."""
        return list(dict.fromkeys((leg, leg.call.caller, *(self._leavers if leg.call.by_rest else ()))))

    def _leaves(self, leg: Leg, after: float) -> None:
        by = "caller" if leg is leg.call.caller else leg.name
        self.loop.call_soon_threadsafe(self.loop.call_later, after, lambda: leg.hang_up("hangup", by=by))

    def report_state(self, leg: Leg) -> None:
        """Post a leg's new state to whoever watches it."""
        for watcher in leg.watchers:
            if leg.state in watcher.events:
                callbacks.call_state(leg, watcher.url)

    # REST

    @property
    def api(self) -> "Api":
        """The platform's REST side, served on loopback from its first use on."""
        if self._api is None:
            from exchange.rest.api import Api  # noqa: PLC0415 (Flask is imported only where REST is used)

            self._api = Api(self)
        return self._api

    def serve_rest(self, listening: socket.socket, project: str, token: str) -> None:
        """Serve the REST side from now on, on a socket bound to loopback, to whoever has these credentials."""
        from exchange.rest.api import Api  # noqa: PLC0415 (as above)

        self.project_id, self.token = project, token
        self._api = Api(self, listening)


async def _calling(action: Callable[[], Any]) -> None:
    action()
