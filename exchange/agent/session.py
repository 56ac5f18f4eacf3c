"""An agent's session on a leg: what it knows, and what actions and REST may do to it."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from exchange.agent.contexts import Contexts, prompt_text
from exchange.agent.functions import HOOKS, post, read_functions
from exchange.agent.keywords import Keywords
from exchange.core.clock import cancelled
from exchange.core.facts import facts
from exchange.core.thinkers import Result, Talk, Thinker, ToolCall
from exchange.core.wire import Unreachable
from exchange.documents.expressions import EvaluationFailed, Scope, as_text, expand
from exchange.documents.script import Script

HOLD_EXPIRED = "The hold has timed out. The caller is back on the line; nobody has taken the call."
HOLD_RELEASED = "The caller is back on the line."


@dataclass(slots=True)
class Log:
    """The conversation: messages with microsecond timestamps, and when what happened."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    timeline: list[dict[str, Any]] = field(default_factory=list)

    def add(self, micros: int, role: str, content: str, **more: Any) -> None:
        entry: dict[str, Any] = {"role": role, "content": content, "timestamp": micros, **more}
        self.messages.append(entry)
        kind = {"assistant": "ai_response", "user": "user_input", "tool": "tool_result"}.get(role, "system")
        self.timeline.append({"type": kind, "ts": float(micros)})

    def add_call(self, micros: int, call: ToolCall, number: int) -> None:
        function = {"name": call.name, "arguments": json.dumps(dict(call.args), separators=(",", ":"))}
        made = [{"id": f"call_{number}", "type": "function", "function": function}]
        self.add(micros, "assistant", "", tool_calls=made)

    def shown(self) -> list[dict[str, Any]]:
        """The log as it is posted: without the marks only the exchange uses."""
        return [{key: value for key, value in entry.items() if key != "source"} for entry in self.messages]


