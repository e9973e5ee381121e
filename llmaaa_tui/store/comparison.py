"""Comparisons of annotators. Plain sqlite3, read only; `comparing` writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from ..core.comparison import Agreement, ComparedRow, Comparison, Difference
from ..core.leakage import Finding, sentence, suspected
from ..core.snapshot import Measure, Score
from .leakage import findings
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
    probed = findings(reading, limit)
    return Comparison(
        split=row["split"],
        draw=row["draw"],
        items=row["items"],
        repeats=row["repeats"],
        rows=tuple(_doubted(_row(one), probed) for one in said["rows"]),
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


def _doubted(row: ComparedRow, probed: Sequence[Finding]) -> ComparedRow:
    """The row with the reason why its figures are in doubt, where a probe gave one."""
    worst = suspected(probed, row.annotator) if row.annotator else None
    if worst is None:
        return row
    return replace(row, leakage=f"{worst.dataset}, {worst.probe.replace('_', ' ')} probe: {sentence(worst)}")


def _agreement(said: Mapping[str, Any]) -> Agreement:
    measured = {name: _measure(said[name]) for name in ("cohen_kappa", "krippendorff_alpha", "f1")}
    return Agreement(said["first"], said["second"], **measured)


def _measure(said: Mapping[str, Any] | None) -> Measure | None:
    return Measure(**said) if said else None
