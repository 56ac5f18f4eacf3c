"""A worker that has nothing to do leaves the processor to those who have."""

import time
from pathlib import Path

from tests.contract.test_orders import Office, names
from tests.support.processes.working import LOOKED, Working, end, wait_for


def test_dbos_looks_only_into_a_queue_where_something_waits(database_url: str, tmp_path: Path) -> None:
    """Its look is the dearest thing a worker does at rest; many a second of them took a tenth of a core."""
    office = Office(database_url)
    with Working(database_url, tmp_path) as worker:
        time.sleep(2.0)
        assert LOOKED not in worker.said
        office.keep(end("t_1"))
        wait_for(lambda: names(tmp_path) == ["t_1"])
        assert LOOKED in worker.said
    office.database.close()
