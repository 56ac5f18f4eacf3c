"""An app that is served, and a browser to look at its softphone with."""

import shutil
from collections.abc import Iterator

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from tests.browser.page import Page
from tests.support.processes.served import Served

FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1300,900",
)  # fmt: skip
DIRECTORY = """
company: Acme
timezone: America/New_York
greeting: "Hello."
lines: {"+12025550100": {agent: receptionist}}
people:
  dana: {name: Dana Reyes, phone: "+12025550111", texts: true}
  lee: {name: Lee Park, sip: "sip:lee@pbx.acme.example"}
departments:
  sales: {about: new orders, announce: "One moment.", reach: [{ring: [dana, lee], for: 5}, voicemail]}
  repairs: {about: leaks and boilers, announce: "One moment.", reach: [{queue: {name: repairs, people: [lee]}}]}
  supervisor:
    about: a human who can decide
    announce: "One moment."
    handoff: consult
    reach: [{ring: [dana]}]
    text_person: "About {reason}: {card_url}"
escalation: {department: supervisor}
"""


@pytest.fixture(scope="session")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("acme")
    (folder / "switchboard.yaml").write_text(DIRECTORY)
    with Served(folder) as served:
        yield served


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """Headless Chromium with an empty profile. Without one these tests fail: nobody has looked at the page then."""
    found = [shutil.which("chromium"), shutil.which("chromedriver")]
    if not all(found):
        pytest.fail("Chromium is missing: apt-get install chromium chromium-driver", pytrace=False)
    options = webdriver.ChromeOptions()
    options.binary_location = str(found[0])
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(found[1])))
    yield driver
    driver.quit()


@pytest.fixture
def page(acme: Served, browser: webdriver.Chrome) -> Iterator[Page]:
    """The softphone, opened. Whatever call is left up is hung up, and no script may have complained."""
    opened = Page(browser, acme.softphone)
    yield opened
    opened.tidy()
    complaints = browser.get_log("browser")  # type: ignore[no-untyped-call]
    assert not complaints
