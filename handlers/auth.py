"""Who may call us. Three questions, asked before anything is read: credentials, signature, token."""

import hashlib
import hmac
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Protocol

from itsdangerous import BadData, TimestampSigner, URLSafeTimedSerializer
from werkzeug.datastructures import Authorization

from agents.documents.urls import Claims
from gateways.clock import Clock

LONGEST = timedelta(hours=24)
"""For which a token is good, unless it says otherwise: longer than any call."""


class Unauthorized(Exception):
    """The credentials are missing or wrong: 401."""


class Forged(Exception):
    """A token or a signature that we, or the platform, did not make: 403."""


class Request(Protocol):
    """A request, as Flask gives it or the server itself."""

    environ: dict[str, Any]  # WSGI's

    def get_data(self) -> bytes:
        """The body."""


@dataclass(frozen=True)
class Guard:
    """`signing_key` is the platform project's key; without one, fetches are not expected to be signed."""

    user: str
    password: str = field(repr=False)
    secret: str = field(repr=False)
    public_url: str
    signing_key: str = field(default="", repr=False)
    clock: Clock = field(default_factory=Clock)

    @cached_property
    def _tokens(self) -> URLSafeTimedSerializer:
        clock = self.clock

        class Signer(TimestampSigner):
            """Signs with the time of our clock."""

            def get_timestamp(self) -> int:
                """Seconds since 1970."""
                return int(clock.now().timestamp())

        return URLSafeTimedSerializer(
            self.secret, "switchboard.url", signer=Signer, signer_kwargs={"digest_method": hashlib.sha256}
        )

    @cached_property
    def _basic(self) -> bytes:
        """The credentials as everybody writes them."""
        return b"Basic " + b64encode(f"{self.user}:{self.password}".encode())

    def credentials(self, request: Request) -> None:
        """Basic credentials, compared in constant time. Raises Unauthorized."""
        header: str = request.environ.get("HTTP_AUTHORIZATION", "")
        if hmac.compare_digest(header.encode("latin-1"), self._basic):
            return  # else they are wrong, or only written in another way
        given = Authorization.from_header(header)
        user = (given.username or "") if given and given.type == "basic" else ""
        password = (given.password or "") if given and given.type == "basic" else ""
        right = hmac.compare_digest(user.encode(), self.user.encode())
        if not (hmac.compare_digest(password.encode(), self.password.encode()) and right):
            raise Unauthorized

    def signature(self, request: Request, *, base: str = "") -> None:
        """Every signature the platform sent must be right, and there must be one. Raises Forged.

        Signed is the URL as configured followed by the raw body; behind a proxy that URL is the public one, not the one
        we see. For calls it is signed without the credentials in it, for text messages with them: there `base` is our
        public URL with credentials. Source: SignalWire, "Webhook security".
        """
        if not self.signing_key:
            return
        environ = request.environ
        query = environ.get("QUERY_STRING")
        where = environ["PATH_INFO"] + (f"?{query}" if query else "")  # WSGI has bytes as latin-1 text
        message = (base or self.public_url).encode() + where.encode("latin-1") + request.get_data()
        given = [
            (environ.get("HTTP_X_SIGNALWIRE_SIGNATURE"), hashlib.sha1),
            (environ.get("HTTP_X_SIGNALWIRE_SHA256_SIGNATURE"), hashlib.sha256),
        ]
        present = [(text.strip().lower(), digest) for text, digest in given if text]
        right = [
            hmac.compare_digest(
                text.encode(), hmac.new(self.signing_key.encode(), message, digest).hexdigest().encode()
            )
            for text, digest in present
        ]
        if not right or not all(right):
            raise Forged

    def sign(self, claims: Claims) -> str:
        """A token for these claims, good in every worker and after a restart."""
        return str(self._tokens.dumps(claims))

    def read(self, token: str | None, *purposes: str, within: timedelta = LONGEST) -> Claims:
        """The claims of a token we made for one of these purposes, which is the first claim, `within` this time.

        Raises Forged.
        """
        return self.read_dated(token, *purposes, within=within)[0]

    def read_dated(self, token: str | None, *purposes: str, within: timedelta = LONGEST) -> tuple[Claims, datetime]:
        """The same, and the moment at which the token was made. Raises Forged."""
        try:
            claims, made_at = self._tokens.loads(token or "", return_timestamp=True)
        except BadData:
            raise Forged from None
        if claims[0] not in purposes or self.clock.now() - made_at >= within:
            raise Forged
        return tuple(claims), made_at
