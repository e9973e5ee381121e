"""What happened to a project: its runs, and its log by page. Plain sqlite3, read only."""

from __future__ import annotations

import json

from ..core.books import RunRow
from ..core.snapshot import EventLine
from .reading import Reading
from .spending import FOREVER


class Record(Reading):
    """Runs and events, the newest first."""

    def runs(self, as_of: int | None = None) -> tuple[RunRow, ...]:
        """Every worker that began, and how it ended."""
        return tuple(
            RunRow(
                id=row["id"],
                version=row["version"],
                started_utc=row["started_utc"],
                ended_utc=row["ended_utc"] or "",
                code=row["code"],
                reason=row["reason"] or "",
                simulated=row["simulated"] or "",
                goals=tuple(json.loads(row["goals"])),
                settings=json.loads(row["settings"]),
            )
            for row in self.rows(
                "SELECT run.*, run_end.ended_utc, run_end.code, run_end.reason FROM run"
                " LEFT JOIN run_end ON run_end.run_id = run.id AND run_end.seq <= :limit"
                " WHERE run.seq <= :limit ORDER BY run.id DESC",
                {"limit": FOREVER if as_of is None else as_of},
            )
        )

    def events(self, before: int | None = None, limit: int = 200, as_of: int | None = None) -> tuple[EventLine, ...]:
        """Lines of the log written before seq `before`, the newest first; () at its beginning.

        A page holds `limit` lines and whatever was written together with the last of them, so that the next one
        begins before its seq.
        """
        limits = {"before": FOREVER if before is None else before, "limit": FOREVER if as_of is None else as_of}
        last = self.value(
            "SELECT MIN(seq) FROM (SELECT seq FROM event WHERE seq < :before AND seq <= :limit"
            " ORDER BY id DESC LIMIT :most)",
            {**limits, "most": limit},
        )
        return tuple(
            EventLine(row["seq"], row["created_utc"], row["kind"], row["text"])
            for row in self.rows(
                "SELECT * FROM event WHERE seq < :before AND seq <= :limit AND seq >= :last ORDER BY id DESC",
                {**limits, "last": last},
            )
        )
