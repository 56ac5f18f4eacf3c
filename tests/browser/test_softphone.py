"""The softphone in a browser: somebody dials, somebody's phone rings, and the ladder shows how."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_core_python.selenium import Axe  # type: ignore[import-untyped]
from selenium.webdriver import Chrome
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from exchange.softphone.page import Softphone, serve
from tests.browser.page import PATIENCE, Page
from tests.exchange.app import PASSWORD, USER, App, swml
from tests.support.processes.served import Served

RINGING = ("callback", "calling.call.state ringing /events/call 200")
ACCEPTS = {"when": "prompt_value == '1'", "then": []}
TOKEN = {"SIGNALWIRE_API_TOKEN": "a token"}
CONSULT = """
company: Acme
timezone: America/New_York
greeting: "Hello."
lines: {"+12025550100": {agent: receptionist}}
people: {dana: {name: Dana Reyes, phone: "+12025550111"}}
departments: {supervisor: {about: a human who can decide, handoff: consult, reach: [{ring: [dana]}]}}
escalation: {department: supervisor}
"""
CONSULT_RUNGS = (
    ("Caller", "tool", "escalate_to_human /tools 200"),
    ("App", "rest", "POST /api/calling/calls dial 200"),
    ("Dana Reyes", "state", "ringing"),
    ("Dana Reyes", "fetch", "POST /consult/brief 200"),
    ("Dana Reyes", "tool", "accept_call /consult/tools 200"),
    ("App", "rest", "POST /api/calling/calls update 200"),
    ("Caller", "bridge", "+12025550111"),
    ("Caller", "state", "ended hangup"),
)
UNNAMED = """
return [...document.querySelectorAll('input, select, button, summary, [role=log], [role=group]')]
  .filter(one => !one.getAttribute('aria-label') && !one.textContent.trim() && !one.labels?.[0]?.textContent.trim())
  .map(one => one.outerHTML)
