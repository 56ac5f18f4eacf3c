"""Who gets to the desk: a page on the internet, behind one password."""

from datetime import timedelta

import pytest

from handlers.app import build
from handlers.web.desk_session import COOKIE
from tests.contract.conftest import Build, Switchboard
from tests.support.desk import PASSWORD, PLATFORM, Desk, leaves, waits

PRODUCTION = {"public_url": "https://desk.example", **PLATFORM}


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


# --- who gets in --------------------------------------------------------------------------------------------------


def test_without_a_password_there_is_no_desk(switchboard: Build) -> None:
    stranger = Desk(switchboard(public_url="https://desk.example").app)
    for path in ("/desk", "/desk/", "/desk/login", "/desk/board", "/desk/recording/1"):
        assert stranger.get(path).status_code == 404
    assert stranger.post("login", "", password="").status_code == 404


def test_in_development_a_password_is_made_up_and_stays_the_same(switchboard: Build) -> None:
    first, second = (switchboard().settings.desk_password for _ in range(2))
    assert first == second
    assert len(first) == 16
    assert switchboard(secret_key="another").settings.desk_password != first


@pytest.mark.parametrize("path", ["/desk/", "/desk/board", "/desk/recording/1"])
def test_who_has_not_logged_in_is_asked_to(board: Switchboard, path: str) -> None:
    assert Desk(board.app).get(path).headers["Location"] == "/desk/login"


def test_the_password_opens_the_board(board: Switchboard) -> None:
    desk = Desk(board.app)
    refused = desk.logs_in("wrong")
    assert (refused.status_code, "That is not the password." in refused.text) == (401, True)
    assert desk.get("/desk/board").headers["Location"] == "/desk/login"  # a login page's cookie opens nothing
    assert desk.logs_in().headers["Location"] == "/desk/"
    assert desk.get("/desk/").headers["Location"] == "/desk/board"
    assert "Acme Plumbing" in desk.opens()


def test_the_cookie_is_for_us_alone_and_pages_are_kept_nowhere(switchboard: Build) -> None:
    desk = Desk(switchboard(desk_password=PASSWORD, **PRODUCTION).app)
    cookie = desk.logs_in().headers["Set-Cookie"]
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/desk"} <= set(cookie.split("; "))
    headers = desk.get("/desk/board").headers
    assert headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]


def test_a_session_ends_after_a_working_day_and_on_logging_out(board: Switchboard, desk: Desk) -> None:
    board.clock.at += timedelta(hours=11, minutes=59)
    assert desk.opens()
    board.clock.at += timedelta(minutes=2)
    assert desk.get("/desk/board").status_code == 303
    desk.logs_in()
    assert desk.presses("logout") == "out"
    assert desk.get("/desk/board").status_code == 303


def test_another_password_ends_every_session(board: Switchboard, desk: Desk) -> None:
    changed = board.settings.model_copy(update={"desk_password": "another password"})
    app = build(changed, clock=board.clock)
    cookie = desk.client.get_cookie(COOKIE, path="/desk")
    assert cookie
    later = Desk(app)
    later.client.set_cookie(COOKIE, cookie.value, path="/desk")
    assert later.get("/desk/board").status_code == 303
    app.extensions["switchboard"].close()


def test_a_cookie_that_was_tampered_with_opens_nothing(board: Switchboard, desk: Desk) -> None:
    known = desk.client.get_cookie(COOKIE, path="/desk")
    assert known
    card = board.app.extensions["switchboard"].guard.sign(("card", "t_1", 1, 0, 4_000_000_000))
    for forged in (known.value[:-2] + "xx", "", "nonsense", "é", card):
        desk.client.set_cookie(COOKIE, forged, path="/desk")
        assert desk.get("/desk/board").status_code == 303


def test_five_wrong_passwords_and_that_address_has_to_wait(board: Switchboard) -> None:
    guesser, other = Desk(board.app), Desk(board.app, address="192.0.2.8")
    assert [guesser.logs_in(f"guess {n}").status_code for n in range(6)] == [401] * 5 + [429]
    assert guesser.logs_in().status_code == 429  # the right one, too
    assert other.logs_in().status_code == 303
    board.clock.at += timedelta(minutes=15)
    assert guesser.logs_in().status_code == 303
    assert guesser.logs_in("wrong").status_code == 401  # and counting begins anew


