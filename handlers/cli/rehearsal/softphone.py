"""The softphone beside the app: started by `switchboard serve` in development, in a process of its own."""

import socket
from collections.abc import Mapping

import click

from gateways.directory.versions import Directories
from handlers.cli.reading import open_served
from handlers.cli.rehearsal.phonebook import Phonebook
from handlers.serving.subprocesses import Child
from handlers.settings import Settings

_SERVER_FIRST = 0.5  # seconds: callers are answered before anything else starts


def beside(settings: Settings) -> Child | None:
    """The softphone as the server's child; None, and why is said, without a free port.

    Where no platform is named, its exchange also answers the app's REST requests.
    """
    listening = _listening(settings.softphone_port, "No softphone")
    if listening is None:
        return None
    rest = _listening(settings.stand_in_port, "Nobody can be rung for a consult") if settings.stand_in_port else None
    return Child("softphone", _run, (settings, listening, rest), after=_SERVER_FIRST)


def _listening(port: int, otherwise: str) -> socket.socket | None:
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as fault:
        click.echo(f"{otherwise}: port {port} cannot be had ({fault.strerror}).", err=True)
        return None


def _run(settings: Settings, listening: socket.socket, rest: socket.socket | None) -> None:
    """Serve the softphone on one socket, and the platform's REST side on the other."""
    # The exchange, which neither the server nor the processes that are forked from it need.
    from exchange.softphone.page import Softphone  # noqa: PLC0415
    from exchange.softphone.page import serve as answer  # noqa: PLC0415
    from handlers.cli.rehearsal.call import chosen_thinker  # noqa: PLC0415

    directories = open_served(settings)
    directories.follow()
    softphone = Softphone(
        f"{settings.public_url}/swml",
        (settings.swml_basic_auth_user, settings.swml_basic_auth_password),
        phonebook=lambda: _phonebook(directories),
        thinker=chosen_thinker(settings),
        signing_key=settings.signalwire_signing_key,
    )
    if rest:
        softphone.exchange.serve_rest(rest, settings.signalwire_project_id, settings.signalwire_api_token)
    answer(softphone, listening)


def _phonebook(directories: Directories) -> Mapping[str, Mapping[str, str]]:
    book = Phonebook.of(*directories.all())
    return {"lines": book.lines, "people": book.names}
