"""What the platform says about a leg."""

from collections.abc import Mapping
from typing import Any

from exchange.core.legs import Leg


def facts(leg: Leg) -> dict[str, Any]:
    """The `call` object of a document fetch."""
    exchange = leg.call.exchange
    known: dict[str, Any] = {
        "call_id": leg.call_id,
        "node_id": exchange.node_id,
        "segment_id": leg.segment_id,
        "call_state": leg.state,
        "direction": "outbound" if leg.outbound else "inbound",
        "type": leg.type,
        "from": leg.from_,
        "to": leg.to,
        "headers": [{"name": name, "value": value} for name, value in leg.headers],
        "project_id": exchange.project_id,
        "space_id": exchange.space_id,
    }
    if leg.type == "phone":
        known |= {"from_number": leg.from_, "to_number": leg.to}
    if leg.type == "sip":
        known["sip_data"] = sip_data(leg.from_, leg.to)
    return known | _relations(leg)


def _relations(leg: Leg) -> dict[str, Any]:
    node, relations = leg.call.exchange.node_id, dict[str, Any]()
    if leg.tag:
        relations["tag"] = leg.tag
    if leg.dial_winner:
        relations["dial_winner"] = "true"
    if leg.parent and leg.call.exchange.assumptions.confirm_leg_has_parent:
        relations["parent"] = {"device_type": leg.parent.type, "call_id": leg.parent.call_id, "node_id": node}
    if leg.peer:
        relations["peer"] = {"call_id": leg.peer.call_id, "node_id": node}
    return relations


def sip_data(from_: str, to: str) -> Mapping[str, Any]:
    """The 14 keys that come with a SIP leg."""

    def split(uri: str) -> tuple[str, str, str]:
        bare = uri.removeprefix("sips:").removeprefix("sip:")
        user, _, host = bare.rpartition("@")
        return host, bare, user

    data: dict[str, Any] = {}
    for prefix, uri in (("sip_req", to), ("sip_from", from_), ("sip_to", to)):
        data |= dict(zip((f"{prefix}_host", f"{prefix}_uri", f"{prefix}_user"), split(uri), strict=True))
    user = split(from_)[2]
    contact = {"host": "192.0.2.10", "uri": f"{user}@192.0.2.10:5060", "user": user, "port": "5060", "params": {}}
    return data | {f"sip_contact_{key}": value for key, value in contact.items()}
