"""Rules for reading a JSON value that may be anything. Each has an answer for every value; only the required raise."""

import json
import math
from typing import Any

Json = dict[str, Any]

_LARGEST = 2**63  # what a database's integer holds


def text(value: object) -> str:
    """Text, or a number as text; anything else is empty. Without what no database and no wire can carry."""
    if type(value) is str and value.isascii() and "\0" not in value:
        return value  # nearly always
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    found = str(value).replace("\0", "")
    return found if found.isascii() else found.encode("utf-8", "replace").decode()


def required_text(value: object) -> str:
    """Text that is there. Raises ValueError for anything else."""
    found = text(value) if isinstance(value, str) else ""
    if not found:
        raise ValueError("must be text")
    return found


def whole(value: object) -> int | None:
    """A whole number, also one written as text or with a point; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = int(value) if not isinstance(value, float) else round(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < _LARGEST else None


def seconds(value: object) -> float:
    """A finite number, also one written as text; 0 for anything else."""
    try:
        number = float(value) if isinstance(value, str | int | float) else 0.0
    except (ValueError, OverflowError):
        return 0.0
    return number if math.isfinite(number) else 0.0


def flag(value: object) -> bool:
    """True for true, also written as text."""
    return value is True or (isinstance(value, str) and value.lower() == "true")


def json_object(value: object) -> Json:
    """The object; empty for anything else."""
    return value if isinstance(value, dict) else {}


def json_objects(value: object) -> tuple[Json, ...]:
    """The objects in a list."""
    return tuple(one for one in value if isinstance(one, dict)) if isinstance(value, list) else ()


def texts(value: object) -> tuple[str, ...]:
    """The texts in a list."""
    return tuple(text(one) for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def pairs(value: object) -> tuple[tuple[str, str], ...]:
    """The headers in a list of {name, value}."""
    return tuple((text(one.get("name")), text(one.get("value"))) for one in json_objects(value) if one.get("name"))


def required_object(value: object) -> Json:
    """An object. Raises ValueError for anything else."""
    if not isinstance(value, dict):
        raise ValueError("must be an object")
    return value


def first_object(value: object) -> Json:
    """The object itself, or the first of a list that is not empty."""
    return next((one for one in ((value,) if isinstance(value, dict) else json_objects(value)) if one), {})


def decoded(value: object) -> Json:
    """The object in a text of JSON, or the first in a list there; empty for anything else."""
    try:
        return first_object(json.loads(value)) if isinstance(value, str) else {}
    except (ValueError, RecursionError):
        return {}
