"""An agent whose own tools lead callers elsewhere, and a telephone that rings it."""

from typing import Any

from tests.contract.conftest import ACME, Build, Switchboard
from tests.support.phone import Phone

DESK = '''
from agents import attendant, sdk


class Desk(attendant.Attendant):
    """Puts callers through in its own way, with all that the SDK has for it."""

    @sdk.tool(description="Rings a number.")
    def ring(self, to: str, back: bool = False) -> object:
        return sdk.Result("Ringing.").connect(to, final=not back)

    @sdk.tool(description="Rings the workshop.")
    def ring_workshop(self) -> object:
        return sdk.Result("Ringing.").say("One moment.").connect("+12025550155", final=False)

    @sdk.tool(description="Goes on elsewhere.")
    def go_on(self, back: bool = False) -> object:
        return sdk.Result("On.").swml_transfer("https://u:p@other.example/swml?key=1", "Back.", final=not back)

    @sdk.tool(description="Refers a SIP call.")
    def refer(self) -> object:
        return sdk.Result("Referring.").sip_refer("sip:1001@pbx.acme.example")

    @sdk.tool(description="Joins a conference.")
    def join(self, name: str = "", muted: bool = False) -> object:
        return sdk.Result("Joining.").join_conference(name or "standup", muted=muted)

    @sdk.tool(description="Joins a room.")
    def join_room(self, name: str = "") -> object:
        return sdk.Result("Joining.").join_room(name or "lounge")

    @sdk.tool(description="Waits in line.")
    def wait(self, name: str = "", url: str = "") -> object:
        line = {"queue_name": name or "press", "wait_time": 30}
        after = {"execute_after_queue": url or "over"}
        return sdk.Result("Waiting.").execute_swml(main({"enter_queue": {**line, **after}}))

    @sdk.tool(description="Runs a document.")
    def run(self, url: str = "") -> object:
        return sdk.Result("Running.").execute_swml(main({"execute": {"dest": url or "https://other.example/menu?key=1"}}))

    @sdk.tool(description="Rings a person while the caller holds.")
    def ring_beside(self, to: str = "", url: str = "") -> object:
        dest = url or "https://other.example/screen"
        return sdk.Result("Please hold.").hold(120).rpc_dial(to or "+12025550155", "+12025550100", dest)

    @sdk.tool(description="Tells the agent of another call.")
    def tell(self, words: str) -> object:
        return sdk.Result("Told.").rpc_ai_message("other-call", words)

    @sdk.tool(description="Whatever it is given.")
    def raw(self, action: str) -> object:
        result = sdk.Result("Raw.")
        result.action = DOCUMENTS[action]
        return result


def main(*steps):
    return {"version": "1.0.0", "sections": {"main": list(steps)}}


GROUPS = {"serial_parallel": [[{"to": "+12025550155"}, {"to": "sip:desk@pbx.acme.example"}], [{"to": "+12025550156"}]]}
ABROAD = {"connect": {"to": "+33142685300"}}
DOCUMENTS = {
    "groups": [{"transfer": True, "SWML": main({"connect": GROUPS})}],
    "bare": [{"transfer": {"dest": "https://other.example/swml"}}],
    "text": [{"SWML": __import__("json").dumps(main(ABROAD))}],
    "condition": [{"SWML": main({"cond": [{"when": "true", "then": [ABROAD]}]})}],
    "inside": [{"SWML": main({"transfer": {"dest": __import__("json").dumps(main(ABROAD))}})}],
    "section": [{"SWML": {"sections": {"main": [{"execute": {"dest": "on"}}], "on": [ABROAD]}}}],
    "short": [{"SWML": main({"connect": "+33142685300"})}],
    "variable": [{"SWML": main({"connect": {"to": "${call.from}"}})}],
    "result": [{"SWML": main({"connect": {"to": "+12025550155", "result": {"default": [ABROAD]}}})}],
    "premium by sip": [{"SWML": main({"connect": {"to": "sip:+19005550123@carrier.example"}})}],
    "own line": [{"SWML": main({"connect": {"to": "+12025550102"}})}],
    "own phone": [{"SWML": main({"connect": {"to": "+12025550177"}})}],
    "emergency": [{"SWML": main({"connect": {"to": "911"}})}],
    "theirs": [{"SWML": main({"connect": {"to": "+12025550155", "status_url": "https://theirs.example/s"}})}],
    "line by variable": [{"SWML": main({"enter_queue": {"queue_name": "${call.from}"}})}],
    "bare conference": [{"SWML": main({"join_conference": ""})}],
    "list": [{"SWML": main({"transfer": ["${elsewhere}"]})}],
    "rpc abroad": [{"SWML": main({"execute_rpc": {"method": "calling.dial", "params": {"to": "+33142685300"}}})}],
    "rpc nowhere": [
        {"SWML": main({"execute_rpc": {"method": "dial", "params": {"phone": "+1900", "url": "https://a.example"}}})}
    ],
    "rpc document": [
        {"SWML": main({"execute_rpc": {"method": "update", "call_id": "c2", "params": {"swml": main(ABROAD)}}})}
    ],
    "music": [{"SWML": main({"play": {"url": "say:connect +33142685300"}}, {"transfer": {"dest": "on"}})}],
}
'''


def desk_of(switchboard: Build, **policy: Any) -> Switchboard:
    """A switchboard whose line the agent answers. Its module `own_desk` has the text `DESK`."""
    lines = {"+12025550100": {"agent": "desk"}, "+12025550102": {}}
    agents = {**ACME["agents"], "desk": {"about": "rings", "class": "own_desk:Desk"}}
    return switchboard({**ACME, "lines": lines, "agents": agents, "policy": policy})


def ringing(house: Switchboard, **more: Any) -> Phone:
    """A call to the agent."""
    phone = Phone(house.app, **more)
    phone.dials()
    return phone


def rpc(phone: Phone, tool: str, **given: object) -> dict[str, Any]:
    """A tool's reply with an RPC, which the SDK makes and its own schema has not."""
    response = phone.post(phone.ai["SWAIG"]["defaults"]["web_hook_url"], phone.tool_body(tool, given))
    reply: dict[str, Any] = response.get_json()
    return reply


def the_row(house: Switchboard) -> dict[str, Any]:
    """The one row of the ledger."""
    (row,) = house.ledger
    return row


def state(house: Switchboard) -> str:
    """Of the call's live transfer; "ended" when it has none."""
    live = house.records.live_transfer("c1")
    return live.state if live else "ended"
