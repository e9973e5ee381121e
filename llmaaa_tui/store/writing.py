"""A connection through which commands and screens write. Plain sqlite3, one short transaction at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..errors import ProjectError


class Writing:
    """A writing connection to a file that is there; used by one thread at a time.

    Args:
        path: a project's database or a ledger.

    Raises:
        ProjectError: the file cannot be written; of every transaction too.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            # rw: a missing file is an error, never a new and empty database.
            self.connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode=rw",
                uri=True,
                timeout=30,
                isolation_level=None,
                check_same_thread=False,
            )
        except sqlite3.Error as error:
            raise self.unwritable(error) from None
        self.connection.row_factory = sqlite3.Row
        self.connection.execute("PRAGMA foreign_keys=ON")

    def close(self) -> None:
        self.connection.close()

    @contextmanager
    def transaction(self, *, counts: bool = True) -> Iterator[int]:
        """One immediate transaction; gives the seq of its rows, 0 where it is only a pulse and does not count."""
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._next_seq() if counts else 0
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise self.unwritable(error) from None

    def insert(self, table: str, **values: Any) -> int:
        """Insert one row inside the open transaction and give its id."""
        names = ", ".join(f'"{name}"' for name in values)
        marks = ", ".join("?" for _ in values)
        cursor = self.connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values()))
        return int(cursor.lastrowid or 0)

    def unwritable(self, error: Exception) -> ProjectError:
        """Why nothing was written, in one sentence."""
        return ProjectError(
            f"{self._path}: cannot be written ({error}); is this an llmaaa project's database, and yours to write?"
        )

    def _next_seq(self) -> int:
        row = self.connection.execute("UPDATE counter SET seq = seq + 1 WHERE id = 1 RETURNING seq").fetchone()
        return int(row[0])


def moment() -> str:
    """UTC time as ISO text with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
