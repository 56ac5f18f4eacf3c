"""The house rules that a program can check. Each takes a file's path and text and returns its complaints."""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from fnmatch import fnmatch

Complaints = Iterator[str]
Rule = Callable[[str, str], Complaints]

ROOMS = ("calls", "swml", "agents", "gateways", "handlers", "exchange")
SDK = frozenset({"signalwire", "signalwire_agents"})

OURS: dict[str, frozenset[str]] = {
    "calls": frozenset(),
    "swml": frozenset(),
    "agents": frozenset({"calls", "swml"}),
    "gateways": frozenset({"calls"}),
    "handlers": frozenset({"calls", "swml", "agents", "gateways"}),
    "exchange": frozenset(),
}
"""Which rooms a room may import, besides itself."""

MAY_ALSO: dict[str, frozenset[str]] = {"handlers/cli/*.py": frozenset({"exchange"})}

LIBRARIES: dict[str, frozenset[str]] = {
    "calls/directory/*.py": frozenset({"phonenumbers", "pydantic"}),
    "calls/phrases/*.py": frozenset({"phonenumbers", "dateparser"}),
    "calls/*.py": frozenset({"phonenumbers"}),
    "swml/requests.py": frozenset({"pydantic"}),
    "swml/status.py": frozenset({"pydantic"}),
    "swml/*.py": frozenset(),
    "agents/sdk.py": SDK | {"jsonschema_rs"},
    "agents/*.py": frozenset(),
}
"""Which libraries may be imported; the first pattern that fits holds. Rooms that are not here may use any."""

NEVER: dict[str, frozenset[str]] = {"gateways": frozenset({"flask"}) | SDK, "handlers": SDK, "exchange": SDK}

IMPURE = frozenset({
    "asyncio", "http", "logging", "multiprocessing", "os", "pathlib", "random", "secrets", "select", "shutil",
    "socket", "sqlite3", "ssl", "subprocess", "tempfile", "threading", "time", "urllib.request",
})  # fmt: skip
"""Standard library that `calls` and `swml` do without: no I/O, no clock, no environment, no chance."""

LONGEST_FUNCTION, LONGEST_FILE = 60, 400
READS_THE_ENVIRONMENT = "handlers/settings.py"


def imports(path: str, source: str) -> Complaints:
    """Who may import whom."""
    room = path.partition("/")[0]
    if room not in ROOMS:
        return
    rooms = OURS[room] | {room} | (_listed(MAY_ALSO, path) or frozenset())
    allowed = _listed(LIBRARIES, path)
    for line, module in _imported(ast.parse(source)):
        top = module.partition(".")[0]
        where = f"{path}:{line}: "
        if top in ROOMS:
            if top not in rooms:
                yield f"{where}{room} may not import {top}"
        elif top in sys.stdlib_module_names:
            if room in ("calls", "swml") and {top, module} & IMPURE:
                yield f"{where}{room} is pure and has no use for {module}"
        elif top in NEVER.get(room, ()) or (allowed is not None and top not in allowed):
            yield f"{where}{top} is not for {path}"


def purity(path: str, source: str) -> Complaints:
    """`calls` and `swml` read and write nothing and never ask what time it is."""
    if not path.startswith(("calls/", "swml/")):
        return
    for node in ast.walk(ast.parse(source)):
        called = _dotted(node.func) if isinstance(node, ast.Call) else None
        if called and (called in ("open", "print", "input") or called.endswith((".now", ".utcnow", ".today"))):
            yield f"{path}:{getattr(node, 'lineno', 0)}: {called}() in a pure room"


def sizes(path: str, source: str) -> Complaints:
    """No function over 60 lines, no file over 400."""
    lines = source.count("\n")
    if lines > LONGEST_FILE:
        yield f"{path}: {lines} lines, {LONGEST_FILE} at most"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONGEST_FUNCTION:
                yield f"{path}:{node.lineno}: {node.name} has {length} lines, {LONGEST_FUNCTION} at most"


# Calls that do something: whatever begins with one of these has no place where merely importing would run it.
_DOES = ("open", "print", "input", "exec", "os.", "subprocess.", "socket.", "sqlite3.", "httpx.", "time.", "requests.")


