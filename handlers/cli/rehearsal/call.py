"""`switchboard call`: a phone call in the terminal, with the exchange in the telephone network's place."""

import json
import os
import select
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import click

from agents.documents.consult import WAITS
from calls.directory.errors import Mistakes
from calls.numbers import Number, SipUri, Unreadable
from exchange import Call, ChatCompletions, Entry, Exchange, Handset, Person, Thinker, care_of
from exchange.core.legs import Leg, PartyOf
from exchange.phones.people import Scripted, forever
from exchange.scenarios.scenario import BrokenScenario
from exchange.softphone.shown import shown
from handlers.cli.reading import read_served, read_settings
from handlers.cli.rehearsal.narration import Story
from handlers.cli.rehearsal.network import PLATFORM, network
from handlers.cli.rehearsal.phonebook import Phonebook
from handlers.cli.rehearsal.promises import on_record
from handlers.settings import Settings

_ANSWERS = Person(presses=("", "1"))
_BEHAVIOURS = {
    "answers": _ANSWERS,
    "busy": Person("busy"),
    "no_answer": Person("no_answer"),
    "declines": Person("declines"),
    "voicemail": Person("voicemail"),
    "says_no": replace(_ANSWERS, says=("No, I can't take it now.",)),
}
_PEOPLE_HELP = f"How a person takes calls, such as dana=busy. Repeatable. They can be: {', '.join(_BEHAVIOURS)}."
_TALK = 20.0  # seconds
_SOMEBODY = "+12025550190"
_HOW = "Type what the caller says. /1 presses 1; Ctrl-D hangs up. You are heard when it says `you ›`."


@dataclass(frozen=True)
class Ring:
    """Who rings whom. `says`: the lines of a caller who is not at this terminal."""

    to: str
    from_: str
    says: tuple[str, ...]
    as_json: bool


@click.command()
@click.option("--to", help="The line that is dialled. Default: the directory's first.")
@click.option(
    "--from", "from_", default=_SOMEBODY, show_default=True, help="The caller: a number, a SIP address or anonymous."
)
@click.option("--sip", is_flag=True, help="The caller's phone is one of a PBX, which may be asked to move the call.")
@click.option("--say", "says", multiple=True, help="A line the caller says. Repeatable; then nobody types.")
@click.option(
    "--script",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Tell the scenarios of a file, played on an app of their own.",
)
@click.option("--person", "people", multiple=True, metavar="WHO=HOW", help=_PEOPLE_HELP)
@PLATFORM
@click.option("--llm", is_flag=True, help="The model at EXCHANGE_LLM_URL thinks for the agent, instead of keywords.")
@click.option("--json", "as_json", is_flag=True, help="The whole ladder, one JSON object a line.")
def command(
    to: str | None,
    from_: str,
    sip: bool,
    says: tuple[str, ...],
    script: Path | None,
    people: tuple[str, ...],
    platform: str,
    llm: bool,
    as_json: bool,
) -> None:
    """Make a phone call to the app: to the server that runs (`make run`), or without one to the app in this process.

    Type what the caller says, and see what is spoken, which tool ran and what it was told, and who rings. With --say
    the lines are said in turn, in no time, and the caller hangs up when nothing more happens.

    Exit status 0 when the caller was taken care of: put through, an agent's, a recording or a promise on record.
    """
    settings = read_settings()
    if script and (says or people or llm):
        raise click.UsageError("A scenario says itself who says what; --script goes with --json only.")
    if script:
        sys.exit(0 if _play(script, settings, as_json=as_json, platform=platform) else 1)
    book = Phonebook.of(*read_served(settings))
    ring = Ring(_line(to, book), _caller(from_, sip=sip), says, as_json)
    tell = partial(click.echo, err=as_json)
    behaviours = _behaviours(people, book)
    thinker = chosen_thinker(settings) if llm else None
    if llm and thinker is None:
        raise click.UsageError("--llm needs EXCHANGE_LLM_URL, the address of a chat-completions endpoint.")
    lines = tuple({*book.lines, ring.to})
    with network(
        settings, behaviours, numbers=lines, thinker=thinker, virtual=bool(says), platform=platform, tell=tell
    ) as exchange:
        story = Story(book.names, typing=not says and sys.stdin.isatty() and not as_json)
        call = _spoken(exchange, ring, story) if says else _typed(exchange, ring, story)
        care = on_record(care_of(call), call.id, settings.database_url)
        if not as_json:
            story.end(call, care)
        sys.exit(0 if care.taken else 1)


def chosen_thinker(settings: Settings) -> Thinker | None:
    """The model of EXCHANGE_LLM_URL, if there is one."""
    if not settings.exchange_llm_url:
        return None
    return ChatCompletions(settings.exchange_llm_url, settings.exchange_llm_model, settings.exchange_llm_key)


