"""How a script leaves a step: exceptions that only the runner catches."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from exchange.documents import Document


class Jump(Exception):
    """The transfer verb: go on in that section of that document and never come back."""

    def __init__(self, document: "Document", section: str, params: dict[str, Any]) -> None:
        super().__init__(section)
        self.document, self.section, self.params = document, section, params


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
