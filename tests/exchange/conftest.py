"""An application and an exchange per test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from exchange import Exchange
from tests.exchange.app import PASSWORD, USER, App

Build = Callable[..., Exchange]


@pytest.fixture
def app() -> Iterator[App]:
    with App() as running:
        yield running


@pytest.fixture
def exchange(app: App) -> Iterator[Build]:
    """Makes exchanges for `app` and closes them: exchange(thinker=…, people=…)."""
    with ExitStack() as stack:

        def build(**options: Any) -> Exchange:
            return stack.enter_context(Exchange(app.url, (USER, PASSWORD), **options))

        yield build
