"""The versions of the directory on record, and what is wrong with its files. The newest version is what is served."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, func, insert, make_url, select, update

from gateways.database.engine import Database
from gateways.database.tables import directory_troubles, directory_versions
from gateways.directory.file import Source
from gateways.errors import Unavailable

# What a process says of itself counts for so long: it says it again meanwhile, and one that has ended does not.
RESTART_COUNTS = timedelta(seconds=60)

_NEWEST = select(func.max(directory_versions.c.number))
_HEADS = select(directory_versions).where(
    directory_versions.c.number.in_(
        select(func.max(directory_versions.c.number)).group_by(directory_versions.c.business)
    )
)
_MINE = and_(directory_troubles.c.business == bindparam("mine"), directory_troubles.c.kind == bindparam("of_kind"))


@dataclass(frozen=True, slots=True)
class Draft:
    """A version that is to be kept. `source` is None where the business ends with it.

    `made_by` says what made it: "file", "CALL_TRANSFER_TO", "use 3", "end". `saved` is when its file was saved, in
    nanoseconds; of two files with the same content the one that was saved later counts.
    """

    business: str
    source: Source | None
    changes: tuple[str, ...]
    made_by: str
    saved: int


@dataclass(frozen=True, slots=True)
class Version(Draft):
    """A version on record. Numbers grow over all businesses."""

    number: int
    at: datetime

    @property
    def hash(self) -> str:
        """Of its source; "" where the business ended with it."""
        return self.source.hash if self.source else ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong, in lines, and since when. `kind`: "refused" of a file, "restart" of processes."""

    business: str
    kind: str
    words: tuple[str, ...]
    at: datetime


class VersionRecords:
    """The versions in the database at `url`. Every method raises Unavailable when it cannot be used."""

    def __init__(self, url: str) -> None:
        parts = make_url(url)
        self._file = Path(parts.database or "") if parts.get_backend_name() == "sqlite" else None
        self._url = url
        self._database: Database | None = None

    @property
    def _db(self) -> Database:
        if self._file and not self._file.exists():  # SQLite would make an empty one
            raise Unavailable("there is no database yet")
        self._database = self._database or Database(self._url)
        return self._database

    def newest(self) -> int:
        """The number of the newest version of any business; 0 while there is none."""
        with self._db.read() as connection:
            return connection.scalar(_NEWEST) or 0

    def heads(self) -> list[Version]:
        """The newest version of each business, those that have ended too."""
        with self._db.read() as connection:
            return [_version(row) for row in connection.execute(_HEADS.order_by(directory_versions.c.business))]

    def all(self, business: str | None = None) -> list[Version]:
        """Every version, oldest first; of one business where it is named."""
        table = directory_versions
        wanted = select(table).order_by(table.c.number)
        with self._db.read() as connection:
            rows = connection.execute(wanted if business is None else wanted.where(table.c.business == business))
            return [_version(row) for row in rows]

    def version(self, number: int) -> Version | None:
        """One version by its number."""
        with self._db.read() as connection:
            row = connection.execute(select(directory_versions).where(directory_versions.c.number == number)).first()
        return _version(row) if row else None

    def has(self, business: str, hash: str) -> bool:
        """Whether a version of the business with this content is on record."""
        table = directory_versions
        wanted = select(table.c.number).where(table.c.business == business, table.c.hash == hash).limit(1)
        with self._db.read() as connection:
            return connection.execute(wanted).first() is not None

    def keep(self, drafts: Sequence[Draft], at: datetime, *, after: int) -> list[Version] | None:
        """Keep versions that follow version `after`; None, and nothing is kept, when that is not the newest any more.

        What was wrong with those businesses' files is mended by it.
        """
        with self._db.write() as connection:
            self._db.alone(connection, "directory_versions")
            if (connection.scalar(_NEWEST) or 0) != after:
                return None
            made = [
                Version(one.business, one.source, one.changes, one.made_by, one.saved, after + n, at)
                for n, one in enumerate(drafts, 1)
            ]
            for version in made:
                connection.execute(insert(directory_versions).values(**_row(version)))
                _mend(connection, version.business, "refused")
        return made

    def note(self, business: str, kind: str, hash: str, words: Sequence[str], at: datetime) -> bool:
        """Keep what is wrong. True when it was not on record yet."""
        mine = _mine(business, kind)
        with self._db.write() as connection:
            self._db.alone(connection, "directory_troubles")
            known = connection.scalar(select(directory_troubles.c.hash).where(_MINE), mine)
            if known == hash:
                connection.execute(update(directory_troubles).where(_MINE).values(seen_at=at), mine)
                return False
            _mend(connection, business, kind)
            values = {"business": business, "kind": kind, "hash": hash, "words": list(words), "at": at, "seen_at": at}
            connection.execute(insert(directory_troubles).values(**values))
        return True

    def mend(self, business: str, kind: str) -> bool:
        """Forget what was wrong. True when something was."""
        with self._db.read() as connection:
            if not connection.execute(select(directory_troubles.c.hash).where(_MINE), _mine(business, kind)).first():
                return False
        with self._db.write() as connection:
            return _mend(connection, business, kind)

    def troubles(self, now: datetime) -> list[Trouble]:
        """All that is wrong, of every business."""
        with self._db.read() as connection:
            rows = connection.execute(select(directory_troubles).order_by(*directory_troubles.primary_key)).all()
        return [
            Trouble(row.business, row.kind, tuple(row.words), row.at)
            for row in rows
            if row.kind != "restart" or row.seen_at > now - RESTART_COUNTS
        ]

    def close(self) -> None:
        """Close every connection."""
        if self._database:
            self._database.close()


def _mine(business: str, kind: str) -> Mapping[str, str]:
    return {"mine": business, "of_kind": kind}


def _mend(connection: Connection, business: str, kind: str) -> bool:
    return bool(connection.execute(delete(directory_troubles).where(_MINE), _mine(business, kind)).rowcount)


def _row(version: Version) -> dict[str, Any]:
    source = version.source
    return {
        "number": version.number,
        "business": version.business,
        "at": version.at,
        "made_by": version.made_by,
        "hash": version.hash,
        "text": source.text if source else None,
        "prompts": dict(source.prompts) if source else {},
        "code": dict(source.code) if source else {},
        "changes": list(version.changes),
        "saved": version.saved,
    }


def _version(row: Any) -> Version:
    source = None if row.text is None else Source(row.text, row.prompts, row.code)
    return Version(row.business, source, tuple(row.changes), row.made_by, row.saved, row.number, row.at)
