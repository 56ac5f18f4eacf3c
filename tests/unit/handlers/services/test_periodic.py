"""What the worker looks after of its own accord, again and again."""

import threading
from pathlib import Path

from gateways.errors import Unavailable
from gateways.jobs.leases import places_at
from handlers.services.periodic import Patrol, Pause


def test_a_look_that_goes_wrong_is_followed_by_another_until_it_is_stopped(tmp_path: Path) -> None:
    faults, seen = [Unavailable("the database is away"), ValueError("a fault of ours")], threading.Event()

    def look(pause: Pause) -> None:
        if faults:
            raise faults.pop(0)
        seen.set()

    patrol = Patrol("watchdog", look, places_at(f"sqlite:///{tmp_path}/records.db", "watch"), every=0.01)
    patrol.start()
    assert seen.wait(20)
    patrol.stop()
    seen.clear()
    assert not seen.wait(0.1)


def test_a_look_that_is_under_way_ends_when_the_patrol_is_stopped(tmp_path: Path) -> None:
    under_way, told = threading.Event(), list[object]()

    def look(pause: Pause) -> None:
        under_way.set()
        told.append(pause(3600))

    patrol = Patrol("watchdog", look, places_at(f"sqlite:///{tmp_path}/records.db", "watch"), every=0.01)
    patrol.start()
    assert under_way.wait(20)
    patrol.stop()
    assert told == [True]
