"""The directory files on this machine: which there are, what each says, and whether one was saved again.

`switchboard.yaml` is the directory of the only business there is, called "". `switchboard.d/NAME.yaml` beside it, one
file each, are those of several businesses, called NAME. Each file is read by itself.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from calls.directory.errors import Mistake, Mistakes
from calls.directory.model import Directory
from calls.names import read_name
from calls.numbers import Unreadable
from gateways.directory.file import (
    Source,
    Stamp,
    read_source,
    read_text,
    stamp,
    text_of_nothing,
    text_of_number,
    unreadable,
)

OF_NUMBER = "CALL_TRANSFER_TO"
OF_NOTHING = "nothing"
_ONE_FILE = "each line in one file only"


@dataclass(slots=True)
class DirectoryFile:
    """One file, as it was last read. `directory` is None while it has a mistake.

    `settled`: nothing more is to be done about it until it is saved again.
    """

    business: str
    path: Path
    label: str = ""  # before its mistakes
    seen: dict[str, Stamp] = field(default_factory=dict)
    source: Source | None = None
    directory: Directory | None = None
    mistakes: tuple[Mistake, ...] = ()
    made_by: str = "file"
    here: bool = False  # whether it has ever been here since this process began
    first: bool = True
    saved: int = 0  # ns
    settled: bool = False
    clashes: bool = False  # with another about a line

    @property
    def changed(self) -> bool:
        """Whether it, or a file it names, is another one than was read."""
        return not self.seen or any(stamp(path) != was for path, was in self.seen.items())

    @property
    def missing(self) -> bool:
        """Whether it is not here and has not been since this process began: another machine may have it."""
        return self.source is None and not self.here

    def read(self, transfer_to: str | None) -> None:
        """Read it, and the prompt files beside it. Without the file: one number to put callers through to, "" for an
        agent that takes messages, None for a mistake.
        """
        self.first = not self.seen or (self.first and not self.changed)
        self.seen, self.mistakes, self.directory, self.source, self.settled = {}, (), None, None, False
        text, self.made_by = read_text(self.path, self.seen), "file"
        self.here = self.here or self.path.exists()
        prompts: dict[str, str | None] = {}
        try:
            if self.business:
                read_name(self.business)
            if text is None and transfer_to is not None and not self.here:
                text = text_of_number(transfer_to) if transfer_to else text_of_nothing()
                self.made_by = OF_NUMBER if transfer_to else OF_NOTHING
            if text is None:
                raise Mistakes([unreadable(self.path)])
            self.source, self.directory = read_source(
                self.path, text, self.seen, business=self.business, prompts=prompts
            )
        except Unreadable as reason:
            self._refuse(text, prompts, [Mistake("", self.path.stem, f"a file called after {reason}")])
        except Mistakes as refused:
            self._refuse(text, prompts, refused.mistakes)
        # What is put into its place keeps its age: only what was put there while we looked on was saved just then.
        stamps = [one for one in self.seen.values() if one]
        self.saved = max((one[0] if self.first else max(one[0], one[3]) for one in stamps), default=0)

    def labelled(self, mistakes: Iterable[Mistake]) -> tuple[Mistake, ...]:
        """The mistakes under the file's name, where there are several files."""
        return tuple(Mistake(f"{self.label}{one.path}", one.value, one.wanted) for one in mistakes)

    def _refuse(self, text: str | None, prompts: Mapping[str, str | None], mistakes: Iterable[Mistake]) -> None:
        self.source = Source(text, prompts) if text is not None else None
        self.mistakes = self.labelled(mistakes)


class DirectoryFiles:
    """The files below `path`, which is a directory file or a folder of them. Not safe in threads."""

    def __init__(self, path: Path, *, transfer_to: str | None = None) -> None:
        self._main = None if path.is_dir() else path
        self.folder = path if path.is_dir() else path.with_suffix(".d")
        self.beside = path.parent
        self._transfer_to = transfer_to
        self._places: dict[str, Stamp] = {}  # where files may come to be
        self.all: dict[str, DirectoryFile] = {}
        self.gone: set[str] = set()  # businesses whose file was taken away since this process began

    @property
    def changed(self) -> bool:
        """Whether a file came, went or was saved again since the last reading."""
        places = any(stamp(place) != was for place, was in self._places.items())
        return not self._places or places or any(file.changed for file in self.all.values())

    def read_changed(self) -> list[DirectoryFile]:
        """Read what was saved again, and what is not settled. Returns what is not settled."""
        found = self._found()
        self.gone |= {name for name in self.all if name not in found}
        self.gone -= found.keys()
        self.all = found
        for file in found.values():
            if file.changed or not file.settled:
                file.read(self._transfer_to)
        return [file for file in found.values() if not file.settled]

    def _found(self) -> dict[str, DirectoryFile]:
        """The file of every business there is, by name. One known already is the same value."""
        main, folder = self._main, self.folder
        self._places = {str(place): stamp(str(place)) for place in (main, folder) if place}
        paths = sorted(path for path in folder.glob("*.yaml") if not path.name.startswith("."))
        files = {path.stem: DirectoryFile(path.stem, path) for path in paths}
        if main and (not files or "" in self.all or main.exists()):
            files = {"": DirectoryFile("", main), **files}
            del self._places[str(main)]
        for business, file in files.items():
            if known := self.all.get(business):
                files[business] = known
            several = len(files) > 1 or business
            label = f"{folder.name}/{file.path.name}: " if business else f"{file.path.name}: " if several else ""
            files[business].label = label
        return files


def called(business: str) -> str:
    """A business as people read it. One without a name is that of `switchboard.yaml`."""
    return business or "the one of switchboard.yaml"


def no_file_in(folder: Path) -> Mistake:
    """The mistake of a folder without a directory file."""
    return Mistake(folder.name, None, "a folder with a file NAME.yaml for each business")


def shared_lines(directories: Mapping[str, Directory]) -> Mapping[str, tuple[Mistake, ...]]:
    """The lines that more than one of these businesses claims, as mistakes of each."""
    claimed: dict[str, list[str]] = defaultdict(list)
    for name, directory in directories.items():
        for line in directory.lines:
            claimed[line].append(name)
    found = {name: tuple(_mistakes(directory, claimed)) for name, directory in directories.items()}
    return {name: mistakes for name, mistakes in found.items() if mistakes}


def _mistakes(directory: Directory, claimed: Mapping[str, list[str]]) -> Iterator[Mistake]:
    for line in directory.lines:
        if len(claimed[line]) > 1:
            others = ", ".join(f"{name}.yaml" if name else "switchboard.yaml" for name in claimed[line])
            yield Mistake(f"lines.{line}", others, _ONE_FILE)
