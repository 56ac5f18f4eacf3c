"""The functions an agent may call, as its document lists them, and the one way an agent posts to the application."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from exchange.core.legs import Leg
from exchange.core.thinkers import Tool
from exchange.core.wire import Address, Answer, Outgoing, signatures

HOOKS = ("startup_hook", "hangup_hook", "summarize_conversation")


@dataclass(slots=True)
class Function:
    """One function of SWAIG.functions, with its state in this session."""

    name: str
    description: str
    parameters: dict[str, Any]
    url: str
    token: str
    active: bool = True
    uses: int | None = None  # how often it may still be called; None: no limit
    data_map: bool = False
    credentials: tuple[str, str] | None = None  # by web_hook_auth_user and web_hook_auth_password
    meta_data: dict[str, Any] = field(default_factory=dict)

    def offered(self) -> Tool:
        return Tool(self.name, self.description, self.parameters)

    def toggle(self, active: Any) -> None:
        """True or False; -1 the other way; 0 off; n: that many more uses."""
        if isinstance(active, bool):
            self.active, self.uses = active, None
        elif active == -1:
            self.active = not self.active
        else:
            self.active, self.uses = int(active) > 0, int(active) or None

    def spend(self) -> None:
        if self.uses is not None:
            self.uses -= 1
            self.active = self.uses > 0


def read_functions(swaig: Mapping[str, Any]) -> dict[str, Function]:
    """The functions of a SWAIG object by name."""
    defaults = swaig.get("defaults") or {}
    found = [read_function(entry, defaults) for entry in swaig.get("functions") or ()]
    return {function.name: function for function in found}


def read_function(entry: Mapping[str, Any], defaults: Mapping[str, Any]) -> Function:
    url = str(entry.get("web_hook_url") or defaults.get("web_hook_url") or "")
    token = str(entry.get("meta_data_token") or hashlib.md5(url.encode(), usedforsecurity=False).hexdigest())
    parameters = dict(entry.get("parameters") or entry.get("argument") or {})
    description = str(entry.get("description") or entry.get("purpose") or "")
    active = bool(entry.get("active", True))
    mapped = "data_map" in entry
    credentials = _credentials(entry) or _credentials(defaults)
    return Function(str(entry["function"]), description, parameters, url, token, active, None, mapped, credentials)


def _credentials(entry: Mapping[str, Any]) -> tuple[str, str] | None:
    password = entry.get("web_hook_auth_password") or entry.get("web_hook_auth_pass")  # the latter is deprecated
    return (str(entry["web_hook_auth_user"]), str(password or "")) if entry.get("web_hook_auth_user") else None


async def post(
    leg: Leg,
    url: str,
    body: dict[str, Any],
    label: str,
    *,
    kind: str = "tool",
    signed: bool = False,
    credentials: tuple[str, str] | None = None,
) -> Answer:
    """One POST of an agent; `kind` is how the ladder files it. Credentials in the URL come first.

    Raises Unreachable.
    """
    limits, address = leg.call.exchange.assumptions, Address.of(url, credentials)
    content = json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    if signed:
        headers |= signatures(leg.call.exchange.signing_key, address.url, content)
    timeouts = limits.connect_timeout, limits.tool_timeout
    outgoing = Outgoing(address.url, content, "POST", headers, address.credentials, *timeouts)
    return await leg.send(kind, outgoing, label)
