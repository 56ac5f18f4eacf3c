"""The worker's side of orders: DBOS takes them from our own database, and they are carried out here, once each.

Once, as far as that can be had: what a killed worker had begun is begun again, by its successor or by another worker.
"""

import asyncio
import contextlib
import json
import logging
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Engine, bindparam, create_engine, event, exists, literal_column, select
from sqlalchemy.exc import SQLAlchemyError

from calls.orders import Announce, DurableOrder, Notify, subject
from gateways.clock import Clock
from gateways.database.url import dialect_of
from gateways.errors import Unavailable
from gateways.jobs.leases import Places, first_free, places_at
from gateways.jobs.outbox import ANNOUNCEMENTS, APPLICATION, CARRY_OUT, DIALS, ORDERS, VERSION, from_json

log = structlog.get_logger()

_WORKER = "worker"

CarryOut = Callable[[DurableOrder], None]

# Seconds between two looks for new orders; what stops a phone comes first.
_LOOK_EVERY = {ORDERS: 0.1, DIALS: 0.2, ANNOUNCEMENTS: 0.25}
_WATCH_EVERY = 1.0  # seconds between two looks at our place, and at the places of workers that died
_TIDY_EVERY = 3600.0  # seconds
_KEEP_DONE = timedelta(days=1)
_AT_ONCE = 16  # orders; each waits for the platform or the database most of its time
_DBOS_THREADS = 16
# Orders that are begun at most: carried out, or waiting in memory for their turn or their next try. All others wait in
# the database, however many there are. What is told is tried for a day, so more of it may wait for the next try.
_BEGUN = {ORDERS: 500, DIALS: 100, ANNOUNCEMENTS: 1000}
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 300.0  # seconds between two tries
_PATIENCE = {"order": 120.0, "announcement": 86_400.0}  # seconds: a caller is gone by then, a listener's fault mended
_SILENT_AFTER = 10.0  # seconds for any answer of PostgreSQL
_STOP_WITHIN, _SETTLED_AFTER = 5.0, 0.3  # seconds for what is being carried out, and to write down that it was


class OrderEngine:
    """Carries out the orders kept at the database `url`. One in a process: DBOS allows no more.

    `on_lost` is called when another worker has taken this one's place, so that this one must end. All workers together
    ring at most `dials_per_second` phones.
    """

    def __init__(
        self,
        url: str,
        *,
        clock: Clock | None = None,
        on_lost: Callable[[], None] = lambda: None,
        dials_per_second: float = 1.0,
    ) -> None:
        self._dials_per_second = dials_per_second
        self._url, self._clock, self._on_lost = url, clock or Clock(), on_lost
        self._places: Places = places_at(url)
        self._stopping = threading.Event()
        self._busy = _Busy()
        self._threads = {
            "order": ThreadPoolExecutor(_AT_ONCE, "order"),
            "announcement": ThreadPoolExecutor(_AT_ONCE, "announcement"),  # a slow listener keeps no caller waiting
        }

    def start(self, carry_out: CarryOut) -> None:
        """Begin, with what a worker in the same place has left undone. Raises Unavailable."""
        from dbos import DBOS  # noqa: PLC0415, only a worker needs it

        self._dbos, self._carry_out = DBOS, carry_out
        self._place = first_free(self._places)
        _log_to_ours(self._stopping)
        self._engine = _engine(self._url)
        dbos = DBOS(
            config={
                "name": APPLICATION,
                "system_database_engine": self._engine,
                "application_version": VERSION,
                "executor_id": _executor(self._place),
                "use_listen_notify": False,  # we wait for no workflow's result, so there is nothing to be notified of
                "notification_listener_polling_interval_sec": 0.2,  # how long stopping takes; nothing is asked for
                "max_executor_threads": _DBOS_THREADS,  # each writes down that an order was carried out
                "scheduler_polling_interval_sec": _TIDY_EVERY,  # we have no schedules
                "log_level": "WARNING",
            }
        )
        DBOS.workflow(name=CARRY_OUT, max_recovery_attempts=None)(self._workflow())
        DBOS.launch()
        self._pass_empty_queues(dbos._sys_db)
        limits: dict[str, dict[str, Any]] = {
            DIALS: {"limiter": limiter(self._dials_per_second, whole_seconds=self._engine.dialect.name == "sqlite")},
            ORDERS: {},
            ANNOUNCEMENTS: {"partition_concurrency": 1},
        }
        for queue, limit in limits.items():
            limit |= {"worker_concurrency": _BEGUN[queue], "polling_interval_sec": _LOOK_EVERY[queue]}
            DBOS.register_queue(queue, on_conflict="always_update", **limit)
        self._watch = threading.Thread(target=self._watch_places, name="places", daemon=True)
        self._watch.start()
        log.info("worker_started", place=self._place)

    def stop(self) -> None:
        """Take no more orders, finish those that are being carried out, and leave the others to the next worker."""
        self._stopping.set()
        self._busy.wait(_STOP_WITHIN)
        time.sleep(_SETTLED_AFTER)
        self._watch.join()
        self._dbos.destroy(destroy_registry=True)
        for threads in self._threads.values():
            threads.shutdown(wait=False)
        self._engine.dispose()
        self._places.close()
        log.info("worker_stopped", place=self._place)

    def _pass_empty_queues(self, system: Any) -> None:
        """Let DBOS look only into a queue where something waits.

        It builds its statements anew for each look, which takes it 3 to 7 ms of a core where there is nothing, several
        times a second. Ours is built once.
        """
        kept = system.tables.workflow_status.c
        # Literally as the condition of DBOS's index says, or SQLite would not use it.
        in_flight: list[Any] = [literal_column("'ENQUEUED'"), literal_column("'PENDING'")]
        waits = exists().where(kept.queue_name == bindparam("queue"), kept.status == in_flight[0])
        look = select(waits.where(kept.status.in_(in_flight)))

        def scopes(queue: str) -> list[None]:
            with contextlib.suppress(SQLAlchemyError), system.engine.connect() as connection:
                return [None] if connection.scalar(look, {"queue": queue}) else []
            return [None]  # then DBOS may see what is wrong

        system.dequeue_scopes = scopes  # what DBOS asks where to look; [None] is everywhere

    # --- carrying out ---------------------------------------------------------------------------------------------

    def _workflow(self) -> Callable[[str], Coroutine[Any, Any, None]]:
        async def carry_out(kept: str) -> None:
            order = from_json(json.loads(kept))
            kind = "announcement" if isinstance(order, Announce | Notify) else "order"
            patience, pause = self._clock.now() + timedelta(seconds=_PATIENCE[kind]), _FIRST_PAUSE
            while not await self._tried(order, kind):
                if self._clock.now() > patience:
                    log.error("order_given_up", order=type(order).__name__, subject=subject(order))
                    return
                await asyncio.sleep(pause)  # no thread waits, so whatever is tried again holds up nothing else
                pause = min(pause * 2, _LONGEST_PAUSE)

        return carry_out

    async def _tried(self, order: DurableOrder, kind: str) -> bool:
        """Carry it out now. False when it should be tried again."""
        if self._stopping.is_set():
            await asyncio.Event().wait()  # until it is cancelled, and so left to the next worker
        return await asyncio.get_running_loop().run_in_executor(self._threads[kind], self._try, order)

    def _try(self, order: DurableOrder) -> bool:
        try:
            with self._busy:
                self._carry_out(order)
        except Unavailable as fault:
            log.warning("order_again", order=type(order).__name__, subject=subject(order), reason=str(fault))
            return False
        except Exception:
            log.exception("order_failed", order=type(order).__name__, subject=subject(order))
        return True

    # --- other workers, and orders of the past --------------------------------------------------------------------

    def _watch_places(self) -> None:
        tidied = 0.0
        while not self._stopping.wait(_WATCH_EVERY):
            tidied -= _WATCH_EVERY
            try:
                if not self._places.keep(self._place):
                    log.error("place_lost", place=self._place)
                    self._on_lost()
                    return
                self._take_over()
                if tidied <= 0:
                    self._tidy()
                    tidied = _TIDY_EVERY
            except Exception as fault:  # noqa: BLE001, whatever it is: the next look may do better
                log.warning("places_not_seen", reason=type(fault).__name__)

    def _take_over(self) -> None:
        """What workers that are no more have left undone is done again."""
        begun = self._dbos.list_workflows(status="PENDING", load_input=False, load_output=False)
        for executor in {str(one.executor_id) for one in begun} - {_executor(self._place)}:
            kind, _, number = executor.rpartition("-")
            if kind == _WORKER and self._places.take(int(number)):
                try:
                    log.warning("worker_gone", place=number)
                    self._dbos._recover_pending_workflows([executor])
                finally:
                    self._places.leave(int(number))

    def _tidy(self) -> None:
        """Forget what was carried out long ago: it holds what callers said."""
        until = (self._clock.now() - _KEEP_DONE).isoformat()
        while not self._stopping.is_set():
            done = self._dbos.list_workflows(
                status=["SUCCESS", "ERROR", "CANCELLED"], end_time=until, limit=500, load_input=False, load_output=False
            )
            if not done:
                return
            self._dbos.delete_workflows([one.workflow_id for one in done])


