"""Errors of code that is not ours, in one line: what was raised, and the file and line of that code."""

import sysconfig
import traceback
from pathlib import Path

_OURS = Path(__file__).parents[1]
_ROOMS = ("agents", "calls", "exchange", "gateways", "handlers", "swml")


def words_of(error: BaseException) -> str:
    """What was raised and where, such as "KeyError: 'x' (hotel.py, line 12)"."""
    if isinstance(error, SyntaxError):
        return f"{type(error).__name__}: {error.msg} ({Path(error.filename or '?').name}, line {error.lineno})"
    places = [one for one in traceback.extract_tb(error.__traceback__) if _is_theirs(one.filename)]
    where = f" ({Path(places[-1].filename).name}, line {places[-1].lineno})" if places else ""
    return f"{type(error).__name__}: {error}{where}"


def _is_theirs(file: str) -> bool:
    """Whether a file is neither ours nor a library's."""
    path = Path(file)
    libraries = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    if not path.is_absolute() or any(path.is_relative_to(one) for one in libraries):
        return False
    return not any(path.is_relative_to(_OURS / room) for room in _ROOMS)
