"""`switchboard versions`: what was served when, what changed, and back to an earlier version."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from difflib import unified_diff
from zoneinfo import ZoneInfo

import click

from calls.directory.errors import Mistakes
from calls.directory.model import Directory
from gateways.clock import Clock
from gateways.database.migrate import migrate
from gateways.directory.code import RunningCode
from gateways.directory.file import Source, differences
from gateways.directory.files import called, shared_lines
from gateways.directory.version_records import Draft, Version, VersionRecords
from handlers.cli.reading import BUSINESS, read_settings, tell_mistakes
from handlers.cli.records.printing import JSON, print_json, print_table
from handlers.settings import Settings

_COLUMNS = {"business": "business", "version": "number", "since": "since", "made by": "made_by", "changed": "changed"}
_COLUMNS |= {"hash": "short", "": "served"}
_TRIES = 5  # of keeping a version, where a server keeps its own meanwhile


@click.group("versions", invoke_without_command=True)
@BUSINESS
@JSON
@click.pass_context
def versions(context: click.Context, business: str | None, as_json: bool) -> None:
    """Every version of the directory that was served, oldest first. The newest is served in every process.

    \b
      switchboard versions show 3
      switchboard versions diff 3 5
      switchboard versions use 3
    """
    if context.invoked_subcommand:
        return
    with closing(_records(read_settings())) as records:
        found = records.all(business)
    if not found and not as_json:
        click.echo("No version is on record. `switchboard serve` makes the first.", err=True)
        return
    heads = {version.business: version for version in found}
    if as_json:
        print_json(_as_json(version, heads) for version in found)
    else:
        print_table([_row(version, heads) for version in found], _COLUMNS)


@versions.command()
@click.argument("number", type=int)
def show(number: int) -> None:
    """Print version NUMBER: the text of its file, and of its prompt files."""
    with closing(_records(read_settings())) as records:
        version = _version(records, number)
    click.echo("\n".join(_lines(version.source)))


@versions.command()
@click.argument("older", type=int)
@click.argument("newer", type=int, required=False)
def diff(older: int, newer: int | None) -> None:
    """What changed from version OLDER to NEWER, line by line. Left out, NEWER is what is served."""
    with closing(_records(read_settings())) as records:
        before = _version(records, older)
        after = _version(records, newer) if newer is not None else _head(records, before.business)
    names = (f"version {before.number}", f"version {after.number}")
    lines = list(unified_diff(_lines(before.source), _lines(after.source), *names, lineterm=""))
    click.echo("\n".join(lines) if lines else f"{names[0]} and {names[1]} say the same.")


@versions.command()
@click.argument("number", type=int)
def use(number: int) -> None:
    """Serve version NUMBER again in every process, until the file is saved again."""
    settings = read_settings()
    with closing(_records(settings)) as records:
        version = _version(records, number)
        assert version.source
        directory, source = _examined(settings, version)
        for _ in range(_TRIES):
            newest, heads = records.newest(), {one.business: one for one in records.heads()}
            _refuse_clashes(settings, directory, heads)
            head = heads[version.business]
            if head.hash == source.hash:
                click.echo(f"Version {head.number} is the same, and is served.")
                return
            changed = (f"as version {number}", *differences(head.source, source))
            draft = Draft(version.business, source, changed, f"use {number}", head.saved + 1)
            if made := records.keep([draft], Clock().now(), after=newest):
                click.echo(
                    f"Version {made[0].number} is as version {number}. It is served within a second, until the file is "
                    "saved again."
                )
                return
    raise click.ClickException("other versions are put on record all the time; try again.")


@versions.command()
@click.argument("business")
def end(business: str) -> None:
    """Serve BUSINESS no longer, where its file is on no machine any more. A file that is saved begins it again."""
    with closing(_records(read_settings())) as records:
        for _ in range(_TRIES):
            newest, heads = records.newest(), {one.business: one for one in records.heads()}
            head = heads.get(business)
            if head is None or head.source is None:
                known = ", ".join(called(name) for name, one in heads.items() if one.source) or "none"
                raise click.BadParameter(f"it is not served; there are {known}", param_hint="BUSINESS")
            if records.keep([Draft(business, None, (), "end", head.saved + 1)], Clock().now(), after=newest):
                click.echo(f"{called(business)} is not served any more.")
                return
    raise click.ClickException("other versions are put on record all the time; try again.")


def _records(settings: Settings) -> VersionRecords:
    migrate(settings.database_url)
    return VersionRecords(settings.database_url)


def _version(records: VersionRecords, number: int) -> Version:
    found = records.version(number)
    if found is None:
        raise click.ClickException(f"there is no version {number}; `switchboard versions` lists them.")
    if found.source is None:
        raise click.ClickException(f"with version {number} the business {called(found.business)} ended.")
    return found


def _head(records: VersionRecords, business: str) -> Version:
    return next(one for one in records.heads() if one.business == business)


def _examined(settings: Settings, version: Version) -> tuple[Directory, Source]:
    """The directory of a version and its source with the Python as it is now. Exits where it cannot be built."""
    from handlers.wiring import examine  # noqa: PLC0415, it imports the SDK

    assert version.source
    path = settings.switchboard_directory
    try:
        directory = version.source.directory(version.business)
        mistakes = examine(directory)
    except Mistakes as refused:
        mistakes = refused.mistakes
    if mistakes:
        tell_mistakes(f"version {version.number}", mistakes)
        raise SystemExit(1)
    code = RunningCode(path.parent).run(directory)
    for name in sorted({*code, *version.source.code}):
        if code.get(name) != version.source.code.get(name):
            click.echo(f"Note: {name} is another one than version {version.number} was made with.", err=True)
    return directory, replace(version.source, code=code)


def _refuse_clashes(settings: Settings, directory: Directory, heads: Mapping[str, Version]) -> None:
    others = {
        name: head.source.directory(name) for name, head in heads.items() if head.source and name != directory.business
    }
    clashes = shared_lines({**others, directory.business: directory}).get(directory.business, ())
    if clashes:
        tell_mistakes("other businesses", clashes)
        raise SystemExit(1)


def _lines(source: Source | None) -> list[str]:
    """A version as text: the file, each prompt file, and the hashes of the Python files."""
    return list(_text(source)) if source else []


def _text(source: Source) -> Iterator[str]:
    yield from source.text.rstrip("\n").split("\n")
    for name, text in sorted(source.prompts.items()):
        yield from ("", f"--- {name}", *(text or "").rstrip("\n").split("\n"))
    if source.code:
        yield from ("", "--- Python files, by their hashes")
        yield from (f"{name} {hash}" for name, hash in sorted(source.code.items()))


def _row(version: Version, heads: Mapping[str, Version]) -> dict[str, object]:
    at = version.at.astimezone(_zone(heads[version.business]))
    return {
        "business": version.business,
        "number": version.number,
        "since": f"{at:%Y-%m-%d %H:%M:%S}",
        "made_by": version.made_by,
        "changed": list(version.changes),
        "short": version.hash[:8],
        "served": "served" if version is heads[version.business] and version.source else "",
    }


def _as_json(version: Version, heads: Mapping[str, Version]) -> dict[str, object]:
    row = _row(version, heads)
    return {
        "business": version.business,
        "number": version.number,
        "at": version.at.isoformat(),
        "made_by": version.made_by,
        "changed": row["changed"],
        "hash": version.hash,
        "served": bool(row["served"]),
    }


def _zone(head: Version) -> ZoneInfo:
    """The zone of a business; UTC where its newest version cannot be read or has ended."""
    try:
        return ZoneInfo(head.source.directory(head.business).timezone) if head.source else ZoneInfo("UTC")
    except Mistakes:
        return ZoneInfo("UTC")
