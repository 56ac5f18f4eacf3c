"""The `switchboard` command. What people read is a table; what scripts read is `--json`."""

import gc
import os
import signal
import sys
from importlib import import_module
from typing import Any

import click

from gateways.errors import Unavailable

# Found only when they are asked for: what each imports takes a while, and no other needs it.
_COMMANDS = {
    "agents": "handlers.cli.directory:agents",
    "check": "handlers.cli.directory:check",
    "diagram": "handlers.cli.records.transfers:diagram",
    "serve": "handlers.cli.serve:serve",
    "calls": "handlers.cli.records.calls:calls",
    "show": "handlers.cli.records.calls:show",
    "transfers": "handlers.cli.records.transfers:transfers",
    "worker": "handlers.cli.serve:worker",
    "messages": "handlers.cli.records.messages:messages",
    "versions": "handlers.cli.versions:versions",
    "people": "handlers.cli.records.people:people",
    "callbacks": "handlers.cli.records.callbacks:callbacks",
    "call": "handlers.cli.rehearsal.call:command",
    "rehearse": "handlers.cli.rehearsal.rehearse:command",
    "dial": "handlers.cli.records.outbound:dial",
    "placed": "handlers.cli.records.outbound:placed",
    "doctor": "handlers.cli.golive.doctor:doctor",
    "numbers": "handlers.cli.golive.numbers:numbers",
    "point": "handlers.cli.golive.numbers:point",
    "call-me": "handlers.cli.golive.call_me:call_me",
}


_UNTIL_STOPPED = ("serve", "worker")  # what Ctrl-C does to them, they say themselves


class _Commands(click.Group):
    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except Unavailable as fault:
            raise click.ClickException(f"{fault}; `switchboard doctor` says what to do.") from None
        except KeyboardInterrupt:
            sys.exit(128 + signal.SIGINT)

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        found = super().resolve_command(context, args)
        if found[0] not in _UNTIL_STOPPED and context.obj:
            from handlers import logs  # noqa: PLC0415, `--help` waits for no import

            signal.signal(signal.SIGINT, context.obj)  # what it was before the imports
            logs.configure(json=False, level="warning")  # a command prints what it has done
        return found

    def list_commands(self, context: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        module, _, attribute = _COMMANDS[name].partition(":")
        gc.disable()  # nothing of what is imported is ever garbage; looking took an eighth of the time
        try:
            command: click.Command = getattr(import_module(module), attribute)
        finally:
            gc.enable()
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="switchboard")
def main() -> None:
    """Answers a phone number and gets every caller to the right place.

    Start with `switchboard check`, which reads your directory file and says what it would do, then
    `switchboard serve`. Try it first without a phone: `switchboard call`, or the softphone that `switchboard serve`
    shows in a browser. To go live: `switchboard doctor`, `switchboard point NUMBER`, `switchboard call-me NUMBER`.
    """
    os.umask(0o077)  # what we write holds what callers said, and credentials
