"""Somebody answers by the link in a text message instead of on the phone: opens the page, sends one of its forms."""

import asyncio
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin

from exchange.core.legs import Network
from exchange.core.wire import Outgoing, Unreachable
from exchange.phones.people import Person

LINK = re.compile(r"https?://[^\s<>\"]+")
BUTTONS = {"accepts": ("accept", "yes"), "declines": ("decline", "no"), "calls back": ("later", "call back")}
FORM = "application/x-www-form-urlencoded"


@dataclass(slots=True)
class Form:
    """A form of a page: where it is sent, what may be filled in, and its buttons by what stands on them."""

    action: str
    texts: list[str] = field(default_factory=list)
    hidden: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._button: tuple[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(said.get("action", "")))
        elif tag == "button" and self.found:
            self._button = said.get("name", ""), said.get("value", "")
        elif tag in ("input", "textarea") and self.found and said.get("name"):
            if said.get("type") == "hidden":
                self.found[-1].hidden[said["name"]] = said.get("value", "")
            else:
                self.found[-1].texts.append(said["name"])

    def handle_data(self, data: str) -> None:
        if self._button is not None:
            self.found[-1].buttons[f"{self._button[1]} {data.strip()}".lower()] = self._button
            self._button = None


def forms_of(page: str) -> list[Form]:
    """The forms of an HTML page."""
    reader = _Forms()
    reader.feed(page)
    return reader.found


async def answer(exchange: Network, person: Person, text: str) -> None:
    """What this person does with a text message that has just arrived."""
    link = LINK.search(text)
    if not person.card or link is None:
        return
    await asyncio.sleep(person.card_after)
    office, url = exchange.office, link.group().rstrip(".,;")
    try:
        page = (await office.send("card", Outgoing(url, method="GET"))).body.decode(errors="replace")
        sent = _filled(page, person)
        if sent is None:
            office.note("card", f"{person.card}: there is no such button")
            return
        action, body = sent
        form = Outgoing(
            urljoin(url, action) if action else url, urlencode(body).encode(), headers={"Content-Type": FORM}
        )
        await office.send("card", form, f"{person.card} POST")
    except Unreachable:
        return


def _filled(page: str, person: Person) -> tuple[str, dict[str, str]] | None:
    for form in forms_of(page):
        for shown, (name, value) in form.buttons.items():
            if any(word in shown for word in BUTTONS[person.card]):
                texts = dict.fromkeys(form.texts, person.card_says)
                return form.action, form.hidden | texts | {name: value}
    return None
