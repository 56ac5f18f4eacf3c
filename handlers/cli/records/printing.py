"""What the commands that list records share: the options, the records, the reader's clock, and how rows are printed."""

import json
import shutil
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import click

from calls.directory.errors import Mistakes
from calls.numbers import Unreadable
from calls.phrases.redaction import redacted, redacted_fact
from calls.phrases.since import since as read_since
from gateways.clock import Clock
from gateways.database.migrate import migrate
from gateways.records.records import Records
from handlers.cli.reading import open_served, read_settings
from handlers.terminal import one_line, visible

JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for scripts.")
SINCE = click.option(
    "--since", metavar="WHEN", help="Only from then on: yesterday, monday, 2h, 3d, 14:00, 2026-03-02T09:00."
)
_NARROWEST = 80  # columns: what is printed fits into any terminal, and into a message that quotes it
_GAP = "  "
# What callers, people and models said.
_SAID = frozenset({
    "reason", "summary", "note", "words", "body", "name", "wanted_at", "transcript", "need", "error", "done", "needed",
    "caller_name", "message", "said",
})  # fmt: skip
# What an agent says of its call at the end; elsewhere some of these names are no words of others.
_REPORTED = frozenset({"caller", "need", "done", "outcome", "summary"})


def open_records() -> Records:
    """The records of the environment's settings, migrated."""
    url = read_settings().database_url
    migrate(url)
    return Records(url)


@dataclass(frozen=True)
class Clocks:
    """The time zone of each business, and the time. What no file has is told in UTC."""

    zones: Mapping[str, ZoneInfo]
    now: datetime

    def local(self, moment: datetime | str | None, business: object = "") -> str:
        """A moment (or its ISO form) on the business's clock: "2026-03-02 14:05"; "" for none."""
        if not moment:
            return ""
        at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        return f"{at.astimezone(self.zone(business)):%Y-%m-%d %H:%M}"

    def zone(self, business: object = "") -> ZoneInfo:
        """The business's time zone. A name of "" is the only business there is, or the first."""
        return self.zones.get(str(business)) or next(iter(self.zones.values()), ZoneInfo("UTC"))

    def since(self, words: str | None, business: str | None) -> datetime | None:
        """The moment that `--since` means on the business's clock; None when it was left out."""
        try:
            return read_since(words, self.now.astimezone(self.zone(business or ""))) if words else None
        except Unreadable as wanted:
            raise click.BadParameter(f"{words!r}: wanted {wanted}", param_hint="--since") from None

    def told(self, rows: Iterable[Mapping[str, object]]) -> str:
        """The line that says on which clocks the times of these rows are."""
        names = dict.fromkeys(self.zone(row.get("business", "")).key for row in rows)
        why = "" if self.zones else ", for the directory cannot be read (`switchboard check` says why)"
        return f"Times: {', '.join(names)}{why}."


def read_clocks(business: str | None = None) -> Clocks:
    """The clocks of every business. Says which there are when `business` is none of them."""
    settings = read_settings()
    migrate(settings.database_url)
    try:
        found = open_served(settings)
        known = found.all()
        found.close()
    except Mistakes:  # the lists are there to be read all the same
        return Clocks({}, Clock().now())
    names = [one.business for one in known]
    if business is not None and business not in names:
        there = ", ".join(names) if any(names) else "only one, which has no name"
        raise click.ClickException(f"there is no business {business}; there is {there}")
    return Clocks({one.business: ZoneInfo(one.timezone) for one in known}, Clock().now())


def print_json(rows: Iterable[Mapping[str, object]]) -> None:
    """One object a line, without secrets."""
    for row in rows:
        click.echo(json.dumps(without_secrets(row)))


def without_secrets(row: Mapping[str, object]) -> dict[str, object]:
    """A row without card numbers, codes and the like in what was said."""
    return {name: _safe(name, value) for name, value in row.items()}


def _safe(name: str, value: object) -> object:
    match value:
        case str() if name in _SAID:
            return redacted(value, "text")
        case Mapping() if name == "facts":
            return {fact: redacted_fact(fact, str(one), "text") for fact, one in value.items()}
        case Mapping() if name == "report":
            return {part: redacted(one, "text") if part in _REPORTED else one for part, one in value.items()}
        case Mapping():
            return without_secrets(value)
        case list() | tuple():
            return [_safe(name, one) for one in value]
        case datetime():
            return value.isoformat()
    return value


def print_table(
    rows: Iterable[Mapping[str, object]],
    columns: Mapping[str, str],
    *,
    below: Mapping[str, str] | None = None,
    clocks: Clocks | None = None,
    nothing: str = "There is nothing to list.",
) -> None:
    """A table: titles with the names of what stands under them. `business` only where one has a name.

    Nothing is cut and no word broken, so that it can be copied: what is in `below`, and the widest columns where the
    table is wider than the terminal, stand on lines of their own under their row. `clocks`: on whose times are told.
    """
    rows = [without_secrets(row) for row in rows]
    if not rows:
        click.echo(nothing)
        return
    if not any(row.get("business") for row in rows):  # most installations have one, without a name
        columns = {title: name for title, name in columns.items() if name != "business"}
    width = max(_NARROWEST, shutil.get_terminal_size((_NARROWEST, 0)).columns)
    cells = [{title: shown(row[name]) for title, name in columns.items()} for row in rows]
    widths = {title: max(len(title), *(len(row[title]) for row in cells)) for title in columns}
    under = dict(below or {})
    while sum(widths.values()) + len(_GAP) * (len(widths) - 1) > width and len(widths) > 1:
        widest = max(list(widths)[1:], key=lambda title: widths[title])
        under = {widest: columns[widest], **under}
        del widths[widest]
    click.secho(_line({title: title for title in widths}, widths), bold=True)
    for row, cell in zip(rows, cells, strict=True):
        click.echo(_line(cell, widths))
        for title, name in under.items():
            if text := shown(row[name]):
                click.echo("\n".join(_under(title, text, width)))
    if clocks:
        click.echo(f"\n{clocks.told(rows)}")


def _line(cell: Mapping[str, str], widths: Mapping[str, int]) -> str:
    return _GAP.join(cell[title].ljust(wide) for title, wide in widths.items()).rstrip()


def _under(title: str, text: str, width: int) -> list[str]:
    indent = " " * 4
    return textwrap.wrap(
        f"{title}: {text}",
        width,
        initial_indent=indent,
        subsequent_indent=indent * 2,
        break_long_words=False,
        break_on_hyphens=False,
    )


def print_text(text: str, *, indent: int = 0) -> None:
    """A line, and where it is wider than the terminal further ones behind `indent` spaces."""
    width = max(_NARROWEST, shutil.get_terminal_size((_NARROWEST, 0)).columns)
    lines = textwrap.wrap(
        visible(text), width, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False
    )
    click.echo("\n".join(lines))


def shown(value: object) -> str:
    """A value as a person reads it, on one line."""
    if isinstance(value, list | tuple):
        return ", ".join(map(shown, value))
    return "" if value is None else one_line(str(value))
