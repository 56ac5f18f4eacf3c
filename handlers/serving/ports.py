"""Who has what a server needs for itself: its port, its directory, its database."""

import errno
import fcntl
import hashlib
import hmac
import os
import socket
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO

from sqlalchemy import make_url

from handlers.settings import Settings

_BACKLOG = 1024
_PATIENCE = 1.0  # seconds for another server that is just starting
_THEIR_OWN = {"port", "environ"}  # settings in which two servers of one installation may differ
_LISTENS = "0A"  # the state of such a socket in /proc/net/tcp


class Occupied(Exception):
    """Another process has it. The message says which one, and what to do."""


def listen(address: str, port: int) -> socket.socket:
    """A socket that listens at this port, for this server alone. Raises Occupied."""
    try:
        return socket.create_server((address, port), backlog=_BACKLOG)
    except OSError as fault:
        who = f"it is taken by {_listener(port)}" if fault.errno == errno.EADDRINUSE else str(fault.strerror)
        raise Occupied(f"Port {port} cannot be had: {who}. Stop that one, or set PORT to another port.") from None


def claim(settings: Settings) -> ExitStack:
    """Claim the directory and the database for servers with these settings, until what is returned is closed.

    Raises Occupied where a server of this machine serves one of them with other settings.
    """
    mine = _fingerprint(settings)
    with ExitStack() as claimed:
        for what, lock in _places(settings):
            if file := _opened(lock):
                _take(claimed.enter_context(file), what, mine, settings.public_url)
        return claimed.pop_all()


def _places(settings: Settings) -> list[tuple[str, Path]]:
    directory, url = settings.switchboard_directory.resolve(), make_url(settings.database_url)
    beside = directory.parent / ".switchboard" / f"{directory.name}.server"
    if settings.database_url.startswith("sqlite"):
        database = Path(f"{Path(url.database).resolve()}-server") if url.database else None
    else:
        place = hashlib.sha256(url.set(username=None, password=None).render_as_string().encode()).hexdigest()[:16]
        database = Path(tempfile.gettempdir()) / f"switchboard-{os.getuid()}-{place}.server"
    found = [(f"The directory {directory.name}", beside)]
    return [*found, ("The database", database)] if database else found


def _opened(lock: Path) -> IO[str] | None:
    """None where nothing can be written: what is served from there, nobody guards."""
    try:
        lock.parent.mkdir(mode=0o700, exist_ok=True)
        return os.fdopen(os.open(lock, os.O_RDWR | os.O_CREAT, 0o600), "r+")
    except OSError:
        return None


def _take(file: IO[str], what: str, mine: str, url: str) -> None:
    until = time.monotonic() + _PATIENCE
    while True:
        if _locked(file, fcntl.LOCK_EX):  # nobody else serves it
            file.seek(0)
            file.truncate()
            file.write(f"{mine}\n{os.getpid()} {url}\n")
            file.flush()
            _locked(file, fcntl.LOCK_SH)
            return
        if _locked(file, fcntl.LOCK_SH):
            file.seek(0)
            theirs, *servers = file.read().splitlines() or [""]
            if theirs == mine:
                file.write(f"{os.getpid()} {url}\n")
                file.flush()
                return
            raise Occupied(f"{what} is served by {_living(servers)} with other settings. Stop that server first.")
        if time.monotonic() > until:
            raise Occupied(f"{what} is just being taken by another server. Try again.")
        time.sleep(0.05)


def _locked(file: IO[str], how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _fingerprint(settings: Settings) -> str:
    """The same for the same settings. It tells nobody what they are: the secret is its key."""
    told = settings.model_dump_json(exclude=_THEIR_OWN)
    return hmac.new(settings.secret_key.encode(), told.encode(), "sha256").hexdigest()


def _living(servers: list[str]) -> str:
    for one in servers:
        pid, _, url = one.partition(" ")
        if pid.isdigit() and _runs(int(pid)):
            return f"process {pid} ({url})"
    return "a server that is ending"


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _listener(port: int) -> str:
    """The process that listens at a port, as far as this user may see it. Of those that share it, the first."""
    sockets = {f"socket:[{inode}]" for inode in _listening(port)}
    for folder in sorted(Path("/proc").glob("[0-9]*"), key=lambda one: int(one.name)):
        with suppress(OSError):
            if any(str(file.readlink()) in sockets for file in (folder / "fd").iterdir()):
                words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
                return f"process {folder.name} ({' '.join(words).strip()})"
    return "another process"


def _listening(port: int) -> set[str]:
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                _, local, _, state, *rest = line.split()
                if state == _LISTENS and int(local.rpartition(":")[2], 16) == port:
                    found.add(rest[5])
    return found
