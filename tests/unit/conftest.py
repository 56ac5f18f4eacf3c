"""Records whose orders nobody carries out."""

from collections.abc import Iterator

import pytest

from gateways.records.records import Records
from tests.support.kept import Kept


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def records(database_url: str, kept: Kept) -> Iterator[Records]:
    made = Records(database_url, kept)
    yield made
    made.close()
