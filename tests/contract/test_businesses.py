"""Two businesses in one installation: each caller meets the one that was rung, and nothing of the other."""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import create_engine

from calls.queue.entry import QueueEntry
from calls.transfer.model import Transfer
from gateways.jobs.phase_events import announcements
from handlers.app import build
from handlers.services import offers
from handlers.settings import Settings
from handlers.wiring import Wiring
from tests.conftest import Databases
from tests.contract.conftest import PASSWORD, SECRET, Ticking
from tests.support.phone import Phone, moved, verbs

ACME_LINE, BOLT_LINE, NOBODYS = "+12025550100", "+12025550200", "+12025550300"
FRIDAY = datetime(2026, 11, 20, 17, tzinfo=UTC)

ACME: dict[str, Any] = {
    "company": "Acme Plumbing",
    "timezone": "America/New_York",
    "greeting": "This is {company}.",
    "voice": "rime.spore",
    "lines": {ACME_LINE: {}},
    "people": {"dana": {"name": "Dana Reyes", "phone": "+12025550111", "texts": True}},
    "departments": {
        "sales": {"about": "boilers", "reach": [{"ring": ["dana"]}], "text_caller": "Acme rings {ref}"},
        "press": {"about": "journalists", "reach": ["voicemail"]},
    },
    "policy": {"transfers_per_caller_per_hour": 1},
}
BOLT: dict[str, Any] = {
    "company": "Bolt Rentals",
    "timezone": "Europe/London",
    "greeting": "Bolt here.",
    "voice": "rime.luna",
    "lines": {BOLT_LINE: {}},
    "people": {"dana": {"name": "Dana Bolt", "phone": "+12025550211", "texts": True}},
    "departments": {
        "sales": {"about": "vans", "reach": [{"ring": ["dana"]}], "text_caller": "Bolt rings {ref}"},
        "fleet_desk": {
            "about": "bikes",
            "handoff": "whisper",
            "reach": [{"ring": ["dana"]}],
            "text_person": "{card_url}",
        },
        "rentals": {"about": "cars", "reach": [{"ring": ["+12025550212"]}]},
    },
    "agents": {"fleet": {"about": "knows the cars", "instructions": "Know the cars."}},
    "policy": {"transfers_per_caller_per_hour": 1},
}

HOOKS = """
from handlers.hooks import on_transfer

@on_transfer()
def told(entered):
    told.heard.append(entered)

told.heard = []
"""


class Installation:
    """A folder of directory files, a database, and the application on them."""

    def __init__(self, folder: Path, database_url: str, **settings: Any) -> None:
        self.folder, self.database_url, self.settings = folder, database_url, settings
        self.folder.mkdir()
        self.clock = Ticking(FRIDAY)
        self.writes(acme=ACME, bolt=BOLT)
        self.starts()

    def writes(self, **businesses: dict[str, Any]) -> None:
        """Save the files."""
        for name, data in businesses.items():
            fresh = self.folder / f"{name}.new"
            fresh.write_text(yaml.safe_dump(data))
            fresh.replace(self.folder / f"{name}.yaml")

    def starts(self) -> None:
        """Start the application; when it runs already, anew."""
        if hasattr(self, "app"):
            self.closes()
        settings = Settings(
            switchboard_directory=self.folder,
            database_url=self.database_url,
            swml_basic_auth_password=PASSWORD,
            secret_key=SECRET,
            **self.settings,
        )
        self.app = build(settings, clock=self.clock)
        self.records = self.app.extensions["switchboard"].records

    def closes(self) -> None:
        self.app.extensions["switchboard"].close()

    def caller(self, line: str, call_id: str = "c1") -> Phone:
        return Phone(self.app, line=line, call_id=call_id)

    def ledger(self, business: str) -> list[tuple[str, str | None]]:
        return [(one["destination"], one["outcome"]) for one in self.records.ledger(business=business)]


@pytest.fixture
def both(tmp_path: Path, databases: Databases) -> Iterator[Installation]:
    made = Installation(tmp_path / "switchboard.d", databases.new())
    yield made
    made.closes()


def rung(reply: dict[str, Any]) -> list[str]:
    (connect,) = verbs(moved(reply), "connect")
    return [connect["to"]] if "to" in connect else [leg["to"] for leg in connect["serial"]]


