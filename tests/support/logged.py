"""Logs as production writes them, for the length of a test."""

import io
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from handlers import logs


@contextmanager
def production_logs() -> Iterator[io.StringIO]:
    """What is logged meanwhile, as JSON lines. Loggers of before go on as before: their configuration is put back."""
    before, stream = structlog.get_config(), io.StringIO()
    logs.configure(json=True, stream=stream)
    try:
        yield stream
    finally:
        structlog.configure(**before)
