"""`switchboard check` and `switchboard agents`: what the directory says, and who answers."""

import sys
from contextlib import closing, suppress
from pathlib import Path

import click

from calls.directory.errors import Mistake, Mistakes
from calls.directory.model import Directory
from calls.routing.describe import describe
from gateways.clock import Clock
from gateways.directory.code import RunningCode
from gateways.directory.files import called, shared_lines
from gateways.directory.version_records import VersionRecords
from gateways.errors import Unavailable
from handlers.cli.reading import (
    BUSINESS,
    chosen,
    open_served,
    read_served,
    read_settings,
    served,
    tell_mistakes,
    warn,
    warn_of_queues,
)
from handlers.cli.records.printing import JSON, print_json, print_table
from handlers.cli.roster import document, has, roster, too_large
from handlers.settings import Settings
from handlers.wiring import read_checked


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
def check(file: Path | None) -> None:
    """Read the directory FILE and say what it does, or everything that is wrong with it.

    Without FILE every business's file is read: switchboard.yaml, and those in switchboard.d beside it.
    Exit status 1 when it has a mistake.
    """
    settings = read_settings()
    path = file or settings.switchboard_directory
    directories = (file is None and _of_record_alone(settings)) or _checked(path, settings, alone=file is not None)
    if file is None and (clashing := _clashing_with_record(directories, settings)):
        tell_mistakes(path, clashing)
        sys.exit(1)
    for directory in directories:
        if len(directories) > 1:
            click.secho(f"{directory.business or path.name}: {directory.company}\n", bold=True)
        for line in describe(directory, Clock().now()):
            click.echo(line)
    if reasons := [reason for directory in directories for reason in too_large(directory)]:
        raise click.ClickException("\n".join(reasons))
    click.echo(_verdict(path, directories))
    warn(directories, settings)
    warn_of_queues(directories, settings)
    if file is None:
        _compare(directories, settings)


def _verdict(path: Path, directories: tuple[Directory, ...]) -> str:
    if len(directories) > 1:
        return f"All {len(directories)} businesses are right."
    return f"{path} is right." if _is_there(path) else f"There is no {path} here."


def _is_there(path: Path) -> bool:
    return path.exists() or path.with_suffix(".d").exists()


def _checked(path: Path, settings: Settings, *, alone: bool) -> tuple[Directory, ...]:
    """The directories of the files below `path`. Exits with everything that is wrong with them."""
    try:
        return read_checked(path, None if alone else settings.call_transfer_to or None)
    except Mistakes as refused:
        tell_mistakes(path, refused.mistakes)
    if not alone and not _is_there(path):
        click.echo("Until it is there, agents only take messages. One number is enough: CALL_TRANSFER_TO.", err=True)
    elif not alone:
        with suppress(Mistakes), closing(open_served(settings)) as found:
            click.echo(f"The file changes nothing until it is right. {served(found)}", err=True)
    sys.exit(1)


def _of_record_alone(settings: Settings) -> tuple[Directory, ...]:
    """The directories on record, on a machine that has no file; () on another."""
    path = settings.switchboard_directory
    if _is_there(path):
        return ()
    with suppress(Mistakes), closing(open_served(settings)) as found:
        if any(found.version(one.business) for one in found.all()):
            click.echo(f"There is no {path} here. {served(found)}", err=True)
            return found.all()
    return ()


def _clashing_with_record(directories: tuple[Directory, ...], settings: Settings) -> list[Mistake]:
    """The lines of these files that belong to a business which is on record and has no file here."""
    here = {one.business: one for one in directories}
    with suppress(Unavailable, Mistakes), closing(VersionRecords(settings.database_url)) as records:
        for head in records.heads():
            if head.source and head.business not in here:
                here[head.business] = head.source.directory(head.business)
    found = shared_lines(here)
    return [mistake for one in directories for mistake in found.get(one.business, ())]


def _compare(directories: tuple[Directory, ...], settings: Settings) -> None:
    """Say where something else is served than the files say, and which processes run other Python."""
    records, code = VersionRecords(settings.database_url), RunningCode(settings.switchboard_directory.parent)
    with suppress(Unavailable, Mistakes), closing(records):
        heads = {version.business: version for version in records.heads() if version.source}
        for directory in directories:
            head = heads.get(directory.business)
            if head is None or head.source is None:
                continue
            code.run(directory)
            notes = [*code.differences(directory.business, head.number, head.source.code)]
            if head.source.directory(directory.business).version != directory.version:
                notes.append(f"version {head.number}, which is served, says something else (`switchboard versions`).")
            for note in notes:
                click.echo(f"Note: {called(directory.business)}: {note}", err=True)
        for trouble in records.troubles(Clock().now()):
            if trouble.kind == "restart":
                click.echo(f"Note: {called(trouble.business)}: a process says: {'; '.join(trouble.words)}", err=True)


@click.command()
@click.argument("name", required=False)
@click.option("--swml", is_flag=True, help="The document a caller of agent NAME would get.")
@click.option("--sip", is_flag=True, help="As for a caller whose leg is SIP.")
@BUSINESS
@JSON
def agents(name: str | None, swml: bool, sip: bool, business: str | None, as_json: bool) -> None:
    """The agents: what each answers, its tools, and with --swml its document."""
    settings = read_settings()
    directories = read_served(settings)
    if swml or business is not None:
        directories = (chosen(directories, business),)
    if name and not any(has(directory, name) for directory in directories):
        raise click.ClickException(f"no agent {name} answers here; `switchboard agents` lists them")
    if swml:
        click.echo(document(directories[0], name or "receptionist", sip=sip))
        return
    rows = [row for one in directories for row in roster(one, sip=sip) if name in (None, row["agent"])]
    if as_json:
        print_json(rows)
    else:
        print_table(
            rows, {"business": "business", "agent": "agent", "answers": "answers", "tools": "tools", "bytes": "bytes"}
        )
