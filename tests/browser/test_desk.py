"""The desk in a browser: on a telephone and by keyboard, light and dark, and up to date by itself."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from selenium.webdriver import Chrome
from selenium.webdriver.common.keys import Keys
from werkzeug.serving import make_server

from calls.orders import KeepMessage
from calls.queue.entry import QueueEntry
from gateways.clock import StoppedClock
from handlers.app import build
from handlers.settings import Settings
from tests.browser.telephone import PALE, PHONES, SMALL, UNNAMED, Telephone
from tests.conftest import Databases
from tests.contract.conftest import ACME
from tests.support.desk import PASSWORD, PLATFORM
from tests.support.processes.served import free_ports

NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)  # in New York
LONG = "https://" + "very-long-" * 40 + ".example"


@pytest.fixture
def phone(tmp_path: Path, sqlite_ready: Path, browser: Chrome) -> Iterator[Telephone]:
    """A telephone on the desk's login page."""
    port = free_ports(1)
    (tmp_path / "switchboard.yaml").write_text(yaml.safe_dump(ACME))
    clock = StoppedClock(NOON)
    app = build(
        Settings(
            switchboard_directory=tmp_path / "switchboard.yaml",
            database_url=Databases(tmp_path, sqlite_ready, None).new(),
            public_url=f"http://localhost:{port}",
            swml_basic_auth_password="secret",
            secret_key="a key of this test",
            desk_password=PASSWORD,
            **PLATFORM,
        ),
        clock=clock,
    )
    server = make_server("127.0.0.1", port, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made = Telephone(app, clock, browser)
    made.held(*PHONES[0])
    made.opens(f"http://localhost:{port}/desk/")
    yield made
    complaints = [one for one in browser.get_log("browser") if "401" not in one["message"]]  # type: ignore[no-untyped-call]
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    made.after_dark("")
    browser.delete_all_cookies()
    browser.get("about:blank")
    browser.get_log("browser")  # type: ignore[no-untyped-call]  # a page that is gone is told there, and is no complaint
    server.shutdown()
    server.server_close()
    app.extensions["switchboard"].close()
    assert not complaints


def waits(phone: Telephone, number: str, **more: Any) -> None:
    """A caller waits for support."""
    entry: dict[str, Any] = {"queue": "support", "department": "support", "kind": "caller", "since": NOON}
    entry |= {"due_at": NOON, **more}
    phone.app.extensions["switchboard"].records.enter(QueueEntry(key=number, number=number, **entry))


def test_the_desk_is_used_with_a_keyboard_alone(phone: Telephone) -> None:
    browser = phone.browser
    browser.switch_to.active_element.send_keys("wrong" + Keys.ENTER)
    phone.sees("That is not the password.")
    browser.switch_to.active_element.send_keys(PASSWORD + Keys.ENTER)
    phone.sees("Nobody is to be rung back.")
    waits(phone, "+12025550177", name="Ann")
    phone.clock.at += timedelta(seconds=65)
    phone.find("#away-dana").send_keys("")  # the page renews itself around whoever is on this button
    phone.sees("Support: 1 waiting")
    assert "1:05" in phone.reads
    assert browser.switch_to.active_element.get_attribute("id") == "away-dana"
    phone.find("#until-lee").send_keys("0230PM")
    phone.find("#away-lee").send_keys(Keys.ENTER)
    phone.sees("away until 14:30")
    assert "said" not in browser.current_url
    phone.press("Log out")
    phone.sees("You are logged out.")


def test_the_desk_can_be_read_and_touched_on_any_telephone_light_and_dark(phone: Telephone) -> None:
    phone.browser.switch_to.active_element.send_keys(PASSWORD + Keys.ENTER)
    phone.sees("No open messages.")
    waits(phone, "+12025550177", name=LONG, need=LONG)
    waits(phone, "+12025550178", kind="callback", due_at=NOON + timedelta(hours=2), tries=1)
    records = phone.app.extensions["switchboard"].records
    records.keep_message(KeepMessage("m", "voicemail", None, "press", NOON, body=LONG, url="https://x.example/1.wav"))
    records.set_away("", "dana", None, NOON)
    records.claim("", ["lee"], "t_1", until=NOON + timedelta(minutes=5), at=NOON)
    phone.browser.refresh()
    phone.sees("on the phone")
    for scheme in ("light", "dark"):
        phone.after_dark(scheme)
        assert phone.finds(PALE) == []
    assert phone.wide == [0, 0]
    assert phone.finds(SMALL.replace("input, a", "input:not([type=hidden]), select")) == []
    assert phone.finds(UNNAMED.replace("input, a", "input:not([type=hidden]), select, audio, a")) == []
