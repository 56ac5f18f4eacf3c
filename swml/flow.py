"""What a verb is, and the verbs that steer the script itself.

Each verb is a frozen value that refuses, with a ValueError, what the platform would refuse on a live call.
Verbs that act on the call are in `swml.verbs`, which also names everything here.
"""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar, Literal

from swml.checks import VARIABLE, at_least, one_of, script, web


class Verb:
    """One step of a section. `verb` is the platform's word for it; `bare`: its argument is a value, not an object."""

    __slots__ = ()
    verb: ClassVar[str]
    bare: ClassVar[bool] = False


Steps = tuple[Verb, ...]


@dataclass(frozen=True, slots=True)
class When:
    """One branch of a condition: JavaScript over bare variable names, and what to do if it is true."""

    when: str
    then: Steps

    def __post_init__(self) -> None:
        if not self.when.strip() or any(mark in self.when for mark in VARIABLE):
            raise ValueError(f"a condition is bare JavaScript, without ${{}}: {self.when!r}")


@dataclass(frozen=True, slots=True)
class Else:
    """What to do when no branch before it was true."""

    else_: Steps


Branches = tuple[When | Else, ...]


def _check_branches(branches: Branches) -> None:
    if not branches or not isinstance(branches[0], When):
        raise ValueError("a condition begins with a `when`")
    if any(isinstance(branch, Else) for branch in branches[:-1]):
        raise ValueError("`else` comes last, and once")


@dataclass(frozen=True, slots=True)
class Cases:
    """A `result` by value: the variable's value as text picks the steps, `default` when none fits.

    `variable` left out means the result variable of the verb that carries it.
    """

    case: Mapping[str, Steps]
    default: Steps
    variable: str | None = None


Result = Cases | Branches


def check_result(result: Result | None) -> None:
    """Raise ValueError for a result whose branches are out of order."""
    if isinstance(result, tuple):
        _check_branches(result)


@dataclass(frozen=True, slots=True)
class Set(Verb):
    """Create or overwrite variables. They live as long as the call's session."""

    verb: ClassVar[str] = "set"
    bare: ClassVar[bool] = True
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Unset(Verb):
    """Remove variables."""

    verb: ClassVar[str] = "unset"
    bare: ClassVar[bool] = True
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cond(Verb):
    """The first branch whose condition is true."""

    verb: ClassVar[str] = "cond"
    bare: ClassVar[bool] = True
    branches: Branches

    def __post_init__(self) -> None:
        _check_branches(self.branches)


@dataclass(frozen=True, slots=True)
class Switch(Verb):
    """Steps by a variable's value, compared as text. `default` is not optional: without one a miss is an error."""

    verb: ClassVar[str] = "switch"
    variable: str
    case: Mapping[str, Steps]
    _: KW_ONLY
    default: Steps


@dataclass(frozen=True, slots=True)
class Label(Verb):
    """A place that `Goto` can jump to, in the same section."""

    verb: ClassVar[str] = "label"
    bare: ClassVar[bool] = True
    label: str


@dataclass(frozen=True, slots=True)
class Goto(Verb):
    """Jump to a label of the same section, `max` times at most (1 to 100; the platform's default is 100)."""

    verb: ClassVar[str] = "goto"
    label: str
    when: str | None = None
    _: KW_ONLY
    max: int | None = None

    def __post_init__(self) -> None:
        if self.max is not None and not 1 <= self.max <= 100:
            raise ValueError(f"max must be 1 to 100, not {self.max}")


@dataclass(frozen=True, slots=True)
class Execute(Verb):
    """Run a section, a URL or an inline document as a subroutine and come back. `params` replace the caller's."""

    verb: ClassVar[str] = "execute"
    dest: str
    params: Mapping[str, object] | None = None
    _: KW_ONLY
    on_return: Steps = ()
    result: Result | None = None

    def __post_init__(self) -> None:
        script(dest=self.dest)
        check_result(self.result)


@dataclass(frozen=True, slots=True)
class Return(Verb):
    """End the section with a value (`return_value`); in `main` it ends the script. None: no value."""

    verb: ClassVar[str] = "return"
    bare: ClassVar[bool] = True
    value: object = None


@dataclass(frozen=True, slots=True)
class Transfer(Verb):
    """Move the *script* to a section or a URL, for good. Dialling somebody is `Connect`.

    The platform refuses an inline document here; `Execute` runs one.
    """

    verb: ClassVar[str] = "transfer"
    dest: str
    params: Mapping[str, object] | None = None

    def __post_init__(self) -> None:
        script(dest=self.dest)
        if self.dest.startswith("{"):
            raise ValueError("transfer takes a section or a URL; an inline document is run by execute")


@dataclass(frozen=True, slots=True)
class Request(Verb):
    """An HTTP request from within the script; unsigned.

    `timeout` and `connect_timeout` are whole seconds, 1 to 30: the platform cuts fractions off. `timeout` has no
    default here: the platform's own (5 s, or none by its older documentation) is too long a silence for a caller.
    """

    verb: ClassVar[str] = "request"
    url: str
    _: KW_ONLY
    timeout: int
    method: Literal["GET", "POST", "PUT", "DELETE"] = "POST"
    connect_timeout: int | None = None
    headers: Mapping[str, str] | None = None
    body: Mapping[str, object] | str | None = None
    save_variables: bool | None = None

    def __post_init__(self) -> None:
        web(url=self.url)
        one_of(("GET", "POST", "PUT", "DELETE"), method=self.method)
        for name, seconds in (("timeout", self.timeout), ("connect_timeout", self.connect_timeout)):
            if seconds is not None and not (isinstance(seconds, int) and 1 <= seconds <= 30):
                raise ValueError(f"{name} must be 1 to 30 whole seconds, not {seconds}")


@dataclass(frozen=True, slots=True)
class Sleep(Verb):
    """Wait `duration` milliseconds; -1 waits for ever."""

    verb: ClassVar[str] = "sleep"
    duration: int

    def __post_init__(self) -> None:
        at_least(-1, duration=self.duration)


@dataclass(frozen=True, slots=True, init=False)
class Document:
    """A script: its sections by name, `main` first and never empty. Other sections are given as keywords."""

    sections: Mapping[str, Steps]

    def __init__(self, main: Steps, **sections: Steps) -> None:
        if not main:
            raise ValueError("main needs at least one verb")
        object.__setattr__(self, "sections", {"main": tuple(main), **sections})

    @property
    def main(self) -> Steps:
        """Where the script begins."""
        return self.sections["main"]
