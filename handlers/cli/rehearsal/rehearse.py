"""`switchboard rehearse`: call scenarios against the application itself, and what became of each."""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any
from xml.etree import ElementTree as Xml

import click
import yaml
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from agents.tools.briefer import BRIEFING_TOOLS
from agents.tools.offered import NAMES as TOOLS
from calls.directory.errors import Mistakes
from calls.directory.model import Directory
from calls.outcomes import Outcome
from exchange.scenarios.mistakes import Mistake as NameMistake
from exchange.scenarios.names import Known, tools_used, unknown_names
from exchange.scenarios.rehearsal import Verdict, rehearse
from exchange.scenarios.scenario import BrokenScenario, Scenario, read_scenarios
from gateways.directory.file import parse_yaml, public_holidays
from handlers.cli.reading import read_settings
from handlers.cli.rehearsal.network import PLATFORM
from handlers.cli.rehearsal.stage import House, Stage, content_of
from handlers.logs import only_errors
from handlers.settings import find_agents_beside
from handlers.terminal import one_line, visible

_LADDER_SHOWN = 400  # lines; a scenario with more of them is read from --json


@dataclass(frozen=True, slots=True)
class Entry:
    """One scenario, and the file it stands in."""

    file: Path
    scenario: Scenario


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one scenario, and how long that took here, in seconds."""

    file: Path
    verdict: Verdict
    took: float


@click.command("rehearse")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--directory", type=click.Path(path_type=Path), help="The directory file. Default: the configured one.")
@click.option("--seed", type=int, default=1, show_default=True, help="What every chance is drawn from.")
@PLATFORM
@click.option("--only", metavar="NAME", help="Only scenarios whose name has NAME in it.")
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), help="Write JUnit XML to this file.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a scenario, with its ladder.")
def command(
    files: tuple[Path, ...],
    directory: Path | None,
    seed: int,
    platform: str,
    only: str | None,
    junit: Path | None,
    as_json: bool,
) -> None:
    """Rehearse the call scenarios in FILES: real calls through this app, on a telephone network in this process.

    \b
    A scenario says who rings, what they say, what the model chooses, how people behave, and what must come of it:

    \b
      - name: Nobody in sales can take the call, so the caller leaves a message
        at: 2026-03-17 11:00
        people: {dana: busy, lee: declines after 5}
        caller:
          - says: I would like a quote.
            model: {tool: connect, destination: sales, reason: a quote, summary: Wants a quote.}
          - Please ring me back about the boiler.
        expect:
          rang: [dana, lee]
          bridged: nobody
          heard: [Please leave a message for the sales team]
          ledger: [{destination: sales, outcome: message_taken}]

    The README, "Rehearsing", lists every setting. Hours are those of the scenario's own clock, so four minutes on hold
    take a moment. The same seed gives the same calls.

    Exit status: 0 all is as expected, 1 something is not, 2 a scenario file has mistakes.
    """
    configured = directory or read_settings().switchboard_directory
    entries = list(_wanted(_read(files, configured), only))
    if not entries:
        raise click.UsageError(f"no scenario has {only!r} in its name")
    shows_progress = not as_json and sys.stderr.isatty()
    console = Console(stderr=True)
    with only_errors(), House() as house:
        listed = track(entries, "Rehearsing", console=console, transient=True, disable=not shows_progress)
        results = [_rehearse(entry, house, configured, seed=seed, platform=platform) for entry in listed]
    if junit:
        junit.write_bytes(Xml.tostring(_junit(results), encoding="utf-8", xml_declaration=True))
    _print_json(results) if as_json else _print_table(results, seed, platform)
    sys.exit(1 if any(result.verdict.faults for result in results) else 0)


def read_file(file: Path, directory: Path | None = None) -> list[Scenario]:
    """The scenarios of a file. Raises BrokenScenario.

    With a directory file, for scenarios that have none of their own, the names in them must be known.
    """
    try:
        text = file.read_text(encoding="utf-8")
        content = parse_yaml(text)
    except Mistakes as refused:
        raise BrokenScenario([str(mistake) for mistake in refused.mistakes]) from None
    tree = cache(lambda: yaml.compose(text, yaml.SafeLoader))  # read again only where there is a mistake

    def unknown_in(scenario: Scenario) -> list[NameMistake]:
        known = known_names(scenario, directory, file.parent) if directory else None
        return unknown_names(scenario, known) if known else []

    return read_scenarios(content, unknown_in=unknown_in, line_of=lambda path: line_of(tree(), path))


def line_of(node: yaml.Node | None, path: tuple[str | int, ...]) -> int | None:
    """The line (from 1) of a path in a YAML file, or of the part of it that the file has."""
    line = node.start_mark.line + 1 if node else None
    for place in path:
        found: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            found = next((value for key, value in node.value if key.value == place), None)
            line = next((key.start_mark.line + 1 for key, _ in node.value if key.value == place), line)
        elif isinstance(node, yaml.SequenceNode) and isinstance(place, int) and place < len(node.value):
            found = node.value[place]
            line = found.start_mark.line + 1
        if found is None and not isinstance(place, int):
            break
        node = found or node
    return line


def known_names(scenario: Scenario, directory: Path, beside: Path) -> Known | None:
    """The names a scenario may use; None where its directory has mistakes of its own, which the rehearsal tells."""
    try:
        content = content_of(scenario, directory, beside)
    except (Mistakes, OSError):
        return None
    agents = [agent for agent in _under(content, "agents").values() if isinstance(agent, Mapping)]
    tools = {*TOOLS, *(tool.name for tool in BRIEFING_TOOLS), *_functions(scenario.elsewhere)}
    if tools_used(scenario) - tools and any(agent.get("class") or agent.get("skills") for agent in agents):
        own = _tools_of_their_own(
            content, beside / scenario.directory if isinstance(scenario.directory, str) else directory
        )
        if own is None:
            return None
        tools |= own
    return Known(tuple(_under(content, "people")), tuple(tools), tuple(Outcome))


def _under(content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = content.get(name)
    return found if isinstance(found, Mapping) else {}


def _functions(document: object) -> Iterator[str]:
    """The functions of documents of other systems' agents."""
    if isinstance(document, Mapping):
        yield from (str(value) for name, value in document.items() if name == "function")
        yield from (name for value in document.values() for name in _functions(value))
    elif isinstance(document, list):
        yield from (name for value in document for name in _functions(value))


