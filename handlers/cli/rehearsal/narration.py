"""A ladder told to somebody who reads along in a terminal."""

import json
import shutil
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field

import click

from exchange import Call, Care, Entry
from exchange.scenarios.care import NO_MESSAGE
from handlers.terminal import one_line

_SPEAKER = 16  # columns
_ENDINGS = {"busy": "is busy", "no_answer": "does not answer", "declined": "declines", "cancel": "stops ringing"}
_AS_IT_IS = ("queue", "conference", "hold", "record", "refer", "sms", "sound", "detect", "event")


@dataclass
class Story:
    """Prints what a caller, an agent and the people rung do, one line each. `names` are those of addresses.

    `typing`: the caller is somebody at this terminal, who sees already what they type.
    """

    names: Mapping[str, str]
    typing: bool = False
    _agent: str = ""
    _prompted: bool = False
    _ringing: set[str] = field(default_factory=set)

    def tell(self, entry: Entry) -> None:
        """Print what an entry of the ladder means to somebody on the phone, if anything."""
        if entry.kind == "listening" and entry.leg == "caller":
            self.prompt()
            return
        told = self._caller(entry) if entry.leg == "caller" else self._other(entry)
        if told:
            self._print(entry, *told)
        if entry.kind == "bridge" and entry.leg == "caller":
            self.prompt()

    def prompt(self) -> None:
        """It is the caller's turn."""
        if self.typing and not self._prompted:
            click.echo(f"{'':7}{click.style('you ›', fg='cyan', bold=True)} ", nl=False)
            self._prompted = True

    def typed(self) -> None:
        """The caller has typed a line."""
        self._prompted = False

    def end(self, call: Call, judged: Care) -> None:
        """How it went, in a few lines."""
        minutes, seconds = divmod(round(call.duration), 60)
        click.echo()
        click.echo(f"The call took {minutes}:{seconds:02}; the longest silence was {call.longest_silence:.1f} s.")
        click.echo(f"It ended: {self._named(call.ending)}.")
        for violation in call.violations:
            click.secho(f"Against the platform's contract: {violation}", fg="red")
        care = "Taken care of" if judged.taken else "Not taken care of"
        click.secho(f"{care}: {self._named(judged.why)}.", fg="green" if judged.taken else "red", bold=True)
        if judged.why == NO_MESSAGE and not self.typing:
            click.echo("One more --say is the message they leave.")

    def _named(self, text: str) -> str:
        for address, name in self.names.items():
            text = text.replace(address, name)
        return text

    def _caller(self, entry: Entry) -> tuple[str, str, str] | None:
        """Speaker, text and colour."""
        match entry.kind:
            case "ai" if entry.text == "starts":
                self._agent = str(entry.detail.get("app") or "agent")
            case "ai" if entry.text == "ends":
                self._agent = ""
            case "said":
                return self._agent or "announcement", entry.text, "green"
            case "heard" if not self.typing:
                return "caller", entry.text, "cyan"
            case "action":
                return self._action(entry)
            case "fetch":
                return "", entry.text, "bright_black"
            case "bridge":
                self._agent = self._named(entry.text)
                return "bridged", f"{self._agent} and the caller hear each other", "magenta"
            case "error" | "violation":
                return entry.kind, entry.text, "red"
            case "warning":
                return entry.kind, entry.text, "yellow"
            case "end":
                return "the end", self._named(entry.text), "bright_black"
            case kind if kind in _AS_IT_IS:
                return kind, self._named(entry.text), "yellow"
        return None

    def _action(self, entry: Entry) -> tuple[str, str, str] | None:
        if "args" in entry.detail:
            return "tool", f"{entry.detail['name']} {_arguments(entry.detail['args'])}".strip(), "blue"
        if entry.detail.get("response"):
            return "told", str(entry.detail["response"]), "bright_black"
        return None

    def _other(self, entry: Entry) -> tuple[str, str, str] | None:
        who = self.names.get(entry.leg, entry.leg)
        match entry.kind, entry.text.split(" ")[0]:
            case "state", "ringing":
                self._ringing.add(entry.leg)
                return "rings", who, "magenta"
            case "state", "answered":
                self._ringing.discard(entry.leg)
                return "answers", who, "magenta"
            case "end", reason:
                words = _ENDINGS.get(reason) if entry.leg in self._ringing else "has left"
                self._ringing.discard(entry.leg)
                return "", f"{who} {words or entry.text}", "magenta"
            case "said", _:
                return f"to {who}", entry.text, "green"
            case (("heard" | "pressed"), _):
                return who, entry.text if entry.kind == "heard" else f"presses {entry.text}", "cyan"
            case "action", _:
                return self._action(entry)
            case (("error" | "violation"), _):
                return entry.kind, entry.text, "red"
        return None

    def _print(self, entry: Entry, speaker: str, text: str, colour: str) -> None:
        if self._prompted and sys.stdout.isatty():
            click.echo("\r\033[K", nl=False)
        minutes, seconds = divmod(int(entry.at), 60)
        speaker, text = one_line(speaker), one_line(text)
        lines = [text]
        if sys.stdout.isatty():
            width = min(shutil.get_terminal_size().columns, 110) - 8 - _SPEAKER
            lines = textwrap.wrap(text, max(30, width)) or [""]
        label = click.style(f"{speaker:<{_SPEAKER - 1}} ", fg=colour, bold=True)
        at = click.style(f"{minutes:3}:{seconds:02}  ", fg="bright_black")
        dim = colour == "bright_black"
        click.echo(at + label + (click.style(lines[0], dim=True) if dim else lines[0]))
        for line in lines[1:]:
            click.echo(f"{'':{8 + _SPEAKER}}" + (click.style(line, dim=True) if dim else line))
        if self._prompted:
            self._prompted = False
            self.prompt()


def _arguments(args: object) -> str:
    """A tool's arguments as they are read out: `destination=billing`."""
    given = args if isinstance(args, Mapping) else {}
    return ", ".join(
        f"{name}={value if isinstance(value, str) and ' ' not in value else json.dumps(value, ensure_ascii=False)}"
        for name, value in given.items()
    )
