"""What every command reads first. Wrong settings and a wrong directory end the command with what is to be put right."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from agents.documents.queue import ROUND
from calls.directory.errors import Mistake, Mistakes
from calls.directory.model import Department, Directory, Line
from calls.directory.steps import Queue, Voicemail
from gateways.clock import Clock
from gateways.directory.files import called
from gateways.directory.version_records import VersionRecords
from gateways.directory.versions import Directories
from handlers.settings import MissingSettings, Settings

BUSINESS = click.option("--business", metavar="NAME", help="Only of this one, where there are several.")


def read_settings() -> Settings:
    """The settings of the environment."""
    try:
        return Settings.load()
    except MissingSettings as fault:
        raise click.ClickException(str(fault)) from None


def read_served(settings: Settings) -> tuple[Directory, ...]:
    """The directory of every business as it is served, or would be if the server were started now. At least one.

    A file with mistakes is no hindrance where an earlier version is on record. Nothing is put on record.
    """
    path = settings.switchboard_directory
    try:
        found = open_served(settings)
    except Mistakes as refused:
        tell_mistakes(path, refused.mistakes)
        sys.exit(1)
    if found.mistakes:
        click.echo(f"Note: {path}: {len(found.mistakes)} to put right (`switchboard check`). {served(found)}", err=True)
    found.close()
    return found.all()


def open_served(settings: Settings) -> Directories:
    """The directories as they are served; nothing is put on record. Raises Mistakes. Close them."""
    path, records = settings.switchboard_directory, VersionRecords(settings.database_url)
    return Directories(
        path, records, transfer_to=settings.call_transfer_to, examine=_examine, now=Clock().now, keeps=False
    )


def _examine(directory: Directory) -> Sequence[Mistake]:
    from handlers.wiring import examine  # noqa: PLC0415, it imports the SDK, and only what is not on record needs it

    return examine(directory)


def served(directories: Directories) -> str:
    """Which versions are served, in a sentence."""
    versions = [version for one in directories.all() if (version := directories.version(one.business))]
    if not versions:
        return "Nothing is on record."
    if len(directories.all()) == 1:
        return f"Version {versions[0].number} of {versions[0].at:%Y-%m-%d %H:%M} UTC is served."
    return f"Served are {', '.join(f'{called(one.business)}: version {one.number}' for one in versions)}."


def tell_mistakes(where: Path | str, mistakes: Sequence[Mistake]) -> None:
    """Say everything that is to be put right."""
    click.echo(f"{where}: {len(mistakes)} to put right", err=True)
    for mistake in mistakes:
        click.echo(f"  {mistake}", err=True)


def chosen(directories: tuple[Directory, ...], business: str | None) -> Directory:
    """The directory of the business that was named, or of the only one."""
    found = [one for one in directories if business in (None, one.business)]
    if len(found) == 1:
        return found[0]
    names = ", ".join(called(one.business) for one in directories)
    unnamed = "" if all(one.business for one in directories) else ' (--business "")'
    raise click.BadParameter(f"there are {names}{unnamed}; say which", param_hint="--business")


def of_line(directories: tuple[Directory, ...], line: str) -> Directory | None:
    """The directory that answers this number (E.164): the one with that line, or the file that is alone."""
    alone = len(directories) == 1 and not directories[0].business
    return next((one for one in directories if alone or line in one.lines), None)


def lines_of(directories: tuple[Directory, ...]) -> Mapping[str, Line]:
    """Every line of every business."""
    return {number: line for one in directories for number, line in one.lines.items()}


def warn(directories: tuple[Directory, ...], settings: Settings) -> None:
    """Say what the files ask for and these settings cannot give."""
    for warning in (one for directory in directories for one in _warnings(directory, settings)):
        click.echo(f"Note: {warning}", err=True)


def warn_of_queues(directories: tuple[Directory, ...], settings: Settings) -> None:
    """Say what cannot be promised to callers in a queue."""
    for directory in directories:
        whose = f"{directory.business}: " if directory.business else ""
        for warning in _cut_off(directory, settings):
            click.echo(f"Note: {whose}{warning}", err=True)


def _warnings(directory: Directory, settings: Settings) -> list[str]:
    whose = f"{directory.business}: " if directory.business else ""
    alone = [f"{whose}it has no `lines:`, so no number reaches it."] if whose and not directory.lines else []
    consults = [one.name for one in directory.departments.values() if one.handoff == "consult"]
    alone += [f"{whose}{warning}" for warning in (*_unreachable(directory), *_untold(directory, settings))]
    if settings.may_ring or not consults:
        return alone
    return [
        *alone,
        f"{whose}{', '.join(consults)}: without SIGNALWIRE_SPACE, SIGNALWIRE_PROJECT_ID and SIGNALWIRE_API_TOKEN "
        "nobody can be rung for a consult; whoever answers is told by a whisper instead.",
    ]


def _unreachable(directory: Directory) -> list[str]:
    steps = [step for one in directory.departments.values() for step in (*one.reach, *one.closed)]
    if directory.agents or any(not isinstance(step, Voicemail) for step in steps):
        return []
    return [
        "no caller can be put through: agents only take messages. Write `people` and `departments` that ring them into "
        "the directory file, or set CALL_TRANSFER_TO to one number."
    ]


def _cut_off(directory: Directory, settings: Settings) -> list[str]:
    """What follows from what is known of the platform at the end of a wait, if anything."""
    queues = ", ".join(one.name for one in directory.departments.values() if _has_queue(one))
    if not queues or settings.signalwire_queue_timeout in ("next_verb", "document"):
        return []
    if settings.signalwire_queue_timeout == "hangup":
        return [
            f"{queues}: the platform hangs up when the time in a queue is over (SIGNALWIRE_QUEUE_TIMEOUT), so no step "
            "after the queue is reached and the caller is a missed call. Use ring and voicemail in its place."
        ]
    return [
        f"{queues}: nobody has confirmed what the platform does when the time in a queue is over. If it hangs up, a "
        f"caller is cut off after {ROUND} seconds in line and is a missed call. Live check 8 finds out; set "
        "SIGNALWIRE_QUEUE_TIMEOUT to its result: next_verb, document or hangup."
    ]


def _has_queue(department: Department) -> bool:
    return any(isinstance(step, Queue) for step in (*department.reach, *department.closed))


def _untold(directory: Directory, settings: Settings) -> list[str]:
    """Whom these settings give no way to tell of messages."""
    by_text = [one.name for one in directory.departments.values() if one.notify.texts]
    by_mail = [one.name for one in directory.departments.values() if one.notify.email]
    found = []
    if by_mail and not settings.smtp_url:
        found.append(f"{', '.join(by_mail)}: without SMTP_URL and SMTP_FROM nobody is told of messages by e-mail.")
    if by_text and settings.sms_provider == "swml" and not settings.may_ring:
        found.append(
            f"{', '.join(by_text)}: without SIGNALWIRE_SPACE, SIGNALWIRE_PROJECT_ID and SIGNALWIRE_API_TOKEN nobody is "
            "told of messages by text."
        )
    return found
