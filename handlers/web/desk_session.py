"""Who is at the desk. A session is a signed cookie and, once the password was right, a row of the records.

Every process knows every session, and a restart ends none; logging out, twelve hours and another password do.
"""

import hmac
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TypedDict

from flask import Response

from handlers.auth import Forged, Guard
from handlers.settings import Settings

COOKIE, PATH = "switchboard_desk", "/desk"
KNOWN = "switchboard_known"  # a browser that has logged in before: strangers' wrong passwords do not lock it out
LASTS = timedelta(hours=12)
_KNOWN_FOR = timedelta(days=90)
_LOGGING_IN = timedelta(hours=1)  # for which a login page is good


class Manners(TypedDict):
    """How a cookie is set."""

    path: str
    secure: bool
    httponly: bool
    samesite: str


@dataclass(frozen=True, slots=True)
class Session:
    """One browser, from its login on, or on its way there."""

    id: str
    logged_in: bool


@dataclass(frozen=True)
class Sessions:
    """Makes sessions, and reads them again."""

    guard: Guard
    settings: Settings
    chance: random.Random

    def is_right(self, password: str) -> bool:
        """Whether this is the password; in a time that says nothing of how wrong it is."""
        given, right = (sha256(one.encode("utf-8", "replace")).digest() for one in (password, self._password))
        return hmac.compare_digest(given, right)

    def read(self, cookie: str | None, at: datetime) -> Session | None:
        """The session of a cookie; None for one that is over, or that we did not make."""
        try:
            _, known, tag, expires, logged_in = self.guard.read(cookie, "desk")
        except Forged:
            return None
        if at.timestamp() >= int(expires) or tag != self._tag:
            return None
        return Session(str(known), bool(logged_in))

    def new(self, *, logged_in: bool) -> Session:
        """A new session. A login is another one than the session that led to it."""
        return Session(f"{self.chance.getrandbits(128):032x}", logged_in)

    def put(self, response: Response, session: Session, at: datetime) -> None:
        """Put a session into the browser."""
        lasts = LASTS if session.logged_in else _LOGGING_IN
        claims = ("desk", session.id, self._tag, int((at + lasts).timestamp()), int(session.logged_in))
        response.set_cookie(COOKIE, self.guard.sign(claims), max_age=lasts, **self.manners)

    def known(self, cookie: str | None) -> str:
        """The name of a browser that has logged in with this password before; "" for any other."""
        try:
            _, name, tag = self.guard.read(cookie, "desk_known", within=_KNOWN_FOR)
        except Forged:
            return ""
        return str(name) if tag == self._tag else ""

    def remember(self, response: Response, name: str) -> None:
        """Let the browser be known by this name, or by a new one."""
        name = name or f"{self.chance.getrandbits(128):032x}"
        token = self.guard.sign(("desk_known", name, self._tag))
        response.set_cookie(KNOWN, token, max_age=_KNOWN_FOR, **self.manners)

    def end(self, response: Response) -> None:
        """Take the session out of the browser."""
        response.delete_cookie(COOKIE, **self.manners)

    def form_token(self, session: Session) -> str:
        """What every form of this session carries, and no other page can know."""
        return self.guard.sign(("desk_form", session.id))

    def check_form(self, session: Session, token: str | None) -> None:
        """Whether a form is one of this session's. Raises Forged."""
        if self.guard.read(token, "desk_form")[1] != session.id:
            raise Forged

    @property
    def manners(self) -> Manners:
        """Cookies for us alone: no script reads them, and no other site's form brings them along."""
        secure = self.settings.public_url.startswith("https://")
        return {"path": PATH, "secure": secure, "httponly": True, "samesite": "Lax"}

    @property
    def _password(self) -> str:
        return self.settings.desk_password

    @property
    def _tag(self) -> str:
        """Another one for another password. Keyed, or a cookie would help to guess the password."""
        key = hmac.new(self.guard.secret.encode(), b"switchboard.desk", sha256).digest()
        return hmac.new(key, self._password.encode(), sha256).hexdigest()[:32]
