"""What was spent and held, now or at an earlier moment. Plain sqlite3, read only."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from ..core.snapshot import Budget, Fits, Tokens
from .reading import Reading

FOREVER = 2**62
"""A seq that no row has reached."""


class Spending:
    """The ledger through a reader's connection.

    Args:
        reading: the connection.
        project: uuid of the project.
        cap_nanousd: the cap of the settings, shown until a run has set it.
    """

    def __init__(self, reading: Reading, project: str, cap_nanousd: int) -> None:
        self._reading = reading
        self._ledger = reading.ledger
        self._project = project
        self._cap = cap_nanousd

    def until(self, limit: int) -> int:
        """The ledger's own seq at the moment of the project's; a ledger apart counts by itself, so by the clock."""
        if limit == FOREVER or self._ledger == "main" or not self._has_ledger():
            return limit
        ruled = (
            " UNION ALL SELECT MAX(seq) FROM ledger.ruling WHERE created_utc <= :at" if rules_on(self._reading) else ""
        )
        moment = self._value(
            "SELECT MAX(at) FROM (SELECT MAX(created_utc) AS at FROM event WHERE seq <= :limit"
            " UNION ALL SELECT MAX(created_utc) FROM phase WHERE seq <= :limit"
            " UNION ALL SELECT MAX(created_utc) FROM annotation WHERE round >= 0 AND seq <= :limit"
            " UNION ALL SELECT MAX(created_utc) FROM decision WHERE seq <= :limit"
            " UNION ALL SELECT MAX(started_utc) FROM run WHERE seq <= :limit"
            " UNION ALL SELECT MAX(ended_utc) FROM run_end WHERE seq <= :limit)",
            limit=limit,
        )
        return int(
            self._value(
                "SELECT COALESCE(MAX(seq), 0) FROM (SELECT MAX(seq) AS seq FROM ledger.attempt WHERE created_utc <= :at"
                " UNION ALL SELECT MAX(seq) FROM ledger.attempt_end WHERE ended_utc <= :at"
                f" UNION ALL SELECT MAX(seq) FROM ledger.cap WHERE created_utc <= :at{ruled})",
                at=moment,
            )
        )

    def by_round(self, limit: int, paid: int) -> dict[int, tuple[Tokens, int]]:
        """Tokens and nano-USD of each round's settled requests, as of the project's and the ledger's seq."""
        if not self._has_ledger():
            return {}
        return {
            row["round"]: (Tokens(row["input"], row["cached"], row["output"]), row["cost"])
            for row in self._all(
                "SELECT asked.round, COALESCE(SUM(done.input_tokens), 0) AS input,"
                " COALESCE(SUM(done.cached_tokens), 0) AS cached, COALESCE(SUM(done.output_tokens), 0) AS output,"
                " COALESCE(SUM(done.cost_nanousd), 0) AS cost"
                # Where the answer was first used: rounds may plan the same question, one pays for it.
                " FROM (SELECT request_key, MIN(round) AS round FROM annotation WHERE request_key IS NOT NULL"
                " AND round >= 0 AND seq <= :limit GROUP BY request_key) AS asked"
                f" JOIN {self._ledger}.attempt AS attempt ON attempt.request_key = asked.request_key"
                f" JOIN {self._ledger}.attempt_end AS done ON done.attempt_id = attempt.id AND done.state = 'settled'"
                " AND done.seq <= :paid"
                " WHERE attempt.project = :project GROUP BY asked.round",
                limit=limit,
                paid=paid,
                project=self._project,
            )
        }

    def budget(self, paid: int, run: sqlite3.Row | None) -> Budget:
        """The totals against the cap, of everybody on this ledger; `by_purpose` is this project's alone."""
        ledger = self._ledger
        if not self._has_ledger():
            return Budget(self._cap)
        totals = self._all(f"SELECT * FROM {ledger}.budget")[0]
        if paid < FOREVER:
            totals = self._past_totals(paid)
        purposes = self._all(
            f"SELECT purpose, SUM(done.cost_nanousd) AS cost FROM {ledger}.attempt AS attempt"
            f" JOIN {ledger}.attempt_end AS done ON done.attempt_id = attempt.id AND done.state = 'settled'"
            " WHERE attempt.project = ? AND done.seq <= ? GROUP BY purpose",
            self._project,
            paid,
        )
        rates: Mapping[str, Any] = json.loads(run["rates"]) if run else {}
        return Budget(
            cap_nanousd=totals["cap_nanousd"] if run else self._cap,
            spent_nanousd=totals["spent_nanousd"],
            held_nanousd=totals["held_nanousd"],
            unconfirmed_nanousd=totals["unconfirmed_nanousd"],
            by_purpose={row["purpose"]: row["cost"] for row in purposes},
            prices_as_of=str(rates.get("as_of", "")),
        )

    def mine(self, paid: int) -> int:
        """What this project alone paid and may have to pay: its answers, and its requests of unknown outcome."""
        if not self._has_ledger():
            return 0
        ledger = self._ledger
        return int(
            self._value(
                f"SELECT COALESCE(SUM(done.cost_nanousd + CASE WHEN {doubtful(self._reading)} = 0"
                f" OR {released(self._reading)} THEN 0 ELSE {doubtful(self._reading)} END), 0)"
                f" FROM {ledger}.attempt AS attempt"
                f" JOIN {ledger}.attempt_end AS done ON done.attempt_id = attempt.id AND done.seq <= :paid"
                " WHERE attempt.project = :project",
                project=self._project,
                paid=paid,
            )
        )

    def _past_totals(self, paid: int) -> sqlite3.Row:
        """What the ledger's `budget` row said at an earlier moment, from the rows that add up to it."""
        ledger = self._ledger
        released = f"SELECT attempt_id, MAX(seq) AS seq FROM {ledger}.ruling WHERE verdict = 'release' AND seq <= :paid"
        if not rules_on(self._reading):
            released = "SELECT NULL AS attempt_id, NULL AS seq"
        return self._all(
            "SELECT COALESCE(SUM(done.cost_nanousd), 0) AS spent_nanousd,"
            f" COALESCE(SUM(CASE WHEN released.attempt_id IS NULL THEN {doubtful(self._reading)} END), 0)"
            " AS unconfirmed_nanousd,"
            " COALESCE(SUM(CASE WHEN done.state IS NULL THEN attempt.hold_nanousd END), 0) AS held_nanousd,"
            f" COALESCE((SELECT cap_nanousd FROM {ledger}.cap WHERE seq <= :paid ORDER BY id DESC LIMIT 1), 0)"
            f" AS cap_nanousd FROM {ledger}.attempt AS attempt"
            f" LEFT JOIN {ledger}.attempt_end AS done ON done.attempt_id = attempt.id AND done.seq <= :paid"
            f" LEFT JOIN ({released} GROUP BY attempt_id) AS released"
            " ON released.attempt_id = attempt.id AND released.seq > done.seq"
            " WHERE attempt.seq <= :paid",
            paid=paid,
        )[0]

    def _has_ledger(self) -> bool:
        return self._reading.has_table("cap", self._ledger)

    def fits(self, budget: Budget, limit: int, paid: int, samples: int) -> Fits:
        """How many more items fit, by what this project's have held and cost so far; several may share a request."""
        free = budget.cap_nanousd - budget.spent_nanousd - budget.held_nanousd - budget.unconfirmed_nanousd
        if not self._has_ledger():
            return Fits(None, None)
        row = self._all(
            "WITH shared AS (SELECT request_key, COUNT(DISTINCT item_id) AS items FROM request_item WHERE seq <= :limit"
            " GROUP BY request_key), settled AS (SELECT attempt.request_key, attempt.hold_nanousd, done.cost_nanousd"
            f" FROM {self._ledger}.attempt AS attempt"
            f" JOIN {self._ledger}.attempt_end AS done ON done.attempt_id = attempt.id AND done.state = 'settled'"
            " WHERE attempt.project = :project AND done.seq <= :paid"
            " AND attempt.purpose NOT IN ('compare', 'leakage')"  # asked otherwise, or again and again
            f" AND {doubtful(self._reading)} = 0)"  # its bill is known
            " SELECT MAX(1.0 * hold_nanousd / COALESCE(shared.items, 1)) AS worst, SUM(cost_nanousd) AS cost,"
            " COUNT(*) AS requests, (SELECT COUNT(DISTINCT item_id) FROM request_item WHERE seq <= :limit"
            " AND request_key IN (SELECT request_key FROM settled)) AS items"
            " FROM settled LEFT JOIN shared ON shared.request_key = settled.request_key",
            limit=limit,
            project=self._project,
            paid=paid,
        )[0]
        if not row["cost"] or not row["worst"]:
            return Fits(None, None)
        mean = row["cost"] / (row["items"] or row["requests"])
        return Fits(surely=max(0, int(free // (row["worst"] * samples))), probably=max(0, int(free // mean)))

    def _all(self, sql: str, *parameters: Any, **named: Any) -> list[sqlite3.Row]:
        return self._reading.rows(sql, named) if named else self._reading.rows(sql, *parameters)

    def _value(self, sql: str, **named: Any) -> Any:
        return self._reading.value(sql, named)


def rules_on(reading: Reading) -> bool:
    """Whether people can have ruled on unknown outcomes: a ledger of the first version lacks the table."""
    return reading.has_table("ruling", reading.ledger)


def released(reading: Reading) -> str:
    """SQL of whether a person has since released `done`, the end of `attempt`, as of the named parameter `paid`."""
    if not rules_on(reading):
        return "0"
    return (
        f"EXISTS (SELECT 1 FROM {reading.ledger}.ruling AS ruling WHERE ruling.attempt_id = attempt.id"
        " AND ruling.verdict = 'release' AND ruling.seq > done.seq AND ruling.seq <= :paid)"
    )


def doubtful(reading: Reading) -> str:
    """SQL of what `done`, the end of `attempt`, may have cost beyond its price."""
    if reading.has_column("attempt_end", "unconfirmed_nanousd", reading.ledger):
        return "done.unconfirmed_nanousd"
    return "CASE done.state WHEN 'unconfirmed' THEN attempt.hold_nanousd ELSE 0 END"
