"""Trying out an agent with no call: what swaig-test, the SDK's own tool, builds and runs.

Agents do not read files, so reading the directory is plugged in: the product names the function that reads it on a
live system as the entry point `switchboard.directory` (Path -> Directory). What is rehearsed is the file of the working
directory, read the same way. Without a file there is a small built-in directory.
"""

from importlib.metadata import entry_points
from pathlib import Path

from agents.sdk import Json
from agents.tools.offered import Tool, rehearse
from calls.directory.model import Directory

FILE = Path("switchboard.yaml")

BUILT_IN = {
    "company": "Example Company",
    "timezone": "America/New_York",
    "policy": {"regions": ["US"]},
    "lines": {"+12025550100": {"agent": "receptionist"}},
    "people": {"dana": {"name": "Dana Reyes", "phone": "+12025550111"}},
    "departments": {
        "sales": {"about": "new orders, quotes and prices", "reach": [{"ring": ["dana"]}, "voicemail"]},
        "billing": {"about": "invoices and refunds", "reach": [{"agent": "billing_desk"}]},
    },
    "agents": {"billing_desk": {"about": "explains invoices", "instructions": "Explain what is on the invoice."}},
}


def directory(path: Path = FILE) -> Directory:
    """The directory to rehearse with. Raises Mistakes when the file is there and has mistakes."""
    readers = entry_points(group="switchboard.directory")
    if path.is_file() and readers:
        found: Directory = next(iter(readers)).load()(path)
        return found
    return Directory.read(BUILT_IN, public_holidays=lambda country, year: {}, prompts=lambda path: None)


def first_declared(directory: Directory) -> str:
    """The first agent of the directory that is declared there and answers here; "specialist" when there is none."""
    return next((name for name, spec in directory.agents.items() if not spec.url), "specialist")


def run(tool: Tool, directory: Directory, agent: str, arguments: Json, raw: Json) -> Json:
    """Run one of our tools as if on a call: the reply's JSON. Nothing is kept and nobody is rung."""
    return rehearse(tool, arguments, raw, directory, agent)
