"""What the budget screen shows beside the totals: prices in force, how is asked, and money of unknown outcome.

Plain sqlite3, read only.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from ..core.snapshot import Manner, Prices, Unconfirmed
from .reading import Reading
from .spending import doubtful, rules_on

MOST = 200
"""Unconfirmed attempts in one picture, the oldest first."""

_SQL = """
SELECT attempt.id, attempt.project, attempt.purpose, attempt.created_utc, request.model,
       {doubtful} AS nanousd, done.failure, done.detail, {verdict} AS verdict
FROM {ledger}.attempt_end AS done
JOIN {ledger}.attempt AS attempt ON attempt.id = done.attempt_id
JOIN {ledger}.request AS request ON request.key = attempt.request_key
WHERE {doubtful} > 0 AND done.seq <= :paid AND verdict IS NOT 'release'
ORDER BY attempt.id LIMIT :most
"""
_VERDICT = (
    "(SELECT verdict FROM {ledger}.ruling AS ruling WHERE ruling.attempt_id = attempt.id AND ruling.seq > done.seq"
    " AND ruling.seq <= :paid ORDER BY ruling.id DESC LIMIT 1)"
)


def unconfirmed(reading: Reading, project: str, paid: int) -> tuple[Unconfirmed, ...]:
    """Attempts that may have been billed, as of the ledger's seq `paid`.

    Args:
        project: uuid of the project that looks; a shared ledger holds others' attempts too.
    """
    ledger = reading.ledger
    if not reading.has_table("attempt_end", ledger):
        return ()
    verdict = _VERDICT.format(ledger=ledger) if rules_on(reading) else "NULL"
    sql = _SQL.format(ledger=ledger, doubtful=doubtful(reading), verdict=verdict)
    return tuple(
        Unconfirmed(
            attempt=row["id"],
            nanousd=row["nanousd"],
            since_utc=row["created_utc"],
            purpose=row["purpose"],
            model=row["model"],
            why=row["detail"] or row["failure"] or "",
            verdict=row["verdict"] or "",
            mine=row["project"] == project,
        )
        for row in reading.rows(sql, {"paid": paid, "most": MOST})
    )


def prices(run: sqlite3.Row | None) -> Prices | None:
    """The rates this run was started with; None where it had none."""
    rates: Mapping[str, Any] = json.loads(run["rates"]) if run else {}
    if "input" not in rates or "output" not in rates:
        return None
    return Prices(
        input=rates["input"],
        cached=rates.get("cached", rates["input"]),
        cache_write=rates.get("cache_write", rates["input"]),
        output=rates["output"],
        source=str(rates.get("source", "")),
        as_of=str(rates.get("as_of", "")),
        declared_free=bool(rates.get("declared_free", False)),
    )


def manner(settings: Mapping[str, Any]) -> Manner | None:
    """How a run with these settings asks; None where it asks no model."""
    asks: Mapping[str, Any] = settings.get("annotator", {})
    if "per_request" not in asks or asks.get("provider") == "gold":
        return None
    return Manner(
        per_request=settings.get("per_request", asks["per_request"]),
        why=str(settings.get("per_request_why", "")),
        samples=asks.get("samples", 1),
        k=settings.get("k", 0 if asks.get("retrieval") == "none" else asks.get("k", 0)),
        economy=bool(asks.get("economy", False)),
        escalate=str(asks.get("escalate", "")),
    )