def import_does_nothing(path: str, source: str) -> Complaints:
    """Importing a file neither acts nor leaves anything behind that one call could change for another."""
    if path.partition("/")[0] not in ROOMS or path == "gateways/migrations/env.py":  # Alembic runs that one
        return
    tree = ast.parse(source)
    own = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    for node in _run_on_import(tree.body):
        where = f"{path}:{node.lineno}: "
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            if (_dotted(node.value.func) or "").partition(".")[0] in own:
                continue  # completes a class that the file itself defines
            yield f"{where}a call on import: {ast.unparse(node.value)[:60]}"
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            for name in _changeable(node):
                yield f"{where}{name} is state of the module"
            for called in _calls(node.value):
                if called.startswith(_DOES):
                    yield f"{where}{called} on import"
        elif isinstance(node, ast.While | ast.With):
            yield f"{where}a {type(node).__name__.lower()} on import"


def environment(path: str, source: str) -> Complaints:
    """The environment is read in one file."""
    if path.partition("/")[0] not in ROOMS or path == READS_THE_ENVIRONMENT:
        return
    for node in ast.walk(ast.parse(source)):
        read = isinstance(node, ast.Attribute) and _dotted(node) in ("os.environ", "os.getenv", "os.environb")
        named = isinstance(node, ast.ImportFrom) and node.module == "os"
        if read or (named and {alias.name for alias in node.names} & {"environ", "getenv", "environb"}):  # type: ignore[attr-defined]
            yield f"{path}:{node.lineno}: the environment is read in {READS_THE_ENVIRONMENT}"  # type: ignore[attr-defined]


def broad_excepts(path: str, source: str) -> Iterator[str]:
    """Where a file catches every exception, as `file: Class.function`, once for each except."""
    yield from (f"{path}: {where}" for where in _broad_in(ast.parse(source), ()))


def _broad_in(node: ast.AST, within: tuple[str, ...]) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        inside = within
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inside = (*within, child.name)
        if isinstance(child, ast.ExceptHandler) and _is_broad(child.type):
            yield ".".join(within)
        yield from _broad_in(child, inside)


def _is_broad(caught: ast.expr | None) -> bool:
    kinds = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(kind is None or _dotted(kind) in ("Exception", "BaseException") for kind in kinds)


_MACHINE = re.compile(r"(?<![\w.$}<-])/(?:workspace|tmp|root|home/\w+|Users/\w+)(?:/|\b)")
_REGISTRY = re.compile(r"--(?:extra-)?index-url|--find-links|--trusted-host|\w @ (?:https?|file)://")


def no_machine(path: str, text: str) -> Complaints:
    """Nothing tracked names a place on somebody's machine or a package registry."""
    for number, line in enumerate(text.splitlines(), 1):
        for found in (_MACHINE.search(line), _REGISTRY.search(line)):
            if found:
                yield f"{path}:{number}: {found.group()}"


def _listed(table: dict[str, frozenset[str]], path: str) -> frozenset[str] | None:
    return next((names for pattern, names in table.items() if fnmatch(path, pattern)), None)


def _imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every module imported anywhere in the file, also by `import_module("name")`; a relative one as `.`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "." if node.level else str(node.module)
        elif isinstance(node, ast.Call) and (_dotted(node.func) or "").endswith(("import_module", "__import__")):
            names = [one.value for one in node.args if isinstance(one, ast.Constant)]
            yield from ((node.lineno, name) for name in names if isinstance(name, str))


def _run_on_import(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        if isinstance(node, ast.If):
            if "__name__" not in ast.unparse(node.test):
                yield from _run_on_import([*node.body, *node.orelse])
        elif isinstance(node, ast.For):
            yield from _run_on_import(node.body)
        elif isinstance(node, ast.Try):
            yield from _run_on_import([*node.body, *node.orelse, *node.finalbody])
        else:
            yield node


def _changeable(node: ast.Assign | ast.AnnAssign) -> Iterator[str]:
    """Names in lower case that hold something that can be changed. Tables in capitals are read and never written."""
    value = node.value
    fresh = isinstance(value, ast.Call) and _dotted(value.func) in ("dict", "list", "set", "defaultdict", "deque")
    if not (fresh or isinstance(value, ast.Dict | ast.List | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp)):
        return
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        if isinstance(target, ast.Name) and not target.id.isupper() and target.id != "__all__":
            yield target.id


def _calls(node: ast.expr) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Call) and (called := _dotted(one.func)):
            yield called


def _dotted(node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = _dotted(node.value)
        return f"{inner}.{node.attr}" if inner else None
    return None
