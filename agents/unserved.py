"""What the SDK's own server is made of, left out while the SDK is imported: agents are authored with it, not served.

FastAPI and uvicorn are a sixth of the time that a web worker takes to start, and 8 MB of what it holds.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Never

_SERVER = ("fastapi", "uvicorn")


class NotServedHere(RuntimeError):
    """A part of the SDK that serves, routes or authenticates was asked for. `switchboard serve` does that."""


@contextmanager
def without_server() -> Iterator[None]:
    """While the block runs, FastAPI and uvicorn are names that refuse to be used, unless somebody has them already."""
    finder = _Finder(tuple(name for name in _SERVER if name not in sys.modules))
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in finder.found:  # whoever wants to serve something gets the real ones
            sys.modules.pop(name, None)


class _Finder(MetaPathFinder, Loader):
    def __init__(self, missing: tuple[str, ...]) -> None:
        self.missing = missing
        self.found: list[str] = []

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name.partition(".")[0] not in self.missing:
            return None
        self.found.append(name)
        return ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Unserved(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass


class _Unserved(ModuleType):
    """A module whose every name is a class, as annotations need them, of which none can be made."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)

        def refuse(*_: object, **__: object) -> Never:
            raise NotServedHere(f"{self.__name__}.{name}: agents are served by `switchboard serve`")

        return type(name, (), {"__new__": refuse, "__module__": self.__name__})
