"""What every command reads first. Wrong settings and a wrong directory end the command with what is to be put right."""

import sys
from pathlib import Path

import click

from calls.directory import Directory
from calls.mistakes import Mistakes
from gateways.directory_file import read_directory
from handlers.settings import MissingSettings, Settings


def read_settings() -> Settings:
    """The settings of the environment."""
    try:
        return Settings.load()
    except MissingSettings as fault:
        raise click.ClickException(str(fault)) from None


def read_checked(path: Path, settings: Settings) -> Directory:
    """The directory in a file."""
    try:
        directory = read_directory(path, transfer_to=settings.call_transfer_to)
    except Mistakes as refused:
        click.echo(f"{path}: {len(refused.mistakes)} to put right", err=True)
        for mistake in refused.mistakes:
            click.echo(f"  {mistake}", err=True)
        sys.exit(1)
    return directory


def warn(directory: Directory, settings: Settings) -> None:
    """Say what the file asks for and these settings cannot give."""
    for warning in _warnings(directory, settings):
        click.echo(f"Note: {warning}", err=True)


def _warnings(directory: Directory, settings: Settings) -> list[str]:
    consults = [one.name for one in directory.departments.values() if one.handoff == "consult"]
    if settings.may_ring or not consults:
        return []
    return [
        f"{', '.join(consults)}: without SIGNALWIRE_SPACE, SIGNALWIRE_PROJECT_ID and SIGNALWIRE_API_TOKEN nobody can "
        "be rung for a consult; whoever answers is told by a whisper instead."
    ]
