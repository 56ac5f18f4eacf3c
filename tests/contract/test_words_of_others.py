"""What callers, models and other programs say, through the real app, to every place where it is read.

Secrets are gone from all of them however they are said, ordinary numbers stay; expressions of the platform, HTML and
terminal escapes steer nothing.
"""

import json
import re
from copy import deepcopy
from html.parser import HTMLParser
from itertools import cycle
from typing import Any

import pytest
from click.testing import CliRunner
from structlog.testing import capture_logs

from calls.events import Returned
from calls.messages.message import Message
from calls.messages.notifications import as_mail, as_text
from handlers.cli.main import main
from tests.contract.conftest import ACME, FRIDAY_NOON, Build, Switchboard
from tests.contract.test_placed import KEY, REMINDER
from tests.support.desk import PASSWORD, PLATFORM, Desk
from tests.support.handoff import RINGING, Handoff, Reader
from tests.support.kept import Kept
from tests.support.phone import Json, Phone
from tests.unit.agents.test_inert import PAYLOADS, live
from tests.unit.handlers.test_terminal import PAYLOADS as STEER_PAYLOADS
from tests.unit.handlers.test_terminal import STEERS

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # words are the same in both
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:\+00:00|Z)")
SECRETS = [  # as it is said, and what of it must be read nowhere
    ("my card is four, quadruple one, triple one, one one one one one one one one", "quadruple"),
    ("the first four 4111, next four 1111, next 1111 and the last 1111", "4111"),
    ("charge +4111111111111111 please", "4111111"),
    ("it is 4lll llll llll llll I think", "4lll"),
    ("so 41II 1l11 lI11 1111 is it", "1l11"),
    ("it reads 4OOO OOOO OOOO OOO2", "4OOO"),
    ("the three digits on the back are 123", "123"),
    ("three digits on the back of my card are 7 3 9", "7 3 9"),
    ("three numbers on the back: one two three", "one two three"),
    ("G-482913 is your Google verification code", "482913"),
    ("use 482913 to log in", "482913"),
    ("type in 482913 to sign in", "482913"),
    ("use code 48-29-13 for login", "48-29"),
    ("first two 41, next two 11, next four 1111, then 1111 1111", "1111"),
    ("four thousand one hundred eleven? no, 4111-1111-1111-1111", "4111"),
    ("cvv is one twenty three", "twenty three"),
    ("social 078 05 1120", "1120"),
    *((f"{'x ' * half}4111 1111 1111 1111 is the card", "411") for half in (25, 45, 48, 95, 98, 149, 245, 299, 495)),
]  # fmt: skip
ORDINARY = [
    "order 482913 came at 10:30, ring 202 555 0144",
    "the visit is on the 12th at 3 pm, invoice 4711, 240 dollars",
    "one boiler, two radiators and 1500 liters at 1.80",
    "my number is +49 151 12345678 and the door is 1O4",
    "the first four 45 minute visits and the last three 2026 invoices",
    "use 4711 as the reference and ask for room 303",
]
LISTS = ("transfers", "messages", "callbacks", "calls")
TOOLS = (
    ("take_message", "press"), ("request_callback", "sales"), ("connect", "sales"), ("connect", "support"),
    ("swml_transfer", "parcels"), ("escalate_to_human", "supervisor"), ("nothing", "press"),
)  # fmt: skip


def company() -> Json:
    data: Json = deepcopy(ACME)
    data["departments"]["parcels"] = {"about": "deliveries", "reach": [{"agent": "partner"}]}
    data["departments"]["press"]["notify"] = {"email": ["press@acme.example"]}
    data["policy"] = {"regions": ["US"], "allow_dialling": True, "transfers_per_call": 9}
    data["agents"]["reminder"] = {"about": "reminds", "instructions": "Remind."}
    return data


