"""The log of one reviewer's decisions, read as it grows. Plain sqlite3."""

from __future__ import annotations

import sqlite3

from ..core.history import Entry, History


class DecisionLog:
    """What a reviewer can take back; each reading adds what was written since the last.

    Args:
        connection: of the project; rows are `sqlite3.Row`.
    """

    def __init__(self, connection: sqlite3.Connection, reviewer: str) -> None:
        self._connection = connection
        self._reviewer = reviewer
        self._history = History()
        self._read = 0

    def history(self) -> History:
        """The stacks as of now: what has been committed, and what the open transaction has written."""
        for entry in entries(self._connection, self._reviewer, after=self._read):
            self._history.add(entry)
            self._read = entry.id
        return self._history


def entries(connection: sqlite3.Connection, reviewer: str, *, after: int = 0, until: int | None = None) -> list[Entry]:
    """A reviewer's decisions with a higher number than `after`, of transactions up to the seq `until`."""
    rows = connection.execute(
        "SELECT * FROM decision WHERE id > ? AND reviewer = ? AND seq <= COALESCE(?, seq) ORDER BY id",
        (after, reviewer, until),
    )
    redoes = "redoes" in [column[0] for column in rows.description]
    return [
        Entry(row["id"], row["verdict"], row["undoes"], row["redoes"] if redoes else None, row["bulk_id"] or "")
        for row in rows
    ]
