"""The directories of all businesses: read again when a file changes, and never worse than the last good version.

`switchboard.yaml` is the directory of the only business there is, called "". `switchboard.d/NAME.yaml` beside it, one
file each, are those of several businesses, called NAME. Each file is read by itself; only a line that two of them
claim is a mistake of both.
"""

import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from calls.directory import Directory
from calls.mistakes import Mistake, Mistakes
from calls.names import read_name
from calls.numbers import Number, Unreadable
from gateways.directory_file import Stamp, read_directory, stamp

OnReload = Callable[[Directory | Mistakes], None]
Examine = Callable[[Directory], None]


class NoSuchBusiness(LookupError):
    """No directory file, now or since this process began, is that business's."""


class NoSuchLine(LookupError):
    """There may be several businesses, and the number is nobody's line."""


@dataclass(slots=True)
class _File:
    """One file, as it was last read. `directory`: its newest version without a mistake of its own."""

    business: str
    path: Path
    label: str  # before its mistakes
    seen: dict[str, Stamp] = field(default_factory=dict)
    directory: Directory | None = None
    mistakes: tuple[Mistake, ...] = ()  # of the file as it is now
    shared: tuple[Mistake, ...] = ()  # lines it has in common with another file
    told: tuple[Mistake, ...] = ()

    def changed(self) -> bool:
        """Whether it, or a file it names, is another one than was read."""
        return not self.seen or any(stamp(path) != was for path, was in self.seen.items())

    def all_mistakes(self) -> tuple[Mistake, ...]:
        """What is wrong with it, under its name where there are several."""
        found = (*self.mistakes, *self.shared)
        return tuple(Mistake(f"{self.label}{one.path}", one.value, one.wanted) for one in found)

    def news(self) -> tuple[Mistake, ...]:
        """What is wrong with it, where nobody has been told yet."""
        before, self.told = self.told, self.all_mistakes()
        return self.told if self.told != before else ()


