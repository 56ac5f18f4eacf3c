"""`switchboard doctor`: is everything there that a call needs? And if not, what is to be done?"""

import json
import sys
import threading
import time
import traceback
from collections.abc import Mapping

import click

from calls.directory.errors import Mistakes
from calls.directory.model import Directory
from gateways.clock import Clock
from handlers.cli.golive.account import THEIRS
from handlers.cli.golive.checks import OURS, Check, Finding, Subject
from handlers.cli.reading import open_served
from handlers.settings import MissingSettings, Settings

_WITHIN = 5.0  # seconds for each check; they run side by side
_MARKS = {"ok": ("ok", "green"), "problem": ("problem", "red"), "cannot tell": ("cannot tell", "yellow")}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for scripts: check, verdict, says, do.")
def doctor(as_json: bool) -> None:
    """Look at everything that a call needs, and say for each: ok, a problem, or cannot tell; and what to do.

    Settings, database, directory, worker, PUBLIC_URL and its certificate as seen from here, the SignalWire credentials
    and their scopes, every line and where it points, caller IDs, the clock. Nothing is changed and nothing costs money.

    Exit status 1 when there is a problem.
    """
    findings = _examine()
    for finding in findings:
        if as_json:
            click.echo(json.dumps(finding.shown()))
        else:
            _show(finding)
    problems = sum(finding.verdict == "problem" for finding in findings)
    if not as_json:
        told = "Nothing is wrong." if not problems else f"{problems} to put right."
        click.secho(f"\n{told}", fg="red" if problems else "green", bold=True)
    sys.exit(1 if problems else 0)


def _show(finding: Finding) -> None:
    mark, colour = _MARKS[finding.verdict]
    click.echo(f"{click.style(f'{mark:<12}', fg=colour)}{finding.check}: {finding.says}")
    if finding.do:
        click.echo(f"{'':12}  → {finding.do}")


def _examine() -> list[Finding]:
    try:
        settings = Settings.load()
    except MissingSettings as fault:
        return [Finding("settings", "problem", str(fault), "Put them right; everything else depends on them.")]
    subject = Subject(settings, _directories(settings), Clock())
    return side_by_side({**OURS, **THEIRS}, subject, within=_WITHIN)


def _directories(settings: Settings) -> tuple[Directory, ...]:
    """Nothing when they cannot be read; a check of its own says why."""
    try:
        directories = open_served(settings)
    except Mistakes:
        return ()
    directories.close()
    return directories.all()


def side_by_side(checks: Mapping[str, Check], subject: Subject, *, within: float) -> list[Finding]:
    """What each check finds, in their order. One that crashes, or takes longer than `within` seconds, is a problem."""
    found: dict[str, list[Finding]] = {}

    def look(name: str, check: Check) -> None:
        try:
            found[name] = check(subject)
        except Exception as fault:  # noqa: BLE001, one check's fault must not hide what the others found
            place = traceback.extract_tb(fault.__traceback__)[-1]  # its words may hold a secret; where it was does not
            says = f"the check itself failed ({type(fault).__name__} at {place.name}, line {place.lineno})"
            found[name] = [Finding(name, "problem", says, "Please report it, with this line.")]

    patience = time.monotonic() + within
    threads = [threading.Thread(target=look, args=one, daemon=True) for one in checks.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, patience - time.monotonic()))
    late = f"no answer within {within:.0f} s"
    findings = dict(found)  # whatever is found later comes too late
    return [one for name in checks for one in findings.get(name, [Finding(name, "problem", late, "Try again.")])]
