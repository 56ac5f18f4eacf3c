"""Structured logs. Numbers are masked, URLs lose what holds tokens, and speech is never handed to us."""

import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

from handlers.terminal import one_line, visible

_NUMBER = re.compile(r"\+?\d{7,15}")
_QUERY = re.compile(r"\?\S+")
_CARD = re.compile(r"/card/[\w.-]+")  # the address of a card is the whole key to it
_CREDENTIALS = re.compile(r"//[^/@\s]+@")
_KEPT = frozenset({"timestamp", "call", "transfer", "entry", "offer", "placed"})  # ids of ours, and the call's


def configure(*, json: bool, level: str = "info", stream: TextIO | None = None) -> None:
    """Send every log line of this process through the same masks, as JSON or for a terminal."""
    stream = stream or sys.stderr
    renderer = structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=stream.isatty())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            mask,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )


@contextmanager
def only_errors() -> Iterator[None]:
    """For the block nothing but errors is logged: what a call comes to is printed by the command that makes it."""
    before = structlog.get_config()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    try:
        yield
    finally:
        structlog.configure(**before)


def mask(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Mask every number, credential and query string in whatever text is logged; ids of ours stay whole."""
    masked = {name: value if name in _KEPT else _masked(value) for name, value in event.items()}
    return {name: _shown(name, value) for name, value in masked.items()}


def _shown(name: str, value: object) -> object:
    """No value steers a terminal, or begins a line of the log; a traceback has several lines."""
    if not isinstance(value, str):
        return value
    return visible(value) if name == "exception" else one_line(value)


def _masked(value: object) -> object:
    if isinstance(value, dict):
        return {name: _masked(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(inner) for inner in value]
    if isinstance(value, bool | int | float) or value is None:
        return value
    text = _CARD.sub("/card/…", _QUERY.sub("?…", _CREDENTIALS.sub("//…@", str(value))))
    return _NUMBER.sub(lambda number: f"{number[0][:2]}…{number[0][-2:]}", text)
