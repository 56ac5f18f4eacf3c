"""The server ends when it is asked to, at whatever moment and however: nothing is left behind."""

import random
import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from tests.support.processes.stops import GONE_WITHIN, Stop, faults_of

AT_ONCE = 2


def stop_all(number: int, seed: int, folder: Path, *, within: float) -> None:
    chance = random.Random(seed)
    stops = [Stop.drawn(chance) for _ in range(number)]
    folders = [folder / f"stop{one}" for one in range(number)]
    for one in folders:
        one.mkdir()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        ended = list(zip(stops, threads.map(partial(faults_of, within=within), stops, folders), strict=True))
    wrong = [(stop, faults) for stop, faults in ended if faults]
    assert not wrong, f"seed {seed}, {len(wrong)} of {number}: {wrong}"


def test_it_can_be_stopped_at_any_moment(tmp_path: Path) -> None:
    stop_all(20, 12, tmp_path, within=2 * GONE_WITHIN)  # other tests run beside it


@pytest.mark.long
def test_it_can_be_stopped_at_any_moment_whatever_the_moment(tmp_path: Path) -> None:
    stop_all(200, secrets.randbits(32), tmp_path, within=GONE_WITHIN)
