"""Text messages before a transfer: sent by us, where the document does not send them itself."""

from datetime import datetime

from calls.events import TextNoted
from calls.orders import SendText
from calls.transfer.machine import Transfer
from gateways.messaging.sms import send_all
from handlers.wiring import Wiring

_WITHIN = 1.0  # seconds a text message may hold up a transfer


def known_fate(wiring: Wiring, text: SendText) -> TextNoted | None:
    """What becomes of a text, where that is known before anything is sent: it is kept with the transfer itself."""
    if text.skip:
        return _noted(text, "skipped", text.skip)
    return None if wiring.texts else _noted(text, "in the document", "")


def send(wiring: Wiring, transfer: Transfer, texts: list[SendText], now: datetime) -> None:
    """Send what the document does not send itself, within the time a transfer may be held up, and keep how it went."""
    if not (wiring.texts and texts):
        return
    urls = [_status_url(wiring, transfer, text) for text in texts]
    sent = send_all(wiring.texts, texts, within=_WITHIN, status_urls=urls)
    for text, one in zip(texts, sent, strict=True):
        if one.reason == "opted_out" and text.to:
            wiring.records.opt_out(text.to.e164, "the provider said so", now, transfer.business)
        wiring.records.apply(transfer.id, _noted(text, one.fate, one.reason or ""), now)


def _noted(text: SendText, fate: str, reason: str) -> TextNoted:
    return TextNoted(str(text.to or ""), text.recipient, fate, reason)


def _status_url(wiring: Wiring, transfer: Transfer, text: SendText) -> str | None:
    """Where SignalWire posts what became of a text. (Twilio posts forms, which we do not read.)"""
    if wiring.settings.sms_provider != "signalwire":
        return None
    return wiring.links_of(transfer.business).event("message", transfer, 0, 0 if text.recipient == "caller" else 1)
