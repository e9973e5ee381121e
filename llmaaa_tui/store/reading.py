"""A connection that reads a project and its ledger, and writes nothing. Plain sqlite3."""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import ProjectError


def read_only(path: Path) -> str:
    """The address of a file for SQLite, whatever signs its name has."""
    return f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if _at_rest(path) else ''}"


def _at_rest(path: Path) -> bool:
    """Whether nobody has it open for writing and we may not write beside it: SQLite would make its -shm there first."""
    return not path.with_name(f"{path.name}-wal").exists() and not os.access(path.parent, os.W_OK)


def _unreadable(database: Path, error: sqlite3.Error) -> ProjectError:
    return ProjectError(f"{database}: cannot be read ({error}); is this an llmaaa project's database?")


def _connect(database: Path) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(
            read_only(database), uri=True, timeout=5, isolation_level=None, check_same_thread=False
        )
    except sqlite3.Error as error:
        raise _unreadable(database, error) from None
    connection.row_factory = sqlite3.Row
    return connection


class Reading:
    """A reading connection; every reader is one. Used by one thread at a time.

    Args:
        database: the project's SQLite file.
        ledger: the ledger's file (the same by default).

    Attributes:
        connection: rows are `sqlite3.Row`.
        ledger: the schema the ledger's tables lie in: "main", or "ledger" where it is a file apart.

    Raises:
        ProjectError: a file cannot be read, or holds no project.
    """

    def __init__(self, database: Path, ledger: Path) -> None:
        self.ledger = "main"
        self.connection = _connect(database)
        self._database = database
        self._immutable = _at_rest(database)
        try:
            if self.value("SELECT COUNT(*) FROM project") != 1:
                raise sqlite3.DatabaseError("it holds no project")
        except sqlite3.Error as error:
            self.connection.close()
            raise _unreadable(database, error) from None
        self._apart = None if ledger.absolute() == database.absolute() else ledger
        self._attached = ""
        self._attach()

    def _attach(self) -> None:
        """Join the ledger's file where it is one apart; a worker makes it, so it may appear later."""
        if self._immutable and not _at_rest(self._database):  # a worker has begun: from now on it changes
            self.connection.close()
            self.connection = _connect(self._database)
            self._immutable, self._attached, self.ledger = False, "", "main"
        if self._apart is None:
            return
        wanted = read_only(self._apart) if self._apart.exists() else ":memory:"
        if wanted == self._attached:
            return
        try:
            if self._attached:
                self.connection.execute("DETACH DATABASE ledger")
            self.connection.execute("ATTACH DATABASE ? AS ledger", (wanted,))
            self.value("SELECT COUNT(*) FROM ledger.sqlite_master")
        except sqlite3.Error as error:
            self.connection.close()
            raise ProjectError(f"{self._apart}: the ledger cannot be read ({error}); see budget.ledger") from None
        self._attached, self.ledger = wanted, "ledger"

    @contextmanager
    def still(self) -> Iterator[None]:
        """One read transaction: all that is read inside belongs to the same moment."""
        self._attach()
        self.connection.execute("BEGIN")
        try:
            yield
        finally:
            self.connection.execute("COMMIT")

    def version(self) -> int:
        """Changes whenever anybody else has committed to the project or its ledger."""
        self._attach()
        versions = [self._attached, self.value("PRAGMA main.data_version")]
        if self.ledger != "main":
            versions.append(self.value("PRAGMA ledger.data_version"))
        return hash(tuple(versions))

    def close(self) -> None:
        self.connection.close()

    def rows(self, sql: str, *parameters: Any) -> list[sqlite3.Row]:
        """Rows; a single mapping gives the parameters by name."""
        return self._execute(sql, parameters).fetchall()

    def one(self, sql: str, *parameters: Any) -> sqlite3.Row | None:
        """The first row."""
        row: sqlite3.Row | None = self._execute(sql, parameters).fetchone()
        return row

    def value(self, sql: str, *parameters: Any) -> Any:
        """The first column of the first row, or None."""
        row = self._execute(sql, parameters).fetchone()
        return None if row is None else row[0]

    def count_by(self, sql: str, *parameters: Any) -> Counter[int]:
        """The second column of each row by the first; 0 for what has no row."""
        return Counter({row[0]: row[1] for row in self.rows(sql, *parameters)})

    def has_table(self, name: str, schema: str = "main") -> bool:
        """Whether a table or view is there: a file that no writer of this version has opened lacks the newest."""
        return bool(self.value(f"SELECT 1 FROM {schema}.sqlite_master WHERE name = ?", name))

    def has_column(self, table: str, column: str, schema: str = "main") -> bool:
        """The same for a column."""
        return bool(self.value("SELECT 1 FROM pragma_table_info(?, ?) WHERE name = ?", table, schema, column))

    def _execute(self, sql: str, parameters: tuple[Any, ...]) -> sqlite3.Cursor:
        named = parameters[0] if len(parameters) == 1 and isinstance(parameters[0], dict) else parameters
        return self.connection.execute(sql, named)


def later(row: sqlite3.Row | None, column: str) -> Any:
    """The value of a column that a file of an earlier version has not got; None there."""
    return row[column] if row is not None and column in row.keys() else None  # noqa: SIM118 - a row iterates its values
