"""A ladder entry as JSON, for whoever shows or stores one. Passwords in addresses are left out."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from exchange.core.ladder import Entry

PASSWORD = re.compile(r"(//[^:/@\s\"]+:)[^@/\s\"]+@")


def shown(entry: Entry) -> dict[str, Any]:
    """`at` is seconds since the exchange opened; in `detail`, the bodies of requests and answers are read."""
    detail = {name: _value(value) for name, value in entry.detail.items() if value not in (b"", None)}
    basic: dict[str, Any] = {
        "at": round(entry.at, 2), "call": entry.call, "leg": entry.leg, "kind": entry.kind, "text": entry.text
    }  # fmt: skip
    return basic | ({"detail": detail} if detail else {})


def _value(value: Any) -> Any:
    if isinstance(value, bytes):
        return _value(_body(value.decode(errors="replace")))
    if isinstance(value, str):
        return PASSWORD.sub(r"\1…@", value)
    if isinstance(value, Mapping):
        return {str(name): _value(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_value(inner) for inner in value]
    return value if isinstance(value, int | float | bool | None) else str(value)


def _body(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return dict(parse_qsl(text)) or text