def test_each_line_is_answered_by_its_own_company(both: Installation) -> None:
    heard = {}
    for call_id, line in (("c1", ACME_LINE), ("c2", BOLT_LINE)):
        caller = both.caller(line, call_id)
        caller.dials()
        heard[line] = caller.greeting, caller.ai["languages"][0]["voice"]
        everything = json.dumps(caller.document)
        other = ("Bolt", "vans", "fleet", BOLT_LINE) if line == ACME_LINE else ("Acme", "boilers", ACME_LINE)
        assert not [word for word in other if word in everything]
    assert heard == {ACME_LINE: ("This is Acme Plumbing.", "rime.spore"), BOLT_LINE: ("Bolt here.", "rime.luna")}


def test_a_number_of_nobody_hears_that_and_nothing_of_anybody(both: Installation) -> None:
    document = both.caller(NOBODYS).dials()
    assert [name for step in document["sections"]["main"] for name in step] == ["answer", "play", "hangup"]
    assert "not in service" in json.dumps(document)
    assert both.records.call("c1") is None


def test_the_same_name_is_another_person_in_another_business(both: Installation) -> None:
    for call_id, line, number in (("c1", ACME_LINE, "+12025550111"), ("c2", BOLT_LINE, "+12025550211")):
        caller = both.caller(line, call_id)
        caller.dials()
        assert rung(caller.asks("connect", destination="sales", reason="a quote", summary="")) == [number]
    assert both.ledger("acme") == both.ledger("bolt") == [("sales", None)]
    assert {one["business"] for one in both.records.ledger()} == {"acme", "bolt"}


def test_a_destination_of_the_other_is_no_destination(both: Installation) -> None:
    caller = both.caller(ACME_LINE)
    caller.dials()
    reply = caller.asks("connect", destination="rentals", reason="a car", summary="")
    assert "action" not in reply
    assert both.ledger("acme") == [("rentals", "refused")]
    assert both.ledger("bolt") == []
    assert caller.post("/swml/fleet", {"call": caller.tool_body("", {})["SWMLCall"]}).status_code == 404


def test_what_a_caller_leaves_with_one_the_other_does_not_have(both: Installation) -> None:
    caller = both.caller(ACME_LINE)
    caller.dials()
    caller.asks("take_message", message="Ring me.", destination="press")
    assert [one["body"] for one in both.records.messages(business="acme")] == ["Ring me."]
    assert list(both.records.messages(business="bolt")) == []


def test_a_voicemail_belongs_to_the_business_that_was_rung(both: Installation) -> None:
    caller = both.caller(ACME_LINE)
    caller.dials()
    record, *_ = verbs(moved(caller.asks("connect", destination="press", reason="a story", summary="")), "record")
    params = {"state": "finished", "url": "https://files.example/1.wav", "duration": 4}
    caller.post(record["status_url"], {"event_type": "calling.call.record", "params": params})
    assert [one["kind"] for one in both.records.messages(business="acme")] == ["voicemail"]
    assert list(both.records.messages(business="bolt")) == []


def test_a_card_is_of_the_business_whose_caller_it_is_about(both: Installation) -> None:
    caller = both.caller(BOLT_LINE)
    caller.dials()
    (text,) = verbs(moved(caller.asks("connect", destination="fleet_desk", reason="a bike", summary="")), "send_sms")
    card = caller.client.get("/card/" + text["body"].rpartition("/")[2])
    assert "Bolt Rentals" in card.text
    assert "a bike" in card.text
    assert "Acme" not in card.text


def test_hooks_are_those_of_the_business(both: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "acmes_own_hooks.py").write_text(HOOKS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "acmes_own_hooks", raising=False)  # of the other database's test
    both.writes(acme=ACME | {"hooks": ["acmes_own_hooks"]})
    hooks = both.app.extensions["switchboard"].hooks
    assert [len(hooks(business).functions) for business in ("acme", "bolt", "gone")] == [1, 0, 0]
    transfer = Transfer("t_1", "K7Q4", "c1", "connect", "sales", True, "", "", "receptionist", FRIDAY, business="acme")
    (announced,) = announcements(["hooks"], None, None, transfer, ["requested"], FRIDAY)
    hooks("acme").call(announced.phase)
    (heard,) = import_module("acmes_own_hooks").told.heard
    assert (heard.business, heard.phase) == ("acme", "requested")


