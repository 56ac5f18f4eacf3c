"""`switchboard people`: who can be rung now, and who says that they cannot."""

from datetime import datetime
from zoneinfo import ZoneInfo

import click

from calls.directory.entries import Person
from calls.directory.hours import clock_words, moment_words
from calls.directory.model import Directory
from calls.names import folded
from calls.numbers import Unreadable
from calls.phrases.durations import away_until
from calls.routing.availability import Presence, served_today, standing
from gateways.clock import Clock
from handlers.cli.reading import BUSINESS, chosen, read_served, read_settings
from handlers.cli.records.printing import JSON, open_records, print_json, print_table

_COLUMNS = {"business": "business", "name": "key", "is": "is", "until": "shown", "calls today": "served", "of": "name"}
_NAME = click.argument("name")


@click.group("people", invoke_without_command=True)
@BUSINESS
@JSON
@click.pass_context
def people(context: click.Context, business: str | None, as_json: bool) -> None:
    """Everybody who can be rung: available, busy, wrapping up after a talk, or away.

    \b
      switchboard people away dana 2h
      switchboard people away dana --until 14:00
      switchboard people back dana
    """
    if context.invoked_subcommand:
        return
    records, now = open_records(), Clock().now()
    directories = _directories() if business is None else (chosen(_directories(), business),)
    rows = [
        _row(directory, person, known.get(person.key), now)
        for directory in directories
        for known in [records.presences(directory.business)]
        for person in directory.people.values()
    ]
    if as_json:
        print_json({name: value for name, value in row.items() if name != "shown"} for row in rows)
    else:
        print_table(rows, _COLUMNS, nothing="The directory names no people.")


@people.command()
@_NAME
@click.argument("how_long", metavar="[WHEN]", nargs=-1)
@click.option("--until", "until", default="", metavar="WHEN", help="The same as WHEN.")
@BUSINESS
def away(name: str, how_long: tuple[str, ...], until: str, business: str | None) -> None:
    """NAME is not rung from now on, until WHEN (14:00) or for so long (2h, 30m); left out: until they are back.

    A talk that is going on goes on.
    """
    until = until or " ".join(how_long)
    directory = chosen(_directories(), business)
    person, here = _person(directory, name), ZoneInfo(directory.timezone)
    now = Clock().now().astimezone(here)
    try:
        moment = away_until(until, now)
    except Unreadable as wanted:
        raise click.BadParameter(f"{until!r}: wanted {wanted}", param_hint="WHEN") from None
    open_records().set_away(directory.business, person.key, moment, now)
    click.echo(f"{person.name} is away{f' until {_when(moment, now)}' if moment else ''}.")


@people.command()
@_NAME
@BUSINESS
def back(name: str, business: str | None) -> None:
    """NAME can be rung again."""
    directory = chosen(_directories(), business)
    person = _person(directory, name)
    open_records().set_back(directory.business, person.key, Clock().now())
    click.echo(f"{person.name} can be rung again.")


def _directories() -> tuple[Directory, ...]:
    settings = read_settings()
    return read_served(settings)


def _person(directory: Directory, name: str) -> Person:
    """By the name in the file, or by what they are called."""
    wanted = folded(name)
    for person in directory.people.values():
        if wanted in (folded(person.key), folded(person.name)):
            return person
    raise click.ClickException(f"nobody is called {name}; there are {', '.join(directory.people) or 'no people'}")


def _row(directory: Directory, person: Person, presence: Presence | None, now: datetime) -> dict[str, object]:
    here, is_ = now.astimezone(ZoneInfo(directory.timezone)), standing(presence, now)
    until = None
    if presence:
        until = {"away": presence.away_until, "wrapping up": presence.wrap_until}.get(is_)
    return {
        "business": directory.business,
        "key": person.key,
        "name": person.name,
        "is": is_,
        "until": until.isoformat() if until else None,
        "shown": _when(until.astimezone(here.tzinfo), here) if until else "",
        "served": served_today(presence, now) if presence else 0,
    }


def _when(moment: datetime, now: datetime) -> str:
    return clock_words(moment) if moment.date() == now.date() else moment_words(moment, now)