"""


@contextmanager
def beside(app: App) -> Iterator[str]:
    """A softphone beside an app of fixed documents, in this process."""
    book = {"lines": {"+12025550100": "fixed"}, "people": {"+12025550111": "Dana Reyes"}}
    softphone = Softphone(app.url, (USER, PASSWORD), phonebook=lambda: book)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, args=(softphone, listening), daemon=True).start()
        yield f"http://localhost:{listening.getsockname()[1]}"
    softphone.close()


def test_declined_then_left_ringing_then_a_message_is_left(page: Page) -> None:
    caller, dana, lee = page.dial(), page.phone("Dana Reyes"), page.phone("Lee Park")
    caller.says("Sales, please.")
    dana.sees("Rings")
    dana.press("Decline")
    dana.sees("Declined")
    lee.sees("Rings")
    lee.press("Let it ring out")
    lee.sees("Left ringing")
    caller.sees("Please leave a message")
    lee.sees("Nobody answered")
    caller.says("Please ring me.")
    caller.sees("Taken care of: left a message.")
    assert ("Dana Reyes", "state", "ended declined") in page.ladder
    assert ("Lee Park", "state", "ended no_answer") in page.ladder


def test_somebody_answers_and_both_hear_each_other(page: Page) -> None:
    caller, dana = page.dial(), page.phone("Dana Reyes")
    caller.sees("Hello.")
    caller.says("Sales, please.")
    dana.sees("Rings")
    dana.press("Answer")
    caller.sees("Talks with Dana Reyes")
    dana.sees("Talks with the caller")
    dana.says("Sales, this is Dana.")
    caller.sees("Sales, this is Dana.")
    caller.says("A boiler, please.")
    dana.sees("A boiler, please.")
    dana.press("Hang up")
    caller.sees("Taken care of: put through to Dana Reyes.")
    caller.sees("Longest silence")


def test_the_ladder_shows_every_request_and_verb_and_what_each_said(page: Page) -> None:
    caller = page.dial()
    caller.says("Sales, please.")
    page.phone("Dana Reyes").sees("Rings")
    page.wait(lambda: RINGING in [rung[1:] for rung in page.ladder])
    wanted = [("fetch", "POST /swml 200"), ("verb", "answer"), ("verb", "ai"), ("tool", "connect /tools 200"),
              ("verb", "connect"), RINGING]  # fmt: skip
    shown = [rung[1:] for rung in page.ladder]
    assert [rung for rung in shown if rung in wanted] == wanted
    page.find("#ladder .fetch summary").click()
    page.wait(lambda: '"call_id"' in page.text("#ladder .fetch pre"))
    assert '"sections"' in page.text("#ladder .fetch pre")


def test_a_page_that_is_loaded_again_shows_the_call_that_is_up(page: Page) -> None:
    page.dial().says("Sales, please.")
    page.phone("Dana Reyes").sees("Rings")
    page.open()
    page.phone("Dana Reyes").sees("Rings")
    page.phone("Caller").sees("Sales, please.")
    page.phone("Dana Reyes").press("Answer")
    page.phone("Caller").sees("Talks with Dana Reyes")


def test_keys_and_words_reach_whoever_asks_for_them(browser: Chrome) -> None:
    gate = [
        {"prompt": {"play": "say:Press 1 to accept.", "max_digits": 1}},
        {"cond": [ACCEPTS, {"else": [{"hangup": {}}]}]},
    ]
    with App() as app:
        app.routes["/swml"] = swml({"connect": {"to": "+12025550111", "confirm": gate}}, {"hangup": {}})
        with beside(app) as url:
            page = Page(browser, url)
            page.dial()
            dana = page.phone("Dana Reyes")
            dana.sees("Rings")
            dana.press("Answer")
            dana.sees("Press 1 to accept.")
            dana.press("1")
            dana.sees("pressed 1")
            dana.sees("Talks with the caller")
            page.tidy()


def test_the_keyboard_alone_makes_a_call(page: Page) -> None:
    keys = ActionChains(page.browser)
    keys.send_keys(Keys.TAB, Keys.TAB, Keys.TAB, Keys.ENTER).perform()  # line, number, Call
    caller = page.phone("Caller")
    caller.sees("Answered")
    ActionChains(page.browser).send_keys("Sales, please.", Keys.ENTER).perform()  # the line to say has the focus
    dana = page.phone("Dana Reyes")
    dana.sees("Rings")
    page.find("[aria-label='Dana Reyes’s phone'] .answer").send_keys(Keys.SPACE)
    dana.sees("Talks with the caller")


def test_every_control_has_a_name_and_nothing_is_wider_than_a_small_screen(page: Page) -> None:
    page.dial()
    assert page.browser.execute_script(UNNAMED) == []
    narrow = {"width": 320, "height": 640, "deviceScaleFactor": 1, "mobile": True}
    page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", narrow)
    try:
        assert page.browser.execute_script("return document.documentElement.scrollWidth") <= 320
    finally:
        page.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_two_callers_wait_in_one_line(page: Page) -> None:
    first = page.dial()
    first.says("A leak, please repair it.")
    lee = page.phone("Lee Park")
    lee.sees("Rings")
    lee.press("Let it ring out")
    second = page.dial("Caller 2")
    second.says("My boiler leaks.")
    first.sees("Waits in line")
    first.sees("Hears music")
    second.sees("You are second in line.")
    second.press("Hang up")
    second.sees("Hung up")
    first.sees("Hears music")  # and the other call goes on
    assert {"Caller", "Caller 2", "Lee Park"} <= {leg for leg, *_ in page.ladder}


def test_another_page_has_callers_and_a_ladder_of_its_own(page: Page) -> None:
    page.dial()
    first = page.browser.current_window_handle
    page.browser.switch_to.new_window("tab")
    try:
        page.open()
        assert page.ladder == []
        page.find("#dial .go").click()
        page.wait(lambda: "+12025550190 is on a call." in page.text("#refused"))
        page.browser.get_log("browser")  # type: ignore[no-untyped-call]  # the refusal, as Chromium notes it
        page.find("#from").clear()
        page.find("#from").send_keys("+12025550195")
        page.dial()
        page.tidy()
        assert ("Caller", "dial", "+12025550195 → +12025550100") in page.ladder
    finally:
        page.browser.close()
        page.browser.switch_to.window(first)
    assert [text for _, kind, text in page.ladder if kind == "dial"] == ["+12025550190 → +12025550100"]
    page.phone("Caller").sees("Answered")


def test_a_phone_shows_who_rings_and_the_text_whose_link_opens_the_card(page: Page) -> None:
    caller = page.dial()
    caller.says("A human, please.")
    dana = page.phone("Dana Reyes")
    dana.sees("Rings")
    dana.sees("Caller ID +12025550100, our line")
    dana.sees("About a human")
    caller.sees("Hears hold music")
    softphone = page.browser.current_window_handle
    dana.card.find_element(By.CSS_SELECTOR, ".texts a").click()
    page.wait(lambda: len(page.browser.window_handles) > 1)
    try:
        page.browser.switch_to.window(page.browser.window_handles[-1])
        page.wait(lambda: "Decline" in page.text("body"))
        assert "A human, please." in page.text("body")
    finally:
        page.browser.close()
        page.browser.switch_to.window(softphone)


def test_the_ladder_reads_in_plain_words_in_order_and_shows_the_raw_ones_when_asked(page: Page) -> None:
    page.dial().says("A human, please.")
    page.phone("Dana Reyes").sees("Rings")
    asked, rung = "The app rings Dana Reyes", "Is rung, and sees +12025550100"
    page.wait(lambda: asked in page.story)
    assert (
        page.story.index("Tool escalate_to_human: the app is asked") < page.story.index(asked) < page.story.index(rung)
    )
    times = page.browser.execute_script("return [...document.querySelectorAll('#ladder li')].map(li => +li.dataset.at)")
    assert times == sorted(times)
    assert "verb ai" not in page.text("#ladder")
    page.find("#raw").click()
    assert "verb ai" in page.text("#ladder")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong(page: Page, scheme: str) -> None:
    wanted = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", wanted)
    try:
        page.dial().says("Sales, please.")
        dana = page.phone("Dana Reyes")
        dana.sees("Rings")
        dana.press("Answer")
        dana.sees("Talks with the caller")
        page.phone("Caller").says("One, two, three, four, five, six, seven, eight, nine, ten.")
        page.phone("Caller").says("This is not said yet.")
        page.dial("Caller 2").press("Hang up")
        page.phone("Caller 2").sees("Longest silence")
        page.find("#ladder .fetch summary").click()
        page.browser.set_script_timeout(PATIENCE)
        found = Axe().run(page.browser)
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found["violations"]] == []
    finally:
        page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


@contextmanager
def consulting(folder: Path) -> Iterator[str]:
    """An app whose consults ring the softphone's telephones. On its clock a minute is twelve seconds."""
    book = {"lines": {"+12025550100": "receptionist"}, "people": {"+12025550111": "Dana Reyes"}}
    served = Served(folder, {"SWML_BASIC_AUTH_PASSWORD": PASSWORD, "SIGNALWIRE_PROJECT_ID": "p", **TOKEN})
    softphone = Softphone(f"{served.url}/swml", ("signalwire", PASSWORD), phonebook=lambda: book, speed=5.0)
    platform = socket.create_server(("127.0.0.1", 0))
    softphone.exchange.serve_rest(platform, "p", TOKEN["SIGNALWIRE_API_TOKEN"])
    served.settings = {**served.settings, "SIGNALWIRE_API_URL": softphone.exchange.api.url}
    with served, socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, args=(softphone, listening), daemon=True).start()
        yield f"http://localhost:{listening.getsockname()[1]}"
    softphone.close()


