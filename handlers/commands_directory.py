"""`switchboard check` and `switchboard agents`: what the directory says, and who answers."""

from pathlib import Path

import click

from calls.describe import describe
from gateways.clock import Clock
from handlers.commands_printing import JSON, print_json, print_table
from handlers.commands_reading import BUSINESS, chosen, read_checked, read_settings, warn, warn_of_queues
from handlers.roster import document, has, roster, too_large


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
def check(file: Path | None) -> None:
    """Read the directory FILE and say what it does, or everything that is wrong with it.

    Without FILE every business's file is read: switchboard.yaml, and those in switchboard.d beside it.
    Exit status 1 when it has a mistake.
    """
    settings = read_settings()
    path = file or settings.switchboard_directory
    directories = read_checked(path, settings)
    for directory in directories:
        if len(directories) > 1:
            click.secho(f"{directory.business or path.name}: {directory.company}\n", bold=True)
        for line in describe(directory, Clock().now()):
            click.echo(line)
    if reasons := [reason for directory in directories for reason in too_large(directory)]:
        raise click.ClickException("\n".join(reasons))
    click.echo(f"{path} is right." if len(directories) == 1 else f"All {len(directories)} businesses are right.")
    warn(directories, settings)
    warn_of_queues(directories, settings)


@click.command()
@click.argument("name", required=False)
@click.option("--swml", is_flag=True, help="The document a caller of agent NAME would get.")
@click.option("--sip", is_flag=True, help="As for a caller whose leg is SIP.")
@BUSINESS
@JSON
def agents(name: str | None, swml: bool, sip: bool, business: str | None, as_json: bool) -> None:
    """The agents: what each answers, its tools, and with --swml its document."""
    settings = read_settings()
    directories = read_checked(settings.switchboard_directory, settings)
    if swml or business is not None:
        directories = (chosen(directories, business),)
    if name and not any(has(directory, name) for directory in directories):
        raise click.BadParameter(f"no agent {name} answers here; `switchboard agents` lists them", param_hint="NAME")
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
