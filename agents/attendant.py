"""What all our agents share: an attendant is built from the directory, with its prompt, voice, tools and skills.

Import the module, not the class, in a file that holds an agent (`from agents import attendant`): the SDK's own tool,
swaig-test, takes every agent class it sees in a file for one to test.
"""

from functools import partial
from typing import ClassVar

from agents import prompts, sdk, swaig_test
from agents.tools.offered import Tool, tools_for
from calls.directory.model import AgentSpec, Directory
from calls.routing import wording

ATTENTION = 15_000
"""Milliseconds of silence before the agent asks whether the caller is still there. The platform takes 10 s at least."""

IDLE = 300_000
"""Milliseconds without a word before the agent gives up, unless callers may be on hold for longer."""

HINTS = 200
"""Words given to speech recognition at most; more cost bytes and help nobody."""

LANGUAGES = {
    "de": "German", "en": "English", "es": "Spanish", "fr": "French", "it": "Italian", "nb": "Norwegian",
    "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "sv": "Swedish",
}  # fmt: skip


class Attendant(sdk.Agent):
    """An agent of the directory. Subclass it to add tools or to change what it says; keep the two arguments.

    Built without arguments, as swaig-test does, it takes the directory it finds (see `rehearsal`).
    """

    known_as: ClassVar[str] = ""
    """The agent's name when none is given; empty: the first agent declared in the directory."""

    prompt_file: ClassVar[str] = "specialist"
    """The file in prompts/ that says who the agent is."""

    def __init__(self, directory: Directory | None = None, name: str = "") -> None:
        """Raises UnknownSkill, and Mistakes when there are no arguments and the directory found is unreadable."""
        self.directory = directory or swaig_test.directory()
        super().__init__(name or self.known_as or swaig_test.first_declared(self.directory))
        self.spec = self.directory.agent(self.name) or AgentSpec.model_construct(name=self.name)
        self._speak()
        self._learn()
        ours = self.tools(self.directory, self.name)
        self.shared = frozenset(tool.name for tool in ours)
        for tool in ours:
            self._offer(tool)
        for skill, settings in self.spec.skills.items():
            self.add_skill(skill, dict(settings))

    @classmethod
    def tools(cls, directory: Directory, name: str, *, sip: bool = False, returning: bool = False) -> tuple[Tool, ...]:
        """The shared tools this agent offers on a leg of that kind."""
        return tools_for(directory, name, sip=sip, returning=returning)

    def _speak(self) -> None:
        code = self.spec.language or self.directory.language
        self.add_language(LANGUAGES.get(code.partition("-")[0], code), code, self.spec.voice or self.directory.voice)
        self.add_hints(list(prompts.hints(self.directory))[:HINTS])
        briefed = any(department.handoff != "blind" for department in self.directory.departments.values())
        terms = self.directory.terms
        self.set_params(
            {
                "static_greeting": wording.greeting(self.directory, self.name),
                "app_name": self.name,
                "local_tz": self.directory.timezone,
                "attention_timeout": ATTENTION,
                "swaig_post_conversation": briefed,  # with each tool call, so that a person can be told what was said
                "inactivity_timeout": max(IDLE, (terms.hold_limit + 60) * 1000),
            }
        )
        if terms.hold_music:
            self.set_params({"hold_music": terms.hold_music})

    def _learn(self) -> None:
        for title, body in prompts.prompt(self.prompt_file, self.directory, self.name):
            self.prompt_add_section(title, body=body)
        self.set_post_prompt(prompts.text("report"))

    def _offer(self, tool: Tool) -> None:
        """Register one of our tools with the SDK, as swaig-test runs it: on a call, the app runs it with the record."""
        run = partial(swaig_test.run, tool, self.directory, self.name)
        self.define_tool(tool.name, tool.description, dict(tool.parameters), run, required=list(tool.required))
