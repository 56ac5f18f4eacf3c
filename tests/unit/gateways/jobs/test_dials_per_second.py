"""DIALS_PER_SECOND: how many phones all workers together ring."""

from pathlib import Path

import pytest

from gateways.jobs.worker import limiter
from handlers.settings import MissingSettings, Settings


@pytest.mark.parametrize(
    ("dials", "limit", "period", "whole"),
    [(1.0, 1, 1.0, False), (1.0, 1, 2.0, True), (20.0, 20, 1.0, False), (0.5, 1, 2.0, False), (2.5, 2, 0.8, False)],
)
def test_the_limit_of_the_queue_of_dials(dials: float, limit: int, period: float, whole: bool) -> None:
    assert limiter(dials, whole_seconds=whole) == {"limit": limit, "period": pytest.approx(period)}


def test_it_is_one_unless_the_environment_says_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # where a development's own secrets are kept
    assert Settings().dials_per_second == 1.0
    assert Settings(dials_per_second=25).dials_per_second == 25.0
    with pytest.raises(MissingSettings, match="DIALS_PER_SECOND"):
        Settings.load({"DIALS_PER_SECOND": "0"})
