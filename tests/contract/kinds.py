"""Which of the platform's example payloads is what, and what it is meaningless without."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from swml import requests, status

PAYLOADS = Path(__file__).parent / "payloads"

FETCH = ("call", "call.call_id")
TOOL = ("function", "call_id")
MESSAGE = ("message", "message.from")

KINDS: dict[str, tuple[Callable[[object], object], tuple[str, ...]]] = {
    "swml-request": (requests.parse_fetch, FETCH),
    "swml-request-transfer": (requests.parse_fetch, FETCH),
    "swml-request-sip": (requests.parse_fetch, FETCH),
    "swml-request-confirm-leg": (requests.parse_fetch, FETCH),
    "swml-request-rest-dial": (requests.parse_fetch, FETCH),
    "swaig-request": (requests.parse_tool, TOOL),
    "swaig-request-with-call-log": (requests.parse_tool, TOOL),
    "swaig-signature-request": (requests.parse_signature, ()),
    "post-prompt": (requests.parse_report, ("call_id",)),
    "post-prompt-fetch-conversation": (requests.parse_report, ("conversation_id",)),
    "debug-webhook-hold": (requests.parse_debug, ()),
    "debug-webhook-webhook-fail": (requests.parse_debug, ()),
    "call-state-created": (status.parse_call_state, ("params", "params.call_state")),
    "call-state-ringing": (status.parse_call_state, ("params", "params.call_state")),
    "call-state-answered": (status.parse_call_state, ("params", "params.call_state")),
    "call-state-ended": (status.parse_call_state, ("params", "params.call_state")),
    "call-state-ended-busy": (status.parse_call_state, ("params", "params.call_state")),
    "call-state-ended-no-answer": (status.parse_call_state, ("params", "params.call_state")),
    "connect-status-connecting": (status.parse_connect_state, ("params", "params.connect_state")),
    "connect-status-connected": (status.parse_connect_state, ("params", "params.connect_state")),
    "connect-status-connected-queue": (status.parse_connect_state, ("params", "params.connect_state")),
    "connect-status-failed": (status.parse_connect_state, ("params", "params.connect_state")),
    "connect-status-disconnected": (status.parse_connect_state, ("params", "params.connect_state")),
    "sip-refer-status-success": (status.parse_refer_state, ("params",)),
    "sip-refer-status-failed": (status.parse_refer_state, ("params",)),
    "conference-status-start": (status.parse_conference_state, ("params", "params.status")),
    "conference-status-participant-join": (status.parse_conference_state, ("params", "params.status")),
    "conference-status-participant-leave": (status.parse_conference_state, ("params", "params.status")),
    "conference-status-end": (status.parse_conference_state, ("params", "params.status")),
    "queue-status-enqueue": (status.parse_queue_state, ("params", "params.status")),
    "queue-status-dequeue": (status.parse_queue_state, ("params", "params.status")),
    "queue-status-leave": (status.parse_queue_state, ("params", "params.status")),
    "detect-status-machine": (status.parse_detect_state, ("params",)),
    "message-status-delivered": (status.parse_message_status, ("id", "status")),
    "message-status-failed": (status.parse_message_status, ("id", "status")),
    "inbound-message-swml-request": (status.parse_inbound_message, MESSAGE),
    "rest-dial-response": (status.parse_dialled_call, ("id",)),
    "rest-422-response": (status.parse_refusal, ()),
}

OURS = frozenset(
    {
        "rest-dial-request",
        "swaig-response-transfer-final",
        "swaig-response-connect-temporary",
        "post-prompt-fetch-conversation.response",
    }
)
"""What we send. Nobody reads it here."""


def payload(name: str) -> Any:
    """A fresh copy of the platform's example."""
    return json.loads((PAYLOADS / f"{name}.json").read_text())
