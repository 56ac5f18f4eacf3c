"""What the document of a caller in line asks us, and what it is told, on SQLite and PostgreSQL."""

from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.conftest import Databases
from tests.contract.conftest import ACME, Build, Switchboard
from tests.support.phone import Phone, moved, out_of_the_queue, verbs

Json = dict[str, Any]
SALES = {"about": "orders", "hours": "office", "reach": [{"queue": {"name": "sales", "wait": 300, "people": ["dana"]}}]}


class Waiting:
    """A caller who has been put in line for sales."""

    def __init__(self, board: Switchboard, *, call_id: str = "c1", caller: str = "+12025550177") -> None:
        self.board, self.phone = board, Phone(board.app, call_id=call_id, caller=caller)
        self.phone.dials()
        self.document = moved(self.phone.asks("connect", destination="sales", reason="a boiler", summary=""))
        (self.queue,) = verbs(self.document, "enter_queue")
        self.told = ""

    def posts(self, what: str, **said: str) -> TestResponse:
        """The document asks."""
        url = next(one["url"] for one in verbs(self.document, "request") if "what" in one.get("body", {}))
        return self.phone.post(url, {"what": what, **said})

    def asks(self, what: str, **said: str) -> Json:
        """The document asks, and is answered."""
        response = self.posts(what, **said)
        assert response.status_code == 200, response.text
        answer: Json = response.get_json()
        return answer

    def round(self, after: float = 0.0) -> Json:
        """Another round begins, so many seconds later."""
        self.board.clock.at += timedelta(seconds=after)
        answer = self.asks("round", told=self.told)
        self.told = answer.get("told", self.told)
        return answer

    @property
    def entries(self) -> list[tuple[str, str, str | None]]:
        """Everybody who stands in line or stood there: kind, state and outcome."""
        return [(one.kind, one.state, one.outcome) for one in self.board.records.entries("", only_open=False)]


@pytest.fixture
def board(switchboard: Build) -> Switchboard:
    return switchboard({**ACME, "departments": {**ACME["departments"], "sales": SALES}})


def test_the_first_round_puts_the_caller_in_line(board: Switchboard) -> None:
    caller = Waiting(board)
    assert caller.round()["say"] == "You are next in line. To leave a message, press 2."
    (entry,) = board.records.entries("")
    assert (entry.queue, entry.department, entry.kind, entry.call_id) == ("sales", "sales", "caller", "c1")
    assert (entry.number, entry.line, entry.need) == ("+12025550177", "+12025550100", "a boiler")
    assert board.ledger[0]["events"][-1]["state"] == "waiting"


def test_the_second_caller_stands_behind_the_first(board: Switchboard) -> None:
    first, second = Waiting(board), Waiting(board, call_id="c2", caller="+12025550178")
    assert "next in line" in first.round()["say"]
    assert "second in line" in second.round()["say"]
    first.asks("message")
    assert "next in line" in second.round(30)["say"]


def test_the_platforms_own_report_puts_the_caller_in_line_too(board: Switchboard) -> None:
    caller = Waiting(board)
    body = {"event_type": "calling.call.queue", "params": {"status": "enqueue", "position": 1}}
    assert caller.phone.post(caller.queue["status_url"], body).status_code == 200
    assert caller.entries == [("caller", "waiting", None)]
    caller.round(2)
    assert caller.entries == [("caller", "waiting", None)]


def leaves(caller: Waiting, after: float) -> None:
    """The platform says that the caller has left its queue, so many seconds after they came."""
    times = {"enqueue_ts": 1_760_000_018_000_000, "leave_ts": 1_760_000_018_000_000 + round(after * 1e6)}
    params = {"status": "leave", "position": 1, **times}
    caller.phone.post(caller.queue["status_url"], {"event_type": "calling.call.queue", "params": params})


def test_a_round_that_is_over_is_no_hangup_and_a_hangup_is(board: Switchboard) -> None:
    caller = Waiting(board)
    caller.round()
    leaves(caller, after=caller.queue["wait_time"])
    assert caller.entries == [("caller", "waiting", None)]
    leaves(caller, after=7.2)
    assert caller.entries == [("caller", "left", "caller_left")]
    assert board.story == [("sales", "caller_left")]


def test_a_caller_whose_agents_hook_comes_late_stays_in_line(board: Switchboard) -> None:
    caller = Waiting(board)
    caller.phone.asks("hangup_hook")  # the agent leaves as the document begins
    caller.round()
    caller.phone.asks("hangup_hook")
    assert (caller.entries, board.story) == ([("caller", "waiting", None)], [("sales", None)])


