"""The agent's prompt: text or POM, and the contexts and steps that narrow it."""

from collections.abc import Mapping
from typing import Any

from exchange.core.thinkers import Tool

NATIVE = ("next_step", "change_context")


def prompt_text(prompt: Any) -> str:
    """A prompt as the text a model reads: `text` as it is, then `pom` as headed sections."""
    if isinstance(prompt, str):
        return prompt
    if isinstance(prompt, list):
        return "\n\n".join(_section(section, 2) for section in prompt)
    if isinstance(prompt, Mapping):
        parts = [str(prompt.get("text") or ""), prompt_text(prompt.get("pom") or [])]
        return "\n\n".join(part for part in parts if part)
    return ""


def _section(section: Any, level: int) -> str:
    if isinstance(section, str):
        return section
    lines = [f"{'#' * level} {section['title']}"] if section.get("title") else []
    lines += [str(section["body"])] if section.get("body") else []
    lines += [f"- {bullet}" for bullet in section.get("bullets") or ()]
    return "\n".join(lines + [_section(inner, level + 1) for inner in section.get("subsections") or ()])


class Contexts:
    """Where in its contexts and steps the agent is. Without contexts, only its prompt."""

    def __init__(self, prompt: Any) -> None:
        self.prompt: dict[str, Any] = dict(prompt) if isinstance(prompt, Mapping) else {"text": str(prompt)}
        self._base = prompt_text(self.prompt)
        self._contexts: dict[str, Any] = self.prompt.get("contexts") or {}
        self._context = "default" if "default" in self._contexts else next(iter(self._contexts), "")
        self._step = 0

    @property
    def _steps(self) -> list[dict[str, Any]]:
        return list((self._contexts.get(self._context) or {}).get("steps") or ())

    @property
    def _current(self) -> dict[str, Any]:
        return self._steps[self._step] if self._step < len(self._steps) else {}

    def text(self) -> str:
        """The prompt with the current step's part."""
        step = self._current
        told = prompt_text(step)
        criteria = f"\nThis step is done when: {step['step_criteria']}" if step.get("step_criteria") else ""
        return f"{self._base}\n\n{told}{criteria}" if step else self._base

    def replace(self, text: str) -> None:
        self._base = text or self._base

    def enter(self, context: str) -> None:
        if context in self._contexts:
            self._context, self._step = context, 0

    def step_to(self, name: str) -> None:
        """A step by name, or "next"."""
        names = [str(step.get("name")) for step in self._steps]
        if name == "next":
            self._step = min(self._step + 1, max(len(names) - 1, 0))
        elif name in names:
            self._step = names.index(name)

    def functions(self) -> list[str] | None:
        """The functions the step allows; None: all."""
        functions = self._current.get("functions")
        if functions is None:
            return None
        return [] if functions in ("none", ["none"]) else list(functions)

    def natives(self) -> list[Tool]:
        """next_step and change_context, where the step allows somewhere to go."""
        offered = []
        for name, key, parameter in (
            ("next_step", "valid_steps", "step"),
            ("change_context", "valid_contexts", "context"),
        ):
            values = self._current.get(key)
            if values:
                shape = {"type": "object", "properties": {parameter: {"type": "string", "enum": list(values)}}}
                offered.append(Tool(name, f"Go on to another {parameter}.", shape))
        return offered

    def native(self, name: str) -> bool:
        return name in NATIVE and any(tool.name == name for tool in self.natives())

    def follow(self, name: str, args: Mapping[str, Any]) -> None:
        if name == "next_step":
            self.step_to(str(args.get("step", "next")))
        else:
            self.enter(str(args.get("context", "")))
