"""The ai verb: one session of an agent on a leg."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from exchange import report, swaig
from exchange.actions import perform, time_string
from exchange.clock import cancelled
from exchange.contexts import Contexts, prompt_text
from exchange.expressions import EvaluationFailed, Scope, as_text, expand
from exchange.keywords import Keywords
from exchange.signals import LegEnded
from exchange.thinkers import Talk, Thinker, ThinkerFailed, Thought, ToolCall
from exchange.wire import Unreachable

if TYPE_CHECKING:
    from exchange.script import Script

THINKING = 0.7  # seconds of virtual time the model takes
MAX_STEPS = 12  # thoughts in a row without the caller
HOLD_EXPIRED = "The hold has timed out. The caller is back on the line; nobody has taken the call."
HOLD_RELEASED = "The caller is back on the line."


async def ai(script: "Script", args: dict[str, Any]) -> None:
    filled = {
        key: value if key in ("SWAIG", "prompt", "post_prompt") else script.fill(value) for key, value in args.items()
    }
    session = Session(script, filled)
    script.leg.session = session
    script.leg.note("ai", "starts", app=session.params.get("app_name", ""))
    ended_by, timed_out, leaves = "assistant", False, True
    try:
        timed_out = not await session.run()
        leaves = False
    except LegEnded:
        ended_by = "assistant" if script.leg.ended_by == "script" else "user"
        raise
    except asyncio.CancelledError:
        ended_by = "user" if script.leg.over.is_set() else "system"
        raise
    finally:
        script.leg.session = None
        session.close(ended_by, timed_out=timed_out, handed_off=leaves and not script.leg.over.is_set())
    script.leg.vars |= {"ai_result": "success", "return_value": "success"}
    if not timed_out and not script.leg.call.exchange.assumptions.ai_end_continues:
        script.leg.leave_here()


def _always() -> bool:
    return True


class Session:
    """An agent talking on a leg, from the ai verb to its end."""

    def __init__(self, script: "Script", args: dict[str, Any]) -> None:
        self.script, self.leg, self.args = script, script.leg, args
        self.params: dict[str, Any] = args.get("params") or {}
        exchange = self.leg.call.exchange
        self.id = self.leg.call.uuid()
        self.thinker: Thinker = exchange.thinker or Keywords()
        self.report_url = str(args.get("post_prompt_url") or "")
        self.functions = swaig.read_functions(args.get("SWAIG") or {})
        self.contexts = Contexts(args["prompt"])
        self.log = report.Log()
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

    # The conversation

    async def run(self) -> bool:
        """Talk until the session ends. False: hard_stop_time ended it."""
        limit = time_string(str(self.params.get("hard_stop_time", ""))) or None
        try:
            async with asyncio.timeout(limit):
                await self._open()
                while not self.stopped:
                    await self._turn()
        except TimeoutError:
            self.leg.note("ai", "hard stop")
            return False
        return True

    async def _open(self) -> None:
        for entry in (self.args.get("SWAIG") or {}).get("includes") or ():
            await swaig.include(self, entry)
        if self.params.get("save_conversation") and self.params.get("conversation_id") and self.report_url:
            remembered = await report.fetch_conversation(self)
            if remembered:
                self.tell_log("system", remembered)
        for message in self.params.get("convo") or ():
            self.tell_log(str(message["role"]), str(message["content"]))
        if "startup_hook" in self.functions:
            await swaig.call_function(self, self.functions["startup_hook"], {})
        await asyncio.sleep(float(self.params.get("initial_sleep_ms", 0)) / 1000)
        greeting = self.expanded(str(self.params.get("static_greeting", "")))
        if greeting:
            await self.speak(greeting)
        elif not self.params.get("wait_for_user"):
            self.source = "start"
            await self.think()

    async def _turn(self) -> None:
        """Wait for something to react to, and react."""
        if self.lines:
            line = self.lines.pop(0)
        else:
            line = await self._listen()
        if self.asked_hold is not None:
            limit, self.asked_hold = self.asked_hold, None
            await self.hold(limit)
        elif self.messages:
            self._read_messages()
        elif line:
            self.tell_log("user", line, source="caller")
        else:
            return
        if not self.stopped:
            await self.think()

    async def _listen(self) -> str:
        """The caller's next line; "" when something else came first."""
        self.poked.clear()
        if self.messages or self.asked_hold is not None or self.stopped:
            return ""
        self.leg.note("listening")
        says = asyncio.ensure_future(self.leg.party.says(self.leg, self.heard))
        poked = asyncio.ensure_future(self.poked.wait())
        inactivity = float(self.params.get("inactivity_timeout", 600_000)) / 1000
        attention = float(self.params.get("attention_timeout", 0)) / 1000
        wait = min(limit for limit in (inactivity, attention, 3.6e6) if limit)
        try:
            with self.leg.sound("listening"):
                await asyncio.wait([says, poked], timeout=wait, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await cancelled(says, poked)
        if says.done() and not says.cancelled():
            line = says.result()
            if line:
                await self.leg.speak(line)
                self.leg.call.spoken.append(line)
                return line
        if not self.poked.is_set():
            self._nothing_heard(gives_up=wait == inactivity)
        return ""

    def _nothing_heard(self, *, gives_up: bool) -> None:
        if gives_up:
            self.stop("inactivity")
        else:
            prompt = str(self.params.get("attention_timeout_prompt", "The user has not responded."))
            self.messages.append({"role": "system", "content": prompt, "source": "attention"})

    def _read_messages(self) -> None:
        for message in self.messages:
            self.tell_log(message["role"], message["content"], source=message["source"])
        self.messages.clear()

    async def think(self) -> None:
        """Let the model speak and act until it has nothing more to do."""
        deferred: tuple[Any, str] | None = None
        for _ in range(MAX_STEPS):
            thought = await self._thought()
            if thought.say:
                await self.speak(thought.say)
            if self.hangs_up:
                self.leg.leave_here()
            if deferred is not None:
                due, deferred, self.source = deferred, None, ""
                await perform(self, *due)
                if not thought.calls and not self.source:
                    return
            if self.stopped or (not thought.calls and not self._pending):
                return
            for call in thought.calls:
                deferred = await self._act(call) or deferred
                if self.stopped:
                    return
            if self._pending:
                self._take_pending()
        self.leg.note("error", "the model goes round in circles")

    @property
    def _pending(self) -> bool:
        return bool(self.lines)

    def _take_pending(self) -> None:
        line = self.lines.pop(0)
        self.tell_log("user", line, source="caller")

    async def _thought(self) -> Thought:
        with self.leg.sound("silence"):
            await asyncio.sleep(THINKING)
        try:
            return await self.thinker.think(self.talk())
        except ThinkerFailed as problem:
            self.leg.note("error", str(problem))
            return Thought()

    async def _act(self, call: ToolCall) -> tuple[Any, str] | None:
        """Call a function and carry out its actions, or give them back to be carried out after the next reply."""
        self.calls_made += 1
        number, micros = self.calls_made, self.leg.call.exchange.clock.micros()
        self.log.add_call(micros, call, number)
        self.leg.note("action", f"calls {call.name}", name=call.name, args=dict(call.args))
        self.leg.call.invented.append(as_text(dict(call.args)))
        if self.contexts.native(call.name):
            self.contexts.follow(call.name, call.args)
            self.tell_log("tool", "done", source=call.name, tool_call_id=f"call_{number}", function_name=call.name)
            return None
        function = self.functions.get(call.name)
        if function is None or not function.active:
            self.leg.violation(f"the model called {call.name}, which is not offered")
            reply: dict[str, Any] = {"response": f"There is no function {call.name}."}
        elif function.data_map and not function.url:
            reply = {"response": "This exchange does not carry out data_map functions."}
        else:
            function.spend()
            reply = await swaig.call_function(self, function, call.args)
        self._hear_reply(reply, call.name, number)
        due = reply.get("action"), function.token if function else ""
        if reply.get("post_process") and due[0]:
            return due
        await perform(self, *due)
        return None

    def _hear_reply(self, reply: Mapping[str, Any], name: str, number: int) -> None:
        response = reply.get("response", "")
        if isinstance(response, Mapping):
            response = f"{response.get('tool_result', '')} {response.get('tool_prompt', '')}".strip()
        self.leg.note("action", f"{name} answers", response=response, action=reply.get("action"))
        self.tell_log("tool", str(response), source=name, tool_call_id=f"call_{number}", function_name=name)

    async def speak(self, text: str) -> None:
        self.tell_log("assistant", text, source=self.source)
        self.heard = text
        await self.leg.hear(text)

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
        self.leg.note("hold", f"{seconds:g} s")
        await self.debug("hold", {"event": "hold", "timeout": int(seconds), "loop": False})
        music = self.params.get("hold_music") or self.leg.call.exchange.assumptions.hold_plays_music
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
            self._read_messages()

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
            await swaig.post(self, url, body, f"debug {event}", kind="report")
        except Unreachable:
            return

    # What the model sees

    def talk(self) -> Talk:
        active = [f.offered() for f in self.functions.values() if f.active and f.name not in swaig.HOOKS]
        allowed = self.contexts.functions()
        offered = [tool for tool in active if allowed is None or tool.name in allowed] + self.contexts.natives()
        last = next((m for m in reversed(self.log.messages) if m["role"] != "assistant"), {"content": ""})
        heard = str(last["content"]) if self.source == "caller" else ""
        prompt = self.expanded(self.contexts.text())
        temperature = float(self.contexts.prompt.get("temperature", 1.0))
        shown = tuple(self.log.shown())
        send = self.leg.call.exchange.wire.send
        return Talk(self.id, prompt, shown, tuple(offered), heard, self.source, str(last["content"]), temperature, send)

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
        scope = Scope(leg.vars, leg.envs, leg.facts(), self.script.params, known)
        try:
            return as_text(expand(text, scope))
        except EvaluationFailed:
            return text

    def close(self, ended_by: str, *, timed_out: bool, handed_off: bool) -> None:
        """The session is over: say so to the application, at once or where a switch says so, later."""
        leg, assumptions = self.leg, self.leg.call.exchange.assumptions
        leg.note("ai", "ends")
        redirected = leg.redirected is not None
        late = handed_off and not redirected and not assumptions.report_at_handoff
        if redirected and not assumptions.report_on_update:
            return
        awaited = leg.over.is_set if late else _always
        leg.call.exchange.spawn(self._close(ended_by, timed_out, late=late), awaited=awaited)

    async def _close(self, ended_by: str, timed_out: bool, *, late: bool) -> None:
        if late:
            await self.leg.over.wait()
        await report.end_of_session(self, ended_by, hard_timeout=timed_out)
