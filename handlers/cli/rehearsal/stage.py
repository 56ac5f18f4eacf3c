"""A stage for rehearsals: the application itself on a loopback port of this process, its clock the exchange's.

Nothing in the application is replaced but the clock, the chance behind its ids, and the addresses of agents elsewhere.
The exchange reaches it over HTTP only.
"""

import json
import random
import shutil
import tempfile
import threading
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

import yaml
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Response

from calls.directory.model import Directory
from calls.orders import DurableOrder
from exchange import Exchange, Faults
from exchange.core.assumptions import DEFAULT, platform
from exchange.core.clock import Clock as ExchangeTime
from exchange.scenarios.scenario import Scenario
from gateways.clock import Clock
from gateways.database.migrate import migrate
from gateways.directory.file import parse_yaml, read_directory
from gateways.errors import Unavailable
from handlers.cli.rehearsal.orders import RehearsedOrders
from handlers.services.outbound import to_json
from handlers.settings import Settings, find_agents_beside

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from handlers.wiring import Wiring

USER, PASSWORD, SECRET, SIGNING_KEY = "signalwire", "rehearsal", "a rehearsal's secret", "PSK_rehearsal"
API_KEY = "a rehearsal's key"
USUAL = datetime(2026, 3, 17, 11, 0)  # noqa: DTZ001, a Tuesday; the zone is the directory's
ELSEWHERE = "/elsewhere/"  # where the agents of others live, on the same port


class FollowingClock(Clock):
    """Shows the exchange's time."""

    def __init__(self, time: ExchangeTime) -> None:
        self._time = time

    def now(self) -> datetime:
        """This moment on the exchange."""
        return self._time.now().astimezone(UTC)


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """The ladder is the log."""


