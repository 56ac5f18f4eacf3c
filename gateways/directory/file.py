"""A directory file on disk: read strictly, with the prompt files beside it."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import holidays
import yaml

from calls.directory.changes import changes
from calls.directory.errors import Mistake, Mistakes
from calls.directory.model import Directory
from calls.numbers import Number, Unreadable

# What PyYAML lets through for a text that does not fit its tag ("!!bool x"), a number without end, lists without end.
_UNFIT = (ValueError, LookupError, AttributeError, TypeError, RecursionError)

# Of a file: changed (ns), size (bytes), inode, put into its place (ns); None when there is none.
Stamp = tuple[int, int, int, int] | None


@dataclass(frozen=True, slots=True)
class Source:
    """What a version is read from. `prompts`: the text of each prompt file by its name, None where it is missing.

    `code`: the hash of each Python file of its agents and hooks.
    """

    text: str
    prompts: Mapping[str, str | None] = field(default_factory=dict)
    code: Mapping[str, str] = field(default_factory=dict)

    @property
    def hash(self) -> str:
        """The same for the same content, in every process."""
        parts = [self.text, sorted(self.prompts.items()), sorted(self.code.items())]
        return sha256(json.dumps(parts).encode()).hexdigest()[:32]

    def directory(self, business: str = "") -> Directory:
        """The directory it means. Raises Mistakes."""
        content = parse_yaml(self.text)
        return Directory.read(content, public_holidays=public_holidays, prompts=self.prompts.get, business=business)


def differences(before: Source | None, after: Source) -> tuple[str, ...]:
    """What changed from one source to another, in words."""
    if before is None:
        return ("the first version",)
    found = [*changes(_content(before), _content(after))]
    for was, now in ((before.prompts, after.prompts), (before.code, after.code)):
        found += [f"{name} changed" for name in sorted({*was, *now}) if was.get(name) != now.get(name)]
    return tuple(found) or ("comments or spaces only",)


def _content(source: Source) -> object:
    try:
        return parse_yaml(source.text)
    except Mistakes:
        return {}


def read_directory(path: Path, *, transfer_to: str = "", business: str = "") -> Directory:
    """Read the file at `path` and the prompt files beside it. Raises Mistakes.

    Where there is no file, the one number `transfer_to` is a directory too. `business` is whose it is, where there are
    several.
    """
    text = read_text(path, {})
    if text is None and transfer_to and not path.exists():
        text = text_of_number(transfer_to)
    if text is None:
        raise Mistakes([unreadable(path)])
    return read_source(path, text, {}, business=business)[1]


def read_source(
    path: Path, text: str, seen: dict[str, Stamp], *, business: str = "", prompts: dict[str, str | None] | None = None
) -> tuple[Source, Directory]:
    """The source and the directory of a file's text, with the prompt files beside it. Raises Mistakes.

    `seen` takes the stamp of every prompt file as it was just before it was read, `prompts` the text of each.
    """
    found: dict[str, str | None] = {} if prompts is None else prompts

    def prompt(name: str) -> str | None:
        found[name] = _prompt(path.parent.resolve(), seen, name)
        return found[name]

    directory = Directory.read(parse_yaml(text), public_holidays=public_holidays, prompts=prompt, business=business)
    return Source(text, found), directory


def unreadable(path: Path) -> Mistake:
    """The mistake of a file that is not there, or is no text."""
    return Mistake(path.name, None, "a text file in UTF-8 that can be read")


def text_of_number(number: str) -> str:
    """The directory file of an installation that knows one number and has no file. Raises Mistakes."""
    try:
        content = Directory.content_of(Number.parse(number, "US"))
    except Unreadable as reason:
        raise Mistakes([Mistake("CALL_TRANSFER_TO", number, str(reason))]) from None
    return f"# Made of CALL_TRANSFER_TO: there is no file.\n{yaml.safe_dump(content, sort_keys=False)}"


def text_of_nothing() -> str:
    """The directory file of an installation that has no file and knows no number: an agent takes messages."""
    content = yaml.safe_dump(Directory.content_of(None), sort_keys=False)
    return f"# There is no file and no CALL_TRANSFER_TO, so an agent takes messages.\n{content}"


def read_text(path: Path, seen: dict[str, Stamp]) -> str | None:
    """The text of a file; None when it is not there or is no text. `seen` takes its stamp from before."""
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
    return read_text(path, seen) if path.is_relative_to(folder) else None


def stamp(path: str) -> Stamp:
    """What tells a changed file from an unchanged one."""
    try:
        stat = os.stat(path)  # noqa: PTH116, every call asks, and a Path is twice as slow
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino, stat.st_ctime_ns


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
