"""The SDK at arm's length: what an agent renders, and what running its tools can do."""

import json
import subprocess
import sys
import threading
from typing import Any

import pytest

from agents import sdk
from agents.sdk import NotServedHere


class Till(sdk.Agent):
    """A developer's agent with a tool of each kind."""

    def __init__(self) -> None:
        super().__init__("till")
        self.set_prompt_text("You are the till.")
        self.set_post_prompt("What was sold?")
        self.define_tool("plain", "A plain tool", {"what": {"type": "string", "enum": ["a", "b"]}}, self.plain)
        self.define_tool("elsewhere", "Another server's", {}, self.plain, webhook_url="https://other.example/hook")

    def plain(self, arguments: dict[str, Any], raw: dict[str, Any]) -> Any:
        return sdk.Result(f"{arguments.get('what')} for {raw.get('call_id')}")

    @sdk.tool(description="Doubles a number")
    def twice(self, number: int) -> str:
        return str(number * 2)

    @sdk.tool(description="Fails")
    def boom(self) -> str:
        raise RuntimeError("db password is hunter2 at 10.0.0.5")


def ai(document: sdk.Json) -> dict[str, Any]:
    found: dict[str, Any] = next(verb["ai"] for verb in document["sections"]["main"] if "ai" in verb)
    return found


def test_a_rendering_names_no_server_of_the_sdk_and_no_token() -> None:
    functions = ai(sdk.render(Till()))["SWAIG"]["functions"]
    assert {one["function"]: one.get("web_hook_url") for one in functions} == {
        "plain": None,
        "elsewhere": "https://other.example/hook",
        "twice": None,
        "boom": None,
    }


