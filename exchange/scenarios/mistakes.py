"""What is wrong with a scenario file: all of it at once, each with its line and what was probably meant.

A misspelt setting is read as the one that was meant, so that what stands below it is looked at too.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)
Path = tuple[str | int, ...]
LineOf = Callable[[Path], int | None]

_WORDS = {"extra_forbidden": "no such setting", "missing": "is missing", "string_type": "text; put numbers in quotes",
          "tuple_type": "a list", "model_type": "settings with their values"}  # fmt: skip
_LONGEST = 60  # characters of a value that is shown
_ROUNDS = 20  # of reading one scenario again, each with what was wrong put right


@dataclass(frozen=True, slots=True)
class Mistake:
    """`path` begins at the scenario; `value` is None where a setting is missing or stands in the wrong place."""

    path: Path
    value: object
    wanted: str


def close_to(word: str, known: Iterable[str]) -> str:
    """ "; did you mean dana?" when something known looks like the word, otherwise nothing."""
    close = get_close_matches(word.lower(), [*known], n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""


AsWritten = Callable[[Path], Path]


def examine(model: type[Model], given: object) -> tuple[Model | None, list[Mistake], AsWritten]:
    """The scenario with its mistakes left out, and the mistakes. None for the scenario: too much is wrong.

    The third is what turns a path of the scenario into that of the file, where settings may be misspelt.
    """
    data, found, renamed = deepcopy(given), list[Mistake](), dict[Path, str]()
    rounds = dict[Path, int]()  # in how many a path was wrong

    def as_written(path: Path) -> Path:
        return tuple(renamed.get(path[: end + 1], place) for end, place in enumerate(path))

    for _ in range(_ROUNDS):
        try:
            return model.model_validate(data), found, as_written
        except ValidationError as error:
            wrong = [_mistake(model, one) for one in error.errors(include_url=False)]
        originals = {mistake.path: as_written(mistake.path) for mistake, _ in wrong}
        found += [
            replace(mistake, path=originals[mistake.path])
            for mistake, _ in wrong
            if originals[mistake.path] not in rounds
        ]
        changed = False
        for mistake, kind in {mistake.path: (mistake, kind) for mistake, kind in wrong}.values():
            times = rounds.get(originals[mistake.path], 0)
            rounds[originals[mistake.path]] = times + 1
            if times:  # nothing that could stand there is right: without what holds it
                changed |= _leave_out(data, mistake.path[: max(len(mistake.path) - times, 0)])
            else:
                changed |= _put_right(data, mistake, kind, renamed)
        if not changed:
            break
    return None, found, as_written


def written(scenario: str, mistake: Mistake, line: int | None) -> str:
    """One mistake as `line 3: scenario: path: value: what would be right`."""
    path = "".join(f"[{place}]" if isinstance(place, int) else f".{place}" for place in mistake.path).lstrip(".")
    value = "" if mistake.value is None else repr(mistake.value)[:_LONGEST]
    parts = (f"line {line}" if line else "", scenario, path, value, mistake.wanted)
    return ": ".join(part for part in parts if part)


def _of_pydantic(place: str | int) -> bool:
    return (
        isinstance(place, str) and re.match(r"(tuple|function|literal|dict|json)[\[-]|constrained-", place) is not None
    )


def _mistake(model: type[BaseModel], error: Mapping[str, Any]) -> tuple[Mistake, str]:
    """A mistake that pydantic has found, and of which kind it is there."""
    path, kind = tuple(place for place in error["loc"] if not _of_pydantic(place)), str(error["type"])
    wanted = _WORDS.get(kind, str(error["msg"]).removeprefix("Value error, "))
    if kind == "extra_forbidden":
        wanted += close_to(str(path[-1]), _settings(model, path[:-1]))
    if kind == "literal_error":
        wanted += close_to(str(error["input"]), re.findall(r"'([^']+)'", str(error["ctx"]["expected"])))
    return Mistake(path, None if kind == "missing" or not path else error["input"], wanted), kind


def _settings(model: type[BaseModel], path: Path) -> list[str]:
    """What may stand at a path, by the names a file uses."""
    found: type[BaseModel] | None = model
    for place in path:
        if isinstance(place, int) or found is None:
            continue
        fields = {field.alias or name: field for name, field in found.model_fields.items()}
        found = next(_models(fields[place].annotation), None) if place in fields else None
    return [field.alias or name for name, field in found.model_fields.items()] if found else []


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _put_right(data: Any, mistake: Mistake, kind: str, renamed: dict[Path, str]) -> bool:
    """Rename a setting to what was meant; otherwise take the mistake away, or put something where nothing was.

    Whether anything was changed.
    """
    *above, last = mistake.path or ("",)
    for place in above:
        data = _below(data, place)
    if not isinstance(data, dict) or not (last in data or kind == "missing"):
        return False
    meant = re.search(r"did you mean (\w+)\?$", mistake.wanted)
    value = data.pop(last, "?")
    if kind == "missing":
        data[last] = value
    elif kind == "extra_forbidden" and meant and meant[1] not in data:
        data[meant[1]] = value
        renamed[(*above, meant[1])] = str(last)
    return True


def _leave_out(data: Any, path: Path) -> bool:
    """Take away what stands at a path. Whether anything was changed."""
    for place in path[:-1]:
        data = _below(data, place)
    if isinstance(data, list) and path and isinstance(path[-1], int) and path[-1] < len(data):
        del data[path[-1]]
        return True
    return isinstance(data, dict) and bool(path) and data.pop(path[-1], None) is not None


def _below(data: Any, place: str | int) -> Any:
    """What stands at a place; a single thing stands for a list of one."""
    if isinstance(place, int):
        return data[place] if isinstance(data, list) and place < len(data) else data
    return data.get(place) if isinstance(data, Mapping) else None
