"""`switchboard call-me`: a real call to your own phone, and what becomes of it as it happens."""

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import click

from calls.directory.model import Directory
from calls.directory.steps import refuse_undialable
from calls.numbers import Number, Unreadable
from gateways.errors import GatewayError, Unavailable
from gateways.records.records import Records
from gateways.signalwire.calls import OVER
from gateways.signalwire.numbers import Platform
from handlers.cli.golive.pointing import known_agent, listed, platform_of, read_number, refuse_local
from handlers.cli.reading import lines_of, of_line, read_served, read_settings
from handlers.settings import Settings

_LOOK_EVERY = 1.0  # seconds between two looks at the voice log
_RINGS_FOR = 30  # seconds
_UNKNOWN_FOR = 30.0  # seconds that the voice log may know nothing of a call before it is given up
_LAST = OVER - {"ending"}  # the log has the duration only afterwards
_TALKING = frozenset({"answered", "in-progress", "joined"})
_SAID: Mapping[str, str] = {
    "queued": "waiting for its turn (one call a second leaves the queue)",
    "initiated": "on its way",
    "created": "on its way",
    "ringing": "ringing",
    "answered": "answered: you are talking with the agent",
    "in-progress": "answered: you are talking with the agent",
}
_WHY: Mapping[str, str] = {
    "busy": "It was busy.",
    "no-answer": "Nobody answered.",
    "failed": "It could not be put through. The voice log in the dashboard says why.",
    "canceled": "It was called off while it rang.",
}


@click.command("call-me")
@click.argument("number")
@click.option("--from", "from_", help="The line that is shown as caller ID. Default: the directory's first.")
@click.option("--agent", help="The agent you talk with. Default: the one that answers that line now.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def call_me(number: str, from_: str | None, agent: str | None, yes: bool) -> None:
    """Let SignalWire ring NUMBER, your own phone, and put you through to the agent. A real call: it costs money.

    Tells what happens: ringing, answered, ended and why; the agent speaks as to somebody we ring. Ctrl-C ends the call.
    Only numbers that the directory's policy allows (`policy.regions`, no premium-rate numbers) and none of our own
    lines. Needs PUBLIC_URL, the credentials of the SignalWire project, and a token with the scope Voice.

    Exit status 0 when the call was answered and the agent's document was fetched.
    """
    settings = read_settings()
    directories = read_served(settings)
    shown = _line(from_, directories)
    directory = of_line(directories, shown.e164) or directories[0]
    to = _allowed(read_number(number, directory), directories, directory)
    refuse_local(settings)
    url = settings.credentialed_url(f"/swml/{known_agent(agent, directories, shown.e164)}" if agent else "/swml")
    if not yes:
        click.confirm(f"Ring {to.written} from {shown.written}? This is a real call and costs money.", abort=True)
    with platform_of(settings, scope="Voice") as platform:
        call_id = platform.dial(to=to.e164, from_=shown.e164, url=url, timeout=_RINGS_FOR, variables={})
        try:
            last, answered = _follow(platform, call_id)
        except KeyboardInterrupt:
            with suppress(GatewayError):  # it ends by itself when nobody says anything
                platform.end(call_id)
            raise
    click.echo(_ending(last, answered=answered))
    if answered and not _reached(settings, call_id):
        click.secho(
            f"As far as this machine's database tells, SignalWire has not fetched {settings.public_url}/swml for it. "
            "`switchboard doctor` tells why.",
            fg="red",
        )
        sys.exit(1)
    sys.exit(0 if answered else 1)


def _allowed(to: Number, directories: tuple[Directory, ...], directory: Directory) -> Number:
    try:
        refuse_undialable(to, frozenset(directory.policy.regions))
    except Unreadable as reason:
        raise click.ClickException(f"{to} is not rung. It has to be {reason}.") from None
    if to.e164 in lines_of(directories):
        raise click.ClickException(
            f"{to} is one of our own lines: the app would talk with itself. Give your own phone."
        )
    return to


def _line(from_: str | None, directories: tuple[Directory, ...]) -> Number:
    lines = list(lines_of(directories))
    if from_ is not None:
        line = read_number(from_, directories[0])
        if lines and line.e164 not in lines:
            raise click.BadParameter(f"{line} is none of our lines; there are {listed(lines)}", param_hint="--from")
        return line
    if not lines:
        raise click.UsageError("The directory has no `lines:`. Say with --from which of your numbers is to be shown.")
    return Number(lines[0])


def _follow(platform: Platform, call_id: str) -> tuple[Mapping[str, Any], bool]:
    """Tell each state as it is seen. The log's last entry, and whether the call was answered.

    A look that fails is no end of the call: it is told, and there is another look.
    """
    began, last, told, answered = time.monotonic(), dict[str, Any](), "", False
    for entry in _looks(platform, call_id):
        state = str(entry.get("status") or "")
        answered = answered or state in _TALKING or bool(entry.get("duration"))
        if state not in (told, *OVER):
            click.echo(f"{time.monotonic() - began:5.0f} s  {_SAID.get(state, state)}")
            told = state
        last = dict(entry)
        if state in _LAST:
            break
    return last, answered


def _looks(platform: Platform, call_id: str) -> Iterator[Mapping[str, Any]]:
    missed = 0.0
    while missed < _UNKNOWN_FOR:
        try:
            entry = platform.log(call_id)
        except Unavailable as fault:
            click.echo(f"         {fault}; looking again", err=True)
            entry = None
        if entry and entry.get("status"):
            missed = 0.0
            yield entry
        else:
            missed += _LOOK_EVERY
        time.sleep(_LOOK_EVERY)
    raise click.ClickException(f"The voice log has known nothing of call {call_id} for {_UNKNOWN_FOR:.0f} s.")


def _ending(last: Mapping[str, Any], *, answered: bool) -> str:
    state, seconds = str(last.get("status") or ""), last.get("duration")
    if answered:
        return f"Ended after {seconds} s." if seconds is not None else "Ended."
    return _WHY.get(state, "Ended without being answered: busy, declined, or nobody was there.")


def _reached(settings: Settings, call_id: str) -> bool:
    """Whether the app was asked for the call's document. The row of a call is written behind, so there is a pause."""
    records = Records(settings.database_url)
    try:
        for pause in (0.0, 0.5, 1.0):
            time.sleep(pause)
            if records.call(call_id):
                return True
        return False
    except Unavailable:
        click.echo("Note: the database cannot be read from here, so whether the app was asked is not known.", err=True)
        return True
    finally:
        records.close()
