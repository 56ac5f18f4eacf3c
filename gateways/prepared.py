"""Statements compiled once to the driver's own text, for the two or three that every tool call waits for.

SQLAlchemy prepares each execution anew: some 100 microseconds a statement, where the driver takes 10. What it would do
is done once here, and the values go through the same types.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, CursorResult, Executable
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.sql.expression import ClauseElement


class Prepared:
    """A statement all of whose values are plain bind parameters (an IN over a list is none)."""

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        assert isinstance(statement, ClauseElement)
        compiled: Any = statement.compile(dialect=dialect)
        self._sql = str(compiled)
        self._fixed = {name: bound.value for name, bound in compiled.binds.items() if not bound.required}
        types = {name: bound.type.dialect_impl(dialect) for name, bound in compiled.binds.items()}
        self._types = [(name, kind.bind_processor(dialect)) for name, kind in types.items()]
        self._order: list[str] | None = compiled.positiontup

    def run(self, connection: Connection, values: Mapping[str, Any]) -> CursorResult[Any]:
        """Execute with these values by name (there may be more). What comes back is as the driver gives it."""
        values = {**self._fixed, **values}
        bound = {name: bind(values[name]) if bind else values[name] for name, bind in self._types}
        return connection.exec_driver_sql(
            self._sql, bound if self._order is None else tuple(bound[name] for name in self._order)
        )
