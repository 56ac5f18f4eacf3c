"""Steps whose main parameter stands in the place of all of them: `play: "say:Hello"`, `goto: again`."""

import copy
from typing import Any

from exchange.documents.schema import nested_steps

# Verb -> its main parameter, and the one that a list of several is.
MAIN: dict[str, tuple[str, str]] = {
    "play": ("url", "urls"),
    "prompt": ("play", "play"),
    "connect": ("to", ""),
    "transfer": ("dest", ""),
    "execute": ("dest", ""),
    "goto": ("label", ""),
    "hangup": ("reason", ""),
    "sip_refer": ("to_uri", ""),
    "send_digits": ("digits", ""),
    "join_conference": ("name", ""),
    "enter_queue": ("queue_name", ""),
    "answer": ("max_duration", ""),
    "sleep": ("duration", ""),
    "stop_record_call": ("control_id", ""),
    "tap": ("uri", ""),
    "stop_tap": ("control_id", ""),
    "stream": ("url", ""),
    "stop_stream": ("control_id", ""),
}


def expanded(document: Any) -> Any:
    """A document with its shorthand written out; the same one when there is none."""
    sections = document.get("sections") if isinstance(document, dict) else None
    if not isinstance(sections, dict) or not any(_short(steps) for steps in sections.values()):
        return document
    written = copy.deepcopy(document)
    for steps in written["sections"].values():
        _write_out(steps)
    return written


def _full(step: Any) -> dict[str, Any] | None:
    """The step written out; None when it is no shorthand."""
    if not isinstance(step, dict) or len(step) != 1:
        return None
    verb, args = next(iter(step.items()))
    if verb not in MAIN or not isinstance(args, str | int | list) or isinstance(args, bool) or args in ("", []):
        return None
    name, listed = MAIN[verb]
    if isinstance(args, list) and len(args) > 1:
        return {verb: {listed: args}} if listed else None
    return {verb: {name: args[0] if isinstance(args, list) else args}}


def _short(steps: Any) -> bool:
    """Whether there is shorthand among the steps or inside them."""
    for step in steps if isinstance(steps, list) else ():
        if _full(step) is not None:
            return True
        inner = nested_steps(*next(iter(step.items()))) if isinstance(step, dict) and len(step) == 1 else ()
        if any(_short(nested) for _, nested in inner):
            return True
    return False


def _write_out(steps: Any) -> None:
    for index, step in enumerate(steps if isinstance(steps, list) else ()):
        full = _full(step)
        if full is not None:
            steps[index] = full
        elif isinstance(step, dict) and len(step) == 1:
            for _, nested in nested_steps(*next(iter(step.items()))):
                _write_out(nested)
