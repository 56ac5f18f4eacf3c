"""A model behind any chat-completions endpoint thinks for the agent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exchange.core.thinkers import Talk, ThinkerFailed, Thought, ToolCall
from exchange.core.wire import Address, Outgoing, Unreachable


@dataclass(frozen=True, slots=True)
class ChatCompletions:
    """`url` is the endpoint's base (".../v1") or its whole address; `timeout` is seconds."""

    url: str
    model: str
    key: str = ""
    timeout: float = 60.0

    async def think(self, talk: Talk) -> Thought:
        body: dict[str, Any] = {"messages": _messages(talk), "temperature": talk.temperature}
        if talk.tools:
            body["tools"] = [_function(tool.name, tool.description, tool.parameters) for tool in talk.tools]
        message = await self._ask(talk, body)
        calls = tuple(_call(item["function"]) for item in message.get("tool_calls") or ())
        return Thought(str(message.get("content") or "").strip(), calls)

    async def summarize(self, talk: Talk, instructions: str) -> str:
        messages = [*_messages(talk), {"role": "system", "content": instructions}]
        message = await self._ask(talk, {"messages": messages, "temperature": 0})
        return str(message.get("content") or "")

    async def _ask(self, talk: Talk, body: dict[str, Any]) -> Mapping[str, Any]:
        url = self.url if self.url.endswith("/chat/completions") else self.url.rstrip("/") + "/chat/completions"
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {self.key}"} if self.key else {})
        address = Address.of(url)
        request = Outgoing(
            address.url,
            json.dumps({"model": self.model, **body}).encode(),
            headers=headers,
            connect=5.0,
            credentials=address.credentials,
            read=self.timeout,
        )
        try:
            answer = await talk.send(request)
            message: Mapping[str, Any] = answer.json()["choices"][0]["message"]
        except (Unreachable, ValueError, LookupError, TypeError) as problem:
            raise ThinkerFailed(f"{type(problem).__name__} from the model's endpoint") from problem
        return message


def _function(name: str, description: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    shape = dict(parameters) or {"type": "object", "properties": {}}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": shape}}


def _messages(talk: Talk) -> list[dict[str, Any]]:
    kept = ("role", "content", "tool_calls", "tool_call_id")
    told = [{key: message[key] for key in kept if key in message} for message in talk.messages]
    return [{"role": "system", "content": talk.prompt}, *told]


def _call(function: Mapping[str, Any]) -> ToolCall:
    try:
        args = json.loads(function.get("arguments") or "{}")
    except ValueError:
        args = {}
    return ToolCall(str(function["name"]), args if isinstance(args, dict) else {})
