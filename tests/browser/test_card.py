"""The handoff card on somebody's telephone: read at a glance, answered with a thumb, once."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import Chrome
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait
from werkzeug.serving import make_server

from calls.events import CallerLeft, LegEnded
from calls.outcomes import Outcome
from gateways.clock import StoppedClock
from handlers.app import build
from handlers.settings import Settings
from tests.conftest import Databases
from tests.contract.conftest import ACME
from tests.handoff import LEE, RINGING, WHISPERED, Handoff
from tests.served import two_free_ports

PHONES = ((390, 844), (320, 568))
NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)  # in New York
HOSTILE = "<script>document.title = 'pwned'</script><img src=x onerror=\"document.title = 'pwned'\">"
ENDLESS = "https://" + "very-long-" * 40 + ".example"
TALK = [
    {"role": "assistant", "content": "Thanks for calling Acme Plumbing. How can I help?"},
    {"role": "user", "content": "You have charged me twice. I want one of it back. " + ENDLESS},
]

# Controls that a thumb misses: lower than 44 px. A link within a sentence would be another matter, but there is none.
SMALL = """
return [...document.querySelectorAll('button, summary, input, a')]
  .filter(one => one.checkVisibility() && one.getBoundingClientRect().height < 44).map(one => one.outerHTML)
"""
UNNAMED = """
return [...document.querySelectorAll('button, summary, input, a')]
  .filter(one => !(one.getAttribute('aria-label') || one.textContent.trim() || one.labels?.[0]?.textContent.trim()))
  .map(one => one.outerHTML)
"""
# Text that is hard to read: a contrast below 4.5 (WCAG 2.2, 1.4.3) with the nearest background that is not transparent.
PALE = """
const rgb = color => color.match(/[\\d.]+/g).map(Number)
const light = color => {
  const [r, g, b] = rgb(color).map(c => c / 255).map(c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
  return .2126 * r + .7152 * g + .0722 * b
}
const behind = one => {
  for (; one; one = one.parentElement) {
    const color = getComputedStyle(one).backgroundColor
    if ((rgb(color)[3] ?? 1) == 1) return color
  }
  return 'rgb(255, 255, 255)'
}
const contrast = (one, part) => {
  const [low, high] = [getComputedStyle(one, part).color, behind(one)].map(light).sort((a, b) => a - b)
  return (high + .05) / (low + .05)
}
const texts = [...document.querySelectorAll('body *')].filter(one => one.checkVisibility() &&
  [...one.childNodes].some(node => node.nodeType == 3 && node.textContent.trim()))
const hints = [...document.querySelectorAll('input')].filter(one => one.checkVisibility())
return [...texts.filter(one => contrast(one) < 4.5), ...hints.filter(one => contrast(one, '::placeholder') < 4.5)]
  .map(one => `${one.outerHTML} ${contrast(one)}`)
"""


@dataclass
class Desk:
    """An app that is served in this process, at a time that the test sets, and a telephone with a browser."""

    app: Flask
    clock: StoppedClock
    browser: Chrome

    def opens(self, url: str) -> None:
        """Touch a link."""
        self.browser.get(url)

    def call(self, **told: Any) -> Handoff:
        """Dana's phone rings, and her link is opened."""
        consult = Handoff.begin(self.app, **told).happens(*RINGING)
        self.opens(consult.card())
        return consult

    def find(self, selector: str) -> WebElement:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def press(self, words: str) -> None:
        """Touch the visible button of that name, and wait for the page that follows if one does."""
        for one in self.browser.find_elements(By.CSS_SELECTOR, "button, summary, a"):
            if one.is_displayed() and one.text == words and not (one.tag_name == "summary" and self._is_open(one)):
                one.click()
                return
        raise LookupError(f"no {words} on {self.reads!r}")

    def _is_open(self, summary: WebElement) -> bool:
        return summary.find_element(By.XPATH, "..").get_attribute("open") is not None

    def sees(self, words: str) -> None:
        """Wait until the page says that."""
        turning = [StaleElementReferenceException]  # the page before is gone, and the next is not there yet
        WebDriverWait(self.browser, 10, 0.05, ignored_exceptions=turning).until(lambda _: words in self.reads)

    @property
    def reads(self) -> str:
        return self.find("body").text

    @property
    def wide(self) -> list[int]:
        """How wide the page is on each telephone, beyond its screen."""
        return [self._beyond(width, height) for width, height in PHONES]

    def _beyond(self, width: int, height: int) -> int:
        self.held(width, height)
        return int(self.browser.execute_script("return document.documentElement.scrollWidth")) - width

    def held(self, width: int, height: int) -> None:
        """Use a telephone of that size (CSS pixels)."""
        screen = {"width": width, "height": height, "deviceScaleFactor": 2, "mobile": True}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)

    def after_dark(self, scheme: str) -> None:
        """What the telephone prefers: "light" or "dark"."""
        wanted = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", wanted)

    def finds(self, script: str) -> list[str]:
        """What is wrong with the page."""
        return list(self.browser.execute_script(script))