class Office:
    """A switchboard, everything that callers say to it, and everything it shows."""

    def __init__(self, build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
        self.kept = Kept()
        monkeypatch.setenv("PARTNER_USER", "p")
        self.board: Switchboard = build(company(), orders=self.kept, api_key=KEY, desk_password=PASSWORD, **PLATFORM)
        settings = self.board.settings
        monkeypatch.setenv("DATABASE_URL", settings.database_url)
        monkeypatch.setenv("SWITCHBOARD_DIRECTORY", str(settings.switchboard_directory))
        self.sent: list[Any] = []
        self.calls = 0

    def hears(self, words: str) -> None:
        """In one call every tool is used with these words in every argument, and the report says them."""
        self.calls += 1
        phone = Phone(self.board.app, call_id=f"c{self.calls}", caller=f"+1202555{1000 + self.calls}")
        phone.dials()
        for tool, destination in TOOLS:
            self._use(phone, words, tool, destination)
        report = dict.fromkeys(("caller", "need", "done", "outcome", "summary", words), words)
        assert phone.reports(report, SWMLVars={words: words}).status_code == 200
        phone.asks("hangup_hook")

    def _use(self, phone: Phone, words: str, tool: str, destination: str) -> None:
        known = {one["function"]: one for one in phone.ai["SWAIG"]["functions"]}.get(tool, {})
        said = dict.fromkeys(known.get("parameters", {}).get("properties", {"what": {}}), words)
        ours = {"destination": destination, "number": "", "callback_number": "", "when": "as soon as possible"}
        said |= {name: value for name, value in ours.items() if name in said}
        body = phone.tool_body(tool, said) | {"global_data": {"note": words, words: words, "name": words}}
        response = phone.post(phone.ai["SWAIG"]["defaults"]["web_hook_url"], body)
        assert response.status_code == 200, response.text
        self.sent.append(response.get_json())
        if live := self.board.records.live_transfer(phone.call_id):
            self.board.records.apply(live.id, Returned(), self.board.clock.now())

    def is_asked_to_call(self, number: str, words: str) -> list[Json]:
        """The document of a call that another program has asked for with these words."""
        asked = {**REMINDER, "to": number, "facts": {"about": words}, "on_machine": f"About {words}."}
        headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": number}
        placed = self.board.app.test_client().post("/api/calls", json=asked, headers=headers)
        assert placed.status_code == 201, placed.text
        link = self.board.app.extensions["switchboard"].links_of("").placed("answer", placed.get_json()["id"])
        document = Phone(self.board.app, caller=number, call_id=number).dials(link, direction="outbound")
        steps: list[Json] = document["sections"]["main"]
        return steps

    @property
    def params(self) -> list[Json]:
        """What other people's agents are sent."""
        return [one["params"] for one in _found(self.sent, "execute") if "params" in one]

    def letters(self) -> list[str]:
        """Every mail and text message to the people of the business."""
        directory = self.board.app.extensions["switchboard"].directories.current()
        found = []
        for row in self.board.records.messages():
            told: Json = {name: row[name] or "" for name in ("kind", "destination", "name", "body", "wanted_at")}
            message = Message(row["id"], at=FRIDAY_NOON, **told)
            mail = as_mail(message, directory)
            found += [mail.subject, mail.body, as_text(message, directory)]
        return found

    def desk(self) -> str:
        """The board, as the browser gets it."""
        desk = Desk(self.board.app)
        desk.logs_in()
        return desk.opens()

    def lists(self) -> list[str]:
        """What the commands print."""
        shown = [command(name, *more) for name in LISTS for more in ((), ("--json",))]
        shown.append(command("transfers", "--csv"))
        shown += [command("show", f"c{n + 1}", *more) for n in range(self.calls) for more in ((), ("--json",))]
        return shown


def command(*words: str) -> str:
    told = CliRunner().invoke(main, list(words), env={"COLUMNS": "200"})
    assert told.exit_code == 0, told.output
    return told.output


def _found(value: Any, name: str) -> list[Any]:
    if isinstance(value, dict):
        return [one for key, it in value.items() for one in ([it] if key == name else []) + _found(it, name)]
    return [one for it in value for one in _found(it, name)] if isinstance(value, list) else []


@pytest.fixture
def office(switchboard: Build, monkeypatch: pytest.MonkeyPatch) -> Office:
    return Office(switchboard, monkeypatch)


def test_a_secret_is_read_nowhere_however_it_is_said(office: Office) -> None:
    with capture_logs() as log:
        for said, _ in SECRETS:
            office.hears(said)
    assert office.params
    places = {"params": json.dumps(office.params), "sent": json.dumps(office.sent), "desk": office.desk()}
    places |= {
        "log": json.dumps(log, default=str),
        "letters": "\n".join(office.letters()),
        "lists": "\n".join(office.lists()),
    }
    flat = {name: _MOMENT.sub("", " ".join(text.split())) for name, text in places.items()}
    patterns = {secret: re.compile(rf"\b{re.escape(secret)}") for _, secret in SECRETS}
    leaks = [name for it in patterns.values() for name, text in flat.items() if it.search(text)]
    assert not leaks
    assert all(len(text) > 1000 for text in flat.values())


def test_ordinary_numbers_stay(office: Office) -> None:
    for said in ORDINARY:
        office.hears(said)
    page = office.desk()
    for said in ORDINARY:
        for place in (json.dumps(office.params), "\n".join(office.letters()), page):
            assert said in place
        for shown in (command("transfers", "--json"), command("messages", "--json"), command("callbacks", "--json")):
            assert said in shown


# --- words that could steer something -------------------------------------------------------------------------------

MARKUP = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "</textarea></details><form action=//evil.example><button>",
    "{{ 7 * 7 }}{% include 'desk.html' %}",
    "javascript:alert(1)",
    "<!-- ${call.from} -->",
    "&lt;b&gt;",
)
STEERING = [words for words in STEER_PAYLOADS if not set(words) & {"\ud800", "\x00"}]
"""Of the two that are left out, a reader of JSON refuses the first and PostgreSQL the second."""
WORDS = [
    f"{payload} {steers} {markup}"
    for payload, steers, markup in zip(PAYLOADS, cycle(STEERING), cycle(MARKUP), strict=False)
]


