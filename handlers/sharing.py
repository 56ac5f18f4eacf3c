"""Work that is the same for whoever asks for it: whoever is about to begin it does it for all who ask meanwhile."""

import threading
from collections.abc import Callable


class Shared:
    """One thread does what has this name, and one more waits to do it after. Safe in threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._turns: dict[str, threading.Lock] = {}
        self._waiting = set[str]()

    def do(self, name: str, work: Callable[[], object]) -> None:
        """Do it from now on, or leave it to whoever waits to do it: they see all that is on record by now.

        Raises what `work` raises.
        """
        with self._guard:
            if name in self._waiting:
                return
            self._waiting.add(name)
            turn = self._turns.setdefault(name, threading.Lock())
        with turn:
            with self._guard:
                self._waiting.discard(name)
            work()