def test_strangers_behind_our_proxy_are_told_apart_and_strangers_from_afar_are_believed_nothing(
    board: Switchboard,
) -> None:
    def statuses(address: str, said: list[str]) -> list[int]:
        found = []
        for one in said:
            guesser = Desk(board.app, address=address)
            guesser.client.environ_base["HTTP_X_FORWARDED_FOR"] = one
            found.append(guesser.logs_in("wrong").status_code)
        return found

    assert statuses("127.0.0.1", ["198.51.100.1"] * 6) == [401] * 5 + [429]
    assert statuses("127.0.0.1", ["198.51.100.1, 198.51.100.2"]) == [401]
    assert statuses("8.8.8.8", [f"198.51.100.{n}" for n in range(6)]) == [401] * 5 + [429]
    # What is no address, or another one of the same household, is no way round the limit.
    assert statuses("127.0.0.1", [f"198.51.100.9:{n}" for n in range(51)]) == [401] * 50 + [429]
    assert statuses("127.0.0.1", [f"2001:db8::{n}" for n in range(6)]) == [401] * 5 + [429]
    assert statuses("127.0.0.1", ["2001:db8:0:1::1"]) == [401]
    assert statuses("127.0.0.1", [f"::ffff:198.51.100.{n}" for n in range(30, 36)]) == [401] * 6


def test_wrong_passwords_through_a_proxy_that_names_no_address_lock_nobody_out(board: Switchboard) -> None:
    known = Desk(board.app, address="10.0.0.2")
    assert known.logs_in().status_code == 303
    assert known.presses("logout") == "out"
    guesser = Desk(board.app, address="10.0.0.2")
    assert [guesser.logs_in("wrong").status_code for _ in range(5)] == [401] * 5
    assert Desk(board.app, address="10.0.0.2").logs_in().status_code == 303  # somebody new
    for _ in range(51):
        last = guesser.logs_in("wrong").status_code
    assert last == 429
    assert known.logs_in().status_code == 303  # a browser that has been here before
    assert [known.logs_in("wrong").status_code for _ in range(6)] == [401] * 5 + [429]  # on its own account
    assert Desk(board.app, address="198.51.100.7").logs_in().status_code == 303


def test_a_cookie_from_before_logging_out_opens_nothing(board: Switchboard, desk: Desk) -> None:
    cookie, token = desk.client.get_cookie(COOKIE, path="/desk"), desk.token_on(desk.opens())
    assert cookie
    other = Desk(board.app)
    other.logs_in()
    assert desk.presses("logout") == "out"
    desk.client.set_cookie(COOKIE, cookie.value, path="/desk")
    for path in ("/desk/board", "/desk/", "/desk/recording/1"):
        assert desk.get(path).headers["Location"] == "/desk/login"
    assert desk.post("away", token, person="dana").headers["Location"] == "/desk/login"
    assert other.opens()  # somebody else's goes on


@pytest.mark.parametrize("number", ["9" * 19, "9" * 30, "9" * 5000, "-1", "\u0661"])
def test_a_message_that_no_database_can_be_asked_for_is_not_there(desk: Desk, number: str) -> None:
    assert desk.get(f"/desk/recording/{number}").status_code == 404
    assert desk.post("close", desk.token_on(desk.opens()), message=number).status_code == 404


# --- forms --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["away", "back", "take", "close", "cancel", "me", "logout"])
def test_a_form_of_another_page_changes_nothing(board: Switchboard, desk: Desk, what: str) -> None:
    somebody = Desk(board.app)
    somebody.logs_in()
    message, entry = leaves(board), waits(board, kind="callback")
    fields = {"person": "dana", "queue": "support", "message": str(message), "entry": entry.id}
    for token in ("", "nonsense", somebody.token_on(somebody.opens())):
        refused = desk.post(what, token, **fields)
        assert (refused.status_code, "too old" in refused.text) == (403, True)
    assert desk.opens()  # still logged in
    assert board.records.presences("") == {}
    assert not list(board.records.messages(state="closed"))
    still = board.records.entry(entry.id)
    assert still
    assert still.open


def test_a_login_form_of_another_page_is_refused(board: Switchboard) -> None:
    one, other = Desk(board.app), Desk(board.app)
    token = one.token_on(one.get("/desk/login").text)
    assert other.post("login", token, password=PASSWORD).status_code == 403  # it has no page of its own
    other.get("/desk/login")
    assert other.post("login", token, password=PASSWORD).status_code == 403
    assert other.get("/desk/board").status_code == 303


def test_looking_changes_nothing(board: Switchboard, desk: Desk) -> None:
    for path in ("away", "take", "close", "logout"):
        assert desk.get(f"/desk/{path}?person=dana").status_code == 405
    assert board.records.presences("") == {}
