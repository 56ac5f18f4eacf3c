"""What every command reads first. Wrong settings and a wrong directory end the command with what is to be put right."""

import sys
from pathlib import Path

import click

from calls.directory import Directory
from calls.mistakes import Mistakes
from gateways.directories import read_directory
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
        return read_directory(path, transfer_to=settings.call_transfer_to)
    except Mistakes as refused:
        click.echo(f"{path}: {len(refused.mistakes)} to put right", err=True)
        for mistake in refused.mistakes:
            click.echo(f"  {mistake}", err=True)
        sys.exit(1)
