"""The web application."""

import random

from flask import Flask

from gateways.clock import Clock
from gateways.jobs.outbox import Orders
from handlers.platform import callback, claims, consult, documents, offers, outbound, queue, status, texts, tools
from handlers.platform.fast_path import Direct
from handlers.settings import Settings
from handlers.web import api, card, desk, errors, health
from handlers.wiring import wire

LARGEST_BODY = 256 * 1024  # bytes


def build(
    settings: Settings | None = None,
    *,
    clock: Clock | None = None,
    chance: random.Random | None = None,
    orders: Orders | None = None,
) -> Flask:
    """The WSGI application.

    Args:
        settings: where everything is; read from the environment when not given.
        clock: the time, when it is not the real one.
        chance: what new ids are drawn from, when that is not the system's own.
        orders: where orders that outlive a request are kept, when that is not the records' own database.

    Raises:
        MissingSettings: naming every setting that production needs and does not have.
        Mistakes: every mistake in the directory file.
    """
    wiring = wire(settings or Settings.load(), clock=clock, chance=chance, orders=orders)
    app = Flask("switchboard", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    # Flask sorts keys, which would put `SWML` before the `transfer` beside it: the agent would stay on the call.
    app.json.sort_keys = False  # type: ignore[attr-defined]  # of the default provider
    app.extensions["switchboard"] = wiring
    for pages in (
        documents, tools, consult, status, queue, callback, offers, claims, outbound, texts, card, desk, api,
        health,
    ):  # fmt: skip
        app.register_blueprint(pages.routes(wiring))
    errors.register(app, wiring)
    views = {"/swml": documents.direct(wiring), "/tools": tools.direct(wiring)}
    app.wsgi_app = Direct(app, views, largest=LARGEST_BODY)  # type: ignore[method-assign]  # as Flask wants it
    return app
