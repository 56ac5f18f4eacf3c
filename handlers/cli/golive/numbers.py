"""`switchboard numbers` and `switchboard point`: which numbers there are, and where they bring their callers."""

import json
from collections.abc import Iterator, Mapping

import click

from calls.directory.model import Directory, Line
from gateways.clock import Clock
from gateways.errors import Unavailable
from gateways.signalwire.calls import Refused
from gateways.signalwire.error_help import what_to_do
from gateways.signalwire.number_history import NotKept
from gateways.signalwire.numbers import OwnedNumber, Platform
from handlers.cli.golive.checks import Subject, public_url
from handlers.cli.golive.pointing import (
    Pointing,
    former_of,
    known_agent,
    listed,
    masked,
    platform_of,
    read_number,
    refuse_local,
    where,
)
from handlers.cli.golive.texts import point_texts, undo_texts
from handlers.cli.reading import lines_of, of_line, read_served, read_settings
from handlers.cli.records.printing import print_table
from handlers.settings import Settings


@click.command("numbers")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for scripts.")
def numbers(as_json: bool) -> None:
    """The numbers of the SignalWire project: where each points, and which line of the directory it is.

    A line of the directory that the project does not own is listed too. `switchboard point NUMBER` points one here.
    """
    settings = read_settings()
    directories = read_served(settings)
    with platform_of(settings, scope="Numbers") as platform:
        rows = list(_rows(platform.numbers(), lines_of(directories), settings))
    if as_json:
        for row in rows:
            click.echo(json.dumps(row))
        return
    for row in rows:
        row["here"] = "yes" if row["here"] and row["password"] else "with another password" if row["here"] else "no"
        row["line"] = row["line"] or "not in the directory"
    columns = {"number": "number", "line": "line", "here": "here"}
    nothing = "The project has no number, and the directory no line."
    print_table(rows, columns, below={"name": "name", "points at": "points_at"}, nothing=nothing)


def _rows(owned: list[OwnedNumber], lines: Mapping[str, Line], settings: Settings) -> Iterator[dict[str, object]]:
    for number in owned:
        pointing, line = Pointing.of(number, settings), lines.get(number.number)
        yield {
            "number": number.number,
            "name": number.name,
            "owned": True,
            "points_at": where(number),
            "here": pointing.here,
            "password": pointing.password,
            "line": (pointing.agent or line.agent) if line else None,
        }
    for lost in sorted(lines.keys() - {number.number for number in owned}):
        yield {
            "number": lost,
            "name": "",
            "owned": False,
            "points_at": "not a number of this project",
            "here": False,
            "password": False,
            "line": lines[lost].agent,
        }


