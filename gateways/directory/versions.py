"""The directories of all businesses, the same in every process: always the newest version on record.

A file that was saved becomes a version on record once it is read and examined, by whichever process is first. Every
process follows the record. A file with a mistake is on record as such, and changes nothing.
"""

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import structlog

from calls.directory.errors import Mistake, Mistakes
from calls.directory.model import Directory
from calls.numbers import Number
from gateways.directory.code import RESTART, RunningCode
from gateways.directory.file import differences, read_directory
from gateways.directory.files import OF_NOTHING, DirectoryFile, DirectoryFiles, called, no_file_in, shared_lines
from gateways.directory.reports import Reports
from gateways.directory.version_records import Draft, Trouble, Version, VersionRecords
from gateways.errors import Unavailable

__all__ = ["Directories", "read_directory"]
log = structlog.get_logger()

Examine = Callable[[Directory], Sequence[Mistake]]

_LOOKS_EVERY = 0.25  # seconds from one look at the files and the record to the next
_TRIES = 5  # of keeping a version, where other processes keep theirs meanwhile
_REMEMBERED = 20  # versions, for the calls that began with them


class NoSuchBusiness(LookupError):
    """No version of that business's directory is on record, nor is there a file of it."""


class NoSuchLine(LookupError):
    """There may be several businesses, and the number is nobody's line."""


