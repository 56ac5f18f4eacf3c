"""`switchboard rehearse`: call scenarios against the application itself, and what became of each."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from xml.etree import ElementTree as Xml

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from calls.mistakes import Mistakes
from exchange.rehearsal import Verdict, rehearse
from exchange.scenario import BrokenScenario, Scenario, read_scenarios
from gateways.directory_file import parse_yaml
from handlers.commands_network import PLATFORM
from handlers.commands_reading import read_settings
from handlers.commands_stage import House, Stage
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
          heard: [Please leave a message for sales]
          ledger: [{destination: sales, outcome: message_taken}]

    The README, "Rehearsing", lists every setting. Hours are those of the scenario's own clock, so four minutes on hold
    take a moment. The same seed gives the same calls.

    Exit status: 0 all is as expected, 1 something is not, 2 a scenario file has mistakes.
    """
    entries = list(_wanted(_read(files), only))
    if not entries:
        raise click.UsageError(f"no scenario has {only!r} in its name")
    configured = directory or read_settings().switchboard_directory
    shows_progress = not as_json and sys.stderr.isatty()
    console = Console(stderr=True)
    with House() as house:
        listed = track(entries, "Rehearsing", console=console, transient=True, disable=not shows_progress)
        results = [_rehearse(entry, house, configured, seed=seed, platform=platform) for entry in listed]
    if junit:
        junit.write_bytes(Xml.tostring(_junit(results), encoding="utf-8", xml_declaration=True))
    _print_json(results) if as_json else _print_table(results, seed, platform)
    sys.exit(1 if any(result.verdict.faults for result in results) else 0)


def read_file(file: Path) -> list[Scenario]:
    """The scenarios of a file. Raises BrokenScenario."""
    try:
        return read_scenarios(parse_yaml(file.read_text(encoding="utf-8")))
    except Mistakes as refused:
        raise BrokenScenario([str(mistake) for mistake in refused.mistakes]) from None


def _read(files: tuple[Path, ...]) -> list[Entry]:
    entries, mistakes = list[Entry](), list[str]()
    for file in files:
        try:
            entries += [Entry(file, scenario) for scenario in read_file(file)]
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
