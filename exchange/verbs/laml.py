"""What a conference's wait_url is for newer sources: audio, or a LaML document that plays, speaks and pauses."""

import asyncio
from xml.etree import ElementTree

from exchange.core.legs import Leg
from exchange.core.signals import ScriptError
from exchange.core.sounds import read_uri
from exchange.core.wire import Address, Outgoing, Unreachable


async def play_at(leg: Leg, url: str) -> None:
    """Play what is at an address, once.

    Raises ScriptError when it is neither audio nor LaML, or cannot be fetched.
    """
    address = Address.of(url)
    try:
        answer = await leg.send("fetch", Outgoing(address.url, credentials=address.credentials))
    except Unreachable as problem:
        raise ScriptError("method_execute_failed", f"fetch: {problem}") from problem
    if answer.ok and answer.content_type.startswith("audio/"):
        await _hear(leg, url)
        return
    try:
        document = ElementTree.fromstring(answer.body)  # noqa: S314, of the application under test
    except ElementTree.ParseError as problem:
        leg.violation("conference: what is at wait_url is neither LaML nor audio")
        raise ScriptError("parse_error", "neither LaML nor audio") from problem
    for verb in document:
        if verb.tag == "Say":
            await leg.hear(verb.text or "")
        elif verb.tag == "Play":
            await _hear(leg, (verb.text or "").strip())
        elif verb.tag == "Pause":
            with leg.sound("silence"):
                await asyncio.sleep(float(verb.get("length", 1)))
        else:
            leg.violation(f"conference: {verb.tag} at wait_url is not played by this exchange")


async def _hear(leg: Leg, url: str) -> None:
    kind, text, seconds = read_uri(url) or ("music", url, 3.0)
    leg.note("sound", f"{kind} {text}".strip())
    with leg.sound(kind, text):
        await asyncio.sleep(seconds)
