"""The SDK as it comes: its AgentServer with agents that have our agents' prompts, voices and tools.

An agent is made again from the document our own agent gives, so that both serve the same. Its `connect` answers with
the same kind of reply and stores nothing.

Run: python -m tests.bench.stock PORT WORKERS
"""

import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

import uvicorn
from signalwire_agents import AgentBase, AgentServer, SwaigFunctionResult
from uvicorn.supervisors import Multiprocess


def create_app() -> Any:
    """The ASGI app: an agent for every document in the file AGENTS_FILE, all with the token secret of SECRET_KEY."""
    server = AgentServer(log_level="error")
    for name, document in json.loads(Path(os.environ["AGENTS_FILE"]).read_text()).items():  # noqa: TID251
        agent = _agent(name, document)
        # Two workers refuse each other's tokens otherwise, and a bench of refusals is worth nothing.
        agent._session_manager.secret_key = os.environ["SECRET_KEY"]  # noqa: TID251
        server.register(agent, f"/{name}")
    return server.app


def _agent(name: str, document: dict[str, Any]) -> Any:
    ai = next(verb["ai"] for verb in document["sections"]["main"] if "ai" in verb)
    agent = AgentBase(name, route=f"/{name}")
    for section in ai["prompt"]["pom"]:
        agent.prompt_add_section(section["title"], body=section.get("body", ""))
    agent.set_post_prompt(ai["post_prompt"]["text"])
    for language in ai["languages"]:
        agent.add_language(language["name"], language["code"], language["voice"])
    agent.add_hints(ai.get("hints", []))
    agent.set_params(ai["params"])
    agent.set_global_data(ai["global_data"])
    for tool in ai["SWAIG"]["functions"]:
        parameters = tool.get("parameters", {})
        agent.define_tool(
            tool["function"],
            tool["description"],
            parameters.get("properties", {}),
            _connect,
            required=parameters.get("required", []),
        )
    return agent


def _connect(args: dict[str, Any], raw: dict[str, Any]) -> Any:
    result = SwaigFunctionResult(f"The transfer to {args['destination']} has been started.")
    return result.say("I'm putting you through now.").connect("+12025550111", final=True, from_addr="+12025550100")


def serve(port: int, workers: int) -> None:
    """Serve on uvicorn.

    The socket is made here because asyncio only switches Nagle's algorithm off where a socket says that it is TCP.
    uvicorn's own says nothing, and every small answer would wait 40 ms: a fault of neither the SDK nor of us.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    config = uvicorn.Config(
        "tests.bench.stock:create_app", factory=True, workers=workers, log_level="warning", access_log=False
    )
    Multiprocess(config, sockets=[listening]).run()


if __name__ == "__main__":
    serve(int(sys.argv[1]), int(sys.argv[2]))
