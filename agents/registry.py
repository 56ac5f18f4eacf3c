"""The staff: the agents of one version of the directory, each compiled when it is first needed."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module

from agents import sdk
from agents.attendant import Attendant
from agents.blueprint import Blueprint, compile_document
from agents.briefer import Briefer
from agents.escalation import Escalation
from agents.nightdesk import NightDesk
from agents.own_code import words_of
from agents.receptionist import Receptionist
from agents.specialist import Specialist
from agents.tools.forms import Forms
from agents.tools.offered import Tool
from calls.directory.errors import Mistake
from calls.directory.model import Directory
from calls.numbers import Number
from calls.routing import wording
from swml.speech import say
from swml.verbs import Play

CLASSES: Mapping[str, type[Attendant]] = {one.known_as: one for one in (Receptionist, NightDesk, Escalation)}
"""The agents that exist without being declared. Any other is a specialist, or has a class of its own."""


_MINUTES = 1000  # lines and minutes that are remembered


class NoSuchAgent(LookupError):
    """The directory has no agent of this name, or it is an address elsewhere and not ours to render."""


class WrongClass(TypeError):
    """An agent's `class:` cannot be imported or is not an attendant. `wanted` says what would be right."""

    def __init__(self, path: str, wanted: str) -> None:
        super().__init__(f"class: {path}: wanted {wanted}")
        self.wanted = wanted


@dataclass(frozen=True, slots=True)
class _Member:
    """An agent as built: its document as the SDK rendered it, and the tools it has beside ours."""

    document: sdk.Json
    own_tools: Mapping[str, sdk.RunTool]


@dataclass(frozen=True, slots=True)
class _Post:
    """An agent on one kind of leg: its blueprint and those of our tools it offers there."""

    blueprint: Blueprint
    tools: Mapping[str, Tool]


