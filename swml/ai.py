"""The `ai` verb where the app writes one itself; an agent's own is rendered by the SDK."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from swml.checks import web
from swml.flow import Verb

Objects = tuple[Mapping[str, object], ...]


@dataclass(frozen=True, slots=True)
class Ai(Verb):
    """An AI session. When it ends and the call goes on, so does the script.

    `prompt` and `post_prompt` are the platform's prompt objects (`{"text": …}` and tuning); `params`, `swaig` and
    `global_data` its objects of these names.
    """

    verb: ClassVar[str] = "ai"
    prompt: Mapping[str, object]
    _: KW_ONLY
    params: Mapping[str, object] | None = None
    swaig: Mapping[str, object] | None = None
    global_data: Mapping[str, object] | None = None
    post_prompt: Mapping[str, object] | None = None
    post_prompt_url: str | None = None
    languages: Objects = ()
    hints: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not ("text" in self.prompt or "pom" in self.prompt):
            raise ValueError("a prompt has text or pom")
        web(post_prompt_url=self.post_prompt_url)
