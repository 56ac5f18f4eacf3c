"""People on record: who is away, who is on the phone, who has just hung up.

A person is *claimed* in their own row before any phone of theirs rings, by whatever mechanism: the database gives
each person to one claim at a time. A claim ends by itself at its `until`, should nobody ever give it up.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, case, exists, or_, select, update

from calls.events import Event
from calls.orders import Dial, Match
from calls.routing.availability import DAY, Presence
from calls.transfer.claims import GOODBYE, LONGEST_TALK, begins_to_talk, freed, says_goodbye
from calls.transfer.model import Transfer
from gateways.database.engine import Database
from gateways.database.tables import people, queue_entries
from gateways.jobs.outbox import Orders

_FREED = {"claim": None, "claimed_until": None}
_waiting = and_(queue_entries.c.business == bindparam("business"), queue_entries.c.state == "waiting")
_WAITS = select(exists().where(_waiting))
_KNOWN = tuple(one.name for one in fields(Presence) if one.name != "claimed")


@dataclass(frozen=True, slots=True)
class Claims:
    """The people whom a transfer rings as it begins, and until when they are its own at most."""

    people: tuple[str, ...]
    until: datetime


class NotFree(Exception):
    """Somebody else was quicker: not all of the people who were to be rung can be."""


class PeopleRecords:
    """The part of `Records` that knows people. A person is their business and their key in its file."""

    _db: Database
    _orders: Orders

    def presences(self, business: str) -> dict[str, Presence]:
        """Everybody of whom something is known; who is missing is available."""
        with self._db.read() as connection:
            return self._presences(connection, business)

    def set_away(self, business: str, person: str, until: datetime | None, at: datetime) -> None:
        """This person is not to be rung: until that moment, or until they say so. A talk of theirs goes on."""
        with self._db.write() as connection:
            self._set(connection, business, person, {"away": True, "away_until": until, "changed_at": at})

    def set_back(self, business: str, person: str, at: datetime) -> None:
        """This person may be rung again, at once: whatever work followed their last talk is done."""
        with self._db.write() as connection:
            here = {"away": False, "away_until": None, "wrap_until": None, "changed_at": at}
            self._set(connection, business, person, here)
            self._freed(connection, business)

    def claim(
        self, business: str, persons: Iterable[str], claim: str, *, until: datetime, at: datetime, willing: bool = False
    ) -> frozenset[str]:
        """`_claim`, in a transaction of its own."""
        with self._db.write() as connection:
            return self._claim(connection, business, persons, claim, until=until, at=at, willing=willing)

    def release(
        self,
        claim: str,
        at: datetime,
        *,
        persons: Collection[str] | None = None,
        talked: Collection[str] = (),
        wrap_up: float = 0.0,
    ) -> frozenset[str]:
        """`_release`, in a transaction of its own."""
        with self._db.write() as connection:
            return self._release(connection, claim, at, persons=persons, talked=talked, wrap_up=wrap_up)

    def claim_next(self, transfer: Transfer, claims: Claims, at: datetime) -> bool:
        """Claim all of these people for a document that is about to ring them, and whose earlier legs are over.

        False when not all can be had; then none is claimed.
        """
        try:
            with self._db.write() as connection:
                self._hold(connection, transfer, claims.people)
                self._release(connection, transfer.id, at)
                self._claim_all(connection, transfer, claims, at)
        except NotFree:
            self.release(transfer.id, at)
            return False
        return True

    def _claim_all(
        self, connection: Connection, transfer: Transfer, claims: Claims, at: datetime | None = None
    ) -> None:
        """Claim people for a transfer. Raises NotFree, and the transaction must not be committed then."""
        now, until, persons = at or transfer.started_at, claims.until, claims.people
        got = self._claim(connection, transfer.business, persons, transfer.id, until=until, at=now)
        if len(got) < len(set(persons)):
            raise NotFree(", ".join(sorted(set(persons) - got)))

    def _free(self, connection: Connection, before: Transfer, event: Event, after: Transfer, at: datetime) -> None:
        """What an event means for the people of a transfer."""
        free, talking = freed(before, event, after), begins_to_talk(before, after)
        leaving = says_goodbye(before, after)
        if (talking or leaving) and (free or len(talking | leaving) > 1):
            self._hold(connection, after, talking)
        if free:
            persons = None if free.everybody else free.people
            self._release(connection, after.id, at, persons=persons, talked=free.talked, wrap_up=free.wrap_up)
        if talking:  # whoever was rung without us is claimed only now
            until = at + LONGEST_TALK
            self._claim(connection, after.business, talking, after.id, until=until, at=at, willing=True)
        if leaving:
            self._extend(connection, after.id, leaving, at + GOODBYE)

    def _hold(self, connection: Connection, transfer: Transfer, more: Collection[str]) -> None:
        """Lock those whom a transfer has, and `more`, in one go: else it could wait for whoever waits for it."""
        wanted = and_(people.c.business == transfer.business, people.c.person.in_(sorted(more)))
        connection.execute(_in_key_order(or_(people.c.claim == transfer.id, wanted)))

    def _hold_the_free(self, connection: Connection, transfer: Transfer, at: datetime) -> frozenset[str]:
        """Those of a transfer's people who can be rung, as it looks. If there are any, all its people are locked, those
        who are not known yet included: they are claimed in the order in which they ring, which is not that of the keys.
        """
        everybody = frozenset(leg.person for leg in transfer.plan if leg.person)
        mine = and_(people.c.business == transfer.business, people.c.person.in_(sorted(everybody)))
        others = and_(mine, ~or_(people.c.claim == transfer.id, _may_be_rung(at)))
        free = everybody - set(connection.scalars(select(people.c.person).where(others)))
        if free:
            rows = [{"business": transfer.business, "person": person} for person in sorted(everybody)]
            connection.execute(self._db.insert(people).values(rows).on_conflict_do_nothing())
            self._hold(connection, transfer, everybody)
        return free

    def _claim_for(
        self, connection: Connection, t: Transfer, dials: Sequence[Dial], hopeful: frozenset[str], at: datetime
    ) -> list[Dial]:
        """Those of these dials whose people are this transfer's now: for the time that they ring and the caller is
        held. Nobody is claimed who is not `hopeful`. A number that is nobody's is always rung.
        """
        legs = {(leg.step, leg.leg): leg for leg in t.plan}
        planned = [(dial, legs[dial.step, dial.leg]) for dial in dials]
        rings = max(leg.ring_for for _, leg in planned)
        until = at + timedelta(seconds=rings + (t.terms.hold_limit if t.terms else 0))
        wanted = hopeful & {leg.person for _, leg in planned if leg.person}
        got = self._claim(connection, t.business, wanted, t.id, until=until, at=at)
        return [dial for dial, leg in planned if leg.person is None or leg.person in got]

    def _presences(self, connection: Connection, business: str) -> dict[str, Presence]:
        return {row.person: _presence(row) for row in connection.execute(_of(business))}

    def _claim(
        self,
        connection: Connection,
        business: str,
        persons: Iterable[str],
        claim: str,
        *,
        until: datetime,
        at: datetime,
        willing: bool = False,
    ) -> frozenset[str]:
        """Those of `persons` whom this claim (the id of what rings them) has now, until then at most.

        Whoever is away, has work to do after a talk, or is another claim's, it does not get. Whom it has already it
        keeps, for longer. `willing`: they asked for it themselves, so it does not matter that they are away.
        """
        keep = self._db.insert(people)
        free = _may_be_rung(at) if not willing else _is_void(at)
        keep = keep.on_conflict_do_update(
            index_elements=["business", "person"],
            set_={name: keep.excluded[name] for name in _FREED},
            where=or_(people.c.claim == claim, free),
        ).returning(people.c.person)
        values = {"business": business, "claim": claim, "claimed_until": until}
        # Everybody locks rows in the order of their keys, or two claims could wait for each other.
        rows = [connection.execute(keep.values(person=person, **values)) for person in sorted(set(persons))]
        return frozenset(person for row in rows for person in row.scalars())

    def _release(
        self,
        connection: Connection,
        claim: str,
        at: datetime,
        *,
        persons: Collection[str] | None = None,
        talked: Collection[str] = (),
        wrap_up: float = 0.0,
        until: datetime | None = None,
    ) -> frozenset[str]:
        """Give up a claim: on everybody it has, or on some `persons`. Who was released; told twice, nobody.

        With `until` they are released by then: they are on the phone yet.

        Those who have `talked` are not rung for `wrap_up` seconds, and their idle time begins. Whoever waits in a queue
        of their business is looked after when they can be rung again.
        """
        mine = people.c.claim == claim
        if persons is not None:
            mine = and_(mine, people.c.person.in_(sorted(persons)))
        rows = connection.execute(_in_key_order(mine)).all()
        over, yet = (_FREED, 0.0) if until is None else ({"claimed_until": until}, (until - at).total_seconds())
        looks = set[tuple[str, float]]()
        for row in rows:
            has_talked = row.person in talked
            values = over | (_after_a_talk(at, wrap_up) if has_talked else {})
            connection.execute(update(people).where(_is(row.business, row.person)).values(values))
            looks.add((row.business, max(yet, wrap_up if has_talked else 0.0)))
        for business, after in looks:
            self._freed(connection, business, after)
        return frozenset(row.person for row in rows)

    def _extend(self, connection: Connection, claim: str, persons: Collection[str], until: datetime) -> None:
        """A claim on some people ends at another moment than was thought."""
        mine = and_(people.c.claim == claim, people.c.person.in_(sorted(persons)))
        connection.execute(update(people).where(mine).values(claimed_until=until))

    def _set(self, connection: Connection, business: str, person: str, values: dict[str, Any]) -> None:
        keep = self._db.insert(people).values(business=business, person=person, **values)
        connection.execute(keep.on_conflict_do_update(index_elements=["business", "person"], set_=values))

    def _freed(self, connection: Connection, business: str, after: float = 0.0) -> None:
        """Somebody of a business can be rung in so many seconds: whoever waits there is given to them."""
        # Who comes into a queue later is matched as they come; who comes at this very moment, by the next sweep.
        if after or connection.scalar(_WAITS, {"business": business}):
            self._look(connection, business, after)

    def _look(self, connection: Connection, business: str, after: float = 0.0) -> None:
        """See that somebody looks for a match. Whoever keeps no orders relies on the worker's own looks."""
        self._orders.keep(connection, Match(business, after))


def _of(business: str) -> Any:
    return select(people).where(people.c.business == business)


def _is(business: str, person: str) -> Any:
    return and_(people.c.business == business, people.c.person == person)


def _in_key_order(whose: Any) -> Any:
    return select(people).where(whose).order_by(people.c.business, people.c.person).with_for_update()


def _is_void(at: datetime) -> Any:
    return or_(people.c.claim.is_(None), people.c.claimed_until <= at)


def _may_be_rung(at: datetime) -> Any:
    here = or_(~people.c.away, people.c.away_until <= at)
    done = or_(people.c.wrap_until.is_(None), people.c.wrap_until <= at)
    return and_(_is_void(at), here, done)


def _after_a_talk(at: datetime, wrap_up: float) -> dict[str, Any]:
    same_day = people.c.idle_since > at - timedelta(seconds=DAY)
    return {
        "wrap_until": at + timedelta(seconds=wrap_up) if wrap_up else None,
        "idle_since": at,
        "served": case((same_day, people.c.served + 1), else_=1),
    }


def _presence(row: Row[Any]) -> Presence:
    known = {name: getattr(row, name) for name in _KNOWN}
    return Presence(**known, claimed=row.claimed_until if row.claim else None)
