"""Pages that people open: one look, no scripts, nothing loaded from anywhere, and nothing that a browser keeps."""

import secrets
from typing import Any

from flask import Response, render_template

PATHS = ("/card/",)
"""Where people come with a browser: an error there is a page."""

_NOTICES = {
    400: ("That could not be read.", "Please go back and try again."),
    403: ("This link is not valid.", "Please open it from the text message itself: part of it may be missing."),
    404: ("There is nothing here.", "Please open the link from the text message itself."),
    410: ("This card has expired.", "It says nothing any more, to protect the caller."),
    413: ("That was too long.", "Please go back and write less."),
    500: ("Something went wrong on our side.", "Please try again. If your phone rings, you can answer there."),
}


def page(template: str, status: int = 200, **values: Any) -> Response:
    """A page of ours from `handlers/templates`. Everything filled into it is escaped."""
    nonce = secrets.token_urlsafe(16)
    return private(Response(render_template(template, nonce=nonce, **values), status), nonce)


def notice(status: int) -> Response:
    """A page that says why there is nothing else to see."""
    title, hint = _NOTICES.get(status, ("That is not possible here.", "Please open the link from the text message."))
    return page("notice.html", status, title=title, hint=hint)


def private(response: Response, nonce: str = "") -> Response:
    """The response as nobody else may see it: not stored, not indexed, not framed, its address passed on to nobody."""
    styles = f"style-src 'nonce-{nonce}'; " if nonce else ""
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; {styles}form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response
