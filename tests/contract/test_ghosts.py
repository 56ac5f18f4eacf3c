"""Callers in line who hang up where nobody tells of it: they are gone within seconds, and the next is served."""

from datetime import timedelta
from typing import Any

import pytest

from calls.orders import EndOffer, Match, Offer
from calls.queue.entry import STAYS_IN_LINE
from handlers.services import line_watch, offers
from handlers.services.offers import take_next
from tests.contract.conftest import ACME, Build, Switchboard
from tests.contract.consulted import REST
from tests.contract.test_offers_unheard import Platform
from tests.contract.test_queueing import SALES, Waiting
from tests.support.kept import Kept
from tests.support.phone import Phone

DESK_LINE = "+12025550106"
SHOP: dict[str, Any] = {
    **ACME,
    "departments": {**ACME["departments"], "sales": SALES},
    "lines": {**ACME["lines"], DESK_LINE: {"agent": {"queue": "sales"}}},
}


class Line:
    """Two callers in line for sales: the first hangs up as their place is announced, and nobody tells."""

    def __init__(self, switchboard: Build, **settings: Any) -> None:
        self.kept = Kept()
        self.board: Switchboard = switchboard(SHOP, orders=self.kept, **settings)
        self.wiring = self.board.app.extensions["switchboard"]
        self.records = self.wiring.records
        if self.wiring.carrier:
            self.platform = Platform(self)  # type: ignore[arg-type]
            self.platform.legs = {"c1": "answered", "c2": "answered"}
        self.first = Waiting(self.board)
        self.first.round()
        self.passes(2)
        self.second = Waiting(self.board, call_id="c2", caller="+12025550178")

    @property
    def dana(self) -> Any:
        return self.wiring.directories.current().people["dana"]

    def passes(self, seconds: float) -> None:
        self.board.clock.at += timedelta(seconds=seconds)

    def hangs_up(self) -> None:
        self.platform.legs["c1"] = "ended"

    def look(self) -> int:
        return line_watch.look(self.wiring, pause=lambda seconds: None)

    @property
    def stands(self) -> dict[str, str]:
        return {one.call_id: one.state for one in self.records.entries("", only_open=False)}


@pytest.fixture
def line(switchboard: Build) -> Line:
    return Line(switchboard, **REST)


def in_music(caller: Waiting) -> None:
    """The platform says that the caller hears the music of a round."""
    body = {"event_type": "calling.call.queue", "params": {"status": "enqueue", "position": 1}}
    caller.phone.post(caller.queue["status_url"], body)


def test_a_caller_who_hangs_up_in_an_announcement_is_gone_with_the_next_look(line: Line) -> None:
    line.hangs_up()
    line.passes(line_watch.EVERY)
    assert line_watch.EVERY < 5
    assert line.look() == 1
    assert line.stands == {"c1": "left"}
    assert line.board.story[0] == ("sales", "caller_left")
    assert "next in line" in line.second.round()["say"]


def test_a_caller_who_is_there_stays_and_one_in_the_platforms_queue_is_not_asked_after(line: Line) -> None:
    assert line.look() == 0
    assert line.stands == {"c1": "waiting"}
    in_music(line.first)
    line.hangs_up()  # of which the platform itself tells, there
    line.passes(line.first.queue["wait_time"])
    assert line.look() == 0
    line.passes(5)  # but not when that is lost
    assert line.look() == 1


def test_an_entry_does_not_outlive_its_wait_while_we_are_down(line: Line) -> None:
    """Nobody is rung for a ghost of an hour ago, whatever runs first, and the next caller is the first in line."""
    line.passes(55 * 60)
    line.second.round()
    line.hangs_up()
    offers.match(line.wiring, Match())
    (found,) = [line.records.offer(one.offer_id) for one in line.kept.orders if isinstance(one, Offer)]
    assert found
    assert found[1].call_id == "c2"
    assert line.second.round(1)["told"].startswith("1/")
    assert line.look() == 1
    assert line.stands["c1"] == "left"


@pytest.mark.parametrize(("project", "gone"), [("development", 1), ("p1", 0)], ids=["stand-in", "platform"])
def test_a_call_that_the_stand_in_does_not_know_is_over(switchboard: Build, project: str, gone: int) -> None:
    """The stand-in ends with the server, and its calls with it; the platform may not know a call yet."""
    line = Line(switchboard, **{**REST, "signalwire_project_id": project, "signalwire_api_url": "http://127.0.0.1:9"})
    del line.platform.legs["c1"]
    line.passes(line_watch.EVERY)
    assert line.look() == gone


def test_an_entry_ends_by_the_clock_where_the_platform_says_nothing(switchboard: Build) -> None:
    line = Line(switchboard)  # without credentials nobody can be asked
    in_music(line.first)
    line.passes(300 + STAYS_IN_LINE.total_seconds())
    assert STAYS_IN_LINE.total_seconds() + line_watch.EVERY < 60
    assert line.look() == 1
    assert line.stands == {"c1": "left"}


def test_who_was_wrongly_taken_to_have_left_keeps_the_place(switchboard: Build) -> None:
    line = Line(switchboard)
    line.second.round()
    line.passes(40)  # nothing is heard: a fault of the network, say
    assert line.look() == 2
    assert line.first.round()["told"].startswith("1/")
    assert line.second.round()["told"].startswith("2/")
    assert line.stands == {"c1": "waiting", "c2": "waiting"}


def test_who_takes_the_next_at_the_desk_gets_the_one_after_a_ghost(line: Line) -> None:
    line.second.round()
    line.passes(6)
    line.hangs_up()
    found = take_next(line.wiring, line.wiring.directories.current(), line.dana, "sales", via="desk")
    assert found
    assert found[1].call_id == "c2"
    line.platform.legs["c2"] = "ended"  # who hangs up before the phone rings
    third = Waiting(line.board, call_id="c3", caller="+12025550179")
    third.round()
    offers.ring(line.wiring, Offer(found[0].id))
    (asked,) = [one for one in line.records.entries("") if one.state == "offered"]
    assert asked.call_id == "c3"


def test_who_rings_in_is_told_of_nobody_who_has_left(line: Line) -> None:
    line.second.round()
    line.passes(6)
    line.hangs_up()
    document = Phone(line.board.app, caller="+12025550111", line=DESK_LINE, call_id="d1").dials()
    assert "a call for the sales team" in str(document)
    assert line.stands == {"c1": "left", "c2": "offered"}


def test_a_person_whose_caller_leaves_in_the_briefing_is_given_the_next(line: Line) -> None:
    line.second.round()
    line.passes(6)
    (offer,) = line.records.match("", line.wiring.directories.current(), line.board.clock.at)
    person = Phone(line.board.app, caller="+12025550111", call_id="leg")
    person.follows(line.wiring.links_of("").offer("answer", offer.id))
    person.follows(line.wiring.links_of("").offer("brief", offer.id))
    line.hangs_up()
    heard = person.follows(line.wiring.links_of("").offer("take", offer.id))
    assert "There is another one." in str(heard)
    assert line.stands == {"c1": "left", "c2": "offered"}
    for order in line.kept.orders:  # what stops the phone of the first offer leaves the leg alone
        if isinstance(order, EndOffer):
            offers.end(line.wiring, order)
    assert line.stands == {"c1": "left", "c2": "offered"}
