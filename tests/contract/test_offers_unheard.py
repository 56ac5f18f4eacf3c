"""Offers of which the platform tells too little, too late or twice: nobody is kept, forgotten or rung by two."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from calls.orders import EndOffer, LookForCaller, Match, Offer
from calls.outcomes import Outcome
from calls.routing.availability import standing
from gateways.errors import Unavailable
from handlers.services import offers
from tests.contract.conftest import Build
from tests.contract.test_offers import DANA, Desk
from tests.support.phone import Phone

SUPPORT_LINE = "+12025550105"


class Platform:
    """The platform's REST interface: which legs it calls up or over, and what it refuses."""

    def __init__(self, desk: Desk) -> None:
        self.legs: dict[str, str] = {}
        self.refuses: dict[str, int] = {}
        carrier = desk.wiring.carrier
        carrier.__dict__["_client"] = httpx.Client(base_url=carrier.api, transport=httpx.MockTransport(self.answer))

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            state = self.legs.get(request.url.path.rpartition("/")[2])
            return httpx.Response(200, json={"status": state}) if state else httpx.Response(404)
        command = next(one for one in ("dial", "calling.end", "update") if f'"{one}"'.encode() in request.content)
        return httpx.Response(self.refuses.get(command, 200), json={"id": "leg"})


@pytest.fixture
def desk(switchboard: Build) -> Desk:
    return Desk(switchboard)


def dials_in(desk: Desk) -> str:
    return desk.hears(Phone(desk.board.app, caller=DANA, line=SUPPORT_LINE, call_id="d1").dials())


def dana(desk: Desk) -> str:
    return standing(desk.records.presences("").get("dana"), desk.wiring.clock.now())


def later(desk: Desk, seconds: float) -> None:
    desk.board.clock.at += timedelta(seconds=seconds)


def test_a_leg_that_cannot_be_ended_keeps_nobody_in_line(desk: Desk) -> None:
    platform = Platform(desk)
    desk.fetches("answer", desk.is_offered())
    platform.legs["leg"], platform.refuses["calling.end"] = "answered", 403
    later(desk, 61)
    offers.match(desk.wiring, Match())
    assert desk.stands() == "waiting None"
    assert dana(desk) == "busy"  # for as long as a goodbye takes: their leg may be up


def test_a_document_that_is_fetched_twice_by_whoever_rings_in_is_the_same(desk: Desk) -> None:
    Platform(desk)
    assert "Hello Dana Reyes." in dials_in(desk)
    assert "Hello Dana Reyes." in dials_in(desk)
    assert len(desk.records.offers_of(desk.waits.id)) == 1


def test_whoever_rings_in_and_hangs_up_in_the_briefing_keeps_no_caller(desk: Desk) -> None:
    platform = Platform(desk)
    dials_in(desk)
    (offer,) = desk.records.offers_of(desk.waits.id)
    platform.legs = {"d1": "answered", "c9": "answered"}
    for seconds in (4, 8):
        later(desk, seconds)
        (look,) = [one for one in desk.kept.orders if one == LookForCaller(offer.id, 4.0)]
        desk.kept.orders.remove(look)
        offers.look_for_caller(desk.wiring, look)
        assert desk.stands() == ("offered None" if seconds == 4 else "waiting None")
        platform.legs["d1"] = "ended"
    assert dana(desk) == "available"


def test_a_dial_without_an_answer_may_have_rung(desk: Desk) -> None:
    platform = Platform(desk)
    offer = desk.is_offered()
    platform.refuses["dial"] = 500
    offers.ring(desk.wiring, Offer(offer.id))
    assert desk.stands() == "waiting None"
    assert dana(desk) == "busy"
    later(desk, 60)
    assert dana(desk) == "available"


def test_a_dial_that_is_refused_has_rung_nobody(desk: Desk) -> None:
    platform = Platform(desk)
    platform.refuses["dial"] = 422
    offers.ring(desk.wiring, Offer(desk.is_offered().id))
    assert dana(desk) == "available"


def test_a_platform_that_is_too_busy_is_asked_again_for_a_while(desk: Desk) -> None:
    platform = Platform(desk)
    offer = desk.is_offered()
    platform.refuses["dial"] = 429
    for _ in range(2):
        with pytest.raises(Unavailable):
            offers.ring(desk.wiring, Offer(offer.id))
        later(desk, 1)
    platform.refuses.clear()
    offers.ring(desk.wiring, Offer(offer.id))
    found = desk.records.offer(offer.id)
    assert found
    assert (found[0].state, found[0].call_id) == ("dialling", "leg")


def test_whoever_is_being_dialled_as_the_caller_leaves_is_not_free_yet(desk: Desk) -> None:
    Platform(desk)
    offer = desk.is_offered()
    desk.records.offer_went_on(offer.id, "dialling", desk.wiring.clock.now(), only_from="queued")
    desk.records.leave(desk.waits.id, "left", Outcome.CALLER_LEFT, desk.wiring.clock.now())
    offers.end(desk.wiring, EndOffer(offer.id))
    assert dana(desk) == "busy"


@pytest.mark.parametrize("what", ["answer", "brief", "take"])
def test_a_question_that_comes_again_late_ends_no_talk(desk: Desk, what: str) -> None:
    Platform(desk)
    offer = desk.is_offered()
    for one in ("answer", "brief", "take"):
        desk.fetches(one, offer)
    desk.records.offer_bridged(offer.id, desk.wiring.clock.now())
    desk.fetches(what, offer)
    found = desk.records.offer(offer.id)
    assert found
    assert found[0].state == "bridged"
    assert dana(desk) == "busy"


def test_a_callback_that_its_caller_has_cancelled_is_nobody_s_to_see_to(switchboard: Build) -> None:
    told: dict[str, Any] = {"kind": "callback", "call_id": "", "tries": 2}
    desk = Desk(switchboard, **told)
    offer = desk.is_offered()
    for one in ("answer", "brief", "take"):
        desk.fetches(one, offer)
    assert desk.records.cancel_callbacks("", "+12025550177", desk.wiring.clock.now()) == 1
    assert "There is a message" not in desk.hears(desk.fetches("unreached", offer))
    assert list(desk.records.messages()) == []
    assert desk.stands() == "cancelled cancelled"