@pytest.fixture
def desk(tmp_path: Path, sqlite_ready: Path, browser: Chrome) -> Iterator[Desk]:
    port = two_free_ports()
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
        ),
        clock=clock,
    )
    server = make_server("127.0.0.1", port, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made = Desk(app, clock, browser)
    made.held(*PHONES[0])
    yield made
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    made.after_dark("")
    browser.get("about:blank")
    server.shutdown()
    server.server_close()
    app.extensions["switchboard"].close()


def test_who_calls_and_why_and_the_answer_fit_on_one_screen(desk: Desk) -> None:
    desk.call(facts=(("name", "Ann Miller"), ("urgency", "high")), summary="She was charged twice. " * 40)
    for words in ("Ann Miller", "Charged twice for July", "Your phone rings for this call."):
        desk.sees(words)
    bottom = desk.browser.execute_script("return document.querySelector('.choices').getBoundingClientRect().bottom")
    assert bottom <= PHONES[0][1]


def full(desk: Desk) -> Handoff:
    """A card with everything on it, opened up."""
    facts = (
        ("name", "Ann Miller"),
        ("urgency", "high"),
        ("needed", "A refund"),
        ("done", "Checked"),
        ("site", ENDLESS),
    )
    consult = desk.call(facts=facts, summary=f"See {ENDLESS}. {HOSTILE}")
    consult.happens(LegEnded(1, 0, Outcome.BUSY))
    desk.app.extensions["switchboard"].records.keep_conversation("t_1", TALK)
    desk.opens(consult.card(LEE))
    for summary in desk.browser.find_elements(By.TAG_NAME, "summary"):
        summary.click()
    desk.sees("You have charged me twice.")
    return consult


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read_touched_and_named(desk: Desk, scheme: str) -> None:
    desk.after_dark(scheme)
    full(desk)
    assert desk.wide == [0, 0]
    assert [desk.finds(SMALL), desk.finds(UNNAMED), desk.finds(PALE)] == [[], [], []]
    desk.call(name="t_2")
    assert desk.wide == [0, 0]
    for opened in range(2):
        desk.browser.find_elements(By.CSS_SELECTOR, ".choices summary")[opened].click()
        assert [desk.finds(SMALL), desk.finds(UNNAMED), desk.finds(PALE)] == [[], [], []]
        assert desk.wide == [0, 0]


def test_accepting(desk: Desk) -> None:
    consult = desk.call()
    desk.press("Accept")
    desk.sees("You accepted on this card.")
    desk.sees("This card has been used.")
    desk.browser.refresh()  # does not send it again
    desk.sees("You accepted on this card.")
    assert consult.answers == [("accepted", "card", "")]
    assert not desk.browser.find_elements(By.TAG_NAME, "button")


def test_declining_with_a_message(desk: Desk) -> None:
    consult = desk.call()
    desk.press("Decline")
    desk.find("#message").send_keys("in a meeting")
    desk.press("Decline")
    desk.sees("You declined on this card: “in a meeting”")
    assert consult.answers == [("declined", "card", "in a meeting")]


def test_calling_back_later(desk: Desk) -> None:
    consult = desk.call()
    desk.press("Call back later")
    desk.press("Tell the caller")  # a time is missing, and the browser says so
    assert consult.answers == []
    desk.find("#when").send_keys("at three", Keys.ENTER)
    desk.sees("You will call back at three.")
    assert consult.answers == [("declined", "card", "will call back at three")]


def test_a_time_of_blanks_is_asked_for_again(desk: Desk) -> None:
    consult = desk.call()
    desk.press("Call back later")
    desk.find("#when").send_keys("  ", Keys.ENTER)
    desk.sees("Please write when you will call back.")
    assert desk.browser.switch_to.active_element == desk.find("#when")
    assert [desk.finds(SMALL), desk.finds(PALE), consult.answers] == [[], [], []]


def test_the_keyboard_alone_answers(desk: Desk) -> None:
    consult = desk.call()
    keys = [Keys.TAB, Keys.TAB, Keys.TAB]  # the caller's number, Accept, Decline
    ActionChains(desk.browser).send_keys(*keys, Keys.SPACE, Keys.TAB, "in a meeting", Keys.TAB, Keys.ENTER).perform()
    desk.sees("You declined on this card: “in a meeting”")
    assert consult.answers == [("declined", "card", "in a meeting")]


def test_a_whisper_is_taken_on_the_phone(desk: Desk) -> None:
    whisper = Handoff.begin(desk.app, mechanism="whisper").happens(*WHISPERED)
    desk.opens(whisper.card())
    desk.sees("Answer your phone and press 1.")
    assert "Accept" not in desk.reads
    desk.press("Decline")
    desk.find("button.stop").click()
    desk.sees("You declined on this card.")
    assert whisper.answers == [("declined", "card", "")]


def test_it_says_where_the_transfer_stands_when_it_is_looked_at_again(desk: Desk) -> None:
    consult = desk.call()
    consult.happens(CallerLeft())
    desk.press("See where it stands now")
    desk.sees("The caller has hung up.")
    assert not desk.browser.find_elements(By.TAG_NAME, "button")


def test_markup_is_shown_and_not_run(desk: Desk) -> None:
    consult = desk.call(facts=(("name", HOSTILE),), reason=HOSTILE, summary=HOSTILE)
    desk.press("Decline")
    desk.find("#message").send_keys(HOSTILE)
    desk.find("button.stop").click()
    desk.sees(f"You declined on this card: “{HOSTILE}”")
    assert desk.find("h1").text == HOSTILE
    assert desk.browser.title == "A caller for you · Acme Plumbing"
    assert not desk.browser.find_elements(By.CSS_SELECTOR, "script, img, iframe")
    assert consult.now.attempts[0].words == HOSTILE


def test_nothing_is_loaded_from_anywhere_and_nothing_is_complained_of(desk: Desk) -> None:
    desk.browser.get_log("browser")  # type: ignore[no-untyped-call]
    full(desk)
    assert desk.finds("return performance.getEntriesByType('resource').map(one => one.name)") == []
    assert desk.browser.get_log("browser") == []  # type: ignore[no-untyped-call]
    assert desk.browser.get_cookies() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_card_that_opens_nothing_says_why(desk: Desk, scheme: str) -> None:
    desk.after_dark(scheme)
    consult = desk.call()
    link = consult.card()
    desk.opens(link[:-5])
    desk.sees("This link is not valid.")
    assert [desk.wide, desk.finds(PALE)] == [[0, 0], []]
    desk.clock.at = NOON + timedelta(minutes=31)
    desk.opens(link)
    desk.sees("This card has expired.")
    assert "Ann" not in desk.reads
    assert [desk.wide, desk.finds(PALE)] == [[0, 0], []]
