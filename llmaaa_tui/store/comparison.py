"""Comparisons of annotators: written by the worker when one is whole, read with plain sqlite3 by everybody."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import Any, NamedTuple

from ..core.annotation import ItemAnswer
from ..core.comparison import Agreement, ComparedRow, Comparison, Difference
from ..core.snapshot import Measure, Score
from .database import Store, now
from .reading import Reading
from .spending import FOREVER

_SCORES = frozenset(("f1", "f1_usable", "f1_strict"))
_MEASURES = frozenset(
    (
        "accuracy",
        "token_accuracy",
        "token_f1_paper",
        "entity_token_accuracy",
        "self_f1",
        "fleiss_kappa",
        "fleiss_kappa_entities",
        "ungrounded",
        "unstable",
    )
)


class Given(NamedTuple):
    """One answer of a contender, with its request; None for a student's."""

    contender: str
    item: int
    sample: int
    answer: ItemAnswer
    request_key: str | None


def write_comparison(store: Store, found: Comparison, items: Sequence[int], given: Sequence[Given]) -> int:
    """Write a comparison with its sample and answers, in one transaction; its number."""
    rows = tuple(replace(row, failed=dict(row.failed)) for row in found.rows)
    document = json.dumps(asdict(replace(found, rows=rows)), ensure_ascii=False)
    with store.transaction() as seq:
        number = store.insert(
            "comparison",
            split=found.split,
            draw=found.draw,
            items=found.items,
            repeats=found.repeats,
            spent_nanousd=found.spent_nanousd,
            document=document,
            created_utc=now(),
            seq=seq,
        )
        store.connection.executemany(
            "INSERT INTO comparison_item VALUES (?, ?, ?, ?)",
            [(number, place, item, seq) for place, item in enumerate(items)],
        )
        store.connection.executemany(
            "INSERT INTO comparison_answer VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    number,
                    one.contender,
                    one.item,
                    one.sample,
                    one.answer.state,
                    one.answer.failure,
                    one.request_key,
                    seq,
                )
                for one in given
            ],
        )
    return number


class Comparisons(Reading):
    """What was compared."""

    def newest(self, as_of: int | None = None) -> Comparison | None:
        """The newest comparison; None before the first. `as_of` goes back to an earlier seq."""
        with self.still():
            return newest_comparison(self, FOREVER if as_of is None else as_of)


def newest_comparison(reading: Reading, limit: int) -> Comparison | None:
    """The newest comparison up to seq `limit`, its rows with what probes said of their annotators by then."""
    if not reading.has_table("comparison"):
        return None
    row = reading.one("SELECT * FROM comparison WHERE seq <= ? ORDER BY id DESC LIMIT 1", limit)
    if row is None:
        return None
    said = json.loads(row["document"])
    return Comparison(
        split=row["split"],
        draw=row["draw"],
        items=row["items"],
        repeats=row["repeats"],
        rows=tuple(_row(one) for one in said["rows"]),
        agreements=tuple(_agreement(one) for one in said["agreements"]),
        difference=Difference(**said["difference"]) if said["difference"] else None,
        pareto=tuple(said["pareto"]),
        recommendation=said["recommendation"],
        spent_nanousd=row["spent_nanousd"],
        created_utc=row["created_utc"],
    )


def _row(said: Mapping[str, Any]) -> ComparedRow:
    known = {spec.name for spec in fields(ComparedRow)}
    values: dict[str, Any] = {}
    for name, value in said.items():
        if name in _SCORES:
            values[name] = Score(**value) if value else None
        elif name in _MEASURES:
            values[name] = _measure(value)
        elif name in known:
            values[name] = value
    return ComparedRow(**values)


def _agreement(said: Mapping[str, Any]) -> Agreement:
    measured = {name: _measure(said[name]) for name in ("cohen_kappa", "krippendorff_alpha", "f1")}
    return Agreement(said["first"], said["second"], **measured)


def _measure(said: Mapping[str, Any] | None) -> Measure | None:
    return Measure(**said) if said else None
