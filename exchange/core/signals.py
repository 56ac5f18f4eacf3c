"""How a script leaves a step: exceptions that only the runner catches."""

from typing import Any


class Goto(Exception):
    """Go on behind a label of the same section."""

    def __init__(self, label: str) -> None:
        super().__init__(label)
        self.label = label


class Returned(Exception):
    """The return verb."""

    def __init__(self, value: Any) -> None:
        super().__init__(value)
        self.value = value


class LegEnded(Exception):
    """The leg this script runs on has been hung up by the script itself."""


class ScriptError(Exception):
    """An error of the platform's list, such as method_undefined."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"relay_script_{code}: {detail}")
        self.code, self.detail = code, detail
