"""What the desk shows, and what it does. Callers' own words are on it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from calls.orders import KeepMessage
from calls.queue.entry import QueueEntry
from tests.conftest import Databases
from tests.contract.conftest import FRIDAY_NOON, Build, Switchboard
from tests.contract.test_businesses import BOLT_LINE, Installation
from tests.support.desk import PASSWORD, PLATFORM, Desk, leaves, waits, words
from tests.support.phone import Phone

HOSTILE = "<script>document.title = 'pwned'</script>\"><img src=x onerror=alert(1)>"


@pytest.fixture
def board(switchboard: Build) -> Switchboard:
    """Acme, which can ring people."""
    return switchboard(desk_password=PASSWORD, **PLATFORM)


@pytest.fixture
def desk(board: Switchboard) -> Desk:
    """Somebody who has logged in."""
    desk = Desk(board.app)
    assert desk.logs_in().status_code == 303
    return desk


def test_who_waits_is_shown_with_how_long_and_what_about(board: Switchboard, desk: Desk) -> None:
    waits(board, name="Ann", need="A refund. My card is 4111 1111 1111 1111.")
    waits(board, "+12025550178", since=board.clock.at)
    shown = words(desk.opens())
    assert "Support: 2 waiting" in shown
    assert "Ann +1 202-555-0177 A refund. My card is a card number [removed]. 2:05" in shown
    assert "+1 202-555-0178 Call 0:00" in shown
    assert "number withheld" not in shown


def test_whoever_is_at_the_desk_takes_the_next_caller_on_their_own_phone(board: Switchboard, desk: Desk) -> None:
    first, second = waits(board), waits(board, "+12025550178", since=board.clock.at)
    assert "Take next" not in desk.opens()  # whose phone?
    desk.presses("me", person="dana")
    desk.presses("away", person="dana")  # away for callers, but they ask for this one themselves
    assert "Take next" in desk.opens()
    assert desk.presses("take", queue="support") == "taken"
    (offer,) = board.records.offers_of(first.id)
    assert (offer.person, offer.to, offer.via) == ("dana", "+12025550111", "desk")
    assert "Dana Reyes is asked" in words(desk.opens())
    assert desk.presses("take", queue="support") == "nobody"  # the phone is ringing already
    assert board.records.offers_of(second.id) == []
    assert desk.presses("take", queue="nonsense") == "nobody"


def test_without_credentials_nobody_can_be_rung_from_the_desk(switchboard: Build) -> None:
    board = switchboard(desk_password=PASSWORD)
    waits(board)
    desk = Desk(board.app)
    desk.logs_in()
    desk.presses("me", person="dana")
    assert "Take next" not in desk.opens()
    assert desk.post("take", desk.token_on(desk.opens()), queue="support").status_code == 404


def test_people_are_sent_away_and_brought_back(board: Switchboard, desk: Desk) -> None:
    assert "Dana Reyes free" in words(desk.opens())
    assert desk.presses("away", person="dana", until="14:30") == "away"
    assert "Dana Reyes away until 14:30" in words(desk.opens())  # it is noon in New York
    assert desk.presses("away", person="dana", until="11:00") == "away"
    assert "Dana Reyes away until Sat 21 Nov, 11:00" in words(desk.opens())
    assert desk.presses("away", person="dana", until="soon") == "when"
    assert desk.presses("back", person="dana") == "back"
    assert "Dana Reyes free" in words(desk.opens())
    assert desk.post("away", desk.token_on(desk.opens()), person="nobody").status_code == 404


def test_a_message_is_read_and_closed_once(board: Switchboard, desk: Desk) -> None:
    number = leaves(board, name="Ann", wanted_at="at three")
    assert "Ann message for press, 12:00, wants it at three Ring me." in words(desk.opens())
    desk.presses("me", person="dana")
    assert desk.presses("close", message=str(number)) == "closed"
    assert desk.presses("close", message=str(number)) == "late"
    assert "No open messages." in words(desk.opens())
    assert [row["closed_by"] for row in board.records.messages()] == ["Dana Reyes"]
    for wrong in ("999999", "-1", "1e3", "", "٣"):
        assert desk.post("close", desk.token_on(desk.opens()), message=wrong).status_code == 404


def test_a_callback_is_cancelled_and_a_caller_on_the_line_is_not(board: Switchboard, desk: Desk) -> None:
    at = board.clock.at + timedelta(hours=3)
    callback, caller = waits(board, kind="callback", due_at=at, tries=1), waits(board, "+12025550178")
    assert "+1 202-555-0177 Call 15:00, tried 1 time" in words(desk.opens())
    assert desk.presses("cancel", entry=callback.id) == "cancelled"
    assert desk.presses("cancel", entry=callback.id) == "late"
    assert "Nobody is to be rung back." in words(desk.opens())
    assert desk.post("cancel", desk.token_on(desk.opens()), entry=caller.id).status_code == 404


def test_transfers_of_late_are_told_with_how_they_ended(board: Switchboard, desk: Desk) -> None:
    caller = Phone(board.app)
    caller.dials()
    caller.asks("connect", destination="sales", reason="a quote for 4111 1111 1111 1111", summary="")
    shown = words(desk.opens())
    assert "sales Ref" in shown
    assert "a quote for a card number [removed] under way" in shown


def test_what_a_caller_left_is_shown_without_secrets(board: Switchboard, desk: Desk) -> None:
    leaves(board, "My card is 4111 1111 1111 1111.", name="Ann, code 482913", wanted_at="at three, ssn 078-05-1120")
    page = desk.opens()
    assert "My card is a card number [removed]." in page
    assert not any(secret in page for secret in ("4111", "482913", "078-05"))


def test_whatever_callers_say_is_text(board: Switchboard, desk: Desk) -> None:
    waits(board, name=HOSTILE, need=HOSTILE)
    waits(board, "+12025550178", name=HOSTILE, kind="callback", due_at=board.clock.at + timedelta(hours=1))
    leaves(board, HOSTILE, name=HOSTILE, wanted_at=HOSTILE)
    caller = Phone(board.app)
    caller.dials()
    caller.asks("connect", destination="sales", reason=HOSTILE, summary=HOSTILE)
    page = desk.opens()
    assert page.count("&lt;script&gt;") >= 6
    assert "<script>document" not in page
    assert "<img" not in page


# --- recordings ---------------------------------------------------------------------------------------------------


@pytest.fixture
def voicemail(board: Switchboard) -> int:
    """Twelve bytes of sound."""
    number = leaves(board, "", kind="voicemail", key="v", url="https://files.example/1.wav", seconds=3.2)
    folder = board.settings.recordings_dir
    folder.mkdir(exist_ok=True)
    (folder / "one.wav").write_bytes(b"RIFF12345678")
    board.records.keep_recording(number, "one.wav")
    return number


def test_a_recording_is_heard_through_us(board: Switchboard, desk: Desk, voicemail: int) -> None:
    assert "not heard yet" in words(desk.opens())
    heard = desk.get(f"/desk/recording/{voicemail}")
    assert (heard.data, heard.mimetype, heard.headers["Cache-Control"]) == (b"RIFF12345678", "audio/wav", "no-store")
    part = desk.get(f"/desk/recording/{voicemail}", Range="bytes=4-7")
    assert (part.status_code, part.data) == (206, b"1234")
    assert "not heard yet" not in words(desk.opens())
    assert "files.example" not in desk.opens()
    assert Desk(board.app).get(f"/desk/recording/{voicemail}").status_code == 303


def test_a_recording_that_is_gone_is_not_there(board: Switchboard, desk: Desk) -> None:
    number = leaves(board, "", kind="voicemail", key="v", url="http://files.example/1.wav", seconds=3.2)
    board.records.keep_recording(number, "gone.wav")
    assert desk.get(f"/desk/recording/{number}").status_code == 404  # nor is it fetched from an address like that
    assert desk.get("/desk/recording/9999").status_code == 404
    message = board.records.message(number)
    assert message
    assert message.heard_at is None


# --- several businesses -------------------------------------------------------------------------------------------


@pytest.fixture
def both(tmp_path: Path, databases: Databases) -> Iterator[Installation]:
    made = Installation(tmp_path / "switchboard.d", databases.new(), desk_password=PASSWORD, **PLATFORM)
    yield made
    made.closes()


def test_one_password_for_the_desks_of_all_businesses_and_each_shows_its_own(both: Installation) -> None:
    caller = both.caller(BOLT_LINE)
    caller.dials()
    caller.asks("take_message", message="A van, please.", destination="sales")
    chooser = Desk(both.app)
    chooser.logs_in()
    assert words(chooser.opens("")).endswith("Whose desk? Acme Plumbing Bolt Rentals")
    acme, bolt = Desk(both.app, of="acme"), Desk(both.app, of="bolt")
    for desk in (acme, bolt):
        desk.logs_in()
    assert "A van, please." in bolt.opens()
    assert not [word for word in ("van", "Bolt", "+12025550211") if word in acme.opens()]
    assert Desk(both.app, of="acme").get("/desk/board?of=bolt").status_code == 303
    assert bolt.get("/desk/board").status_code == bolt.get("/desk/board?of=clay").status_code == 404


def test_nothing_of_one_business_is_changed_from_the_desk_of_another(both: Installation) -> None:
    for name in ("acme", "bolt"):
        both.records.keep_message(KeepMessage(name, "message", None, "sales", FRIDAY_NOON, business=name))
    entry = QueueEntry(
        "k", "sales", "sales", "callback", FRIDAY_NOON, FRIDAY_NOON, business="bolt", number="+12025550177"
    )
    entry = both.records.enter(entry)
    (bolts,) = both.records.messages(business="bolt")
    acme = Desk(both.app, of="acme")
    acme.logs_in()
    token = acme.token_on(acme.opens())
    assert acme.post("close?of=acme", token, message=str(bolts["id"])).status_code == 404
    assert acme.post("cancel?of=acme", token, entry=entry.id).status_code == 404
    assert acme.get(f"/desk/recording/{bolts['id']}?of=acme").status_code == 404
    acme.presses("away", person="dana")
    assert both.records.presences("bolt") == {}
    acme.presses("me", person="dana")
    assert acme.presses("take", queue="sales") == "nobody"
    acme.of = "?of=bolt"
    assert "Take next" not in acme.opens()  # Acme's Dana is nobody at Bolt's desk
