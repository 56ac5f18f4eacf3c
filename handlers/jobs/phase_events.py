"""Telling hooks and the events webhook of a phase that a transfer has entered."""

from typing import Any

import structlog

from calls.briefing.briefing import briefing_of
from calls.orders import Announce
from calls.phrases.redaction import redacted
from handlers.requests import call_of_row
from handlers.wiring import Wiring

log = structlog.get_logger()

# Words of a caller, a person or the model: secrets may be in them. All else is ours or the platform's.
_SAID = frozenset({"summary", "words", "reason", "error", "body", "transcript", "destination"})


def announce(wiring: Wiring, order: Announce) -> None:
    """Tell one listener. Raises Unavailable when the webhook should be tried again."""
    told = _without_secrets(order.phase) | _briefing(wiring, order)
    if order.to == "hooks":
        wiring.hooks(str(order.phase.get("business", ""))).call(told)
    elif wiring.webhook:
        wiring.webhook.post(told)
    else:
        log.warning("announcement_dropped", transfer=order.transfer_id, reason="there is no events webhook any more")


def _briefing(wiring: Wiring, order: Announce) -> dict[str, Any]:
    if order.phase["mechanism"] not in ("whisper", "consult"):
        return {}
    transfer = wiring.records.transfer(order.transfer_id)
    row = wiring.records.call(order.phase["call_id"])
    if transfer is None or row is None:
        return {}
    attempt = order.phase["attempt"] or {}
    directory = wiring.directory_of(transfer)
    caller = call_of_row(row).caller
    person = attempt.get("person")
    return {"briefing": briefing_of(transfer, caller=caller, directory=directory, person=person).event()}


def _without_secrets(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _without_secrets(one, key) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_secrets(one, name) for one in value]
    return redacted(value, "event") if isinstance(value, str) and name in _SAID else value
