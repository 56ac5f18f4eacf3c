"""Who may call us. Three questions, asked before anything is read: credentials, signature, token."""

import hashlib
import hmac
import json
from dataclasses import dataclass, field

from flask import Request
from itsdangerous import BadSignature, Signer
from itsdangerous.encoding import base64_decode, base64_encode
from itsdangerous.signer import SigningAlgorithm

from agents.links import Claims

_compact = json.JSONEncoder(separators=(",", ":")).encode


class Unauthorized(Exception):
    """The credentials are missing or wrong: 401."""


class Forged(Exception):
    """A token or a signature that we, or the platform, did not make: 403."""


class _Hmac(SigningAlgorithm):
    """HMAC with SHA-256 in one call of the C library; the objects of Python's `hmac` cost four times as much."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return hmac.digest(key, value, "sha256")


@dataclass(frozen=True, slots=True)
class Guard:
    """`signing_key` is the platform project's key; without one, fetches are not expected to be signed."""

    user: str
    password: str
    secret: str
    public_url: str
    signing_key: str = ""
    _signer: Signer = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """The one signer of all tokens, made once: a reply carries a token for every leg it dials.

        Its key is derived once as well. Signer would derive it again for every token.
        """
        key = Signer(self.secret, salt="switchboard.url", digest_method=hashlib.sha256).derive_key()
        object.__setattr__(self, "_signer", Signer(key, key_derivation="none", algorithm=_Hmac()))

    def credentials(self, request: Request) -> None:
        """Basic credentials, compared in constant time. Raises Unauthorized."""
        given = request.authorization
        user = (given.username or "") if given and given.type == "basic" else ""
        password = (given.password or "") if given and given.type == "basic" else ""
        right = hmac.compare_digest(user.encode(), self.user.encode())
        if not (hmac.compare_digest(password.encode(), self.password.encode()) and right):
            raise Unauthorized

    def signature(self, request: Request) -> None:
        """Every signature the platform sent must be right, and there must be one. Raises Forged.

        Signed is the URL as configured, without credentials, followed by the raw body; behind a proxy that URL is the
        public one, not the one we see. Source: SignalWire, "Webhook security".
        """
        if not self.signing_key:
            return
        query = request.query_string.decode("latin-1")
        url = self.public_url + request.path + (f"?{query}" if query else "")
        message = url.encode() + request.get_data()
        given = [
            (request.headers.get("X-Signalwire-Signature"), hashlib.sha1),
            (request.headers.get("X-Signalwire-SHA256-Signature"), hashlib.sha256),
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
        # URLSafeSerializer would compress every token to see whether that is shorter: ten times the work of the rest.
        return self._signer.sign(base64_encode(_compact(claims))).decode()

    def read(self, token: str | None, *purposes: str) -> Claims:
        """The claims of a token we made for one of these purposes, which is the first claim. Raises Forged."""
        try:
            claims = json.loads(base64_decode(self._signer.unsign(token or "")))
        except BadSignature:
            raise Forged from None
        if claims[0] not in purposes:
            raise Forged
        return tuple(claims)
