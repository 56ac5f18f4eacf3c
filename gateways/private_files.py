"""Files that only their owner reads: they hold what callers said, and our credentials."""

import os
from pathlib import Path

import structlog

log = structlog.get_logger()

_OTHERS = 0o077


def make_private(path: Path) -> None:
    """Make the file when there is none, and see that only its owner reads and writes it.

    Raises OSError when it cannot be made. A file that belongs to another user is logged, and used as it is.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:  # and is never opened here: closing it would give up the locks of all who have it open
        mend(path)


def mend(path: Path) -> None:
    """Take from everybody else what they may do with an existing file or folder."""
    try:
        mode = path.stat().st_mode
        if mode & _OTHERS:
            path.chmod(mode & 0o7700)
    except FileNotFoundError:
        pass
    except PermissionError:
        log.warning("file_readable_by_others", path=str(path))
