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
    "agents": "handlers.commands_directory:agents",
    "check": "handlers.commands_directory:check",
    "diagram": "handlers.commands_transfers:diagram",
    "serve": "handlers.commands_serving:serve",
    "calls": "handlers.commands_calls:calls",
    "show": "handlers.commands_calls:show",
    "transfers": "handlers.commands_transfers:transfers",
    "worker": "handlers.commands_serving:worker",
    "messages": "handlers.commands_messages:messages",
    "versions": "handlers.commands_versions:versions",
    "people": "handlers.commands_people:people",
    "callbacks": "handlers.commands_callbacks:callbacks",
    "call": "handlers.commands_call:command",
    "rehearse": "handlers.commands_rehearse:command",
    "dial": "handlers.commands_placing:dial",
    "placed": "handlers.commands_placing:placed",
    "doctor": "handlers.commands_golive_doctor:doctor",
    "numbers": "handlers.commands_golive:numbers",
    "point": "handlers.commands_golive:point",
    "call-me": "handlers.commands_golive_call:call_me",
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
            from handlers import logs  # noqa: PLC0415, whoever asks for help waits for no import

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
