"""What is asked and of whom: the sample directory grown to any size, and requests that are each a call of their own."""

import json
import uuid
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import yaml

from agents.documents.urls import call_claims
from calls.call import Call
from calls.directory.model import Directory
from calls.numbers import Number
from gateways.directory.file import read_directory
from handlers.auth import Guard
from handlers.cli.roster import document

ROOT = Path(__file__).parents[2]
PAYLOADS = ROOT / "tests" / "contract" / "payloads"
USER, PASSWORD, SECRET = "signalwire", "bench-password", "bench-secret-of-thirty-two-letters"
AUTHORIZATION = "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()
LINE = "+12025550100"
PLAIN = "d0"  # a department that is one person's phone, as in the SDK's own tool; "sales" is all that a chain can be
WANTED = {
    "reason": "a quote for two boilers",
    "summary": "The caller runs a bakery, wants two boilers replaced in March and asks for a price.",
}


def write_directory(folder: Path, departments: int) -> Directory:
    """The sample directory with this many departments, open day and night, in a folder of its own."""
    folder.mkdir(parents=True)
    sample = yaml.safe_load((ROOT / "switchboard.yaml").read_text())
    sample["hours"] = {"office": {"mon-sun": "00:00-24:00"}}  # the bench runs at any hour
    # Two phones that are nobody's: a person is rung for one caller at a time, and here all callers want the same two.
    sample["departments"]["sales"]["reach"][0]["ring"] = ["+12025550131", "+12025550132"]
    for number in range(departments - len(sample["departments"])):
        sample["departments"][f"d{number}"] = {"about": f"area {number}", "reach": [{"ring": ["+12025550120"]}]}
    (folder / "prompts").mkdir()
    for prompt in (ROOT / "prompts").glob("*.md"):
        (folder / "prompts" / prompt.name).write_text(prompt.read_text())
    path = folder / "switchboard.yaml"
    path.write_text(yaml.safe_dump(sample, sort_keys=False))
    return read_directory(path)


def write_agents(path: Path, directory: Directory) -> None:
    """The documents of all agents, for the SDK's own server to make the same agents of."""
    names = ("receptionist", *(name for name, spec in directory.agents.items() if not spec.url), "nightdesk")
    path.write_text(json.dumps({name: json.loads(document(directory, name)) for name in names}))


@dataclass(slots=True)
class Callers:
    """Callers who never rang before: each has a call id and a number of its own, and the tokens of that call."""

    folder: Path
    numbers: Iterator[int] = field(default_factory=lambda: count(2_000_000))

    def fetches(self, path: str, number: int) -> tuple[Path, Path]:
        """The files of `number` requests for a document at `path`: the jobs and the body."""
        body = json.loads((PAYLOADS / "swml-request.json").read_text())
        body["call"] |= {"call_id": "@CALL@", "from": "@CALLER@", "to": LINE}
        return self._write((path for _ in range(number)), body)

    def tool_calls(self, destination: str, number: int) -> tuple[Path, Path]:
        """As `fetches`, of `connect` in our app, each with the token that its call's document would hold."""
        guard = Guard(USER, PASSWORD, SECRET, "")
        ids = [str(uuid.uuid4()) for _ in range(number)]
        calls = (Call(one, None, Number(LINE), "phone", "inbound", "receptionist") for one in ids)
        paths = (f"/tools?t={guard.sign(('call_tools', *call_claims(call)))}" for call in calls)
        return self._write(paths, _tool_body(destination), ids)

    def sdk_tool_calls(self, number: int) -> tuple[Path, Path]:
        """As `tool_calls`, for the SDK's own server and with its tokens."""
        from signalwire_agents.core.security.session_manager import SessionManager

        tokens = SessionManager(3600, SECRET)
        ids = [str(uuid.uuid4()) for _ in range(number)]
        paths = (f"/receptionist/swaig/?__token={tokens.generate_token('connect', one)}" for one in ids)
        return self._write(paths, _tool_body(PLAIN), ids)

    def _write(self, paths: Iterator[str], body: dict[str, Any], ids: list[str] | None = None) -> tuple[Path, Path]:
        jobs, text = self.folder / "jobs", self.folder / "body"
        text.write_text(json.dumps(body))
        call_ids = iter(ids) if ids is not None else iter(lambda: str(uuid.uuid4()), "")
        lines = (f"{path}\t{next(call_ids)}\t+1202{next(self.numbers)}\n" for path in paths)
        jobs.write_text("".join(lines))
        return jobs, text


def _tool_body(destination: str) -> dict[str, Any]:
    """The platform's own example of a tool call, made a call of `connect`."""
    arguments = {"destination": destination, **WANTED}
    body: dict[str, Any] = json.loads((PAYLOADS / "swaig-request.json").read_text())
    call = json.loads((PAYLOADS / "swml-request.json").read_text())["call"]
    call |= {"call_id": "@CALL@", "from": "@CALLER@", "to": LINE}
    argument = {"parsed": [arguments], "raw": json.dumps(arguments)}
    return body | {
        "function": "connect", "argument": argument, "call_id": "@CALL@", "caller_id_num": "@CALLER@",
        "SWMLVars": {}, "SWMLCall": call,
    }  # fmt: skip
