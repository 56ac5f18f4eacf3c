"""The exchange that `switchboard call` makes its call on: beside a running app, or with one of its own."""

import secrets
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta

import click
import httpx

from exchange import Exchange, Person, Thinker
from exchange.core.assumptions import DEFAULT, PLATFORMS
from exchange.core.assumptions import platform as switches
from exchange.core.legs import PartyOf
from exchange.rest.branches import registered
from gateways.clock import Clock
from gateways.errors import Unavailable
from gateways.jobs.pending import PendingOrders
from handlers.cli.rehearsal.own_app import own_app
from handlers.settings import Settings

PLATFORM = click.option(
    "--platform",
    type=click.Choice(tuple(PLATFORMS)),
    default=DEFAULT,
    show_default=True,
    help="The platform to play, by the month of the sources that describe it.",
)
_AHEAD = 15.0  # seconds ahead that are looked for what ends a caller's waiting: about an announcement
_ANSWERS_WITHIN = 5.0  # seconds
_PATIENCE = 20.0  # seconds: an order that no worker has carried out by then, none will


@contextmanager
def network(
    settings: Settings,
    people: Mapping[str, Person | PartyOf],
    *,
    numbers: tuple[str, ...],
    thinker: Thinker | None = None,
    virtual: bool = True,
    platform: str = DEFAULT,
    tell: Callable[[str], None] = click.echo,
) -> Iterator[Exchange]:
    """An exchange for a call to the app that is running at these settings, or else to one started here for it.

    Where no platform is named, the app reaches it as it would reach the platform. In virtual time a call takes as long
    as the app does, its worker included. Raises ClickException where the server is not this machine's and is not
    there, or does not know this directory's credentials.
    """
    with ExitStack() as open_:
        rest = None
        if is_running(settings):
            _check_ours(settings)
            tell(f"The server at {settings.public_url} takes the call, with its directory {_place(settings)}.")
        else:
            tell(
                f"No server runs at {settings.public_url}; the app takes the call in this process, with the directory "
                f"{_place(settings)}."
            )
            settings, rest = open_.enter_context(own_app(settings))
        worker = _Worker(settings) if virtual and settings.stand_in_port else None
        if worker:
            open_.callback(worker.close)
        exchange = open_.enter_context(
            Exchange(
                f"{settings.public_url}/swml",
                (settings.swml_basic_auth_user, settings.swml_basic_auth_password),
                seed=secrets.randbits(64),  # the app knows calls by their ids: no two may be the same
                clock="virtual" if virtual else "real",
                start=Clock().now(),
                people=people,
                thinker=thinker,
                numbers=numbers,
                assumptions=switches(platform),
                signing_key=settings.signalwire_signing_key,
                before_leap=worker.is_at_work if worker else None,
            )
        )
        open_.enter_context(_platform(exchange, settings, rest, worker))
        yield exchange


@contextmanager
def _platform(
    exchange: Exchange, settings: Settings, rest: socket.socket | None, worker: "_Worker | None"
) -> Iterator[None]:
    """Answer the app's REST requests: at `rest` for an app of our own, else through the exchange of the server."""
    if settings.stand_in_port is None:
        yield
        return
    listening = rest or socket.create_server(("127.0.0.1", 0))
    exchange.serve_rest(listening, settings.signalwire_project_id, settings.signalwire_api_token)
    if rest is not None:
        if worker:
            worker.exchange = exchange
        yield
        return
    with registered(exchange, settings.signalwire_api) as known:
        if not known:
            _note(f"nobody can be rung for a consult: nothing answers at {settings.signalwire_api}.")
        elif worker:
            worker.exchange = exchange
        yield


def is_running(settings: Settings) -> bool:
    """Whether a server of ours answers at these settings' address. Raises ClickException when another program does,
    or when an address that is not this machine's does not answer.
    """
    try:
        answer = httpx.get(f"{settings.public_url}/health", timeout=_ANSWERS_WITHIN, trust_env=False)
    except httpx.ConnectError:
        if settings.is_local:
            return False
        raise click.ClickException(f"Nothing answers at {settings.public_url}.") from None
    except httpx.HTTPError as fault:
        raise click.ClickException(f"{settings.public_url} does not answer as it should: {fault}.") from None
    if answer.status_code != 200 or not answer.text.startswith("{"):
        raise click.ClickException(f"Another program answers at {settings.public_url}. Give PORT another number.")
    return True


def _check_ours(settings: Settings) -> None:
    """Refuse a server that has other credentials: what this command says of its directory would be wrong."""
    user = settings.swml_basic_auth_user, settings.swml_basic_auth_password
    with suppress(httpx.HTTPError):  # what is wrong then, the call itself shows
        if httpx.get(f"{settings.public_url}/swml", auth=user, timeout=_ANSWERS_WITHIN).status_code == 401:
            raise click.ClickException(
                f"The server at {settings.public_url} has other credentials than those of {_place(settings)}: "
                "it serves another directory. Stop it, or give PORT another number."
            )


def _place(settings: Settings) -> str:
    return str(settings.switchboard_directory.absolute())


class _Worker:
    """The app's worker. It works in real time, so virtual time must not leap over what it is about to do."""

    def __init__(self, settings: Settings) -> None:
        self.exchange: Exchange | None = None  # without one nothing the worker does is felt
        self._orders, self._clock = PendingOrders(settings.database_url), Clock()
        self._since: float | None = None  # when it was first seen at what it is doing
        self._complained = False

    def is_at_work(self, now: float, seconds: float) -> bool:
        """Whether it has something to do before a leap of that many seconds is over, and may be expected to."""
        if self.exchange is None:
            return False
        within = timedelta(seconds=min(seconds, _AHEAD))
        try:
            if not self._orders.any_due(self._clock.now(), within):
                self._since = None
                return False
        except Unavailable as fault:
            self._complain(f"what the worker does is not waited for: {fault}.")
            return False
        self._since = self._since or time.monotonic()
        if time.monotonic() - self._since < _PATIENCE:
            return True
        self._complain("nobody does what the app has ordered: is its worker running?")
        return False

    def close(self) -> None:
        self._orders.close()

    def _complain(self, why: str) -> None:
        if not self._complained:
            self._complained = True
            _note(why)


def _note(text: str) -> None:
    click.secho(f"Note: {text}", fg="yellow", err=True)
