"""The one file that imports the SignalWire SDK, and exactly what we use of it.

Fits signalwire-agents 1.1 and its successor signalwire-sdk 3.x, which renamed the package and kept the classes.
The SDK is used to *author* agents: prompts, voices, tools, skills. It does not serve them: its server, its tokens, its
host detection and its URLs are switched off here, because they are per process, per request or per object, and an
agent here is rendered once and stamped for every call.
"""

import inspect
import json
import logging
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Never, TypeVar

import jsonschema_rs  # both SDKs bring it; their own use of it is broken (a misspelt class, the error swallowed)

from swml.live import inert_values
from swml.render import render_own

Json = dict[str, Any]
Method = TypeVar("Method", bound=Callable[..., object])
RunTool = Callable[[Mapping[str, Any], Mapping[str, Any]], Json]
"""(arguments, the platform's whole request body) -> the reply's JSON. Raises what the tool raises."""

UNSET_URL = "https://switchboard.invalid"
"""Stands in a rendered document wherever the SDK would have put an address of its own server."""


_SERVER = ("fastapi", "uvicorn")
"""What the SDK's own server is made of, left out while the SDK is imported: agents are authored with it, not served.

They are a sixth of the time that a web worker takes to start, and 8 MB of what it holds.
"""


class NotServedHere(RuntimeError):
    """A part of the SDK that serves, routes or authenticates was asked for. `switchboard serve` does that."""


@contextmanager
def without_server() -> Iterator[None]:
    """While the block runs, FastAPI and uvicorn are names that refuse to be used, unless they are imported already."""
    finder = _Finder(tuple(name for name in _SERVER if name not in sys.modules))
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in finder.found:  # a later import gets the real ones
            sys.modules.pop(name, None)


