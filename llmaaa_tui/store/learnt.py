"""What the student learnt round by round, as the goals and the crossing point look at it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.crossing import Crossing, crossing
from ..core.snapshot import Measure, Score
from ..core.states import Phase, Role
from ..core.stopping import Learnt
from .database import Store

_Rows = Mapping[tuple[str, str], Any]


def learnt(store: Store) -> list[Learnt]:
    """What each whole round came to."""
    return [
        Learnt(number, _score(rows, Role.DEV), _measure(rows, "agreement"), _measure(rows, "uncertainty"))
        for number, rows in _students(store).items()
    ]


def passed(store: Store) -> Crossing | None:
    """The annotator on the split it was measured on, and the student of each round there; None before both are."""
    for split in (Role.DEV, Role.TEST):
        rows = store.rows(
            "SELECT * FROM metric WHERE subject = 'annotator' AND split = ? AND label = '' ORDER BY id", split
        )
        teacher = _score({(split, row["name"]): row for row in rows}, split)
        if teacher is not None:
            scores = [(number, _score(found, split)) for number, found in _students(store).items()]
            return crossing(split, teacher, [(number, score) for number, score in scores if score is not None])
    return None


def _students(store: Store) -> dict[int, dict[tuple[str, str], Any]]:
    """The figures over all labels of each whole round, by split and name."""
    found: dict[int, dict[tuple[str, str], Any]] = {}
    for row in store.rows(
        "SELECT phase.round AS number, metric.* FROM phase LEFT JOIN metric ON metric.round = phase.round"
        " AND metric.subject = 'student' AND metric.label = '' WHERE phase.name = ? AND phase.state = 'done'"
        " ORDER BY phase.round, metric.id",
        Phase.EVALUATE,
    ):
        found.setdefault(row["number"], {})[row["split"], row["name"]] = row
    return found


def _score(rows: _Rows, split: str) -> Score | None:
    f1, precision, recall = (rows.get((split, name)) for name in ("f1", "precision", "recall"))
    if f1 is None or precision is None or recall is None:
        return None
    return Score(f1["value"], precision["value"], recall["value"], f1["n"], f1["low"], f1["high"])


def _measure(rows: _Rows, name: str) -> Measure | None:
    row = rows.get(("pool", name))
    return None if row is None else Measure(row["value"], row["n"], row["low"], row["high"])
