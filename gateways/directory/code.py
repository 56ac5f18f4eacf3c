"""The Python files that a directory's agents and hooks are made of: which they are, and what is in them."""

import ast
import sys
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from calls.directory.model import Directory
from gateways.directory.file import Stamp, stamp

RESTART = "restart `switchboard serve` and `switchboard worker`"
_OURS = frozenset({"agents", "calls", "exchange", "gateways", "handlers", "swml"})


class RunningCode:
    """The Python files of the directories as this process runs them: as they were when it imported them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[str, str] = {}
        self._paths: dict[str, Path] = {}
        self._of: dict[str, Mapping[str, str]] = {}
        self._there: dict[str, tuple[Stamp, str]] = {}

    def run(self, directory: Directory) -> Mapping[str, str]:
        """The hash of each file of a directory, as it runs here; as it is about to be imported where it is not yet."""
        found = code_of(directory, self._folder)
        for name, path in found.items():
            self._paths[name] = path
            if name not in self._running or not _is_imported(path):
                self._running[name] = hash_of(path)
        self._of[directory.business] = {name: self._running[name] for name in found}
        return self._of[directory.business]

    def outdated(self, code: Mapping[str, str]) -> list[str]:
        """Those of these files that were saved again after this process imported them."""
        return [name for name in code if self._now_there(name) != self._running.get(name)]

    def saved(self, code: Mapping[str, str]) -> list[int]:
        """When each was saved, in nanoseconds."""
        return [found[0] for found in self.stamps(code).values() if found]

    def stamps(self, code: Mapping[str, str]) -> dict[str, Stamp]:
        """Of each file, by its path."""
        return {str(self._paths[name]): stamp(str(self._paths[name])) for name in code if name in self._paths}

    def differences(self, business: str, number: int, recorded: Mapping[str, str]) -> Iterator[str]:
        """Why this process needs a restart, a line for each file. `recorded`: the code of version `number`."""
        code = self._of.get(business, {})
        outdated = self.outdated(code)
        for name, running in code.items():
            if name in outdated:
                yield f"{name} was changed after this process began: {RESTART}"
            elif recorded.get(name, running) != running:
                yield f"{name} is another one than version {number} was made with: {RESTART}"

    def _now_there(self, name: str) -> str:
        path = self._paths[name]
        found, known = stamp(str(path)), self._there.get(name)
        if known is None or known[0] != found:
            known = self._there[name] = (found, hash_of(path))
        return known[1]


def code_of(directory: Directory, folder: Path) -> Mapping[str, Path]:
    """The Python files of a directory by their names: of its agents' classes and its hooks, and those beside the
    directory file (in `folder`) that they import. Nothing is imported. A module that is not here is left out.
    """
    classes = [spec.class_path.partition(":")[0] for spec in directory.agents.values() if spec.class_path]
    return dict(sorted(_files([*classes, *directory.hooks], folder.resolve())))


def hash_of(path: Path) -> str:
    """Of a file's content; "" when it cannot be read."""
    try:
        return sha256(path.read_bytes()).hexdigest()[:16]
    except OSError:
        return ""


def _files(modules: Sequence[str], folder: Path) -> Iterator[tuple[str, Path]]:
    waiting, seen = [(name, True) for name in modules], set[str]()
    while waiting:
        name, named = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        path = _path(name) if named else _beside(name, folder)
        if path is None:
            continue
        inside = path.is_relative_to(folder)
        yield (str(path.relative_to(folder)) if inside else name), path
        if inside:
            waiting += [(other, False) for other in _imported(path)]


def _path(module: str) -> Path | None:
    """The source file of a module, found without importing anything."""
    top, *rest = module.split(".")
    try:
        spec = find_spec(top)
    except (ImportError, ValueError):
        return None
    if spec is None or not rest:
        return Path(spec.origin).resolve() if spec and spec.origin and spec.origin.endswith(".py") else None
    for place in spec.submodule_search_locations or ():
        if found := _file(Path(place), rest):
            return found
    return None


def _beside(module: str, folder: Path) -> Path | None:
    names = module.split(".")
    return None if names[0] in _OURS else _file(folder, names)


def _file(folder: Path, names: Sequence[str]) -> Path | None:
    module = folder.joinpath(*names)
    return next((one for one in (module.with_suffix(".py"), module / "__init__.py") if one.is_file()), None)


def _imported(path: Path) -> Iterator[str]:
    """The modules that a file imports, as far as its text says."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _is_imported(path: Path) -> bool:
    files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    return any(file and file.endswith(path.name) and Path(file).resolve() == path for file in files)
