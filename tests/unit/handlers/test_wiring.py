"""A hundred orders to look for a match are one look that is under way, and one after it."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from handlers.wiring import Shared
from tests.support.processes.working import wait_for


def test_whoever_asks_while_somebody_waits_has_it_done_by_them() -> None:
    shared, began, done = Shared(), threading.Semaphore(0), list[int]()
    go_on = threading.Event()

    def work(number: int) -> None:
        began.release()
        go_on.wait(5)
        done.append(number)

    with ThreadPoolExecutor(9) as threads:
        first = threads.submit(shared.do, "acme", lambda: work(0))
        assert began.acquire(timeout=5)  # it may have read what comes now or not
        later = [threads.submit(shared.do, "acme", lambda: work(1)) for _ in range(7)]
        other = threads.submit(shared.do, "burgers", lambda: work(2))
        assert began.acquire(timeout=5)  # of another name, it waits for nobody
        assert not first.done()
        wait_for(lambda: sum(one.done() for one in later) == 6, 5.0)
        go_on.set()
        for one in (first, other, *later):
            one.result(5)
    assert sorted(done) == [0, 1, 2]


def test_what_failed_is_done_by_whoever_asks_next() -> None:
    shared, done = Shared(), list[str]()
    with pytest.raises(ZeroDivisionError):
        shared.do("acme", lambda: 1 / 0)
    shared.do("acme", lambda: done.append("again"))
    assert done == ["again"]
