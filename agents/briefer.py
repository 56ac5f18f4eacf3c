"""The briefer: tells a person what a caller is about, and brings back their answer. It never talks to a caller."""

from typing import ClassVar

from agents import attendant, prompts
from agents.tools.briefer import BRIEFING_TOOLS
from agents.tools.offered import Tool
from calls.directory.model import Directory

LONGEST = "90s"
"""A person who has not decided by then is asked once more for a key, and that is all."""


class Briefer(attendant.Attendant):
    """Talks on the leg of a person who was rung while the caller waits."""

    known_as = "briefer"
    prompt_file: ClassVar[str] = "briefer"

    @classmethod
    def tools(cls, directory: Directory, name: str, *, sip: bool = False, returning: bool = False) -> tuple[Tool, ...]:
        """Accept, decline, call back: nothing that could move anybody else."""
        return BRIEFING_TOOLS

    def _speak(self) -> None:
        super()._speak()
        self.set_params(
            {
                "direction": "outbound",
                "outbound_attention_timeout": attendant.ATTENTION,
                "hard_stop_time": LONGEST,
                "swaig_post_conversation": False,
            }
        )

    def _learn(self) -> None:
        """Its own prose alone: the manners of those who talk with callers are about putting callers through."""
        for title, body in prompts.sections(self.prompt_file, self.directory, self.name):
            self.prompt_add_section(title, body=body)
