"""Where numbers pointed before we pointed them here: a file on this machine, so that it can be undone.

It holds addresses with passwords, and is readable by its owner only.
"""

import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gateways.errors import GatewayError
from gateways.signalwire.numbers import OwnedNumber


class NotKept(GatewayError):
    """The file cannot be read or written. The message says why."""


@dataclass(frozen=True, slots=True)
class Former:
    """The file at `path`. For each number what it was, the latest last. Every method raises NotKept."""

    path: Path

    def latest(self, number: str) -> OwnedNumber | None:
        """What the number was before it was last pointed; None when nothing is known of that."""
        kept = self._read().get(number, [])
        if not kept:
            return None
        last = kept[-1]
        try:
            return OwnedNumber(**{**last, "capabilities": tuple(last["capabilities"])})
        except (LookupError, TypeError) as fault:
            raise NotKept(f"{self.path} cannot be understood ({fault})") from fault

    def keep(self, number: OwnedNumber) -> None:
        """Keep what the number is now. What is kept already is not kept twice: an attempt may have failed."""
        if self.latest(number.number) == number:
            return
        everything = self._read()
        self._write({**everything, number.number: [*everything.get(number.number, []), asdict(number)]})

    def forget_latest(self, number: str) -> None:
        """It was undone, or never came about."""
        everything = self._read()
        self._write({**everything, number: everything.get(number, [])[:-1]})

    def _read(self) -> dict[str, list[dict[str, Any]]]:
        try:
            known = json.loads(self.path.read_text()) if self.path.exists() else {}
        except (OSError, ValueError) as fault:
            raise NotKept(f"{self.path} cannot be read ({fault})") from fault
        if not isinstance(known, dict):
            raise NotKept(f"{self.path} cannot be understood (it holds no numbers)")
        return known

    def _write(self, everything: dict[str, list[dict[str, Any]]]) -> None:
        draft = self.path.with_suffix(f".{secrets.token_hex(8)}")
        try:
            self.path.parent.mkdir(mode=0o700, exist_ok=True)
            draft.touch(mode=0o600)
            draft.write_text(json.dumps({number: kept for number, kept in everything.items() if kept}))
            draft.replace(self.path)
        except OSError as fault:
            raise NotKept(f"{self.path} cannot be written ({fault.strerror})") from fault
