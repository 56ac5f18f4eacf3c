"""Statements compiled once to the driver's own text, for the two or three that every tool call waits for.

SQLAlchemy prepares each execution anew: some 50 to 100 microseconds a statement, where the driver takes 10. What it
would do is done once here, and the values go through the same types.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Executable
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.sql.expression import ClauseElement


class Prepared:
    """A statement all of whose values are plain bind parameters (an IN over a list is none)."""

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        assert isinstance(statement, ClauseElement)
        compiled: Any = statement.compile(dialect=dialect)
        self._sql, self._dialect = str(compiled), dialect
        self._fixed = {name: bound.value for name, bound in compiled.binds.items() if not bound.required}
        types = {name: bound.type.dialect_impl(dialect) for name, bound in compiled.binds.items()}
        self._names: list[str] = compiled.positiontup or list(types)
        self._binds = [(name, types[name].bind_processor(dialect)) for name in self._names]
        self._positional: bool = compiled.positional

    def run(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        """Execute with these values by name (there may be more): the driver's cursor. Raises what the driver raises."""
        return self.execute(connection, self.bound(values))

    def bound(self, values: Mapping[str, Any]) -> list[Any]:
        """The values in their order, as the driver takes them."""
        if self._fixed:
            values = {**self._fixed, **values}
        return [bind(values[name]) if bind else values[name] for name, bind in self._binds]

    def execute(self, connection: Connection, bound: list[Any]) -> Any:
        """`run` with values that are `bound`."""
        driver: Any = connection.connection.dbapi_connection
        try:
            return driver.execute(self._sql, bound if self._positional else dict(zip(self._names, bound, strict=True)))
        except self._dialect.loaded_dbapi.Error as fault:
            if self._dialect.is_disconnect(fault, driver, None):
                connection.invalidate(fault)
            raise
