"""Rules about all files together: how many entries a folder has, and that no imports go round in a circle."""

import ast
from collections.abc import Iterable, Iterator, Mapping

MOST_ENTRIES = 15
Graph = Mapping[str, set[str]]


def crowded(paths: Iterable[str]) -> Iterator[str]:
    """Folders with more than MOST_ENTRIES files and folders; `__init__.py` does not count."""
    entries: dict[str, set[str]] = {}
    for path in paths:
        parts = path.split("/")
        for depth in range(1, len(parts)):
            if parts[depth] != "__init__.py":
                entries.setdefault("/".join(parts[:depth]), set()).add(parts[depth])
    for folder, held in sorted(entries.items()):
        if len(held) > MOST_ENTRIES:
            yield f"{folder}: {len(held)} entries, {MOST_ENTRIES} at most"


def imports_of(sources: Mapping[str, str]) -> dict[str, set[str]]:
    """What each module imports of the others, in functions and for type checkers too; `sources` are files by path."""
    modules = {_module(path): source for path, source in sources.items()}
    return {name: set(_imported(source, modules)) - {name} for name, source in modules.items()}


def circles(graph: Graph) -> Iterator[str]:
    """Circles among modules, and at each level among the folders and files of a folder."""
    yield from (f"modules: {shown}" for shown in _circles(graph))
    folders = {".".join(name.split(".")[:depth]) for name in graph for depth in range(1, name.count(".") + 1)}
    for folder in sorted(folders):
        inside: dict[str, set[str]] = {}
        for name, wanted in graph.items():
            if entry := _entry(folder, name):
                inside.setdefault(entry, set()).update(
                    other for one in wanted if (other := _entry(folder, one)) and other != entry
                )
        yield from (f"in {folder}: {shown}" for shown in _circles(inside))


def _module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _entry(folder: str, module: str) -> str:
    """The file or folder in `folder` that a module is or lies in; "" for one that lies elsewhere."""
    return module.removeprefix(f"{folder}.").split(".")[0] if module.startswith(f"{folder}.") else ""


def _imported(source: str, modules: Mapping[str, str]) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                if whole in modules or node.module in modules:
                    yield whole if whole in modules else node.module


def _circles(graph: Graph) -> Iterator[str]:
    """Every set of nodes that reach each other, by Tarjan's algorithm."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    open_nodes: list[str] = []
    found: list[list[str]] = []

    def look(node: str) -> None:
        number[node] = lowest[node] = len(number)
        open_nodes.append(node)
        for other in sorted(graph.get(node, ())):
            if other not in graph:
                continue
            if other not in number:
                look(other)
                lowest[node] = min(lowest[node], lowest[other])
            elif other in open_nodes:
                lowest[node] = min(lowest[node], number[other])
        if lowest[node] == number[node]:
            place = open_nodes.index(node)
            found.append(open_nodes[place:])
            del open_nodes[place:]

    for node in sorted(graph):
        if node not in number:
            look(node)
    yield from (", ".join(sorted(circle)) for circle in found if len(circle) > 1)
