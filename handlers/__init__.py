"""Everything that starts something: a request, a timer, a command. `create_app` is the web application."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from handlers.settings import Settings


def create_app(settings: "Settings | None" = None) -> "Flask":
    """The WSGI application; `handlers.app.build` says more. Settings are read from the environment when not given."""
    from handlers.app import build  # noqa: PLC0415, the SDK takes a second to import, and `--help` should not wait for it

    return build(settings)