def _tools_of_their_own(content: Mapping[str, Any], file: Path) -> set[str] | None:
    """The tools of agents with a class or skills of their own, which only the agents themselves know.

    None where the directory or one of its agents has mistakes.
    """
    from handlers.cli.roster import roster  # noqa: PLC0415, it imports the SDK
    from handlers.wiring import examine  # noqa: PLC0415, it imports the SDK

    source = file.parent
    find_agents_beside(file)

    def prompt(name: str) -> str | None:
        return (source / name).read_text(encoding="utf-8") if (source / name).is_file() else None

    try:
        directory = Directory.read(content, public_holidays=public_holidays, prompts=prompt)
    except Mistakes:
        return None
    if examine(directory):
        return None
    return {tool for row in roster(directory, sip=True) for tool in str(row["tools"]).split(", ")}


def _read(files: tuple[Path, ...], directory: Path) -> list[Entry]:
    entries, mistakes = list[Entry](), list[str]()
    for file in files:
        try:
            entries += [Entry(file, scenario) for scenario in read_file(file, directory)]
        except BrokenScenario as broken:
            mistakes += [f"{file}: {mistake}" for mistake in broken.mistakes]
    if mistakes:
        _give_up(mistakes)
    return entries


def _give_up(mistakes: list[str]) -> None:
    """Exit status 2, with everything that is to be put right."""
    click.echo(f"{len(mistakes)} to put right:", err=True)
    for mistake in mistakes:
        click.echo(f"  {mistake}", err=True)
    sys.exit(2)


def _wanted(entries: list[Entry], only: str | None) -> Iterator[Entry]:
    return (entry for entry in entries if not only or only.lower() in entry.scenario.name.lower())


def _rehearse(entry: Entry, house: House, directory: Path, *, seed: int, platform: str) -> Result:
    began, beside = perf_counter(), entry.file.parent
    try:
        with Stage(house, entry.scenario, directory=directory, beside=beside, seed=seed, platform=platform) as stage:
            verdict = rehearse(entry.scenario, stage.exchange, stage)
    except (Mistakes, OSError) as fault:
        reasons = fault.mistakes if isinstance(fault, Mistakes) else (fault,)
        _give_up([f"{entry.file}: {entry.scenario.name}: directory: {reason}" for reason in reasons])
        raise
    return Result(entry.file, verdict, perf_counter() - began)


def _print_table(results: list[Result], seed: int, platform: str) -> None:
    console = Console()
    table = Table("scenario", "verdict", "call time", "silence", box=None, header_style="bold")
    for result in results:
        failed = bool(result.verdict.faults)
        words = "[red]FAILED[/red]" if failed else "[green]as expected[/green]"
        verdict = result.verdict
        table.add_row(escape(verdict.name), words, f"{verdict.seconds:.0f} s", f"{verdict.silence:.1f} s")
    console.print(table)
    failures = [result for result in results if result.verdict.faults]
    for result in failures:
        console.rule(escape(result.verdict.name), align="left")
        for fault in result.verdict.faults:
            console.print(f"  {escape(one_line(fault))}", style="red", highlight=False)
        for line in result.verdict.ladder[:_LADDER_SHOWN]:
            console.print(escape(visible(line)), highlight=False, soft_wrap=True)
    took = sum(result.took for result in results)
    silence = max(result.verdict.silence for result in results)
    played = f"seed {seed}, platform {platform}"
    console.print(f"{len(results)} rehearsed in {took:.1f} s, {len(failures)} failed, {played}", highlight=False)
    console.print(f"The longest that a caller heard nothing: {silence:.1f} s", highlight=False)


def _print_json(results: list[Result]) -> None:
    for result in results:
        verdict = result.verdict
        row = {"name": verdict.name, "file": str(result.file), "passed": not verdict.faults}
        row |= {"faults": verdict.faults, "seconds": verdict.seconds, "silence": verdict.silence}
        row |= {"ladder": verdict.ladder}
        click.echo(json.dumps(row))


def _junit(results: list[Result]) -> Xml.Element:
    """JUnit XML as CI servers read it."""
    failures = sum(1 for result in results if result.verdict.faults)
    suite = Xml.Element("testsuite", name="rehearsal", tests=str(len(results)), failures=str(failures), errors="0")
    suite.set("time", f"{sum(result.took for result in results):.3f}")
    for result in results:
        case = Xml.SubElement(suite, "testcase", classname=result.file.stem, name=result.verdict.name)
        case.set("time", f"{result.took:.3f}")
        if result.verdict.faults:
            failure = Xml.SubElement(case, "failure", message=_xml("; ".join(result.verdict.faults)))
            failure.text = _xml("\n".join(result.verdict.ladder))
    return suite


def _xml(text: str) -> str:
    """Text without the characters that XML has no way to write."""
    return "".join(char for char in text if char in "\t\n" or char.isprintable())