def test_a_consult_from_escalation_to_talk(browser: Chrome, tmp_path: Path) -> None:
    (tmp_path / "switchboard.yaml").write_text(CONSULT)
    with consulting(tmp_path) as url:
        page = Page(browser, url)
        caller, dana = page.dial(), page.phone("Dana Reyes")
        caller.says("I want to speak to a human who can decide.")
        dana.sees("Rings")
        dana.press("Answer")
        dana.sees("Hello Dana Reyes, Acme has a caller for you.")
        dana.sees("About a human who can decide.")
        dana.says("What is the reference?")
        dana.sees("Can you take the call?")
        assert "reference" not in caller.card.text
        dana.says("Yes.")
        dana.sees("accept_call")
        caller.sees("Talks with Dana Reyes")
        dana.sees("Talks with the caller")
        dana.says("This is Dana.")
        caller.sees("This is Dana.")
        caller.says("You have charged me twice.")
        dana.sees("You have charged me twice.")
        caller.press("Hang up")
        caller.sees("Taken care of: put through to Dana Reyes.")
        rungs = [rung for rung in page.ladder if rung in CONSULT_RUNGS]
        assert rungs == [*CONSULT_RUNGS]


def test_a_consult_that_is_declined_by_key_beside_the_app_as_it_is_served(page: Page) -> None:
    caller, dana = page.dial(), page.phone("Dana Reyes")
    caller.says("A human, please.")
    dana.sees("Rings")
    dana.press("Answer")
    dana.sees("Hello Dana Reyes, Acme has a caller for you.")
    dana.press("2")
    dana.sees("goodbye")
    caller.sees("nobody can take your call right now")
