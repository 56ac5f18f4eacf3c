"""Statements compiled once to the driver's own text, for the two or three that every tool call waits for.

SQLAlchemy prepares each execution anew: some 50 to 100 microseconds a statement, where the driver takes 10. What it
would do is done once here, and the values go through the same types.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Executable
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.sql.expression import ClauseElement
from sqlalchemy.types import TypeEngine


class Binds:
    """Values by their names (the same one may come twice) as the driver takes them, in this order."""

    def __init__(self, kinds: Iterable[tuple[str, TypeEngine[Any]]], dialect: Dialect) -> None:
        self._processors = [(name, kind.dialect_impl(dialect).bind_processor(dialect)) for name, kind in kinds]

    def __call__(self, values: Mapping[str, Any]) -> list[Any]:
        """The ones of `values`, where there may be more."""
        return [process(values[name]) if process else values[name] for name, process in self._processors]


class Prepared:
    """A statement all of whose values are plain bind parameters (an IN over a list is none)."""

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        assert isinstance(statement, ClauseElement)
        compiled: Any = statement.compile(dialect=dialect)
        self._sql, self._dialect = str(compiled), dialect
        self._fixed = {name: bound.value for name, bound in compiled.binds.items() if not bound.required}
        self._names: list[str] = compiled.positiontup or list(compiled.binds)
        self._bound = Binds(((name, compiled.binds[name].type) for name in self._names), dialect)
        self._positional: bool = compiled.positional

    def run(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        """Execute with these values by name (there may be more): the driver's cursor. Raises what the driver raises."""
        return self.execute(connection, self._bound({**self._fixed, **values} if self._fixed else values))

    def execute(self, connection: Connection, bound: list[Any]) -> Any:
        """Execute with these values in their order, as the driver takes them; else as `run`."""
        driver: Any = connection.connection.dbapi_connection
        try:
            return driver.execute(self._sql, bound if self._positional else dict(zip(self._names, bound, strict=True)))
        except self._dialect.loaded_dbapi.Error as fault:
            if self._dialect.is_disconnect(fault, driver, None):
                connection.invalidate(fault)
            raise
