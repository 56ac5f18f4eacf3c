"""Who may call us. Three questions, asked before anything is read: credentials, signature, token."""

import hashlib
import hmac
from base64 import b64encode
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import orjson
from itsdangerous import Signer
from itsdangerous.encoding import base64_decode, base64_encode
from werkzeug.datastructures import Authorization

from agents.links import Claims


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

    @cached_property
    def _mac(self) -> hmac.HMAC:
        """What signs tokens, ready to be copied: to begin anew for each takes three times as long."""
        key = Signer(self.secret, salt="switchboard.url", digest_method=hashlib.sha256).derive_key()
        return hmac.new(key, digestmod="sha256")

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
        """The token for these claims: the same in every worker and after a restart."""
        # What itsdangerous' Signer would write, without its objects: a reply carries a token for every leg it dials.
        value = base64_encode(orjson.dumps(claims))
        return (value + b"." + self._signature(value)).decode()

    def read(self, token: str | None, *purposes: str) -> Claims:
        """The claims of a token we made for one of these purposes, which is the first claim. Raises Forged."""
        value, _, signature = (token or "").encode("utf-8", "replace").rpartition(b".")
        if not hmac.compare_digest(signature, self._signature(value)):
            raise Forged
        claims = orjson.loads(base64_decode(value))
        if claims[0] not in purposes:
            raise Forged
        return tuple(claims)

    def _signature(self, value: bytes) -> bytes:
        mac = self._mac.copy()
        mac.update(value)
        return base64_encode(mac.digest())
