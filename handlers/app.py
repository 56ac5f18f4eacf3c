"""The web application."""

from flask import Flask

from handlers import callbacks, faults, health, swml, tools
from handlers.settings import Settings
from handlers.wiring import wire

_LARGEST_BODY = 256 * 1024  # bytes


def build(settings: Settings | None = None) -> Flask:
    """The WSGI application.

    Args:
        settings: where everything is; read from the environment when not given.

    Raises:
        MissingSettings: naming every setting that production needs and does not have.
        Mistakes: every mistake in the directory file.
    """
    wiring = wire(settings or Settings.load())
    app = Flask("switchboard", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST_BODY
    app.extensions["switchboard"] = wiring
    for pages in (swml, tools, callbacks, health):
        app.register_blueprint(pages.routes(wiring))
    faults.register(app, wiring)
    return app