@click.command("point")
@click.argument("number")
@click.option("--agent", help="The agent that answers. Default: the one the directory's `lines:` and the hour choose.")
@click.option("--texts", is_flag=True, help="Its text messages too, besides its calls.")
@click.option("--undo", is_flag=True, help="Point it where it pointed before it was last pointed here.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def point(number: str, agent: str | None, texts: bool, undo: bool, yes: bool) -> None:
    """Point NUMBER (such as +12025550100) at this app, so that its callers reach the receptionist.

    Shows where it points now and where it would, and asks. What it was is kept beside the directory file, in
    .switchboard/pointed.json, so that --undo brings it back. Needs PUBLIC_URL, the credentials of the SignalWire
    project, and a token with the scope Numbers (and Messaging for --texts). `switchboard numbers` lists the numbers.
    """
    if undo and (agent or texts):
        raise click.UsageError("--undo brings back what was; it takes no --agent and no --texts.")
    settings = read_settings()
    if texts and settings.sms_provider == "twilio":
        raise click.UsageError(f"Twilio has your texts: set {settings.public_url}/messages/twilio in its console.")
    directories = read_served(settings)
    e164 = read_number(number, directories[0]).e164
    with platform_of(settings, scope="Numbers") as platform:
        try:
            if undo:
                _undo(platform, _owned(platform, e164), settings, yes=yes)
                return
            refuse_local(settings)
            url = settings.credentialed_url(f"/swml/{known_agent(agent, directories, e164)}" if agent else "/swml")
            owned = _owned(platform, e164)
            _warn(e164, directories, settings)
            _point(platform, owned, url, settings, yes=yes)
            if texts:
                point_texts(platform, owned, settings, yes=yes)
        except NotKept as fault:
            raise click.ClickException(f"Nothing was changed: {fault}.") from None


def _owned(platform: Platform, e164: str) -> OwnedNumber:
    if found := platform.number(e164):
        return found
    there = listed([one.number for one in platform.numbers()])
    raise click.ClickException(
        f"{e164} is no number of this SignalWire project; it has {there}. Buy it in the dashboard (Phone Numbers), or "
        "check SIGNALWIRE_PROJECT_ID."
    )


def _point(platform: Platform, number: OwnedNumber, url: str, settings: Settings, *, yes: bool) -> None:
    if number.capabilities and "voice" not in number.capabilities:
        raise click.ClickException(f"{number.number} cannot take calls ({', '.join(number.capabilities)} only).")
    if number.url == url:
        click.echo(f"{number.number} points at {masked(url)} already.")
        return
    _ask(number, f"SWML {masked(url)}", yes=yes)
    former = former_of(settings)
    former.keep(number)  # before it is changed: if we die in between, it is known all the same
    try:
        now = platform.point(number, url)
    except Refused:
        former.forget_latest(number.number)
        raise
    except Unavailable as fault:
        sentence = what_to_do(fault, api=settings.signalwire_api)
        raise click.ClickException(f"{sentence} `switchboard numbers` shows whether it took effect.") from None
    if now.url != url:
        raise click.ClickException(
            f"SignalWire took it and still says: {where(now)}. Look at the number in the dashboard (Phone Numbers)."
        )
    click.secho(f"Done. `switchboard point {number.number} --undo` brings back what was.", fg="green")


def _undo(platform: Platform, number: OwnedNumber, settings: Settings, *, yes: bool) -> None:
    former = former_of(settings)
    before = former.latest(number.number)
    if before is None:
        raise click.ClickException(
            f"Nothing is known of where {number.number} pointed before; it was not pointed from {former.path.parent}."
        )
    if not before.handler and not before.resource:
        raise click.ClickException(
            f"{number.number} pointed nowhere before, and there is no request to point it nowhere again: choose in the "
            "dashboard (Phone Numbers) what is to handle its calls."
        )
    _ask(number, where(before), yes=yes)
    platform.restore(before)
    undo_texts(platform, number, before)
    former.forget_latest(number.number)
    click.secho("Done: it points where it pointed before.", fg="green")


def _ask(number: OwnedNumber, then: str, *, yes: bool) -> None:
    click.secho(f"{number.number}{f' ({number.name})' if number.name not in ('', number.number) else ''}", bold=True)
    click.echo(f"  now   {where(number)}")
    click.echo(f"  then  {then}")
    if not yes:
        click.confirm("Point it there?", abort=True)


def _warn(e164: str, directories: tuple[Directory, ...], settings: Settings) -> None:
    """What would keep callers from being answered as one expects, said before anybody is asked."""
    if e164 not in lines_of(directories):
        then = "It is answered all the same, by the receptionist; add it, and it can be shown as caller ID too."
        if of_line(directories, e164) is None:
            then = "Its callers hear that it is not in service: add it to the file of the business it belongs to."
        click.echo(f"Note: {e164} is not among the `lines:` of {settings.switchboard_directory}. {then}", err=True)
    for finding in public_url(Subject(settings, directories, Clock())):
        if finding.verdict == "problem":
            click.echo(f"Note: {finding.says}. {finding.do}", err=True)
