"""A directory file on disk: read strictly, with the prompt files beside it."""

import os
import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import holidays
import yaml

from calls.directory import Directory
from calls.mistakes import Mistake, Mistakes
from calls.numbers import Number, Unreadable

# What PyYAML lets through for a text that does not fit its tag ("!!bool x"), a number without end, lists without end.
_UNFIT = (ValueError, LookupError, AttributeError, TypeError, RecursionError)

Stamp = tuple[int, int, int] | None  # of a file: changed (ns), size (bytes), inode; None when there is none


def read_directory(
    path: Path, seen: dict[str, Stamp] | None = None, *, transfer_to: str = "", business: str = ""
) -> Directory:
    """Read the file at `path` and the prompt files beside it. Raises Mistakes.

    `seen` takes the stamp of every file as it was just before it was read. Where there is no file, the one number
    `transfer_to` is a directory too. `business` is whose it is, where there are several.
    """
    seen = {} if seen is None else seen
    text = _text(path, seen)
    if text is None and transfer_to and not path.exists():
        return _single(transfer_to)
    if text is None:
        raise Mistakes([Mistake(path.name, None, "a text file in UTF-8 that can be read")])
    prompts = partial(_prompt, path.parent.resolve(), seen)
    return Directory.read(parse_yaml(text), public_holidays=public_holidays, prompts=prompts, business=business)


def _single(number: str) -> Directory:
    try:
        return Directory.single(Number.parse(number, "US"))
    except Unreadable as reason:
        raise Mistakes([Mistake("CALL_TRANSFER_TO", number, str(reason))]) from None


def _text(path: Path, seen: dict[str, Stamp]) -> str | None:
    seen[str(path)] = stamp(str(path))
    try:
        return path.read_text(encoding="utf-8-sig")  # an editor's byte order mark is no content
    except (OSError, ValueError):
        return None


def _prompt(folder: Path, seen: dict[str, Stamp], name: str) -> str | None:
    try:
        path = (folder / name).resolve()
    except (OSError, ValueError):
        return None
    return _text(path, seen) if path.is_relative_to(folder) else None


def stamp(path: str) -> Stamp:
    """What tells a changed file from an unchanged one."""
    try:
        stat = os.stat(path)  # noqa: PTH116, every call asks, and a Path is twice as slow
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def parse_yaml(text: str) -> Any:
    """The content of a directory file or of another one written like it. Raises Mistakes: where it cannot be read."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506  (it builds nothing but plain values)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "the file"
        raise Mistakes(
            [Mistake(where, _line(text, mark), f"readable YAML: {error.problem or error.context}")]
        ) from None
    except (yaml.YAMLError, *_UNFIT) as error:
        raise Mistakes([Mistake("the file", None, f"readable YAML: {error}")]) from None


def _line(text: str, mark: yaml.Mark | None) -> str | None:
    lines = text.splitlines()
    return lines[mark.line].strip() if mark and mark.line < len(lines) else None


class _Loader(yaml.SafeLoader):
    """YAML without its surprises: NO is Norway, 9:30 is no number, and a key given twice is a mistake."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  (PyYAML declares it so)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """A mapping. Looked at before merge keys (<<) come in: those may be overruled."""
        given = set[str]()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in given:
                    raise yaml.MarkedYAMLError(problem=f"{key.value} is given twice", problem_mark=key.start_mark)
                given.add(key.value)
        return super().construct_mapping(node, deep=True)


# As YAML 1.2 reads plain scalars; PyYAML's own rules make yes, no, on and off booleans and 9:30 the number 570.
for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?[0-9]*\.[0-9]+", "-+.0123456789"),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"(?:{_pattern})$"), list(_first))


@lru_cache(maxsize=1024)
def public_holidays(place: str, year: int) -> Mapping[date, str]:
    """The public holidays of a country ("US") or a part of one ("US-CA") by date. Raises LookupError."""
    country, _, part = place.partition("-")
    try:
        days = holidays.country_holidays(country, subdiv=part or None, years=year, language="en_US")
    except NotImplementedError as error:
        raise LookupError(str(error)) from None
    return dict(days)