def _play(script: Path, settings: Settings, *, as_json: bool, platform: str) -> bool:
    """Tell the scenarios of a file as they are rehearsed. True when all goes as each expects."""
    from exchange.scenarios.rehearsal import rehearse  # noqa: PLC0415, nobody else here rehearses
    from handlers.cli.rehearsal.rehearse import read_file  # noqa: PLC0415
    from handlers.cli.rehearsal.stage import House, Stage  # noqa: PLC0415

    well = True
    try:
        directory, beside = settings.switchboard_directory, script.parent
        scenarios = read_file(script, directory)
        with House() as house:
            for scenario in scenarios:
                with Stage(house, scenario, directory=directory, beside=beside, seed=1, platform=platform) as stage:
                    names = {address: name for name, addresses in stage.names.items() for address in addresses}
                    _show(stage.exchange, Story(names), as_json=as_json, title=scenario.name)
                    faults = rehearse(scenario, stage.exchange, stage).faults
                for fault in faults:
                    click.secho(f"Not as expected: {fault}", fg="red", err=True)
                well = well and not faults
    except (BrokenScenario, Mistakes) as broken:
        raise click.ClickException("\n".join(map(str, broken.mistakes))) from None
    return well


def _line(to: str | None, book: Phonebook) -> str:
    """The number to dial. One that is not listed is as right as on a real telephone."""
    if to is None:
        return next(iter(book.lines), "+12025550100")
    try:
        return str(Number.parse(to, "US"))
    except Unreadable as refused:
        raise click.BadParameter(f"{to!r} is not {refused}", param_hint="--to") from None


def _caller(from_: str, *, sip: bool) -> str:
    """The caller's address: a number (E.164) or a SIP address, or "anonymous"."""
    if from_ == "anonymous":
        return from_
    try:
        if from_.startswith(("sip:", "sips:")):
            return str(SipUri.parse(from_))
        number = str(Number.parse(from_, "US"))
    except Unreadable as refused:
        raise click.BadParameter(f"{from_!r} is not {refused}", param_hint="--from") from None
    return f"sip:{number.removeprefix('+')}@pbx.example" if sip else number


def _behaviours(given: tuple[str, ...], book: Phonebook) -> dict[str, Person | PartyOf]:
    """How those at each address take calls, from WHO=HOW."""
    people: dict[str, Person | PartyOf] = {"*": _briefed(_ANSWERS)}
    for pair in given:
        who, _, how = pair.partition("=")
        addresses = book.addresses(who.strip())
        if not addresses:
            raise click.BadParameter(
                f"nobody is called {who}; there are {', '.join(book.phones)}", param_hint="--person"
            )
        if how not in _BEHAVIOURS:
            raise click.BadParameter(f"{who} can be: {', '.join(_BEHAVIOURS)}", param_hint="--person")
        people |= dict.fromkeys(addresses, _briefed(_BEHAVIOURS[how]))
    return people


def _briefed(person: Person) -> PartyOf:
    """A person who lets the first question pass, hears the briefing, and answers then."""

    class Briefed(Scripted):
        async def says(self, leg: Leg, heard: str) -> str:
            if WAITS in heard:
                await forever()
            return await super().says(leg, heard)

    return lambda leg: Briefed(person)


def _show(exchange: Exchange, story: Story, *, as_json: bool, title: str) -> None:
    """From now on, tell what happens."""

    def tell(entry: Entry) -> None:
        if as_json:
            click.echo(json.dumps(shown(entry), ensure_ascii=False))
        else:
            story.tell(entry)

    if not as_json:
        click.secho(f"\n{title}\n", bold=True)
    exchange.ladder.listen(tell)


def _spoken(exchange: Exchange, ring: Ring, story: Story) -> Call:
    _show(exchange, story, as_json=ring.as_json, title=f"{ring.from_} calls {ring.to}.")
    call = exchange.dial(ring.to, ring.from_, says=ring.says)
    exchange.ladder.listen(lambda entry: _end_talk(exchange, call, entry))
    call.run()
    return call


def _end_talk(exchange: Exchange, call: Call, entry: Entry) -> None:
    """A caller who has said everything is the one who hangs up. The app's clock shows real time: were it the person,
    it would take a talk that is over at once for one that was cut off.
    """
    party = call.caller.party
    if (entry.kind, entry.leg) == ("bridge", "caller") and isinstance(party, Scripted) and not party.lines:
        exchange.loop.call_later(_TALK, lambda: call.caller.hang_up("hangup", by="caller"))


def _typed(exchange: Exchange, ring: Ring, story: Story) -> Call:
    if story.typing:
        click.echo(_HOW)
    _show(exchange, story, as_json=ring.as_json, title=f"{ring.from_} calls {ring.to}.")
    call = exchange.dial(ring.to, ring.from_, caller=Handset)
    phone = call.caller.party
    assert isinstance(phone, Handset)
    reader = threading.Thread(target=_read, args=(exchange, phone, call.caller.over.is_set, story), daemon=True)
    reader.start()
    try:
        exchange.run(lambda: call.over)
    except KeyboardInterrupt:
        exchange.do(phone.hang_up)
        exchange.run(lambda: call.over)
    exchange.settle()
    reader.join()
    return call


def _read(exchange: Exchange, phone: Handset, over: Callable[[], bool], story: Story) -> None:
    """Hand what is typed to the caller's phone until the call is over."""
    source, unread = sys.stdin.fileno(), b""
    while not over():
        if not select.select([source], [], [], 0.1)[0]:
            continue
        found = os.read(source, 4096)
        if not found:
            exchange.do(phone.finish)
            return
        *lines, unread = (unread + found).split(b"\n")
        for line in lines:
            story.typed()
            _use(exchange, phone, line.decode(errors="replace").strip())


def _use(exchange: Exchange, phone: Handset, line: str) -> None:
    if line.startswith("/"):
        exchange.do(lambda: phone.press(line[1:]))
    elif line:
        exchange.do(lambda: phone.say(line))