def test_after_a_minute_to_be_rung_back_is_offered(board: Switchboard) -> None:
    caller = Waiting(board)
    assert "press 1" not in caller.round()["say"]
    assert "press 1" not in caller.round(30)["say"]
    assert "To be rung back without losing your place, press 1." in caller.round(31)["say"]


def test_whoever_presses_1_keeps_the_place_however_often_they_press(board: Switchboard) -> None:
    caller = Waiting(board)
    caller.round()
    since = board.records.entries("")[0].since
    for _ in range(2):
        answer = caller.asks("callback")
        assert (answer["next"], answer["say"]) == (
            "booked",
            "We will ring you back as soon as it is your turn. Thank you for calling. Goodbye.",
        )
    (entry,) = board.records.entries("")
    assert (entry.kind, entry.state, entry.since, entry.number) == ("callback", "waiting", since, "+12025550177")
    assert board.story == [("sales", "callback_booked")]


def test_a_callback_whose_confirmation_was_lost_is_confirmed_in_the_next_round(board: Switchboard) -> None:
    caller = Waiting(board)
    caller.round()
    (entry,) = board.records.entries("")
    assert board.records.to_callback(entry.id, "+12025550177", board.clock.now(), board.clock.now())
    assert caller.round(30)["next"] == "booked"
    assert board.story == [("sales", "callback_booked")]


def test_a_premium_number_is_not_rung_back(board: Switchboard) -> None:
    caller = Waiting(board, caller="+19005550123")
    caller.round()
    assert caller.asks("callback") == {"next": "wait", "say": "I am sorry, I cannot have that number rung back."}
    assert caller.entries == [("caller", "waiting", None)]


def test_whoever_presses_2_stands_in_line_no_longer(board: Switchboard) -> None:
    caller = Waiting(board)
    caller.round()
    caller.asks("message")
    assert caller.entries == [("caller", "left", "cancelled")]


def test_when_the_time_is_over_the_chain_goes_on(board: Switchboard) -> None:
    caller = Waiting(board)
    caller.round()
    assert caller.round(285)["next"] == "wait"
    assert caller.round(10) == {"next": "on"}
    assert caller.entries == [("caller", "left", "timeout")]


def test_the_document_says_so_when_all_its_rounds_are_over(board: Switchboard) -> None:
    caller = Waiting(board)
    caller.round()
    caller.asks("over", result="timeout")
    assert caller.entries == [("caller", "left", "timeout")]


def test_a_department_that_closes_says_so(board: Switchboard) -> None:
    board.clock.at += timedelta(hours=5, minutes=29)
    caller = Waiting(board)
    assert caller.round()["next"] == "wait"
    assert caller.round(70) == {"next": "on", "say": "I am sorry, the sales team has closed for now."}
    assert caller.entries == [("caller", "left", "timeout")]


def test_a_caller_whose_phone_is_about_to_be_answered_hears_no_announcement(board: Switchboard) -> None:
    caller = Waiting(board)
    caller.round()
    directory = board.app.extensions["switchboard"].staff().directory
    assert board.records.match("", directory, board.clock.now())
    assert caller.round(25) == {"next": "wait", "say": "", "told": caller.told}


def test_a_caller_who_has_talked_is_asked_nothing_more(board: Switchboard) -> None:
    caller = Waiting(board)
    caller.round()
    caller.phone.follows(out_of_the_queue(caller.queue), queue_result="connected")
    assert caller.entries == [("caller", "done", "bridged")]
    assert caller.round() == {"next": "on"}


@pytest.mark.parametrize("what", ["", "everything", "round "])
def test_what_is_no_question_is_not_answered(board: Switchboard, what: str) -> None:
    assert Waiting(board).posts(what).status_code == 404


def test_a_token_of_something_else_opens_no_line(board: Switchboard) -> None:
    caller = Waiting(board)
    token = caller.queue["status_url"].partition("?t=")[2]
    assert caller.phone.post(f"/queue?t={token}", {"what": "round"}).status_code == 403
    assert caller.phone.post("/queue", {"what": "round"}).status_code == 403


def test_while_the_database_is_away_nothing_is_promised(board: Switchboard, databases: Databases) -> None:
    """The document takes any error for no answer, and the music goes on."""
    caller = Waiting(board)
    caller.round()
    databases.take_away(board.settings.database_url)
    board.records._db.engine.dispose()  # a file stays readable while it is open
    assert caller.posts("callback").status_code == 503