@pytest.mark.parametrize(
    "environment",
    [
        {"K_SERVICE": "x", "GOOGLE_CLOUD_PROJECT": "p"},
        {"AWS_LAMBDA_FUNCTION_NAME": "f"},
        {"GATEWAY_INTERFACE": "CGI/1.1"},
        {"SWML_PROXY_URL_BASE": "http://evil.example", "SWML_BASIC_AUTH_USER": "u", "SWML_BASIC_AUTH_PASSWORD": "p"},
        {"PORT": "not a number"},
    ],
)
def test_the_environment_changes_nothing_in_a_rendering(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sdk.render(Till())
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert sdk.render(Till()) == before


def test_eight_threads_rendering_one_agent_get_the_same_document() -> None:
    till = Till()
    expected, found = sdk.render(till), list[sdk.Json]()

    def render_often() -> None:
        found.extend(sdk.render(till) for _ in range(50))

    threads = [threading.Thread(target=render_often) for _ in range(8)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # threads take turns as often as they can, so that a race shows
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert len(found) == 400
    assert all(document == expected for document in found)


@pytest.mark.parametrize("way", ["run", "serve", "get_app", "as_router", "handle_serverless_request"])
def test_the_sdks_own_server_is_out_of_reach(way: str) -> None:
    with pytest.raises(NotServedHere, match=rf"Till\.{way}"):
        getattr(Till(), way)()


def test_what_the_sdks_server_is_made_of_is_left_out_and_refuses_to_be_used() -> None:
    program = """
import sys
import agents.sdk
from agents.sdk import NotServedHere, without_server
assert not {name.partition(".")[0] for name in sys.modules} & {"fastapi", "uvicorn"}
with without_server():
    from fastapi import FastAPI
try:
    FastAPI()
except NotServedHere as refused:
    assert "FastAPI" in str(refused)
else:
    sys.exit("it was made")
import fastapi  # by whoever has a server of their own
assert fastapi.FastAPI().routes
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_whoever_has_fastapi_already_keeps_it() -> None:
    program = """
import fastapi
import agents.sdk
agents.sdk._sdk.AgentServer()
assert sys.modules["fastapi"] is fastapi
"""
    assert subprocess.run([sys.executable, "-c", f"import sys{program}"], check=False).returncode == 0


def test_settings_that_differ_per_request_are_refused() -> None:
    with pytest.raises(NotServedHere):
        Till().set_dynamic_config_callback(lambda *_: None)


def test_a_tools_exception_comes_out_whole_and_is_no_reply() -> None:
    with pytest.raises(RuntimeError, match="hunter2"):
        sdk.tools_of(Till())["boom"]({}, {})


@pytest.mark.parametrize(
    ("tool", "arguments", "complaint"),
    [
        ("twice", {"number": "7"}, 'number: "7" is not of type "integer"'),
        ("twice", {}, '"number" is a required property'),
        ("twice", {"number": 1, "evil": 2}, "'evil' was unexpected"),
        ("plain", {"what": "c"}, 'what: "c" is not one of'),
    ],
)
def test_arguments_that_break_the_schema_never_reach_the_tool(
    tool: str, arguments: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(sdk.BadArguments) as refused:
        sdk.tools_of(Till())[tool](arguments, {})
    assert complaint in str(refused.value)
    assert str(refused.value).startswith(f"{tool} was not run.")


def test_a_tool_of_any_kind_answers_a_reply() -> None:
    tools = sdk.tools_of(Till())
    assert tools["twice"]({"number": 21}, {}) == {"response": "42"}
    assert tools["plain"]({"what": "a"}, {"call_id": "c1"}) == {"response": "a for c1"}
    assert "elsewhere" not in tools


@pytest.mark.parametrize(
    ("result", "reply"),
    [
        (None, {"response": "Done."}),
        (["one", "two"], {"response": "['one', 'two']"}),
        ({"total": 12}, {"response": '{"total": 12}'}),
        ({"action": [{"say": "Hello."}]}, {"action": [{"say": "Hello."}]}),
    ],
)
def test_whatever_a_tool_returns_becomes_a_reply(result: object, reply: sdk.Json) -> None:
    agent = sdk.Agent("odd")
    agent.define_tool("odd", "Odd", {}, lambda arguments, raw: result)
    assert sdk.tools_of(agent)["odd"]({}, {}) == reply


def test_the_transfer_flag_of_the_sdks_helpers_is_put_right() -> None:
    agent = sdk.Agent("mover")
    agent.define_tool("dial", "Dial", {}, lambda arguments, raw: sdk.Result("").connect("+12025550111", final=True))
    agent.define_tool("stay", "Stay", {}, lambda arguments, raw: sdk.Result("").connect("+12025550111", final=False))
    agent.define_tool(
        "move", "Move", {}, lambda arguments, raw: sdk.Result("Bye.").execute_swml({"sections": {}}, transfer=True)
    )
    for tool, leaves in (("dial", True), ("stay", False), ("move", True)):
        action = sdk.tools_of(agent)[tool]({}, {})["action"][0]
        assert list(action) == ["transfer", "SWML"]
        assert action["transfer"] is leaves
        assert "transfer" not in action["SWML"]


def test_an_async_tool_is_refused_when_it_is_defined() -> None:
    async def slow(arguments: dict[str, Any], raw: dict[str, Any]) -> str:
        return "never spoken"

    with pytest.raises(TypeError, match="'slow' is async"):
        sdk.Agent("late").define_tool("slow", "Slow", {}, slow)


def test_an_async_method_is_refused_before_it_can_run() -> None:
    class Late(sdk.Agent):
        @sdk.tool(description="Slow")
        async def slow(self, number: int) -> str:
            return str(number)

    with pytest.raises(TypeError, match="'slow' is async"):
        sdk.tools_of(Late("late"))


def test_a_skill_brings_its_tools_and_one_that_does_not_exist_is_named() -> None:
    agent = sdk.Agent("clock")
    agent.add_skill("datetime")
    assert "The current time is" in sdk.tools_of(agent)["get_current_time"]({"timezone": "UTC"}, {})["response"]
    with pytest.raises(sdk.UnknownSkill, match="skill 'sundial'"):
        agent.add_skill("sundial")


def test_importing_leaves_the_logging_of_the_application_alone() -> None:
    code = """
import structlog
structlog.configure(processors=[structlog.processors.JSONRenderer()])
before = structlog.get_config()
from agents import sdk
from agents.sdk import NotServedHere
assert structlog.get_config() == before, "structlog was reconfigured"
agent = sdk.Agent("quiet")
agent.define_tool("a", "b", {}, lambda arguments, raw: "c")
sdk.render(agent)
structlog.get_logger().info("ours")
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert [json.loads(line) for line in run.stdout.splitlines()] == [{"event": "ours"}]


def test_building_and_rendering_write_nothing() -> None:
    code = "from agents import sdk; sdk.render(sdk.Agent('quiet'))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
