"""Offers on record: which person was asked to take which entry of the waiting line, and how that went.

Who is free goes to whoever waits in one transaction, one at a time for each business: the entry, the person's claim,
the offer and the order to ring are kept together or not at all. Every offer has a deadline, so that no entry is lost
with the phone, the worker or the machine that had it.

Rows are locked in one order everywhere, or two transactions could wait for each other: the transfer, the entry, its
offers, the people.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, and_, case, exists, func, or_, select, update

from calls.directory.model import Directory, Person
from calls.orders import LookForCaller, Offer
from calls.outcomes import Outcome
from calls.queue.entry import PROGRESS, RING_FOR, STAYS, OfferState, PersonOffer, QueueEntry, Via
from calls.queue.matching import RESTS, RESTS_FOR_CALLBACK, Pair, next_for, pairs, takers
from calls.routing.availability import free
from calls.transfer.claims import GOODBYE, LONGEST_TALK
from gateways.database.tables import LIVE_OFFER, offers, queue_entries
from gateways.records.queue.callbacks import CallbackRecords
from gateways.records.queue.entries import to_entry

LOOK_EVERY = 4.0
"""Seconds from one look for the caller to the next, while a phone rings for them."""

_OFFER = tuple(one.name for one in fields(PersonOffer))


class OfferRecords(CallbackRecords):
    """The part of `Records` that knows offers."""

    def match(self, business: str, directory: Directory, at: datetime) -> list[PersonOffer]:
        """Offer everybody whose turn it is to whoever is free; each of these people is to be rung."""
        with self._db.write() as connection:
            self._one_at_a_time(connection, business)
            presences = self._presences(connection, business)
            staffed = {queue: takers(queue, directory) for queue in self._queues(connection, business, at)}
            staffed = {
                queue: people
                for queue, people in staffed.items()
                if any(free(presences.get(person.key), at) for person in people)
            }
            if not staffed:
                return []
            entries = self._waiting(connection, business, staffed, at)
            recent = self._recent(connection, business, entries, at)
            chosen = pairs(entries, staffed, presences, recent, at)
            # People are claimed in the order of their keys, as everybody does it.
            made = [self._offer(connection, one, at) for one in sorted(chosen, key=lambda one: one.person.key)]
            return [offer for offer in made if offer]

    def take_next(
        self, business: str, queue: str, person: Person, at: datetime, *, via: Via, call_id: str = ""
    ) -> PersonOffer | None:
        """Offer the first in line of a queue to a person who asks for them, away or not; None when nobody waits.

        By `dial_in` the person is on the phone already, on the leg `call_id`; asked twice, it is the same offer. From
        the desk their phone is rung. None, too, when the person's phone is ringing for somebody else.
        """
        with self._db.write() as connection:
            self._one_at_a_time(connection, business)
            if via == "dial_in" and (asked_before := _on_the_leg(connection, call_id)):
                return asked_before
            entry = next_for(person, self._waiting(connection, business, [queue], at))
            return self._offer(connection, Pair(entry, person), at, via=via, call_id=call_id) if entry else None

    def offer(self, offer_id: str) -> tuple[PersonOffer, QueueEntry] | None:
        """An offer by its id, with what is offered."""
        with self._db.read() as connection:
            return _found(connection, offer_id)

    def offers_of(self, entry_id: str) -> list[PersonOffer]:
        """Everybody who was asked to take an entry, in that order."""
        query = select(offers).where(offers.c.entry_id == entry_id).order_by(offers.c.leg)
        with self._db.read() as connection:
            return [_offer(row) for row in connection.execute(query)]

    def overdue(self, at: datetime, business: str) -> list[tuple[PersonOffer, QueueEntry]]:
        """Offers of which nothing more was heard within their time."""
        late = select(offers.c.id, offers.c.business).where(LIVE_OFFER, offers.c.deadline <= at)
        with self._db.read() as connection:  # whose they are is looked at here, or all of a business would be read
            mine = [row.id for row in connection.execute(late) if row.business == business]
            return [one for one in (_found(connection, offer_id) for offer_id in mine) if one]

    def offer_went_on(
        self, offer_id: str, state: OfferState, at: datetime, *, call_id: str = "", only_from: OfferState | None = None
    ) -> PersonOffer | None:
        """The offer, gone on to `state`; None when it is there already, further, or over.

        With `only_from` it must be exactly in that state, and in time: else the person is not its own any more. The
        leg's id is kept whenever it is told.
        """
        before = [only_from] if only_from else list(PROGRESS[: PROGRESS.index(state)])
        until = at + STAYS[state]
        with self._db.write() as connection:
            if call_id:
                known = and_(offers.c.id == offer_id, offers.c.call_id == "")
                connection.execute(update(offers).where(known).values(call_id=call_id))
            changed = {"state": state, "deadline": until} | ({"answered_at": at} if state == "answered" else {})
            mine = and_(offers.c.id == offer_id, offers.c.state.in_(before))
            mine = and_(mine, offers.c.deadline > at) if only_from else mine
            row = connection.execute(update(offers).where(mine).values(changed).returning(*offers.c)).first()
            if row is None:
                return None
            self._extend(connection, offer_id, [row.person], until)
            if state == "dialling":
                self._keep(connection, LookForCaller(offer_id, LOOK_EVERY))
            return _offer(row)

    def look_again(self, offer_id: str) -> None:
        """See a little later whether the caller is still there."""
        with self._db.write() as connection:
            self._keep(connection, LookForCaller(offer_id, LOOK_EVERY))

    def leg_of_offer(self, offer_id: str, call_id: str) -> PersonOffer | None:
        """The offer, with the id of its leg as the platform's answer names it."""
        with self._db.write() as connection:
            known = and_(offers.c.id == offer_id, offers.c.call_id == "")
            connection.execute(update(offers).where(known).values(call_id=call_id))
            found = _found(connection, offer_id)
            return found[0] if found else None

    def put_off_offer(self, offer_id: str) -> None:
        """The phone was certainly not rung: it is to be rung a little later."""
        with self._db.write() as connection:
            mine = and_(offers.c.id == offer_id, offers.c.state == "dialling")
            connection.execute(update(offers).where(mine).values(state="queued"))

    def accept_offer(self, offer_id: str, at: datetime) -> bool:
        """The person has said yes. False when the entry is not theirs to have any more."""
        with self._db.write() as connection:
            _hold_entry(connection, offer_id)
            found = _found(connection, offer_id)
            if found is None or not found[0].live or found[1].state != "offered":
                return False
            if self._taken_by(connection, found[1].id) - {offer_id}:
                return False
            until = at + STAYS["accepted"]
            mine = and_(offers.c.id == offer_id, offers.c.state.not_in(("bridged", "over")))
            connection.execute(update(offers).where(mine).values(state="accepted", deadline=until))
            self._extend(connection, offer_id, [found[0].person], until)
            return True

    def offer_bridged(self, offer_id: str, at: datetime) -> bool:
        """Caller and person hear each other. False when that was known, or the offer was given up."""
        with self._db.write() as connection:
            _hold_entry(connection, offer_id)
            mine = and_(offers.c.id == offer_id, offers.c.state.not_in(("bridged", "over")))
            talks = self._talk(connection, mine, at)
            for row in talks:
                self._close(connection, row.entry_id, "done", Outcome.BRIDGED, at)
            return bool(talks)

    def still_talking(self, offer_id: str, at: datetime) -> None:
        """They do: it is asked again later."""
        with self._db.write() as connection:
            mine = and_(offers.c.id == offer_id, offers.c.state == "bridged")
            connection.execute(update(offers).where(mine).values(deadline=at + STAYS["bridged"]))

    def end_offer(
        self, offer_id: str, outcome: Outcome, at: datetime, *, wrap_up: float = 0.0, leaving: bool = False
    ) -> bool:
        """The offer is over. Who still waits is offered to the next. False when told before.

        After a talk the person has `wrap_up` seconds in which nobody rings them. `leaving`: they are on the phone yet,
        and are not rung until it is told that their leg is over, or for as long as a goodbye takes.
        """
        with self._db.write() as connection:
            row = self._over(connection, offer_id, outcome, at, wrap_up, leaving=leaving)
            if row is None or row.bridged_at:
                return row is not None
            if self._wait_again(connection, row.entry_id, {}):
                self._look(connection, row.business)
                for rests in (RESTS, RESTS_FOR_CALLBACK):  # when whoever said no is asked again
                    self._look(connection, row.business, rests.total_seconds() + 1)
            return True

    def not_reached(self, offer_id: str, outcome: Outcome, at: datetime, due_at: datetime) -> bool:
        """A caller who was rung back did not answer: they stay in line, and are rung again from `due_at` on."""
        with self._db.write() as connection:
            row = self._over(connection, offer_id, outcome, at, 0.0, leaving=True)
            if row is None:
                return False
            if self._wait_again(connection, row.entry_id, {"due_at": due_at, "tries": queue_entries.c.tries + 1}):
                self._look(connection, row.business, max(0.0, (due_at - at).total_seconds()))
            return True

    def leg_over(self, offer_id: str, at: datetime) -> bool:
        """The leg of an offer that was over has ended, too: nothing of it keeps its person from being rung.

        False when nothing of it did.
        """
        with self._db.write() as connection:
            return bool(self._release(connection, offer_id, at))

    # --- in a transaction -----------------------------------------------------------------------------------------

    def _recent(
        self, connection: Connection, business: str, entries: Sequence[QueueEntry], at: datetime
    ) -> Iterator[PersonOffer]:
        """The offers that came to nothing, as far as they still keep somebody from being asked."""
        callbacks = [entry.id for entry in entries if entry.kind == "callback"]
        lately = or_(offers.c.ended_at > at - RESTS, offers.c.entry_id.in_(callbacks))
        ended = and_(offers.c.business == business, offers.c.ended_at > at - RESTS_FOR_CALLBACK, lately)
        return map(_offer, connection.execute(select(offers).where(ended, offers.c.bridged_at.is_(None))).all())

    def _offer(
        self, connection: Connection, pair: Pair, at: datetime, *, via: Via = "rung", call_id: str = ""
    ) -> PersonOffer | None:
        entry, person = pair.entry, pair.person
        leg = (connection.scalar(select(func.count()).where(offers.c.entry_id == entry.id)) or 0) + 1
        offer = PersonOffer(
            id=f"o_{sha256(f'{entry.id}/{leg}'.encode()).hexdigest()[:24]}",
            entry_id=entry.id,
            person=person.key,
            leg=leg,
            to=str(person.leg.to),
            started_at=at,
            deadline=at + STAYS["queued"],
            business=entry.business,
            via=via,
        )
        if via == "dial_in":
            answered = at + STAYS["answered"]
            offer = replace(offer, state="answered", call_id=call_id, answered_at=at, deadline=answered)
        willing = via != "rung"
        got = self._claim(
            connection, entry.business, [person.key], offer.id, until=offer.deadline, at=at, willing=willing
        )
        if not got:
            return None
        mine = and_(queue_entries.c.id == entry.id, queue_entries.c.version == entry.version)
        offered = {"state": "offered", "version": entry.version + 1}
        if not connection.execute(update(queue_entries).where(mine).values(offered)).rowcount:
            self._release(connection, offer.id, at)
            return None
        connection.execute(offers.insert(), {name: getattr(offer, name) for name in _OFFER})
        # Whoever has rung us is looked after, too: nobody tells when they hang up.
        self._keep(connection, LookForCaller(offer.id, LOOK_EVERY) if via == "dial_in" else Offer(offer.id))
        return offer

    def _talk(self, connection: Connection, which: Any, at: datetime) -> Sequence[Row[Any]]:
        """These offers have come to a talk; their rows."""
        told = {"state": "bridged", "bridged_at": at, "deadline": at + STAYS["bridged"]}
        rows = connection.execute(update(offers).where(which).values(told).returning(*offers.c)).all()
        for row in rows:
            self._extend(connection, row.id, [row.person], at + LONGEST_TALK)
        return rows

    def _over(
        self, connection: Connection, offer_id: str, outcome: Outcome, at: datetime, wrap_up: float, *, leaving: bool
    ) -> Row[Any] | None:
        _hold_entry(connection, offer_id)
        mine = and_(offers.c.id == offer_id, offers.c.state != "over")
        how = case((offers.c.bridged_at.is_not(None), str(Outcome.BRIDGED)), else_=str(outcome))
        over = {"state": "over", "outcome": how, "ended_at": at}
        row = connection.execute(update(offers).where(mine).values(over).returning(*offers.c)).first()
        if row:
            talked = [row.person] if row.bridged_at else []
            may_be_up = GOODBYE if row.call_id else timedelta(seconds=RING_FOR)  # a phone we cannot stop may ring yet
            until = at + may_be_up if leaving else None
            self._release(connection, offer_id, at, talked=talked, wrap_up=wrap_up if talked else 0.0, until=until)
        return row

    def _wait_again(self, connection: Connection, entry_id: str, more: Mapping[str, Any]) -> bool:
        """The entry waits, unless somebody else is asked already, or it is over."""
        asked = exists().where(offers.c.entry_id == entry_id, offers.c.state != "over")
        mine = and_(queue_entries.c.id == entry_id, queue_entries.c.state == "offered", ~asked)
        again = {"state": "waiting", "version": queue_entries.c.version + 1, **more}
        return bool(connection.execute(update(queue_entries).where(mine).values(again)).rowcount)


def _hold_entry(connection: Connection, offer_id: str) -> None:
    """Lock the entry of an offer, before the offer and its person."""
    its = select(offers.c.entry_id).where(offers.c.id == offer_id).scalar_subquery()
    connection.execute(select(queue_entries.c.id).where(queue_entries.c.id == its).with_for_update())


def _on_the_leg(connection: Connection, call_id: str) -> PersonOffer | None:
    """The live offer of whoever has rung us on this leg."""
    mine = select(offers).where(LIVE_OFFER, offers.c.call_id == call_id).order_by(offers.c.deadline)
    row = connection.execute(mine).first()
    return _offer(row) if row else None


def _found(connection: Connection, offer_id: str) -> tuple[PersonOffer, QueueEntry] | None:
    row = connection.execute(select(offers).where(offers.c.id == offer_id)).first()
    if row is None:
        return None
    entry = connection.execute(select(queue_entries).where(queue_entries.c.id == row.entry_id)).one()
    return _offer(row), to_entry(entry)


def _offer(row: Row[Any]) -> PersonOffer:
    return PersonOffer(**{name: getattr(row, name) for name in _OFFER})