class House:
    """One loopback port for many scenarios, and an empty database to copy. Close it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="rehearsal-"))
        self.app: Any = None
        self.elsewhere: Mapping[str, Mapping[str, Any]] = {}
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True, request_handler=_Quiet)
        self.url = f"http://127.0.0.1:{self._server.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.empty_database = self.folder / "empty.db"
        migrate(f"sqlite:///{self.empty_database}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answer(self, environ: "WSGIEnvironment", start: "StartResponse") -> Any:
        path = str(environ["PATH_INFO"])
        if path.startswith(ELSEWHERE):
            document = self.elsewhere.get(path.removeprefix(ELSEWHERE))
            answer = Response(json.dumps(document), mimetype="application/json") if document else Response(status=404)
            return answer(environ, start)
        return self.app(environ, start)


class Stage:
    """One scenario's application, directory, records and exchange. A context manager.

    `database` is the URL of an empty database with our tables; without one, the stage makes a file of its own.
    `platform` names the platform that is played, where the scenario names none.
    Raises calls.directory.errors.Mistakes when the directory has some, on entering.
    """

    def __init__(
        self,
        house: House,
        scenario: Scenario,
        *,
        directory: Path,
        beside: Path,
        seed: int,
        database: str = "",
        platform: str = DEFAULT,
    ) -> None:
        self.house, self.scenario, self.seed = house, scenario, scenario.seed if scenario.seed is not None else seed
        self.platform = scenario.platform or platform
        self.folder = Path(tempfile.mkdtemp(dir=house.folder))
        self.file = self.folder / "switchboard.yaml"
        self._source = beside / scenario.directory if isinstance(scenario.directory, str) else directory
        self._content = read_content(scenario, self._source)
        find_agents_beside(self._source)  # the file itself is copied to where it can be changed
        self._database = database or f"sqlite:///{self.folder / 'switchboard.db'}"
        self._next_sweep = 0.0
        self._chance = random.Random(self.seed)  # noqa: S311, ids that are the same each time are what is wanted here

    def __enter__(self) -> Self:
        self.change(self.scenario.changes)
        directory = self._directory()
        local = (self.scenario.at or USUAL).replace(tzinfo=ZoneInfo(directory.timezone))
        self.exchange = Exchange(
            f"{self.house.url}/swml",
            (USER, PASSWORD),
            seed=self.seed,
            start=local.astimezone(UTC),
            faults=Faults(**self.scenario.faults),
            assumptions=platform(self.platform, self.scenario.assumptions),
            numbers=tuple(directory.lines),
            signing_key=SIGNING_KEY,
        )
        credentialed = f"{self.house.url.replace('://', f'://{USER}:{PASSWORD}@', 1)}/messages"
        by_twilio = self.scenario.texts_by == "twilio"
        self.exchange.messages_url = f"{self.house.url}/messages/twilio" if by_twilio else credentialed
        if self.scenario.rest != "none":
            self.exchange.api.fates = {command: deque(fates) for command, fates in self.scenario.rest.items()}
        self.line = next(iter(directory.lines), "+12025550100")
        if self._database.startswith("sqlite:///") and not Path(self._database.removeprefix("sqlite:///")).exists():
            shutil.copy(self.house.empty_database, self._database.removeprefix("sqlite:///"))
        self.orders = RehearsedOrders(self._database, self.exchange)
        self.start()
        for who in self.scenario.opted_out:
            for number in self.names.get(who, (who,)):
                self._wiring.records.opt_out(number, "as the scenario begins", self._wiring.clock.now())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.exchange.close()
        self._wiring.close()
        self.orders.forget()
        shutil.rmtree(self.folder, ignore_errors=True)

    # The application

    def start(self) -> None:
        """Start the application on what is in the database."""
        from handlers.app import build  # noqa: PLC0415, it imports the SDK

        clock = FollowingClock(self.exchange.clock)
        app = build(self._settings(), clock=clock, chance=self._chance, orders=self.orders)
        self.house.app, self.house.elsewhere = app, self.scenario.elsewhere
        self._wiring: Wiring = app.extensions["switchboard"]
        self.orders.start(self._carry_out)

    def look_after(self) -> None:
        """One look for the callers in line; every 30 seconds also a sweep of the watchdog, and a look for matches."""
        from handlers.jobs import watchdog  # noqa: PLC0415, they import the SDK
        from handlers.services import line_watch, offers  # noqa: PLC0415, they import the SDK

        with suppress(Unavailable):  # it was put off
            line_watch.look(self._wiring, pause=lambda seconds: None)
        if self.exchange.clock.elapsed < self._next_sweep:
            return
        self._next_sweep = self.exchange.clock.elapsed + watchdog.EVERY
        with suppress(Unavailable):
            watchdog.sweep(self._wiring, pause=lambda seconds: None)
            offers.sweep(self._wiring)

    def _carry_out(self, order: DurableOrder) -> None:
        from handlers.jobs.dispatch import carry_out  # noqa: PLC0415, it imports the SDK

        carry_out(self._wiring, order)

    def stop(self) -> None:
        """Stop it, and forget all it has not written down."""
        self.orders.stop()
        self._wiring.close()

    def _settings(self) -> Settings:
        url, account, token = self.exchange.api.url, self.exchange.project_id, self.exchange.token
        rest: dict[str, Any] = {}
        if self.scenario.rest != "none":
            rest |= {"signalwire_api_url": url, "signalwire_project_id": account, "signalwire_api_token": token}
        if self.scenario.texts_by == "twilio":
            rest |= {"twilio_api_url": url, "twilio_account_sid": account, "twilio_auth_token": token}
            rest |= {"twilio_from": self.line}
        knows_new = "execute_after_queue" in self.exchange.assumptions.after_queue_names
        rest["signalwire_queue_key"] = "execute_after_queue" if knows_new else "transfer_after_bridge"
        return Settings(
            switchboard_directory=self.file,
            database_url=self._database,
            public_url=self.house.url,
            secret_key=SECRET,
            swml_basic_auth_user=USER,
            swml_basic_auth_password=PASSWORD,
            signalwire_signing_key=SIGNING_KEY,
            api_key=API_KEY,
            call_transfer_to=self.scenario.transfer_to or "",
            sms_provider=self.scenario.texts_by,
            **rest,
        )

    # The directory

    def change(self, changes: Mapping[str, Any]) -> None:
        """Save the directory file with these changes to what it said before; a setting changed to null is gone."""
        if self.scenario.transfer_to:
            return
        self._content = merged(self._content, changes)
        for name in self.scenario.elsewhere:
            self._content["agents"][name]["url"] = f"{self.house.url}{ELSEWHERE}{name}"
        for agent in (self._content.get("agents") or {}).values():
            self._bring(agent.get("prompt"))
        self.file.write_text(yaml.safe_dump(self._content, sort_keys=False), encoding="utf-8")

    def _bring(self, prompt: str | None) -> None:
        """A prompt file lies beside the directory file, so it comes along."""
        source = self._source.parent / prompt if prompt else None
        if prompt and source and source.is_file():
            (self.folder / prompt).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, self.folder / prompt)

    def _directory(self) -> Directory:
        return read_directory(self.file, transfer_to=self.scenario.transfer_to or "")

    @cached_property
    def names(self) -> Mapping[str, tuple[str, ...]]:
        """The addresses of each person, the one that is rung first."""
        people = self._directory().people.items()
        return {name: tuple(str(to) for to in (one.sip, one.phone) if to) for name, one in people}

    # The records

    def place(self, asked: Mapping[str, Any]) -> float | None:
        """Ask for a call, as another program does: seconds from now until it is due; None when it is refused."""
        key = str(asked.get("key") or f"{len(self.placed())}")
        headers = {"Authorization": f"Bearer {API_KEY}", "Idempotency-Key": key}
        wanted = {name: value for name, value in asked.items() if name != "key"}
        response = self.house.app.test_client().post("/api/calls", json=wanted, headers=headers)
        if not response.is_json or response.status_code not in (200, 201):
            return None
        due_at = datetime.fromisoformat(response.get_json()["due_at"])
        return max((due_at - self._wiring.clock.now()).total_seconds(), 0.0)

    def placed(self) -> list[dict[str, Any]]:
        """Every call that was asked for, oldest first."""
        return [to_json(call) for call in self._wiring.records.placed_calls()]

    def ledger(self) -> list[dict[str, Any]]:
        """Every transfer, oldest first."""
        return list(self._wiring.records.ledger())

    def callbacks(self) -> list[dict[str, Any]]:
        """Everybody who was to be rung back, oldest first."""
        zone = ZoneInfo(self._wiring.directories.current().timezone)  # the file itself may have a mistake by now
        booked = self._wiring.records.callbacks(only_open=False)
        return [asdict(one) | {"due": f"{one.due_at.astimezone(zone):%Y-%m-%d %H:%M}"} for one in booked]

    def messages(self) -> list[dict[str, Any]]:
        """Everything that was kept for somebody, oldest first."""
        return list(self._wiring.records.messages())


def read_content(scenario: Scenario, source: Path) -> dict[str, Any]:
    """What the scenario's directory says before its changes; `source` is the file it is in, where it is in one.

    Raises Mistakes and OSError.
    """
    if scenario.transfer_to:
        return {}
    if isinstance(scenario.directory, Mapping):
        return deepcopy(dict(scenario.directory))
    content: dict[str, Any] = parse_yaml(source.read_text(encoding="utf-8-sig"))
    return content


def content_of(scenario: Scenario, directory: Path, beside: Path) -> dict[str, Any]:
    """What the scenario's directory says with all the changes that the scenario makes. Raises Mistakes and OSError."""
    given = scenario.directory
    content = read_content(scenario, beside / given if isinstance(given, str) else directory)
    for changes in (scenario.changes, *(plan.reload or {} for plan in scenario.calls)):
        content = merged(content, changes)
    return content


def merged(content: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The content with the changes put over it, mapping by mapping; null takes a setting away."""
    result = dict(content)
    for name, value in changes.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, Mapping) and isinstance(result.get(name), Mapping):
            result[name] = merged(result[name], value)
        else:
            result[name] = value
    return result
