"""Runs a document on a leg: sections, steps, jumps. The verbs are given to it (`exchange.verbs.table`)."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from exchange.core.facts import facts
from exchange.core.legs import Leg
from exchange.core.signals import Goto, LegEnded, Returned, ScriptError
from exchange.documents.document import Document, Jump, fetch_document, read_document
from exchange.documents.expressions import EvaluationFailed, Scope, as_text, expand, holds

LATE = "ai_response"  # expanded only when the inline script is over
KEPT = ("confirm", "result", "on_return")  # steps inside a verb: filled in when they run


@dataclass(frozen=True, slots=True)
class Verbs:
    """The verbs of the platform: what carries each out, which fill in their own parameters, which answer a call."""

    table: Mapping[str, "Verb"]
    raw: frozenset[str]
    answering: frozenset[str]


class Script:
    """One run of a document on one leg."""

    def __init__(
        self,
        leg: Leg,
        document: Document,
        verbs: Verbs,
        *,
        section: str = "main",
        params: dict[str, Any] | None = None,
        allowed: frozenset[str] | None = None,
    ) -> None:
        self.leg, self.document, self.section = leg, document, section
        self.verbs, self.params = verbs, params or {}
        self.allowed = allowed  # None: every verb
        self.depth = 0
        self.jumped = False
        self.more: Callable[[], dict[str, Any]] = lambda: {"global_data": leg.global_data}

    def sub(self, leg: Leg, document: Document, *, allowed: frozenset[str] | None = None) -> "Script":
        """Another script: on another leg, or inside this one's ai verb."""
        return Script(leg, document, self.verbs, allowed=allowed)

    @property
    def scope(self) -> Scope:
        strict = self.leg.call.exchange.assumptions.unset_name_is_error
        return Scope(self.leg.vars, self.leg.envs, facts(self.leg), self.params, self.more(), strict)

    def fill(self, args: Any) -> Any:
        """A verb's parameters with variables replaced; steps inside it are left for later.

        Raises ScriptError (js_eval_error).
        """
        if isinstance(args, list):
            return [self.fill(item) for item in args]
        if isinstance(args, dict):
            return {key: item if key in KEPT else self.fill(item) for key, item in args.items()}
        if not isinstance(args, str) or "{" not in args:
            return args
        try:
            return expand(args, self.scope)
        except EvaluationFailed as problem:
            raise ScriptError("js_eval_error", str(problem)) from problem

    def holds(self, condition: str) -> bool:
        """The truth of a condition.

        Raises ScriptError (js_eval_error).
        """
        templated = "${" in condition or "%{" in condition
        expands = self.leg.call.exchange.assumptions.expands_conditions
        if templated:
            report = self.leg.warning if expands else self.leg.violation
            report(f"template inside a condition: {condition}")
        try:
            return holds(as_text(expand(condition, self.scope)) if templated and expands else condition, self.scope)
        except EvaluationFailed as problem:
            raise ScriptError("js_eval_error", str(problem)) from problem

    async def run(self) -> None:
        """From the first step to the end, through every transfer. A script error ends it, reported."""
        jump: Jump | None = Jump(self.document, self.section, self.params)
        while jump is not None:
            self.document, self.params = jump.document, jump.params
            try:
                await self._section(jump.section)
                jump = None
            except Jump as further:
                jump, self.jumped = further, True
            except Returned:
                jump = None
            except Goto as lost:
                self.fail(ScriptError("element_undefined", f"label {lost.label}"))
                jump = None
            except ScriptError as problem:
                self.fail(problem)
                jump = None

    def fail(self, problem: ScriptError) -> None:
        self.leg.vars["script_error"] = f"relay_script_{problem.code}"
        self.leg.note("error", str(problem))

    async def _section(self, name: str) -> None:
        if name not in self.document.sections:
            raise ScriptError("section_parameter_undefined", name)
        self.leg.note("script", name)
        await self.steps(self.document.sections[name])

    async def steps(self, steps: list[dict[str, Any]]) -> None:
        """Run steps in order; a goto to a label among them stays here."""
        index = 0
        while index < len(steps):
            try:
                await self._step(steps[index])
                index += 1
            except Goto as goto:
                labels = [place for place, step in enumerate(steps) if _label_of(step) == goto.label]
                if not labels:
                    raise
                index = labels[0] + 1

    async def _step(self, step: dict[str, Any]) -> None:
        try:
            await self._verb(step)
        except ScriptError as problem:
            if self.leg.call.exchange.assumptions.script_error_ends_script:
                raise
            self.fail(problem)

    async def _verb(self, step: dict[str, Any]) -> None:
        spoiled = self.document.spoiled.get(id(step))  # which it is whenever it is not one verb with its parameters
        if spoiled:
            raise ScriptError(spoiled.code, spoiled.where)
        verb, args = next(iter(step.items()))
        if self.allowed is not None and verb not in self.allowed:
            self.leg.violation(f"{verb} is not allowed in a confirm script")
            raise ScriptError("method_undefined", f"{verb} in confirm")
        if verb not in self.verbs.table:
            raise ScriptError("method_undefined", f"{verb} is not offered by this exchange")
        filled = args if verb in self.verbs.raw else self.fill(args)
        self.leg.note("verb", verb, args=filled)
        if verb in self.verbs.answering and not (isinstance(filled, dict) and filled.get("answer_on_bridge")):
            self.leg.answer()
        await self.verbs.table[verb](self, filled)

    def count_jump(self) -> None:
        """One more transfer or goto.

        Raises ScriptError (too_many_transfers) or LegEnded past a limit.
        """
        leg, assumptions = self.leg, self.leg.call.exchange.assumptions
        leg.jumps += 1
        leg.jumps_alone += 1
        alone = assumptions.jumps_without_interaction
        if leg.jumps > assumptions.jumps:
            over = f"over {assumptions.jumps}"
        elif alone and leg.jumps_alone > alone:
            over = f"over {alone} without interaction"
        else:
            return
        leg.violation(f"too many transfers: {over}")
        if assumptions.too_many_jumps_disconnect:
            leg.hang_up("error", by="platform")
            raise LegEnded
        raise ScriptError("too_many_transfers", over)

    async def resolve(self, dest: str, params: dict[str, Any]) -> tuple[Document, str]:
        """A destination of execute or transfer: a section, a URL, or a document as a JSON string.

        Raises ScriptError.
        """
        if dest.startswith(("http://", "https://")):
            return await fetch_document(self.leg, dest, params=params), "main"
        if dest.lstrip().startswith("{"):
            try:
                return read_document(self.leg, json.loads(dest), "inline"), "main"
            except ValueError as problem:
                raise ScriptError("parse_error", "inline document") from problem
        if dest.startswith(("+", "sip:", "sips:")):
            self.leg.violation(f"transfer to {dest}: the verb moves the script, not the call")
        return self.document, dest

    async def branch(self, branches: list[dict[str, Any]]) -> None:
        """The first branch of a cond that holds."""
        for branch in branches:
            if "when" in branch and self.holds(str(branch["when"])):
                await self.steps(branch.get("then", []))
                return
            if "else" in branch and ("when" not in branch or branch is branches[-1]):
                await self.steps(branch["else"])
                return

    async def switch(self, args: dict[str, Any], variable: str) -> None:
        """The case of a switch that equals the variable, as text.

        Raises ScriptError (method_no_matching_condition) without match and default.
        """
        value = str(self.fill("${" + str(args.get("variable", variable)) + "}"))
        cases = args.get("case", {})
        if value in cases:
            await self.steps(cases[value])
        elif "default" in args:
            await self.steps(args["default"])
        else:
            raise ScriptError("method_no_matching_condition", value)

    async def result(self, outcome: Any, variable: str) -> None:
        """The `result` of connect, execute or join_conference: a switch or a cond."""
        if isinstance(outcome, list):
            await self.branch(outcome)
        elif isinstance(outcome, dict):
            await self.switch(outcome, variable)


def _label_of(step: Any) -> Any:
    return step.get("label") if isinstance(step, dict) else None


Verb = Callable[[Script, Any], Awaitable[None]]
