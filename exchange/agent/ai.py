"""The ai verb: an agent talks with whoever is on the leg, calls functions, and does what they answer."""

import asyncio
from collections.abc import Mapping
from typing import Any

from exchange.agent import report, swaig
from exchange.agent.actions import perform, time_string
from exchange.agent.session import Session
from exchange.core.clock import cancelled
from exchange.core.signals import LegEnded
from exchange.core.thinkers import Result, ThinkerFailed, Thought, ToolCall
from exchange.documents.expressions import as_text
from exchange.documents.script import Script

THINKING = 0.7  # seconds of virtual time the model takes
MAX_STEPS = 12  # thoughts in a row without the caller


async def ai(script: Script, args: dict[str, Any]) -> None:
    filled = {
        key: value if key in ("SWAIG", "prompt", "post_prompt") else script.fill(value) for key, value in args.items()
    }
    session = Session(script, filled)
    script.leg.session = session
    script.leg.note("ai", "starts", app=session.params.get("app_name", ""))
    ended_by, timed_out, leaves = "assistant", False, True
    try:
        timed_out = not await converse(session)
        leaves = False
    except LegEnded:
        ended_by = "assistant" if script.leg.ended_by == "script" else "user"
        raise
    except asyncio.CancelledError:
        ended_by = "user" if script.leg.over.is_set() else "system"
        raise
    finally:
        script.leg.session = None
        report.close(session, ended_by, timed_out=timed_out, handed_off=leaves and not script.leg.over.is_set())
    script.leg.vars |= {"ai_result": "success", "return_value": "success"}
    if not timed_out and not script.leg.call.exchange.assumptions.ai_end_continues:
        script.leg.leave_here()


async def converse(session: Session) -> bool:
    """Talk until the session ends. False: hard_stop_time ended it."""
    limit = time_string(str(session.params.get("hard_stop_time", ""))) or None
    try:
        async with asyncio.timeout(limit):
            await _open(session)
            while not session.stopped:
                await _turn(session)
    except TimeoutError:
        session.leg.note("ai", "hard stop")
        return False
    return True


async def _open(session: Session) -> None:
    for entry in (session.args.get("SWAIG") or {}).get("includes") or ():
        await swaig.include(session, entry)
    if session.params.get("save_conversation") and session.params.get("conversation_id") and session.report_url:
        remembered = await report.fetch_conversation(session)
        if remembered:
            session.tell_log("system", remembered)
    for message in session.params.get("convo") or ():
        session.tell_log(str(message["role"]), str(message["content"]))
    if "startup_hook" in session.functions:
        await swaig.call_function(session, session.functions["startup_hook"], {})
    await asyncio.sleep(float(session.params.get("initial_sleep_ms", 0)) / 1000)
    greeting = session.expanded(str(session.params.get("static_greeting", "")))
    if greeting:
        await session.speak(greeting, may_be_cut=not session.params.get("static_greeting_no_barge"))
    elif not session.params.get("wait_for_user"):
        session.source = "start"
        await think(session)


async def _turn(session: Session) -> None:
    """Wait for something to react to, and react."""
    if session.lines:
        line = session.lines.pop(0)
    else:
        line = await _listen(session)
    if session.asked_hold is not None:
        limit, session.asked_hold = session.asked_hold, None
        await session.hold(limit)
    elif session.messages:
        session.read_messages()
    elif line:
        session.tell_log("user", line, source="caller")
    else:
        return
    if not session.stopped:
        await think(session)


async def _listen(session: Session) -> str:
    """The caller's next line; "" when something else came first."""
    session.poked.clear()
    if session.messages or session.asked_hold is not None or session.stopped:
        return ""
    session.leg.note("listening")
    says = asyncio.ensure_future(session.leg.party.says(session.leg, session.heard))
    poked = asyncio.ensure_future(session.poked.wait())
    inactivity = float(session.params.get("inactivity_timeout", 600_000)) / 1000
    attention = float(session.params.get("attention_timeout", 0)) / 1000
    wait = min(limit for limit in (inactivity, attention, 3.6e6) if limit)
    try:
        with session.leg.sound("listening"):
            await asyncio.wait([says, poked], timeout=wait, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await cancelled(says, poked)
    if says.done() and not says.cancelled():
        line = says.result()
        if line:
            session.leg.interacted("speech")
            await session.leg.speak(line)
            session.leg.call.spoken.append(line)
            return line
    if not session.poked.is_set():
        _nothing_heard(session, gives_up=wait == inactivity)
    return ""


def _nothing_heard(session: Session, *, gives_up: bool) -> None:
    if gives_up:
        session.stop("inactivity")
    else:
        prompt = str(session.params.get("attention_timeout_prompt", "The user has not responded."))
        session.messages.append({"role": "system", "content": prompt, "source": "attention"})


async def think(session: Session) -> None:
    """Let the model speak and act until it has nothing more to do."""
    deferred: tuple[Any, str] | None = None
    for _ in range(MAX_STEPS):
        thought = await _thought(session)
        if thought.say:
            await session.speak(thought.say)
        if session.hangs_up:
            session.leg.leave_here()
        if deferred is not None:
            due, deferred, session.source = deferred, None, ""
            await perform(session, *due)
            if not thought.calls and not session.source:
                return
        if session.stopped or (not thought.calls and not session.lines):
            return
        for call in thought.calls:
            deferred = await _act(session, call) or deferred
            if session.stopped:
                return
        if session.lines:
            session.tell_log("user", session.lines.pop(0), source="caller")
    session.leg.note("error", "the model goes round in circles")


async def _thought(session: Session) -> Thought:
    with session.leg.sound("silence"):
        await asyncio.sleep(THINKING)
    try:
        return await session.thinker.think(session.talk())
    except ThinkerFailed as problem:
        session.leg.note("error", str(problem))
        return Thought()


async def _act(session: Session, call: ToolCall) -> tuple[Any, str] | None:
    """Call a function and carry out its actions, or give them back to be carried out after the next reply."""
    session.calls_made += 1
    number, micros = session.calls_made, session.leg.call.exchange.clock.micros()
    session.log.add_call(micros, call, number)
    session.leg.note("action", f"calls {call.name}", name=call.name, args=dict(call.args))
    session.leg.call.invented.append(as_text(dict(call.args)))
    if session.contexts.native(call.name):
        session.contexts.follow(call.name, call.args)
        session.tell_log("tool", "done", source=call.name, tool_call_id=f"call_{number}", function_name=call.name)
        return None
    function = session.functions.get(call.name)
    if function is None or not function.active:
        session.leg.violation(f"the model called {call.name}, which is not offered")
        reply: dict[str, Any] = {"response": f"There is no function {call.name}."}
    elif function.data_map and not function.url:
        reply = {"response": "This exchange does not carry out data_map functions."}
    else:
        function.spend()
        reply = await swaig.call_function(session, function, call.args)
    _hear_reply(session, reply, call.name, number)
    due = reply.get("action"), function.token if function else ""
    if reply.get("post_process") and due[0]:
        return due
    await perform(session, *due)
    return None


def _hear_reply(session: Session, reply: Mapping[str, Any], name: str, number: int) -> None:
    response = reply.get("response", "")
    fact, instruction = str(response), ""
    if isinstance(response, Mapping):
        fact, instruction = str(response.get("tool_result", "")), str(response.get("tool_prompt", ""))
        response = f"{fact} {instruction}".strip()
    session.results.append(Result(name, fact, instruction))
    session.leg.note("action", f"{name} answers", response=response, fact=fact, action=reply.get("action"))
    session.tell_log("tool", str(response), source=name, tool_call_id=f"call_{number}", function_name=name)
