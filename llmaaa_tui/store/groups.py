"""Read scores by group, and how annotator and student drifted. Plain sqlite3, read only."""

from __future__ import annotations

import sqlite3
from collections import defaultdict

from ..core.drift import Change, Drift, Occasion, StudentDrift
from ..core.groups import Gap, Grouped, GroupScore
from ..core.snapshot import Measure, Score
from .reading import Reading
from .spending import FOREVER

_Key = tuple[str, str, str, int | None]


def groups(reading: Reading, field: str | None = None, as_of: int | None = None) -> tuple[Grouped, ...]:
    """Scores by group, of one field or of all, in the order they were measured."""
    if not reading.has_table("group_score"):
        return ()
    wanted = {"limit": FOREVER if as_of is None else as_of, "field": field}
    chosen = "seq <= :limit AND (:field IS NULL OR field = :field) ORDER BY id"
    scores: dict[_Key, list[GroupScore]] = defaultdict(list)
    for row in reading.rows(f"SELECT * FROM group_score WHERE {chosen}", wanted):
        failed = None
        if row["failed"] is not None:
            failed = Measure(row["failed"] / row["n"], row["n"], row["failed_low"], row["failed_high"])
        scores[_key(row)].append(GroupScore(row["value"], _score(row), failed, bool(row["rest"])))
    gaps = {_key(row): _gap(row) for row in reading.rows(f"SELECT * FROM group_gap WHERE {chosen}", wanted)}
    return tuple(Grouped(*key, tuple(found), gaps.get(key)) for key, found in scores.items())


def newest_groups(reading: Reading, field: str | None = None, as_of: int | None = None) -> tuple[Grouped, ...]:
    """The newest of each subject, split and field."""
    newest = {(one.subject, one.split, one.field): one for one in groups(reading, field, as_of)}
    return tuple(newest.values())


def fields(reading: Reading) -> tuple[str, ...]:
    """The fields that figures were measured by."""
    if not reading.has_table("group_score"):
        return ()
    return tuple(row["field"] for row in reading.rows("SELECT field FROM group_score GROUP BY field ORDER BY MIN(id)"))


def _key(row: sqlite3.Row) -> _Key:
    return row["subject"], row["split"], row["field"], row["round"]


def _score(row: sqlite3.Row) -> Score:
    return Score(row["f1"], row["precision"], row["recall"], row["n"], row["low"], row["high"])


def _gap(row: sqlite3.Row) -> Gap:
    return Gap(
        row["best"], row["worst"], row["difference"], row["low"], row["high"], row["p"], row["p_holm"], row["pairs"]
    )


def drift(reading: Reading, as_of: int | None = None) -> Drift:
    """How annotator and student drifted, by round."""
    limit = FOREVER if as_of is None else as_of
    rows = reading.rows(
        "SELECT round, subject, split, name, label, value, n, low, high FROM metric"
        " WHERE seq <= ? AND round IS NOT NULL AND ((subject = 'annotator' AND split = 'sentinel' AND label = '')"
        " OR (subject = 'student' AND split = 'pool' AND name IN ('agreement', 'disagreement'))) ORDER BY id",
        limit,
    )
    sentinel: dict[int, dict[str, sqlite3.Row]] = defaultdict(dict)
    student: dict[int, dict[str, Measure]] = defaultdict(dict)
    for row in rows:
        if row["subject"] == "annotator":
            sentinel[row["round"]][row["name"]] = row
        else:
            student[row["round"]][row["label"]] = _measure(row)
    found = tuple(
        StudentDrift(number, measures.get(""), {label: one for label, one in measures.items() if label})
        for number, measures in student.items()
    )
    if not reading.has_table("drift"):
        return Drift((), found)
    occasions = reading.rows("SELECT * FROM drift WHERE seq <= ? ORDER BY id", limit)
    return Drift(tuple(_occasion(row, sentinel[row["round"]]) for row in occasions), found)


def _measure(row: sqlite3.Row) -> Measure:
    return Measure(row["value"], row["n"], row["low"], row["high"])


def _occasion(row: sqlite3.Row, metrics: dict[str, sqlite3.Row]) -> Occasion:
    score = None
    if {"f1", "precision", "recall"} <= metrics.keys():
        f1 = metrics["f1"]
        score = Score(
            f1["value"], metrics["precision"]["value"], metrics["recall"]["value"], f1["n"], f1["low"], f1["high"]
        )
    change = None
    if row["difference"] is not None:
        change = Change(row["difference"], row["low"], row["high"], row["p"], row["p_holm"], row["n"])
    return Occasion(
        row["round"],
        row["annotator"],
        row["asked"],
        row["answered"],
        row["first_round"],
        score,
        _measure(metrics["agreement"]) if "agreement" in metrics else None,
        _measure(metrics["agreement_f1"]) if "agreement_f1" in metrics else None,
        change,
    )
