"""Everything that starts something: a request, a timer, a command. `create_app` is the web application."""

from handlers.app import create_app

__all__ = ["create_app"]
