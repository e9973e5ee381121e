"""Where the money went: by model, and over time. Plain sqlite3, read only."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime
from itertools import zip_longest
from typing import Any

from ..core.books import Books, CapRow, ModelSpend, Pace
from ..core.schedule import Plan
from .reading import Reading
from .spending import FOREVER, Spending, doubtful, released

RECENT_MIN = 10.0
"""The pace is that of the last so many minutes in which anything was settled."""
PAUSE_MIN = 1.0
"""A longer gap between two answers is no asking: a training, or nobody at work."""


class BooksReader(Reading):
    """What the budget screen shows beside the snapshot."""

    def books(self, as_of: int | None = None) -> Books:
        """The books, in one read transaction; `as_of` goes back to an earlier seq."""
        with self.still():
            return self._books(FOREVER if as_of is None else as_of)

    def _books(self, limit: int) -> Books:
        project = self.value("SELECT uuid FROM project")
        run = self.one("SELECT * FROM run WHERE seq <= ? ORDER BY id DESC LIMIT 1", limit)
        goals = tuple(json.loads(run["goals"])) if run else ()
        money: dict[str, Any] = {}
        if self.has_table("cap", self.ledger):
            paid = Spending(self, project, 0).until(limit)
            money = {
                "models": self._models(project, paid),
                "pace": self._pace(project, run, limit, paid) if run else None,
                "caps": self._caps(project, paid),
                "everybody_nanousd": self.value(
                    f"SELECT COALESCE(SUM(cost_nanousd), 0) FROM {self.ledger}.attempt_end WHERE seq <= ?", paid
                ),
            }
        settings = json.loads(run["settings"]) if run else {}
        rounds_goal = _rounds(goals, settings) if run else None
        return Books(
            **money,
            goals=goals,
            rounds_goal=rounds_goal,
            plan=Plan.of(settings.get("loop", {}), rounds_goal),
        )

    def _models(self, project: str, paid: int) -> tuple[ModelSpend, ...]:
        ledger = self.ledger
        return tuple(
            ModelSpend(**dict(row))
            for row in self.rows(
                "SELECT request.provider, request.model, COUNT(*) AS calls,"
                " COALESCE(SUM(done.state = 'settled'), 0) AS settled,"
                " COALESCE(SUM(done.state <> 'settled'), 0) AS failed, SUM(done.state IS NULL) AS in_flight,"
                " COALESCE(SUM(done.input_tokens), 0) AS input, COALESCE(SUM(done.cached_tokens), 0) AS cached,"
                " COALESCE(SUM(done.output_tokens), 0) AS output,"
                " COALESCE(SUM(done.cost_nanousd), 0) AS confirmed_nanousd,"
                f" COALESCE(SUM(CASE WHEN {doubtful(self)} > 0 AND NOT {released(self)} THEN {doubtful(self)} END), 0)"
                " AS unconfirmed_nanousd,"
                " COALESCE(SUM(CASE WHEN done.state IS NULL THEN attempt.hold_nanousd END), 0) AS held_nanousd,"
                " AVG(CASE WHEN done.state = 'settled' THEN done.seconds END) AS seconds_mean"
                f" FROM {ledger}.attempt AS attempt"
                f" JOIN {ledger}.request AS request ON request.key = attempt.request_key"
                f" LEFT JOIN {ledger}.attempt_end AS done ON done.attempt_id = attempt.id AND done.seq <= :paid"
                " WHERE attempt.project = :project AND attempt.seq <= :paid"
                " GROUP BY request.provider, request.model ORDER BY confirmed_nanousd DESC, calls DESC, request.model",
                {"project": project, "paid": paid},
            )
        )

    def _pace(self, project: str, run: sqlite3.Row, limit: int, paid: int) -> Pace | None:
        answers = self.rows(
            "SELECT MAX(attempt.created_utc, :began) AS asked, done.ended_utc AS ended, done.cost_nanousd AS cost"
            f" FROM {self.ledger}.attempt AS attempt"
            f" JOIN {self.ledger}.attempt_end AS done ON done.attempt_id = attempt.id AND done.state = 'settled'"
            " WHERE attempt.project = :project AND done.seq <= :paid AND done.ended_utc >= :began"
            " ORDER BY done.ended_utc DESC, attempt.id DESC",
            {"project": project, "paid": paid, "began": run["started_utc"]},
        )
        if not answers:
            return None
        minutes, cost = 0.0, 0
        for answer, earlier in zip_longest(answers, answers[1:]):
            since = earlier["ended"] if earlier else answer["asked"]
            if _minutes(since, answer["asked"]) > PAUSE_MIN:
                since = answer["asked"]
            minutes += max(0.0, _minutes(since, answer["ended"]))
            cost += answer["cost"]
            if minutes >= RECENT_MIN:
                break
        ended = self.value("SELECT ended_utc FROM run_end WHERE run_id = ? AND seq <= ?", run["id"], limit)
        return Pace(
            minutes,
            cost,
            _minutes(run["started_utc"], ended or answers[0]["ended"]),
            sum(answer["cost"] for answer in answers),
        )

    def _caps(self, project: str, paid: int) -> tuple[CapRow, ...]:
        return tuple(
            CapRow(row["cap_nanousd"], row["created_utc"], row["project"] == project)
            for row in self.rows(f"SELECT * FROM {self.ledger}.cap WHERE seq <= ? ORDER BY id", paid)
        )


def _minutes(since: str, until: str) -> float:
    """Minutes between two times (UTC ISO text)."""
    return (datetime.fromisoformat(until) - datetime.fromisoformat(since)).total_seconds() / 60


def _rounds(goals: tuple[str, ...], settings: dict[str, Any]) -> int | None:
    """How many rounds a run makes, where rounds are its goal: by default those of its settings."""
    named = [value for name, _, value in (goal.partition("=") for goal in goals) if name == "rounds"]
    if named:
        return min(map(int, named))
    rounds: int | None = None if goals else settings.get("loop", {}).get("rounds")
    return rounds