class Skeleton(HTMLParser):
    """The tags of a page with the names of their attributes, and where its links and forms go."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[tuple[str, ...]] = set()
        self.goes: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add((tag, *sorted(name for name, _ in attrs)))
        goes = [value or "" for name, value in attrs if name in ("href", "src", "action", "formaction")]
        self.goes |= {re.sub(r"\d+", "0", value) for value in goes}


def card(board: Switchboard, name: str, words: str) -> str:
    """The card of a call about these words, before and after it is declined with them."""
    facts = (("name", words), (words, words), ("needed", words), ("done", words))
    consult = Handoff.begin(board.app, name, reason=words, summary=words, facts=facts).happens(*RINGING)
    board.records.keep_conversation(name, [{"role": "user", "content": words}])
    dana = Reader(board.app, consult.card())
    before = dana.opens().text
    dana.answers("decline", message=words)
    return before + dana.opens().text


def test_no_words_steer_a_page_a_document_or_a_terminal(office: Office) -> None:
    """Those of callers and models, the facts of a call asked for by API, reports, what the platform posts along."""
    office.hears("harmless")
    plain, plain_card = Skeleton(office.desk()), Skeleton(card(office.board, "t_0", "harmless"))
    for n, words in enumerate(WORDS):
        office.hears(words)
        told = Skeleton(card(office.board, f"t_{n + 1}", words))
        assert told.tags <= plain_card.tags
        assert told.goes <= plain_card.goes
        assert not live(office.is_asked_to_call(f"+1202555{3000 + n}", words))
    board = office.desk()
    assert "&lt;script&gt;" in board
    assert Skeleton(board).tags <= plain.tags
    assert Skeleton(board).goes <= plain.goes
    assert not live(json.loads(re.sub(r"\bt_[0-9a-f]{24}", "t_1", json.dumps(office.sent))))
    for shown in office.lists():
        assert not STEERS.search(shown.replace("\n", ""))
