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
    """Median seconds an item that people decided on one by one, and of how many items."""
    found = rows(
        "SELECT item_id, seconds FROM decision WHERE verdict IN ('accept', 'mend', 'reject')"
        " AND seconds IS NOT NULL AND COALESCE(bulk_id, '') = '' AND seq <= ? AND id NOT IN"
        " (SELECT undoes FROM decision WHERE undoes IS NOT NULL AND seq <= ?)",
        limit,
        limit,
    )
    seconds = float(median(row["seconds"] for row in found)) if found else None
    return seconds, len({row["item_id"] for row in found})


def assumed(rows: Rows, limit: int) -> Assumptions:
    """All of it; the pace is looked up only where a wage makes it count."""
    values = stored(rows, limit)
    return assumptions(values, *(review_pace(rows, limit) if values.get("human.usd_per_hour") else (None, 0)))
