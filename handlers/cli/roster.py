"""What `switchboard agents` tells of the agents of a directory."""

import json

from agents import greeting
from agents.blueprint import BUDGET
from agents.registry import Staff
from calls.call import Call
from calls.directory.model import Directory
from calls.routing import wording

_EXAMPLE = "https://your.host"


def roster(directory: Directory, *, sip: bool = False) -> list[dict[str, object]]:
    """Every agent that answers here: the lines it answers, its tools, and the size of its document in bytes."""
    staff = Staff(directory)
    rows: list[dict[str, object]] = []
    for name in staff.names:
        blueprint = staff.blueprint(name, sip=sip)
        lines = [number for number, line in directory.lines.items() if name in (line.agent, line.closed)]
        answers = ", ".join(lines) or f"/swml/{name}"
        told = {"agent": name, "answers": answers, "tools": ", ".join(blueprint.tools), "bytes": blueprint.size}
        rows.append({"business": directory.business, **told})
    return rows


def has(directory: Directory, name: str) -> bool:
    """Whether an agent of this name answers here."""
    return Staff(directory).has(name)


def too_large(directory: Directory) -> list[str]:
    """The agents whose document the platform would not take, and what to do about each."""
    whose = f" ({directory.business})" if directory.business else ""
    return [
        f"The document of {row['agent']}{whose} has {row['bytes']} bytes; the platform takes 64 kB. "
        f"Give {row['agent']} a list of `destinations`, or shorten what departments are about."
        for row in roster(directory, sip=True)
        if int(str(row["bytes"])) > BUDGET
    ]


def document(directory: Directory, name: str, *, sip: bool = False) -> str:
    """The document a caller of this agent would get, with addresses in place of the signed ones."""
    call = Call("example", None, None, "sip" if sip else "phone", "inbound", name)
    stamped = (
        Staff(directory)
        .blueprint(name, sip=sip)
        .stamp(
            tools_url=f"{_EXAMPLE}/tools",
            report_url=f"{_EXAMPLE}/report",
            greeting=wording.greeting(directory, name),
            facts=greeting.first(call, directory).facts,
        )
    )
    return json.dumps(json.loads(stamped), indent=2)
