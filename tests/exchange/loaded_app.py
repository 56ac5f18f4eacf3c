"""A fast application in a process of its own: `python -m tests.exchange.loaded_app` prints its address."""

import json
import socket

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.exchange.app import PASSWORD, USER, App, swml
from tests.exchange.test_agent import agent

DANA = "+12025550111"


def main() -> None:
    listening = socket.socket(proto=socket.IPPROTO_TCP)  # so that asyncio sets TCP_NODELAY on what it accepts
    listening.bind(("127.0.0.1", 0))
    listening.listen(2048)
    app = App()
    app.base = f"http://127.0.0.1:{listening.getsockname()[1]}"
    events = {"call_state_url": app.at("/state"), "call_state_events": ["ringing", "answered", "ended"]}
    through = swml({"connect": {"to": DANA, **events}}, {"hangup": {}})
    answers = {
        "/swml": agent(app),
        "/tool": {"response": "ok", "action": [{"say": "One moment."}, {"transfer": True, "SWML": through}]},
        "/state": {},
        "/report": {"success": True},
    }

    async def serve(request: Request) -> Response:
        await request.body()
        return JSONResponse(answers[request.url.path])

    asgi = Starlette(routes=[Route(path, serve, methods=["POST"]) for path in answers])
    print(json.dumps({"url": app.url, "user": USER, "password": PASSWORD}), flush=True)
    uvicorn.Server(uvicorn.Config(asgi, log_level="error", backlog=2048)).run(sockets=[listening])


if __name__ == "__main__":
    main()