class Staff:
    """Agents by name. Thread-safe: an agent is built and compiled once, by whoever asks first."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self.names = _names(directory)
        self.forms = Forms()
        self._building = threading.RLock()
        self._answering: dict[tuple[Number | None, datetime], str] = {}
        self._members: dict[str, _Member] = {}
        self._posts: dict[tuple[str, bool, bool], _Post] = {}

    def has(self, name: str) -> bool:
        """Whether an agent of this name answers here."""
        return name in self.names

    def answering(self, line: Number | None, at: datetime) -> str:
        """The agent that answers this line at this moment. Hours change on the minute, so a minute is asked once."""
        key = (line, at.replace(second=0, microsecond=0))
        known = self._answering.get(key)
        if known is None:
            if len(self._answering) > _MINUTES:
                self._answering.clear()
            known = self._answering[key] = self.directory.agent_for(line, key[1])
        return known

    def blueprint(self, name: str, *, sip: bool = False, returning: bool = False) -> Blueprint:
        """The blueprint of an agent for one kind of leg.

        sip: the caller's leg is SIP. returning: another agent sent the caller for a while and gets the caller back.
        Raises NoSuchAgent, WrongClass, or whatever building the agent raises.
        """
        return self._post(name, sip=sip, returning=returning).blueprint

    def tool(self, agent: str, name: str, *, sip: bool = False, returning: bool = False) -> Tool | None:
        """One of our own tools, if this agent offers it on this kind of leg. Raises as `blueprint` does."""
        return self._post(agent, sip=sip, returning=returning).tools.get(name)

    def run(self, agent: str, name: str, arguments: Mapping[str, object], raw: Mapping[str, object]) -> sdk.Json:
        """Run a tool that is not ours, of the agent's class or of a skill: the reply's JSON.

        Wrong arguments and a wrong name are answered, for the model to do better. Raises what the tool raises.
        """
        run = self._member(agent).own_tools.get(name)
        if run is None:
            return {"response": f"There is no tool {name} here. Use one of the tools you have."}
        try:
            return run(arguments, raw)
        except sdk.BadArguments as reason:
            return {"response": str(reason)}

    def mistakes(self) -> tuple[Mistake, ...]:
        """The agents of the file that cannot be built, one mistake each: an unknown skill, a class that raises."""
        found = []
        for name in self.names:
            spec = self.directory.agents.get(name)
            own = spec.class_path if spec else None
            try:
                self.blueprint(name, sip=True)
            except WrongClass as reason:
                found.append(Mistake(f"agents.{name}.class", own, reason.wanted))
            except (Exception, SystemExit) as reason:  # noqa: BLE001, the code of a class or a skill may raise anything
                path, wanted = (f"agents.{name}.class", "a class") if own else (f"agents.{name}", "an agent")
                found.append(Mistake(path, own, f"{wanted} that can be built: {words_of(reason)}"))
        return tuple(found)

    def _post(self, name: str, *, sip: bool, returning: bool) -> _Post:
        key = (name, sip, returning)
        if key not in self._posts:
            with self._building:
                if key not in self._posts:
                    self._posts[key] = self._compile(name, sip=sip, returning=returning)
        return self._posts[key]

    def _member(self, name: str) -> _Member:
        if name not in self._members:
            with self._building:
                if name not in self._members:
                    self._members[name] = self._build(name)
        return self._members[name]

    def _compile(self, name: str, *, sip: bool, returning: bool) -> _Post:
        member = self._member(name)
        ours = self._class(name).tools(self.directory, name, sip=sip, returning=returning)
        blueprint = compile_document(
            member.document, functions=[_function(tool) for tool in ours], goodbye=(self._goodbye(name),)
        )
        return _Post(blueprint, {tool.name: tool for tool in ours})

    def _goodbye(self, name: str) -> Play:
        """The closing line, in the voice the agent has spoken with."""
        spec = self.directory.agents.get(name)
        return Play(
            url=say(wording.goodbye(self.directory, name)),
            say_voice=(spec.voice if spec else None) or self.directory.voice,
            say_language=(spec.language if spec else None) or self.directory.language,
        )

    def _class(self, name: str) -> type[Attendant]:
        if name == Briefer.known_as:
            return Briefer
        if not self.has(name):
            raise NoSuchAgent(f"no agent {name!r} answers here; there are {', '.join(self.names)}")
        spec = self.directory.agents.get(name)
        return load_class(spec.class_path) if spec and spec.class_path else CLASSES.get(name, Specialist)

    def _build(self, name: str) -> _Member:
        agent = self._class(name)(self.directory, name)
        tools = {tool: run for tool, run in sdk.tools_of(agent).items() if tool not in agent.shared}
        return _Member(_without(sdk.render(agent), agent.shared), tools)


def _names(directory: Directory) -> tuple[str, ...]:
    """The built-in agents, then the declared ones.

    One that is an address elsewhere does not answer here, and the briefer answers nobody: it is on legs we dial.
    """
    elsewhere = {name for name, spec in directory.agents.items() if spec.url} | {Briefer.known_as}
    return tuple(name for name in dict.fromkeys((*CLASSES, *directory.agents)) if name not in elsewhere)


def _without(document: sdk.Json, shared: frozenset[str]) -> sdk.Json:
    """The document without our own tools: which of them are offered, and where to, differs from leg to leg."""
    for verb in document["sections"]["main"]:
        swaig = verb.get("ai", {}).get("SWAIG", {})
        swaig["functions"] = [one for one in swaig.get("functions", []) if one["function"] not in shared]
    return document


def load_class(path: str) -> type[Attendant]:
    """The class at "module:Class". Raises WrongClass."""
    module, _, name = path.partition(":")
    try:
        found = getattr(import_module(module), name, None)
    except ImportError as reason:
        raise WrongClass(path, f"a module that can be imported: {words_of(reason)}") from reason
    if not (isinstance(found, type) and issubclass(found, Attendant)):
        raise WrongClass(path, f"a subclass of agents.attendant.Attendant, called {name}, in {module}")
    return found


def _function(tool: Tool) -> sdk.Json:
    """One of our tools as the platform reads it."""
    parameters: sdk.Json = {"type": "object", "properties": tool.parameters}
    if tool.required:
        parameters["required"] = list(tool.required)
    asleep: sdk.Json = {} if tool.active else {"active": False}
    return {"function": tool.name, "description": tool.description, "parameters": parameters, **asleep}