class _Finder(MetaPathFinder, Loader):
    def __init__(self, missing: tuple[str, ...]) -> None:
        self.missing = missing
        self.found: list[str] = []

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name.partition(".")[0] not in self.missing:
            return None
        self.found.append(name)
        return ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Unserved(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass


class _Unserved(ModuleType):
    """A module whose every name is a class, as annotations need them, of which none can be made."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)

        def refuse(*_: object, **__: object) -> Never:
            raise NotServedHere(f"{self.__name__}.{name}: agents are served by `switchboard serve`")

        return type(name, (), {"__new__": refuse, "__module__": self.__name__})


class _Log:
    """What the SDK logs to: its errors go to the standard library under the SDK's name, the rest nowhere.

    As an attribute of an agent's class it cannot be set over, for the SDK binds a fresh logger on every instance.
    """

    def __init__(self, name: str) -> None:
        self.log = logging.getLogger(name)

    def __get__(self, agent: object, owner: type | None = None) -> "_Log":
        return self

    def __set__(self, agent: object, value: object) -> None:
        pass

    def bind(self, **facts: object) -> "_Log":
        return self

    def debug(self, event: str, *args: object, **facts: object) -> None:
        pass

    info = warning = debug

    def error(self, event: str, *args: object, **facts: object) -> None:
        self.log.error("%s %s", event, facts)

    exception = critical = error


def _import_sdk() -> ModuleType:
    """Import whichever SDK is installed, and leave the process's logging as it was.

    Importing 1.1 configures structlog for the whole process, prints to stdout and logs several lines per agent. An
    application that had configured structlog gets its own configuration back.
    """
    known = sys.modules.get("structlog")
    ours = known.get_config() if known is not None and known.is_configured() else None
    with without_server():
        try:
            package = import_module("signalwire_agents")
        except ModuleNotFoundError:
            package = import_module("signalwire")
        import_module(f"{package.__name__}.core.agent_base")  # the successor would import it when it is first used
    its = import_module(f"{package.__name__}.core.logging_config")
    if ours is not None:
        its.structlog.configure(**ours)
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == package.__name__:
            _hush(module, _Log(package.__name__))
    for handler in logging.getLogger(package.__name__).handlers:
        if isinstance(handler, logging.StreamHandler) and handler.stream is sys.stdout:
            handler.setStream(sys.stderr)
    return package


def _hush(module: Any, log: _Log) -> None:
    if hasattr(module, "get_logger"):
        module.get_logger = lambda name: log
    if hasattr(module, "logger") and not isinstance(module.logger, logging.Logger):
        module.logger = log


_sdk = _import_sdk()
AgentBase: Any = _sdk.AgentBase
Result: Any = _sdk.SwaigFunctionResult


def tool(name: str | None = None, **fields: Any) -> Callable[[Method], Method]:
    """Decorator: a method of an Agent becomes a tool. Its type hints become the arguments' schema.

    `fields` are those of AgentBase.tool: `description`, `parameters`, `fillers`, …
    """
    decorate: Callable[[Method], Method] = AgentBase.tool(name, **fields)
    return decorate


class BadArguments(ValueError):
    """The model's arguments do not fit the tool's schema. `str()` is a sentence for the model, not for the caller."""


class UnknownSkill(LookupError):
    """A skill the SDK does not have, or could not set up; the message says which and why."""


def _not_served_here(name: str) -> Any:
    def refuse(self: object, *args: object, **kwargs: object) -> Never:
        raise NotServedHere(f"{type(self).__name__}.{name}(): agents are served by `switchboard serve`")

    return refuse


class Agent(AgentBase):  # type: ignore[misc]
    """AgentBase with everything that differs per process, per request or per object taken out.

    Two renderings of one agent are equal, whatever the environment, the request or the call: no tokens, no host
    detection, no serverless mode. Async tools are refused, since the SDK would speak the coroutine's repr.
    """

    log = _Log(_sdk.__name__)

    def __init__(self, name: str, **settings: Any) -> None:
        """Build an agent called `name`; `settings` are AgentBase's own (`record_call=True`, `native_functions=[…]`)."""
        self.rendering = threading.Lock()
        super().__init__(
            name, port=443, basic_auth=("not", "used"), schema_validation=False, suppress_logs=True, **settings
        )

    run = _not_served_here("run")
    serve = _not_served_here("serve")
    get_app = _not_served_here("get_app")
    as_router = _not_served_here("as_router")
    handle_serverless_request = _not_served_here("handle_serverless_request")
    set_dynamic_config_callback = _not_served_here("set_dynamic_config_callback")
    enable_debug_events = _not_served_here("enable_debug_events")
    enable_sip_routing = _not_served_here("enable_sip_routing")

    @staticmethod
    def _load_service_config(config_file: str | None, service_name: str) -> Json:
        return {}  # a stray config.json in the working directory must not rename or reroute an agent

    def _get_base_url(self, include_auth: bool = True) -> str:
        return UNSET_URL

    def get_full_url(self, include_auth: bool = False) -> str:
        return UNSET_URL

    def _build_webhook_url(self, endpoint: str, query_params: Mapping[str, str] | None = None) -> str:
        return f"{UNSET_URL}/{endpoint}"

    def _create_tool_token(self, tool_name: str, call_id: str) -> str:
        return ""  # without a token the SDK writes no URL per function, so all of them share one default and one scope

    def define_tool(self, name: str, *args: Any, **kwargs: Any) -> "Agent":
        """As AgentBase.define_tool. Raises TypeError for an async handler."""
        super().define_tool(name, *args, **kwargs)
        _refuse_async(name, self._tool_registry.get_function(name).handler)
        return self

    def add_skill(self, skill_name: str, params: Json | None = None) -> "Agent":
        """As AgentBase.add_skill. Raises UnknownSkill."""
        try:
            super().add_skill(skill_name, params)
        except ValueError as reason:
            raise UnknownSkill(f"skill {skill_name!r}: {reason}") from reason
        return self

    def on_function_call(self, name: str, args: Json, raw_data: Json | None = None) -> Any:
        """Run a tool for swaig-test, which shows the actions of a Result only. Exceptions come out: they are news."""
        reply = tools_of(self)[name](args, raw_data or {})
        result = Result(reply.get("response", ""), post_process=reply.get("post_process", False))
        result.action = reply.get("action", [])
        return result


def render(agent: Agent) -> Json:
    """The SWML document the SDK makes of an agent. Slow (milliseconds) and not meant for a live call."""
    with agent.rendering:  # the SDK builds the document in a field of the agent
        document: Json = json.loads(agent._render_swml("-"))
    return document


def tools_of(agent: Agent) -> dict[str, RunTool]:
    """The agent's tools that run in this process, by name. Raises TypeError if one is async.

    Whatever way it was defined (`define_tool`, `@tool`, type hints, a skill), a tool is called with checked arguments
    and answers a reply's JSON. Tools that the platform runs (data_map, another server's webhook) are not here.
    """
    functions = agent._tool_registry.get_all_functions()
    return {
        name: _runner(name, function)
        for name, function in functions.items()
        if not isinstance(function, dict) and not function.webhook_url
    }


def _runner(name: str, function: Any) -> RunTool:
    _refuse_async(name, function.handler)
    schema = jsonschema_rs.validator_for({**function._ensure_parameter_structure(), "additionalProperties": False})

    def run(arguments: Mapping[str, Any], raw: Mapping[str, Any]) -> Json:
        _check(name, schema, dict(arguments))
        # Their words may end up in a document of the tool's, in which its author's expressions live.
        return render_own(_reply(function.handler(inert_values(dict(arguments)), inert_values(dict(raw)))))

    return run


def _refuse_async(name: str, handler: Any) -> None:
    if inspect.iscoroutinefunction(inspect.unwrap(handler)):
        raise TypeError(f"tool {name!r} is async; make it an ordinary function (tools run in threads)")


def _check(name: str, schema: Any, arguments: Json) -> None:
    faults = [
        f"{'.'.join(map(str, error.instance_path)) or 'arguments'}: {error.message}"
        for error in schema.iter_errors(arguments)
    ]
    if faults:
        raise BadArguments(f"{name} was not run. Correct the arguments and call it again: {'; '.join(faults)}")


def _reply(result: Any) -> Json:
    """A tool's result, of any shape the SDK documents, as a reply's JSON."""
    if isinstance(result, Result):
        result = result.to_dict()
    if not isinstance(result, dict):
        return {"response": "Done." if result is None else str(result)}
    if not {"response", "action"} & result.keys():
        return {"response": json.dumps(result, default=str)}
    actions = result.get("action", [])
    straight = [_straight(action) for action in (actions if isinstance(actions, list) else [actions])]
    return {**result, "action": straight} if straight else result


def _straight(action: Any) -> Any:
    """One action with the `transfer` flag where the platform wants it: a boolean, beside and before `SWML`.

    The SDK's helpers write it as a string after SWML, and 1.1's execute_swml even inside the document, where it is an
    error and leaves the agent on the line of a call that has gone.
    """
    if not isinstance(action, dict) or not isinstance(action.get("SWML"), dict):
        return action
    document = {key: value for key, value in action["SWML"].items() if key != "transfer"}
    leaves = action.get("transfer", action["SWML"].get("transfer"))
    rest = {key: value for key, value in action.items() if key not in ("SWML", "transfer")}
    flag = {} if leaves is None else {"transfer": str(leaves).lower() == "true"}
    return {**flag, "SWML": document, **rest}
