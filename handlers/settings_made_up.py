"""The secrets of a development machine: made up once, so that a restart honours live calls."""

import json
import os
import secrets
from pathlib import Path

MADE_UP = ("SECRET_KEY", "SWML_BASIC_AUTH_PASSWORD")


def made_up(path: Path) -> dict[str, str]:
    """The secrets kept in `path`: made up by whoever comes first, and the same for everyone after.

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
