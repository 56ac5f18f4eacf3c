"""Whether what a caller was promised is on record: what the line alone does not show."""

import time
from collections.abc import Iterator
from dataclasses import replace

from exchange import Care
from exchange.scenarios.care import LEFT_A_MESSAGE
from gateways.errors import Unavailable
from gateways.records.records import Records

_PROMISES = {"take_message": "message", "request_callback": "callback"}
_WITHIN = 3.0  # seconds until what was acknowledged can be read, and a recording has been reported


def on_record(care: Care, call_id: str, database_url: str) -> Care:
    """The judgement of a call after a look at the records: a promise that is not on record is no care.

    A judgement stands as it is where the records cannot be read.
    """
    due = [_PROMISES[name] for name in care.promises if name in _PROMISES]
    due += ["voicemail"] if care.why == LEFT_A_MESSAGE else []
    if not care.taken or not due:
        return care
    try:
        missing = _missing(set(due), call_id, database_url)
    except Unavailable:
        return care
    return replace(care, taken=False, why=f"no {missing[0]} of this call is on record") if missing else care


def _missing(due: set[str], call_id: str, database_url: str) -> list[str]:
    records, end = Records(database_url), time.monotonic() + _WITHIN
    try:
        while (missing := sorted(due - set(_kinds(records, call_id)))) and time.monotonic() < end:
            time.sleep(0.1)
        return missing
    finally:
        records.close()


def _kinds(records: Records, call_id: str) -> Iterator[str]:
    yield from (str(row["kind"]) for row in records.messages() if row["call_id"] == call_id)
    yield from ("callback" for entry in records.callbacks(only_open=False) if entry.call_id == call_id)
