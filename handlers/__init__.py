"""Everything that starts something: a request, a timer, a command. `create_app` is the web application."""

import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from handlers.settings import Settings


def command() -> None:
    """The `switchboard` command. Ctrl-C ends it at once while it still imports: Python loses one now and then there."""
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    from handlers.cli.main import main  # noqa: PLC0415

    main(obj=before)


def create_app(settings: "Settings | None" = None) -> "Flask":
    """The WSGI application; `handlers.app.build` says more. Settings are read from the environment when not given."""
    # The SDK takes a second to import, and `switchboard --help` should not wait for it.
    from handlers import logs  # noqa: PLC0415
    from handlers.app import build  # noqa: PLC0415

    logs.configure(json=not sys.stderr.isatty())
    return build(settings)
