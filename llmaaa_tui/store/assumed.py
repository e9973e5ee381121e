"""What people's cost is made of: the figures somebody assumed, and the pace measured here. Plain sqlite3, read only."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from statistics import median

from ..core.human_cost import Assumptions, assumptions

Rows = Callable[..., list[sqlite3.Row]]
"""Runs SQL with positional parameters."""


def stored(rows: Rows, limit: int) -> dict[str, str]:
    """The newest value of each name, as of a seq."""
    return {
        row["name"]: row["value"]
        for row in rows("SELECT name, value FROM assumption WHERE seq <= ? ORDER BY id", limit)
    }


def review_pace(rows: Rows, limit: int) -> tuple[float | None, int]:
    """Median seconds an item that people decided on one by one, by the newest such decision on each; of how many."""
    found = rows(
        "SELECT seconds, MAX(id) FROM decision WHERE verdict IN ('accept', 'mend', 'reject')"
        " AND seconds IS NOT NULL AND COALESCE(bulk_id, '') = '' AND seq <= ? AND id NOT IN"
        " (SELECT undoes FROM decision WHERE undoes IS NOT NULL AND seq <= ?) GROUP BY item_id",
        limit,
        limit,
    )
    return (float(median(row["seconds"] for row in found)) if found else None), len(found)


def assumed(rows: Rows, limit: int, unit: str) -> Assumptions:
    """All of it; the pace is looked up only where a wage makes it count. `unit` is what an item is called."""
    values = stored(rows, limit)
    return assumptions(values, *(review_pace(rows, limit) if values.get("human.usd_per_hour") else (None, 0)), unit)