class Directories:
    """The directory of each business, always the newest version without a mistake.

    `path` is a directory file, or a folder of them. The first reading happens here and raises Mistakes. `examine` may
    raise them too, for what reading cannot tell. `on_reload` is told of every later one: the new directory, or the
    mistakes that kept it out, once for each change. It runs in the thread whose call came after the change.
    `looks_every`: seconds for which nobody looks whether a file has changed, after somebody did.
    """

    def __init__(
        self,
        path: Path,
        *,
        transfer_to: str = "",
        examine: Examine = lambda _: None,
        on_reload: OnReload = lambda _: None,
        looks_every: float = 0.0,
    ) -> None:
        self._main = None if path.is_dir() else path
        self._folder = path if path.is_dir() else path.with_suffix(".d")
        self._transfer_to, self._examine, self._on_reload, self._lock = transfer_to, examine, on_reload, Lock()
        self._looks_every, self._look_at = looks_every, -math.inf
        self._files: dict[str, _File] = {}
        self._places: dict[str, Stamp] = {}  # where files may come to be
        self._used: Mapping[str, Directory] = {}
        self._gone: dict[str, Directory] = {}  # calls in progress are still with these
        self._lines: Mapping[str, str] = {}
        self._read_changed()
        if not self._files:
            raise Mistakes([Mistake(path.name, None, "a folder with a file NAME.yaml for each business")])
        if self.mistakes:
            raise Mistakes(self.mistakes)

    @property
    def mistakes(self) -> tuple[Mistake, ...]:
        """What is wrong with the files as they are now; () while each is the version in use."""
        return tuple(mistake for file in self._files.values() for mistake in file.all_mistakes())

    def current(self, business: str = "") -> Directory:
        """The directory for a call that begins now. Raises NoSuchBusiness.

        One thread reads a changed file; whoever comes meanwhile gets the version before it. The last version of a
        file that was taken away is there for the calls that began with it.
        """
        found = self._now().get(business) or self._gone.get(business)
        if found is None:
            names = ", ".join(name or "''" for name in self._used) or "none"
            raise NoSuchBusiness(f"no business {business!r}; there are {names}")
        return found

    def all(self) -> tuple[Directory, ...]:
        """The directory of every business, by name."""
        return tuple(self._now().values())

    def owner(self, line: Number | None) -> str | None:
        """The business whose file lists this line; None when none does."""
        return self._lines.get(line.e164) if line and self._now() else None

    def business_of(self, line: Number | None) -> str:
        """Whose line a number is. One that no file lists is the business's of a file without others beside it, and
        otherwise nobody's. Raises NoSuchLine.
        """
        business, used = self.owner(line), self._now()
        if business is not None:
            return business
        if used.keys() == {""}:
            return ""
        raise NoSuchLine(f"{line.e164 if line else 'a call without a number of ours'} is no line of any business")

    def _now(self) -> Mapping[str, Directory]:
        if self._looks_every:
            now = time.monotonic()
            if now < self._look_at:
                return self._used
            self._look_at = now + self._looks_every
        if self._changed() and self._lock.acquire(blocking=False):
            try:
                if self._changed():
                    for news in self._read_changed():
                        self._on_reload(news)
            finally:
                self._lock.release()
        return self._used

    def _changed(self) -> bool:
        return any(stamp(place) != was for place, was in self._places.items()) or any(
            file.changed() for file in self._files.values()
        )

    def _read_changed(self) -> list[Directory | Mistakes]:
        """Read what has changed. What there is to tell of it."""
        files = self._found()
        changed = [file for file in files.values() if file.changed()]
        for file in changed:
            self._read(file)
        before, self._used = self._used, self._settled(files)
        self._gone |= {business: was for business, was in before.items() if business not in self._used}
        self._lines = {line: name for name, directory in self._used.items() for line in directory.lines}
        self._files = files
        told: list[Directory | Mistakes] = [Mistakes(news) for file in files.values() if (news := file.news())]
        return told + [new for name, new in self._used.items() if before.get(name) is not new]

    def _found(self) -> dict[str, _File]:
        """The file of every business there is, by name. One known already is the same value."""
        main, folder = self._main, self._folder
        self._places = {str(place): stamp(str(place)) for place in (main, folder) if place}
        paths = sorted(path for path in folder.glob("*.yaml") if not path.name.startswith("."))
        files = {path.stem: _File(path.stem, path, f"{folder.name}/{path.name}: ") for path in paths}
        if main and (not files or "" in self._files or main.exists()):
            files = {"": _File("", main, f"{main.name}: " if files else ""), **files}
            del self._places[str(main)]
        for business, file in files.items():
            if known := self._files.get(business):
                known.label = file.label
                files[business] = known
        return files

    def _read(self, file: _File) -> None:
        file.seen, file.mistakes, file.told = {}, (), ()
        try:
            if file.business:
                read_name(file.business)
            directory = read_directory(file.path, file.seen, transfer_to=self._transfer_to, business=file.business)
            self._examine(directory)
            file.directory = directory
        except Unreadable as reason:
            file.seen[str(file.path)] = stamp(str(file.path))
            file.mistakes = (Mistake("", file.path.stem, f"a file called after {reason}"),)
        except Mistakes as refused:
            file.mistakes = refused.mistakes

    def _settled(self, files: Mapping[str, _File]) -> Mapping[str, Directory]:
        """The versions to be used: the newest of each file, but for those that claim a line of another."""
        wanted = {name: file.directory for name, file in files.items() if file.directory}
        for file in files.values():
            file.shared = ()
        while found := dict(_shared(wanted)):
            for name, shared in found.items():
                files[name].shared = tuple(
                    Mistake(f"lines.{line}", ", ".join(files[other].path.name for other in others), _ONE_FILE)
                    for line, others in shared.items()
                )
            new = [name for name in found if wanted[name] is not self._used.get(name)]
            for name in new:
                del wanted[name]
                if name in self._used:
                    wanted[name] = self._used[name]
        return dict(sorted(wanted.items()))


_ONE_FILE = "each line in one file only"


def _shared(directories: Mapping[str, Directory]) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """For each business the lines that others claim as well, and which others."""
    claimed: dict[str, list[str]] = defaultdict(list)
    for name, directory in directories.items():
        for line in directory.lines:
            claimed[line].append(name)
    for name, directory in directories.items():
        shared = {line: claimed[line] for line in directory.lines if len(claimed[line]) > 1}
        if shared:
            yield name, shared