def test_limits_and_opt_outs_are_counted_for_each_business(both: Installation) -> None:
    both.records.opt_out("+12025550177", "STOP", FRIDAY, "acme")
    texts = {}
    for call_id, line in (("c1", ACME_LINE), ("c2", BOLT_LINE), ("c3", BOLT_LINE)):
        caller = both.caller(line, call_id)
        caller.dials()
        reply = caller.asks("connect", destination="sales", reason="a quote", summary="")
        texts[call_id] = [one["body"][:4] for one in verbs(moved(reply), "send_sms")] if "action" in reply else None
    assert texts == {"c1": [], "c2": ["Bolt"], "c3": None}  # Bolt's own limit: one transfer an hour


def test_a_token_of_one_is_worth_nothing_on_a_line_of_the_other(both: Installation) -> None:
    acmes, bolts = both.caller(ACME_LINE, "c1"), both.caller(BOLT_LINE, "c2")
    acmes.dials()
    bolts.dials()
    urls = acmes.ai["SWAIG"]["defaults"]["web_hook_url"], acmes.ai["post_prompt_url"]
    asked = bolts.tool_body("connect", {"destination": "sales"})
    assert bolts.post(urls[0], asked).status_code == 403
    assert bolts.post(urls[1], {"action": "post_conversation", "call_id": "c2"}).status_code == 403
    back = verbs(moved(acmes.asks("connect", destination="sales", reason="a quote", summary="")), "transfer")[-1][
        "dest"
    ]
    acmes.line = BOLT_LINE  # the very call, as if it had come in there
    assert acmes.post(urls[0], acmes.tool_body("connect", {"destination": "sales"})).status_code == 403
    fetch = {"call": acmes.tool_body("", {})["SWMLCall"], "vars": {}}
    assert acmes.post(back, fetch).status_code == 403
    assert both.ledger("bolt") == []


def test_a_call_stays_with_its_business_while_its_line_moves_to_the_other(both: Installation) -> None:
    caller = both.caller(ACME_LINE)
    caller.dials()
    both.writes(acme=ACME | {"lines": {}})
    assert both.caller(BOLT_LINE, "c2").dials()
    both.writes(bolt=BOLT | {"lines": {ACME_LINE: {}, BOLT_LINE: {}}})
    document = moved(caller.asks("connect", destination="sales", reason="a quote", summary=""))
    both.starts()
    again = both.caller(ACME_LINE)
    again.follows(verbs(document, "transfer")[-1]["dest"])
    assert "Bolt" not in json.dumps(again.document)
    assert "Acme" in json.dumps(again.document)
    newcomer = both.caller(ACME_LINE, "c3")
    newcomer.dials()
    assert newcomer.greeting == "Bolt here."


def test_a_business_whose_file_is_gone_keeps_its_calls_and_gets_no_new_ones(both: Installation) -> None:
    caller = both.caller(BOLT_LINE)
    caller.dials()
    (both.folder / "bolt.yaml").unlink()
    assert rung(caller.asks("connect", destination="sales", reason="a quote", summary="")) == ["+12025550211"]
    assert "not in service" in json.dumps(both.caller(BOLT_LINE, "c2").dials())


def test_what_goes_wrong_with_one_business_keeps_nobody_of_another_in_line(both: Installation) -> None:
    wiring: Wiring = both.app.extensions["switchboard"]
    records = wiring.records
    waits: dict[str, Any] = {"since": FRIDAY, "due_at": FRIDAY}
    records.enter(QueueEntry("k1", "sales", "sales", "caller", business="acme", call_id="c9", **waits))
    dana = wiring.directories.current("acme").people["dana"]
    assert records.take_next("acme", "sales", dana, FRIDAY, via="desk")
    with create_engine(both.database_url).begin() as connection:
        connection.exec_driver_sql("UPDATE offers SET state = 'of a later version'")
    records.enter(QueueEntry("k2", "sales", "sales", "callback", business="bolt", number="+81312345678", **waits))
    both.clock.at += timedelta(minutes=10)
    offers.sweep(wiring)
    assert not records.callbacks_due("bolt", both.clock.now())  # seen to: it is two in the morning there
