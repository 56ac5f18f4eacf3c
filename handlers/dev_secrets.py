"""Secrets: made up once on a development machine, so that a restart honours live calls; in production, what is unsafe
is refused, as are addresses that are not encrypted.
"""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

MADE_UP = ("SECRET_KEY", "SWML_BASIC_AUTH_PASSWORD")
LOCAL = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104, names of this machine
_ADDRESSES = (
    "PUBLIC_URL",
    "SIGNALWIRE_SPACE",
    "SIGNALWIRE_API_URL",
    "TWILIO_API_URL",
    "EVENTS_WEBHOOK_URL",
    "SUMMARY_LLM_URL",
)
_OURS = ("SECRET_KEY", "SWML_BASIC_AUTH_PASSWORD", "API_KEY", "EVENTS_WEBHOOK_SECRET")  # chosen by the operator
_SHORTEST = 16  # characters
_FEWEST = 5  # different characters; of 16 random digits there are more, but for one in three hundred


def made_up(path: Path) -> dict[str, str]:
    """The secrets kept in `path`: made up by the first process, and the same for all others.

    Raises ValueError, in an operator's words, when they cannot be kept there.
    """
    try:
        if not path.exists():
            _make_up(path)
        known: dict[str, str] = json.loads(path.read_text())
        return {name: known[name] for name in MADE_UP}
    except (OSError, ValueError, LookupError, TypeError) as fault:
        words = f"{type(fault).__name__}: {fault}"
        raise ValueError(f"{' and '.join(MADE_UP)} cannot be kept in {path} ({words}); set them") from None


def _make_up(path: Path) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    draft = path.with_suffix(f".{secrets.token_hex(8)}")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps({name: secrets.token_urlsafe(24) for name in MADE_UP}))
    try:
        os.link(draft, path)  # of two that start at once, one wins, and both read what it wrote
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def unsafe(given: Mapping[str, Any]) -> list[str]:
    """Everything in these settings (by their lower-case names) that production refuses; nothing in development."""
    values = {name.upper(): str(value).strip() for name, value in given.items() if isinstance(value, str)}
    public = values.get("PUBLIC_URL", "")
    if not public or _parts(public)[1] in LOCAL:
        return []
    plain = [name for name in _ADDRESSES if _is_plain(values.get(name, ""))]
    wrong = [f"{name} must begin with https://: what is sent over http:// can be read on its way" for name in plain]
    for name in (*_OURS, "DESK_PASSWORD"):
        secret = values.get(name, "")
        if secret and name in _OURS and len(secret) < _SHORTEST:
            wrong.append(f"{name} must have {_SHORTEST} characters or more (`openssl rand -hex 24` makes one)")
        elif secret and _repeats(secret):
            wrong.append(f"{name} repeats itself and could be guessed (`openssl rand -hex 24` makes one)")
    return wrong


def _is_plain(url: str) -> bool:
    scheme, host = _parts(url)
    return scheme == "http" and host not in LOCAL


def _parts(url: str) -> tuple[str, str]:
    """Scheme and host; of what is no address, neither: that is named elsewhere."""
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or ""
    except ValueError:
        return "", ""


def _repeats(secret: str) -> bool:
    """Whether it has hardly any different characters, or is one word again and again."""
    return len(set(secret)) < _FEWEST or secret in (secret + secret)[1:-1]
