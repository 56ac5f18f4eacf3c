"""From when on something is listed: days and spans, on the reader's own clock."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from calls.numbers import Unreadable
from calls.phrases.since import since

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 3, 11, 15, 30, tzinfo=NEW_YORK)  # a Wednesday, three days after the clocks went forward


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("today", "2026-03-11T00:00:00-04:00"),
        ("Yesterday", "2026-03-10T00:00:00-04:00"),
        ("monday", "2026-03-09T00:00:00-04:00"),
        ("wed", "2026-03-11T00:00:00-04:00"),
        ("thursday", "2026-03-05T00:00:00-05:00"),
        ("2h", "2026-03-11T13:30:00-04:00"),
        ("30 min", "2026-03-11T15:00:00-04:00"),
        ("3d", "2026-03-08T15:30:00-04:00"),
        ("14:00", "2026-03-11T14:00:00-04:00"),
        ("16:00", "2026-03-10T16:00:00-04:00"),
        ("2026-03-02", "2026-03-02T00:00:00-05:00"),
        ("2026-03-02T09:00:00", "2026-03-02T09:00:00-05:00"),
        ("2026-03-02T09:00:00Z", "2026-03-02T09:00:00+00:00"),
    ],
)
def test_what_is_meant(words: str, meant: str) -> None:
    assert since(words, NOW).isoformat() == meant


@pytest.mark.parametrize("words", ["", "soon", "m", "mo", "25:00", "2026-13-01", "2 fortnights"])
def test_what_cannot_be_read_is_said_with_what_can(words: str) -> None:
    with pytest.raises(Unreadable, match="yesterday"):
        since(words, NOW)
