"""What is wrong with directory files and with the processes that serve them: on record, and in the log once."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

import structlog

from calls.directory.errors import Mistake
from gateways.directory.version_records import VersionRecords

log = structlog.get_logger()

_AGAIN = timedelta(seconds=20)  # what a process says of itself counts for a minute


class Reports:
    """Reports of one process. What another process has reported already is not logged again.

    `silent`: nothing is put on record and nothing is logged. Raises Unavailable while the record is; then the same is
    to be reported again.
    """

    def __init__(self, records: VersionRecords, now: Callable[[], datetime], *, silent: bool) -> None:
        self._records, self._now, self._silent = records, now, silent
        self._refused: dict[str, tuple[Mistake, ...]] = {}
        self._restarts: dict[str, tuple[tuple[str, ...], datetime]] = {}

    @property
    def mistakes(self) -> tuple[Mistake, ...]:
        """What is wrong with the files on this machine as they are now."""
        return tuple(mistake for mistakes in self._refused.values() for mistake in mistakes)

    def refused(self, business: str, hash: str, mistakes: tuple[Mistake, ...]) -> None:
        """A file of this content has mistakes."""
        self._refused[business] = mistakes
        if self._silent:
            return
        words = [str(one) for one in mistakes]
        if self._records.note(business, "refused", hash, words, self._now()):
            log.error("directory_refused", business=business, mistakes=words)

    def right(self, business: str) -> None:
        """The file of a business has no mistake."""
        self._refused.pop(business, None)
        self._mended(business, "refused", "directory_right_again")

    def only(self, businesses: Collection[str]) -> None:
        """These are the businesses with a file; there is nothing more to say of others."""
        self._refused = {name: found for name, found in self._refused.items() if name in businesses}

    def restart(self, business: str, why: tuple[str, ...]) -> None:
        """This process needs a restart, a line for each reason; () when it does not."""
        now = self._now()
        before, at = self._restarts.get(business, ((), now))
        if self._silent or (why == before and (not why or now - at < _AGAIN)):
            return
        if why:
            self._records.note(business, "restart", " ".join(why), why, now)
        else:
            self._mended(business, "restart", "restart_not_needed")
        self._restarts[business] = why, now
        if why and why != before:
            log.warning("restart_needed", business=business, why=why)

    def _mended(self, business: str, kind: str, event: str) -> None:
        if not self._silent and self._records.mend(business, kind):
            log.info(event, business=business)