class Session:
    """An agent talking on a leg, from the ai verb to its end."""

    def __init__(self, script: Script, args: dict[str, Any]) -> None:
        self.script, self.leg, self.args = script, script.leg, args
        self.params: dict[str, Any] = args.get("params") or {}
        exchange = self.leg.call.exchange
        self.id = self.leg.call.uuid()
        self.thinker: Thinker = exchange.thinker or Keywords()
        self.report_url = str(args.get("post_prompt_url") or "")
        self.functions = read_functions(args.get("SWAIG") or {})
        self.contexts = Contexts(args["prompt"])
        self.log = Log()
        self.results: list[Result] = []  # what functions answered
        self.swaig_log: list[dict[str, Any]] = []
        self.meta_data: dict[str, dict[str, Any]] = {}
        self.started = exchange.clock.micros()
        self.lines: list[str] = []  # what the caller is made to have said
        self.messages: list[dict[str, Any]] = []  # from REST, not yet read
        self.poked, self.released = asyncio.Event(), asyncio.Event()
        self.stopped = self.hangs_up = self.suspended = self.held = False
        self.asked_hold: float | None = None
        self.heard, self.source, self.calls_made = "", "start", 0
        if self.params.get("persist_global_data") is False:
            self.leg.global_data.clear()
        self.leg.global_data.update(args.get("global_data") or {})

    async def speak(self, text: str, *, may_be_cut: bool = True) -> None:
        """Say it to its end, or until the party speaks, where the application has not switched that off."""
        self.tell_log("assistant", text, source=self.source)
        self.heard = text
        await self.leg.hear(text, words=may_be_cut and self.params.get("enable_barge") is not False)

    def read_messages(self) -> None:
        for message in self.messages:
            self.tell_log(message["role"], message["content"], source=message["source"])
        self.messages.clear()

    # From outside, and from actions

    def stop(self, why: str) -> None:
        """End the session; the call goes on with the next verb."""
        self.leg.note("ai", f"stops: {why}")
        self.stopped = True
        self.poked.set()
        self.released.set()

    def message(self, role: str, text: str) -> None:
        """A message from REST, read at the next opportunity; on hold, when the hold ends."""
        self.messages.append({"role": role, "content": text, "source": "caller" if role == "user" else "message"})
        self.poked.set()

    def ask_hold(self, seconds: float) -> None:
        """Hold, from REST."""
        self.asked_hold = seconds
        self.poked.set()

    def unhold(self) -> None:
        self.released.set()

    async def hold(self, seconds: float) -> None:
        """Music, and nothing heard or said, until released or the time is over."""
        self.released.clear()
        self.held = True
        music = self.params.get("hold_music") or self.leg.call.exchange.assumptions.hold_plays_music
        self.leg.note("hold", f"{seconds:g} s", music=bool(music))
        await self.debug("hold", {"event": "hold", "timeout": int(seconds), "loop": False})
        waiting = asyncio.ensure_future(self.released.wait())
        try:
            with self.leg.sound("music" if music else "silence", "hold"):
                await asyncio.wait([waiting], timeout=seconds)
        finally:
            self.held = False
            await cancelled(waiting)
        expired = not self.released.is_set()
        self.leg.note("hold", "expired" if expired else "released")
        await self.debug("hold", {"event": "unhold", "timeout": int(seconds), "loop": False})
        self._after_hold(expired=expired)

    def _after_hold(self, *, expired: bool) -> None:
        first = self.leg.call.exchange.assumptions.message_before_unhold_is_read_first
        self.tell_log("system", HOLD_EXPIRED if expired else HOLD_RELEASED, source="hold")
        if first:
            self.read_messages()

    def switch_prompt(self, value: Any) -> None:
        """context_switch: a new prompt, and the history with or without."""
        if isinstance(value, Mapping):
            if value.get("full_reset") or value.get("consolidate"):
                self.log.messages.clear()
            self.contexts.replace(str(value.get("system_prompt") or prompt_text(value.get("system_pom")) or ""))
            if value.get("user_prompt"):
                self.tell_log("user", str(value["user_prompt"]), source="caller")

    def tell_log(self, role: str, content: str, *, source: str = "", **more: Any) -> None:
        """Add to the conversation; a source makes it the thing to react to."""
        self.log.add(self.leg.call.exchange.clock.micros(), role, content, source=source, **more)
        if source and role != "assistant":
            self.source = source

    async def debug(self, event: str, data: dict[str, Any]) -> None:
        """Tell the debug webhook, if there is one. It never disturbs the call."""
        url = self.params.get("debug_webhook_url")
        if not url:
            return
        exchange = self.leg.call.exchange
        info = {"project_id": exchange.project_id, "space_id": exchange.space_id, "call_id": self.leg.call_id}
        info |= {"content_type": "text/json", "content_disposition": "post_data", "conversation_type": "voice"}
        exchange.spawn(self._debug(str(url), {"call_info": info, event: data}, event))

    async def _debug(self, url: str, body: dict[str, Any], event: str) -> None:
        try:
            await post(self.leg, url, body, f"debug {event}", kind="report")
        except Unreachable:
            return

    # What the model sees

    def talk(self) -> Talk:
        active = [f.offered() for f in self.functions.values() if f.active and f.name not in HOOKS]
        allowed = self.contexts.functions()
        offered = [tool for tool in active if allowed is None or tool.name in allowed] + self.contexts.natives()
        last = next((m for m in reversed(self.log.messages) if m["role"] != "assistant"), {"content": ""})
        heard = str(last["content"]) if self.source == "caller" else ""
        prompt = self.expanded(self.contexts.text())
        temperature = float(self.contexts.prompt.get("temperature", 1.0))
        shown = tuple(self.log.shown())
        known = self.id, prompt, shown, tuple(offered), heard, self.source, str(last["content"]), temperature
        languages = tuple(
            str(one.get("code", "")) for one in self.args.get("languages") or () if isinstance(one, Mapping)
        )
        return Talk(*known, self.leg.call.exchange.wire.send, tuple(self.results), languages)

    def expanded(self, text: str) -> str:
        """A prompt with its variables; what cannot be read stays as it is."""
        leg, clock = self.leg, self.leg.call.exchange.clock
        known = {
            "call_direction": "outbound" if leg.outbound else "inbound",
            "caller_id_number": leg.to if leg.outbound else leg.from_,
            "local_date": clock.now().strftime("%Y-%m-%d"),
            "local_time": clock.now().strftime("%H:%M"),
            "spoken_date": clock.now().strftime("%A, %B %d, %Y"),
            "global_data": leg.global_data,
        }
        scope = Scope(leg.vars, leg.envs, facts(leg), self.script.params, known)
        try:
            return as_text(expand(text, scope))
        except EvaluationFailed:
            return text
