"""The answer to a tool call: what the model is told, and what the platform does, in order.

`response` is context for the model, not speech. What the caller must hear is a `Say` before whatever moves the call.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from swml.flow import Document

LONGEST_HOLD = 900
"""Seconds. The platform puts a hold out of range at 300 without a word."""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """A fact for the model, and an instruction what to do with it."""

    tool_result: str
    tool_prompt: str


@dataclass(frozen=True, slots=True)
class Say:
    """Speak to the caller, word for word and to the end, before the next action."""

    text: str


@dataclass(frozen=True, slots=True)
class Run:
    """Run a document on the live call. With `transfer` the AI session ends and the call is the document's for good;
    without, the agent is suspended and takes the caller back when the document ends.
    """

    document: Document
    transfer: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """Put the caller on hold for 1 to 900 seconds; then the agent takes the caller back by itself."""

    timeout: int

    def __post_init__(self) -> None:
        if not 1 <= self.timeout <= LONGEST_HOLD:
            raise ValueError(f"a hold lasts 1 to {LONGEST_HOLD} seconds, not {self.timeout}")


@dataclass(frozen=True, slots=True)
class Stop:
    """End the AI session; the call goes on with the verb after `ai`."""


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call once the agent has finished speaking."""


@dataclass(frozen=True, slots=True)
class SetGlobalData:
    """Merge into what tools and prompts read as global data."""

    data: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class UnsetGlobalData:
    """Remove a key from global data."""

    key: str


@dataclass(frozen=True, slots=True)
class ToggleFunctions:
    """Switch tools on (True) and off. Reaches only tools that share the web hook of the one that answers."""

    active: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class UserInput:
    """Continue as if the caller had said this."""

    text: str


@dataclass(frozen=True, slots=True)
class ChangeStep:
    """Move to a step of the agent's current context, by name or "next"."""

    step: str


Action = Say | Run | Hold | Stop | Hangup | SetGlobalData | UnsetGlobalData | ToggleFunctions | UserInput | ChangeStep


@dataclass(frozen=True, slots=True)
class Reply:
    """What a tool answers. `post_process`: the actions wait until the agent has spoken its next reply.

    Raises ValueError when actions follow one that ends the session: the platform would never come to them.
    """

    response: str | ToolResult = ""
    actions: tuple[Action, ...] = ()
    post_process: bool = False

    def __post_init__(self) -> None:
        if any(_ends_the_session(action) for action in self.actions[:-1]):
            raise ValueError("an action after the end of the session is never carried out")


@dataclass(frozen=True, slots=True)
class Written(Reply):
    """A reply that is `text` already, as JSON; its other members say nothing."""

    text: str = ""


def _ends_the_session(action: Action) -> bool:
    return isinstance(action, Stop | Hangup) or (isinstance(action, Run) and action.transfer)