class Directories:
    """The directory of each business: the newest version on record.

    `path` is a directory file, or a folder of them. `examine` returns the mistakes that reading cannot tell. `keeps`:
    whether a changed file is put on record; or it is only used here, and what is on record is not examined again. The
    first look happens here. It raises Mistakes where nothing is on record and a file has mistakes. Later looks are
    those of `follow` or of `look`.
    """

    def __init__(
        self,
        path: Path,
        records: VersionRecords,
        *,
        transfer_to: str | None = None,
        examine: Examine = lambda _: (),
        now: Callable[[], datetime],
        keeps: bool = True,
        at_once: bool = False,
    ) -> None:
        self.records = records
        self._files = DirectoryFiles(path, transfer_to=transfer_to)
        self._examine, self._now, self._keeps, self._at_once = examine, now, keeps, at_once
        self._looking, self._stopping = threading.Lock(), threading.Event()
        self._thread: threading.Thread | None = None
        self._newest = -1
        self._heads: dict[str, Version] = {}
        self._used: Mapping[str, Directory] = {}
        self._gone: dict[str, Directory] = {}  # calls in progress are still with these
        self._remembered: dict[int, Directory] = {}
        self._lines: Mapping[str, str] = {}
        self._code, self._reports = RunningCode(self._files.beside), Reports(records, now, silent=not keeps)
        self._unusable: tuple[Mistake, ...] = ()
        self._away = False
        try:
            self._look()
            if not self._used:
                raise Mistakes(self._unusable or [no_file_in(self._files.folder)])
        except Mistakes:
            records.close()
            raise

    # --- what is served ---------------------------------------------------------------------------------------------

    def current(self, business: str = "", number: int = 0) -> Directory:
        """The directory of a business. Raises NoSuchBusiness.

        number: the version a call began with; 0 for the newest, and so is one that cannot be had any more. The last
        version of a business that ended is there for the calls that began with it.
        """
        self._look_at_once()
        found = self._used.get(business) or self._gone.get(business)
        if number and (found is None or found.number != number):
            found = self._earlier(business, number) or found
        if found is None:
            raise NoSuchBusiness(f"no business {business!r}; there are {', '.join(map(called, self._used)) or 'none'}")
        return found

    def all(self) -> tuple[Directory, ...]:
        """The directory of every business, by name."""
        self._look_at_once()
        return tuple(self._used.values())

    def owner(self, line: Number | None) -> str | None:
        """The business whose file lists this line; None when none does."""
        self._look_at_once()
        return self._lines.get(line.e164) if line else None

    def business_of(self, line: Number | None) -> str:
        """Whose line a number is. One that no file lists is the business's of a file without others beside it, and
        otherwise nobody's. Raises NoSuchLine.
        """
        business, used = self.owner(line), self._used
        if business is not None:
            return business
        if used.keys() == {""}:
            return ""
        raise NoSuchLine(f"{line.e164 if line else 'a call without a number of ours'} is no line of any business")

    def _earlier(self, business: str, number: int) -> Directory | None:
        known = self._remembered.get(number)
        if known is None:
            try:
                version = self.records.version(number)
                known = _read(version) if version and version.business == business else None
            except (Unavailable, Mistakes) as reason:
                log.warning("version_not_read", number=number, reason=str(reason))
            if known:
                self._remember(known)
        return known

    def _remember(self, directory: Directory) -> None:
        remembered = {**self._remembered, directory.number: directory}
        self._remembered = dict(list(remembered.items())[-_REMEMBERED:])

    # --- looking ----------------------------------------------------------------------------------------------------

    def follow(self) -> None:
        """Look again and again, in a thread of its own, until `close`."""
        self._thread = threading.Thread(target=self._run, name="directories", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop looking."""
        self._stopping.set()
        if self._thread:
            self._thread.join(timeout=5)
        self.records.close()

    def look(self) -> None:
        """Follow the record, and put on record what was saved. One thread looks; others go on with what there is."""
        if not self._looking.acquire(blocking=False):
            return
        try:
            self._look()
        finally:
            self._looking.release()

    def _run(self) -> None:
        while not self._stopping.wait(_LOOKS_EVERY):
            try:
                self.look()
            except Exception:
                log.exception("directory_not_looked_at")

    def _look_at_once(self) -> None:
        if self._at_once and self._files.changed:
            self.look()

    def _look(self) -> None:
        try:
            for _ in range(_TRIES):
                newest = self._follow_record()
                if newest is None and self._heads:
                    break  # what was on record is served; the files are looked at when the record can be
                if not self._files.changed and all(file.settled for file in self._files.all.values()):
                    break
                self._offer(self._files.read_changed(), newest)
            self._look_at_code()
        except Unavailable as fault:
            self._lost(fault)

    # --- following the record ---------------------------------------------------------------------------------------

    def _follow_record(self) -> int | None:
        """Use the newest version of each business. Returns the newest number, None while the record is unavailable."""
        try:
            newest = self.records.newest()
            if newest != self._newest:
                self._follow_heads({version.business: version for version in self.records.heads()}, newest)
        except Unavailable as fault:
            self._lost(fault)
            return None
        if self._away and self._keeps:  # what is served without being on record is put there now
            for file in self._files.all.values():
                file.settled = False
        self._away = False
        return newest

    def _lost(self, fault: Unavailable) -> None:
        if self._keeps and not self._away:  # a command that only reads says by itself what it cannot read
            log.warning("directory_record_unavailable", reason=str(fault))
        self._away = True

    def _follow_heads(self, heads: dict[str, Version], newest: int) -> None:
        used = {name: known for name, known in self._used.items() if not known.number}
        self._unusable = ()
        for name, version in heads.items():
            known = self._used.get(name)
            if version.source and (known is None or known.number != version.number):
                known = self._from_record(version) or known
            if version.source and known:
                used[name] = known
        self._use(used, heads, newest)

    def _from_record(self, version: Version) -> Directory | None:
        """The directory of a version; None where it cannot be used here and an earlier one can, or cannot be read."""
        served, directory = self._used.get(version.business), None
        try:
            directory = _read(version)
            # It was examined before it was put on record, with the same Python unless this says otherwise.
            same = served and version.source and self._code.run(directory) == version.source.code
            mistakes = tuple(self._examine(directory)) if self._keeps and not same else ()
        except Mistakes as refused:
            mistakes = refused.mistakes
        about = {"business": version.business, "number": version.number, "process": os.getpid()}
        if mistakes:
            log.error("directory_not_built_here", **about, mistakes=[str(one) for one in mistakes])
        elif served:
            log.info("directory_followed", **about)
        if not mistakes:
            return directory
        self._unusable = (*self._unusable, *mistakes)
        return None if served else directory

    def _use(self, used: Mapping[str, Directory], heads: dict[str, Version], newest: int) -> None:
        for directory in filter(lambda known: known.number, self._used.values()):
            self._remember(directory)
        self._gone = {**self._gone, **{name: was for name, was in self._used.items() if name not in used}}
        self._lines = {line: name for name, directory in used.items() for line in directory.lines}
        self._used = dict(sorted(used.items()))
        self._heads, self._newest = heads, newest
        for file in self._files.all.values():  # a line that was another's may be free now, and the other way round
            file.settled = file.settled and not file.clashes

    # --- putting on record ------------------------------------------------------------------------------------------

    def _offer(self, files: Sequence[DirectoryFile], newest: int | None) -> None:
        """Put on record what was saved, and use it. Without the record (`newest` is None) it is only used here.

        Where another process was quicker, nothing is done: all is to be read again.
        """
        fresh: dict[str, DirectoryFile] = {}
        refused: dict[str, tuple[Mistake, ...]] = {}
        for file in files:
            if file.mistakes:
                if not (file.missing and self._heads):  # without a file the record is followed
                    refused[file.business] = file.mistakes
            elif file.directory and self._is_new(file, newest):
                if mistakes := self._examined(file):
                    refused[file.business] = file.labelled(mistakes)
                else:
                    fresh[file.business] = file
        clashing = self._clashes(fresh)
        if not self._used and (refused or clashing):  # the first start of all is right, or there is none
            raise Mistakes(one for found in self._wrong(refused, clashing).values() for one in found)
        if self._keep(fresh, newest):
            self._report(files, refused, clashing)

    def _is_new(self, file: DirectoryFile, newest: int | None) -> bool:
        """Whether what a file says is to be served in place of what is."""
        assert file.source
        assert file.directory
        head = self._heads.get(file.business)
        code = self._code.run(file.directory)
        if head and head.source and self._code.outdated(code):
            code = head.source.code  # this process does not run what is in the Python files now
        file.source = replace(file.source, code=code)
        if file.made_by == OF_NOTHING and self._heads:
            return False
        if newest is None or head is None:
            return True
        if head.hash == file.source.hash:
            return False
        if file.made_by != "file":  # a number of the settings stands back behind a file
            return head.source is None or head.made_by == file.made_by
        saved = max((file.saved, *self._code.saved(code))) if file.first else file.saved
        later = saved > head.saved if file.first else saved >= head.saved
        if later or not self.records.has(file.business, file.source.hash):
            return True
        log.warning("directory_file_is_older", business=file.business, file=str(file.path), served=head.number)
        return False

    def _examined(self, file: DirectoryFile) -> tuple[Mistake, ...]:
        """What is wrong with the classes and hooks of a file. It is looked at again when their Python files change."""
        assert file.directory
        mistakes = tuple(self._examine(file.directory))
        if mistakes:
            code = self._code.run(file.directory)
            file.seen |= self._code.stamps(code)
            mistakes += tuple(Mistake(name, None, RESTART) for name in self._code.outdated(code))
        return mistakes

    def _clashes(self, fresh: dict[str, DirectoryFile]) -> Mapping[str, tuple[Mistake, ...]]:
        """The lines that two businesses claim, as mistakes of each. Such a file is taken out of `fresh`."""
        clashing: dict[str, tuple[Mistake, ...]] = {}
        while True:
            wanted = {**self._used, **{name: file.directory for name, file in fresh.items() if file.directory}}
            found = shared_lines({name: one for name, one in wanted.items() if name not in self._files.gone})
            clashing |= found
            if not found or not (fresh.keys() & found.keys()):
                return clashing
            for name in found:
                fresh.pop(name, None)

    def _keep(self, fresh: Mapping[str, DirectoryFile], newest: int | None) -> bool:
        """Put versions on record and use them. False when another process was quicker."""
        drafts = [_draft(file, self._heads.get(name)) for name, file in fresh.items() if file.made_by != OF_NOTHING]
        ended = sorted(name for name in self._files.gone & self._used.keys())
        drafts += [Draft(name, None, (), "end", self._heads[name].saved + 1) for name in ended if name in self._heads]
        kept: list[Version] | None = []
        if drafts and self._keeps and newest is not None:
            try:
                kept = self.records.keep(drafts, self._now(), after=newest)
            except Unavailable as fault:
                self._lost(fault)
        if kept is None:
            return False
        made = {version.business: version for version in kept}
        used = {name: one for name, one in self._used.items() if name not in ended}
        for name, file in fresh.items():
            assert file.directory
            number = made[name].number if name in made else 0
            used[name] = file.directory.model_copy(update={"number": number})
        for name in made.keys() & self._used.keys():
            more = {"changes": made[name].changes, "process": os.getpid()}
            log.info("directory_reloaded", business=name, number=made[name].number, **more)
        if fresh or ended:
            self._use(used, {**self._heads, **made}, kept[-1].number if kept else self._newest)
        return True

    # --- saying what is wrong ---------------------------------------------------------------------------------------

    def _report(
        self,
        files: Sequence[DirectoryFile],
        refused: Mapping[str, tuple[Mistake, ...]],
        clashing: Mapping[str, tuple[Mistake, ...]],
    ) -> None:
        """Say what is wrong with files, and that they are right again."""
        known, wrong = self._files.all, self._wrong(refused, clashing)
        for name in {file.business for file in files} | wrong.keys():
            known[name].settled, known[name].clashes = True, name in clashing
            source = known[name].source
            if name in wrong:
                self._reports.refused(name, source.hash if source else "", wrong[name])
            else:
                self._reports.right(name)
        self._reports.only(known.keys())

    def _wrong(
        self, refused: Mapping[str, tuple[Mistake, ...]], clashing: Mapping[str, tuple[Mistake, ...]]
    ) -> dict[str, tuple[Mistake, ...]]:
        files = self._files.all
        return {name: files[name].labelled(found) for name, found in clashing.items() if name in files} | dict(refused)

    def _look_at_code(self) -> None:
        for name, head in self._heads.items():
            if name in self._used:
                recorded = head.source.code if head.source else {}
                self._reports.restart(name, tuple(self._code.differences(name, head.number, recorded)))

    @property
    def mistakes(self) -> tuple[Mistake, ...]:
        """What is wrong with the files as they are now; () while each is the version that is served."""
        return self._reports.mistakes

    def troubles(self) -> list[Trouble]:
        """What keeps files and processes from what they should be, as is on record. Raises Unavailable."""
        return self.records.troubles(self._now())

    def version(self, business: str = "") -> Version | None:
        """The version that is served, as it is on record."""
        return self._heads.get(business)


def _read(version: Version) -> Directory:
    """The directory of a version. Raises Mistakes."""
    assert version.source
    return version.source.directory(version.business).model_copy(update={"number": version.number})


def _draft(file: DirectoryFile, head: Version | None) -> Draft:
    assert file.source
    before = head.source if head else None
    saved = max(file.saved, head.saved) if head else file.saved
    return Draft(file.business, file.source, differences(before, file.source), file.made_by, saved)
