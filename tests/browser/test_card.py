"""The handoff card on somebody's telephone: read at a glance, answered with a thumb, once."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from selenium.webdriver import Chrome
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from werkzeug.serving import make_server

from calls.events import CallerLeft, LegEnded
from calls.outcomes import Outcome
from gateways.clock import StoppedClock
from handlers.app import build
from handlers.settings import Settings
from tests.browser.telephone import PALE, PHONES, SMALL, UNNAMED, Telephone
from tests.conftest import Databases
from tests.contract.conftest import ACME
from tests.support.handoff import LEE, WHISPERED, Handoff
from tests.support.processes.served import free_ports

NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)  # in New York
HOSTILE = "<script>document.title = 'pwned'</script><img src=x onerror=\"document.title = 'pwned'\">"
ENDLESS = "https://" + "very-long-" * 40 + ".example"
TALK = [
    {"role": "assistant", "content": "Thanks for calling Acme Plumbing. How can I help?"},
    {"role": "user", "content": "You have charged me twice. I want one of it back. " + ENDLESS},
]


@pytest.fixture
def phone(tmp_path: Path, sqlite_ready: Path, browser: Chrome) -> Iterator[Telephone]:
    port = free_ports(1)
    (tmp_path / "switchboard.yaml").write_text(
        yaml.safe_dump({**ACME, "escalation": {**ACME["escalation"], "transcript": True}})
    )
    clock = StoppedClock(NOON)
    app = build(
        Settings(
            switchboard_directory=tmp_path / "switchboard.yaml",
            database_url=Databases(tmp_path, sqlite_ready, None).new(),
            public_url=f"http://localhost:{port}",
            swml_basic_auth_password="secret",
            secret_key="a key of this test",
            signalwire_space="acme",  # so that a card may stop a phone
            signalwire_project_id="p1",
            signalwire_api_token="t1",
        ),
        clock=clock,
    )
    server = make_server("127.0.0.1", port, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made = Telephone(app, clock, browser)
    made.held(*PHONES[0])
    yield made
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    made.after_dark("")
    browser.get("about:blank")
    browser.get_log("browser")  # type: ignore[no-untyped-call]  # a page that is gone is told there, and is no complaint
    server.shutdown()
    server.server_close()
    app.extensions["switchboard"].close()


def test_who_calls_and_why_and_the_answer_fit_on_one_screen(phone: Telephone) -> None:
    phone.call(facts=(("name", "Ann Miller"), ("urgency", "high")), summary="She was charged twice. " * 40)
    for words in ("Ann Miller", "Charged twice for July", "Your phone rings for this call."):
        phone.sees(words)
    bottom = phone.browser.execute_script("return document.querySelector('.choices').getBoundingClientRect().bottom")
    assert bottom <= PHONES[0][1]


def full(phone: Telephone) -> Handoff:
    """A card with everything on it, opened up."""
    facts = (
        ("name", "Ann Miller"),
        ("urgency", "high"),
        ("needed", "A refund"),
        ("done", "Checked"),
        ("site", ENDLESS),
    )
    consult = phone.call(facts=facts, summary=f"See {ENDLESS}. {HOSTILE}")
    consult.happens(LegEnded(1, 0, Outcome.BUSY))
    phone.app.extensions["switchboard"].records.keep_conversation("t_1", TALK)
    phone.opens(consult.card(LEE))
    for summary in phone.browser.find_elements(By.TAG_NAME, "summary"):
        summary.click()
    phone.sees("You have charged me twice.")
    return consult


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read_touched_and_named(phone: Telephone, scheme: str) -> None:
    phone.after_dark(scheme)
    full(phone)
    assert phone.wide == [0, 0]
    assert [phone.finds(SMALL), phone.finds(UNNAMED), phone.finds(PALE)] == [[], [], []]
    phone.call(name="t_2")
    assert phone.wide == [0, 0]
    for opened in range(2):
        phone.browser.find_elements(By.CSS_SELECTOR, ".choices summary")[opened].click()
        assert [phone.finds(SMALL), phone.finds(UNNAMED), phone.finds(PALE)] == [[], [], []]
        assert phone.wide == [0, 0]


def test_accepting(phone: Telephone) -> None:
    consult = phone.call()
    phone.press("Accept")
    phone.sees("You accepted on this card.")
    phone.sees("This card has been used.")
    phone.browser.refresh()  # does not send it again
    phone.sees("You accepted on this card.")
    assert consult.answers == [("accepted", "card", "")]
    assert not phone.browser.find_elements(By.TAG_NAME, "button")


def test_declining_with_a_message(phone: Telephone) -> None:
    consult = phone.call()
    phone.press("Decline")
    phone.find("#message").send_keys("in a meeting")
    phone.press("Decline")
    phone.sees("You declined on this card: “in a meeting”")
    assert consult.answers == [("declined", "card", "in a meeting")]


def test_calling_back_later(phone: Telephone) -> None:
    consult = phone.call()
    phone.press("Call back later")
    phone.press("Tell the caller")  # a time is missing, and the browser says so
    assert consult.answers == []
    phone.find("#when").send_keys("at three", Keys.ENTER)
    phone.sees("You will call back at three.")
    assert consult.answers == [("declined", "card", "will call back at three")]


def test_a_time_of_blanks_is_asked_for_again(phone: Telephone) -> None:
    consult = phone.call()
    phone.press("Call back later")
    phone.find("#when").send_keys("  ", Keys.ENTER)
    phone.sees("Please write when you will call back.")
    assert phone.browser.switch_to.active_element == phone.find("#when")
    assert [phone.finds(SMALL), phone.finds(PALE), consult.answers] == [[], [], []]


def test_the_keyboard_alone_answers(phone: Telephone) -> None:
    consult = phone.call()
    keys = [Keys.TAB, Keys.TAB, Keys.TAB]  # the caller's number, Accept, Decline
    ActionChains(phone.browser).send_keys(*keys, Keys.SPACE, Keys.TAB, "in a meeting", Keys.TAB, Keys.ENTER).perform()
    phone.sees("You declined on this card: “in a meeting”")
    assert consult.answers == [("declined", "card", "in a meeting")]


def test_a_whisper_is_taken_on_the_phone(phone: Telephone) -> None:
    whisper = Handoff.begin(phone.app, mechanism="whisper").happens(*WHISPERED)
    phone.opens(whisper.card())
    phone.sees("Answer your phone and press 1.")
    assert "Accept" not in phone.reads
    phone.press("Decline")
    phone.find("button.stop").click()
    phone.sees("You declined on this card.")
    assert whisper.answers == [("declined", "card", "")]


def test_it_says_where_the_transfer_stands_when_it_is_looked_at_again(phone: Telephone) -> None:
    consult = phone.call()
    consult.happens(CallerLeft())
    phone.press("See where it stands now")
    phone.sees("The caller has hung up.")
    assert not phone.browser.find_elements(By.TAG_NAME, "button")


def test_markup_is_shown_and_not_run(phone: Telephone) -> None:
    consult = phone.call(facts=(("name", HOSTILE),), reason=HOSTILE, summary=HOSTILE)
    phone.press("Decline")
    phone.find("#message").send_keys(HOSTILE)
    phone.find("button.stop").click()
    phone.sees(f"You declined on this card: “{HOSTILE}”")
    assert phone.find("h1").text == HOSTILE
    assert phone.browser.title == "A caller for you · Acme Plumbing"
    assert not phone.browser.find_elements(By.CSS_SELECTOR, "script, img, iframe")
    assert consult.now.attempts[0].words == HOSTILE


def test_nothing_is_loaded_from_anywhere_and_nothing_is_complained_of(phone: Telephone) -> None:
    phone.browser.get_log("browser")  # type: ignore[no-untyped-call]
    full(phone)
    assert phone.finds("return performance.getEntriesByType('resource').map(one => one.name)") == []
    assert phone.browser.get_log("browser") == []  # type: ignore[no-untyped-call]
    assert phone.browser.get_cookies() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_card_that_opens_nothing_says_why(phone: Telephone, scheme: str) -> None:
    phone.after_dark(scheme)
    consult = phone.call()
    link = consult.card()
    phone.opens(link[:-5])
    phone.sees("This link is not valid.")
    assert [phone.wide, phone.finds(PALE)] == [[0, 0], []]
    phone.clock.at = NOON + timedelta(minutes=31)
    phone.opens(link)
    phone.sees("This card has expired.")
    assert "Ann" not in phone.reads
    assert [phone.wide, phone.finds(PALE)] == [[0, 0], []]