def limiter(dials_per_second: float, *, whole_seconds: bool) -> dict[str, float]:
    """DBOS's limit for so many dials.

    Of SQLite DBOS takes the time in `whole_seconds` (before Python 3.12), two of which are surely one apart.
    """
    limit = max(1, int(dials_per_second))
    return {"limit": limit, "period": limit / dials_per_second + (1.0 if whole_seconds else 0.0)}


class _Busy:
    """Counts who is at work."""

    def __init__(self) -> None:
        self._changed, self._count = threading.Condition(), 0

    def __enter__(self) -> None:
        with self._changed:
            self._count += 1

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._count -= 1
            self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Until nobody is, or for that long."""
        with self._changed:
            return self._changed.wait_for(lambda: self._count == 0, seconds)


def _executor(place: int) -> str:
    return f"{_WORKER}-{place}"


def _engine(url: str) -> Engine:
    """DBOS's own connections: it wants transactions begun for it, which the records begin themselves."""
    if not url.startswith("sqlite"):
        engine = create_engine(dialect_of(url), hide_parameters=True, pool_size=8, max_overflow=4, pool_pre_ping=True)
        from gateways.database.deadlines import hold_to_deadline  # noqa: PLC0415, psycopg is not needed with SQLite

        hold_to_deadline(engine, _SILENT_AFTER)
        return engine
    engine = create_engine(url, hide_parameters=True, pool_size=8, max_overflow=4)

    @event.listens_for(engine, "connect")
    def open_sqlite(connection: Any, _: object) -> None:
        connection.isolation_level = "IMMEDIATE"
        for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    return engine


class _Forward(logging.Handler):
    """DBOS's warnings, in our log. As we stop it warns of what it leaves undone, which is as it should be."""

    def __init__(self, stopping: threading.Event) -> None:
        super().__init__(logging.WARNING)
        self._stopping = stopping

    def emit(self, record: logging.LogRecord) -> None:
        if not self._stopping.is_set():
            log.warning("dbos", said=record.getMessage())


def _log_to_ours(stopping: threading.Event) -> None:
    logger = logging.getLogger("dbos")
    logger.handlers, logger.propagate = [_Forward(stopping)], False
