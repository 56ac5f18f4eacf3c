"""Pages that people open: one look, nothing loaded from anywhere, and nothing that a browser keeps.

None has a script but the desk, which looks again by itself.
"""

import secrets
from typing import Any

from flask import Response, render_template

PATHS = ("/card/", "/desk")
"""Where people come with a browser: an error there is a page."""

_NOTICES = {
    400: ("That could not be read.", "Please go back and try again."),
    403: ("This link is not valid.", "Please open it from the text message itself: part of it may be missing."),
    404: ("There is nothing here.", "Please open the link from the text message itself."),
    410: ("This card has expired.", "It says nothing any more, to protect the caller."),
    413: ("That was too long.", "Please go back and write less."),
    500: ("Something went wrong on our side.", "Please try again. If your phone rings, you can answer there."),
    503: ("Something went wrong on our side.", "Please try again. If your phone rings, you can answer there."),
}


_AT_THE_DESK = {
    400: ("That could not be read.", "Please go back and try again."),
    403: ("This page is too old.", "Please go back, load it again, and try again."),
    404: ("There is nothing here.", "It may have been seen to meanwhile."),
    413: ("That was too long.", "Please go back and write less."),
    500: ("Something went wrong on our side.", "Please try again in a moment. Calls go on without the desk."),
    503: ("Something went wrong on our side.", "Please try again in a moment. Calls go on without the desk."),
}


def page(template: str, status: int = 200, *, live: bool = False, **values: Any) -> Response:
    """A page of ours from `handlers/templates`. Everything filled into it is escaped.

    `live`: it has a script of its own, loads itself again, and plays recordings.
    """
    nonce = secrets.token_urlsafe(16)
    return private(Response(render_template(template, nonce=nonce, **values), status), nonce, live=live)


def notice(status: int, path: str = "") -> Response:
    """A page that says why there is nothing else to see."""
    if path.startswith("/desk"):
        title, hint = _AT_THE_DESK.get(status, ("That is not possible here.", "Please go back to the desk."))
    else:
        otherwise = "That is not possible here.", "Please open the link from the text message."
        title, hint = _NOTICES.get(status, otherwise)
    return page("notice.html", status, title=title, hint=hint)


def private(response: Response, nonce: str = "", *, live: bool = False) -> Response:
    """The response as nobody else may see it: not stored, not indexed, not framed, its address passed on to nobody."""
    styles = f"style-src 'nonce-{nonce}'; " if nonce else ""
    scripts = f"script-src 'nonce-{nonce}'; connect-src 'self'; media-src 'self'; " if live else ""
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; {styles}{scripts}form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response
