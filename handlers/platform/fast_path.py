"""The two requests that a caller waits for, past Flask: a new call's document, and the answer to a tool.

Flask's contexts, signals and routing take more time than either needs itself. Flask knows both as views like all
others, for every other method and form; here is only the plain POST. Whatever goes wrong is answered by Flask's own
error handlers all the same.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from flask import Flask, Response

from handlers.auth import Request

View = Callable[[Request], bytes]
Environ = dict[str, Any]  # WSGI's


@dataclass(slots=True)
class Posted:
    """A request, with as much of it as the guard and the views look at."""

    environ: Environ
    body: bytes

    def get_data(self) -> bytes:
        """The body."""
        return self.body


class Direct:
    """A WSGI application: `views` by path answer a POST with JSON, and `app` everything else.

    `largest` is what a body may have, in bytes; a larger one, or one that does not say, is for `app` to judge.
    """

    def __init__(self, app: Flask, views: Mapping[str, View], *, largest: int) -> None:
        self._app, self._others, self._views, self._largest = app, app.wsgi_app, views, largest

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        view, length = self._views.get(environ["PATH_INFO"]), environ.get("CONTENT_LENGTH") or ""
        if view is None or environ["REQUEST_METHOD"] != "POST" or not length.isdecimal() or int(length) > self._largest:
            return self._others(environ, start_response)
        body = environ["wsgi.input"].read(int(length))
        try:
            answer = view(Posted(environ, body))
        except Exception as fault:  # noqa: BLE001, the app has a handler for every one
            return self._faulty(environ, body, fault)(environ, start_response)
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
        return (answer,)

    def _faulty(self, environ: Environ, body: bytes, fault: Exception) -> Response:
        environ["wsgi.input"] = BytesIO(body)  # whom to ring when we fail is read from it again
        with self._app.request_context(environ):
            return self._app.make_response(self._app.handle_user_exception(fault))
