"""Read what leakage probes came to. Plain sqlite3, read only."""

from __future__ import annotations

import json
import sqlite3

from ..core.leakage import Finding, Probe
from ..core.snapshot import Measure
from .reading import Reading
from .spending import FOREVER


def findings(reading: Reading, as_of: int | None = None) -> tuple[Finding, ...]:
    """The newest finding of each annotator, dataset and probe, in the order of annotators, datasets and probes.

    What was asked about the rounds' selections is apart from what was asked by itself: each has its newest.
    """
    if not reading.has_table("finding"):
        return ()
    rows = reading.rows(
        "SELECT * FROM finding WHERE id IN (SELECT MAX(id) FROM finding WHERE seq <= ?"
        " GROUP BY annotator, dataset, probe, round IS NULL)",
        FOREVER if as_of is None else as_of,
    )
    order = list(Probe)
    found = [finding_of(row) for row in rows]
    found.sort(key=lambda one: (one.annotator, one.dataset, one.round is not None, order.index(one.probe)))
    return tuple(found)


def of_rounds(reading: Reading, as_of: int | None = None) -> tuple[Finding, ...]:
    """What the probes of the rounds' selections came to after each round, oldest first."""
    if not reading.has_table("finding"):
        return ()
    limit = FOREVER if as_of is None else as_of
    rows = reading.rows("SELECT * FROM finding WHERE round IS NOT NULL AND seq <= ? ORDER BY id", limit)
    return tuple({(one.annotator, one.dataset, one.round): one for one in map(finding_of, rows)}.values())


def finding_of(row: sqlite3.Row) -> Finding:
    """A row of `finding`."""
    return Finding(
        annotator=row["annotator"],
        dataset=row["dataset"],
        probe=Probe(row["probe"]),
        rule=row["rule"],
        n=row["n"],
        rate=row["rate"],
        low=row["low"],
        high=row["high"],
        repeats=row["repeats"],
        against=_measure(row["against"]),
        effect=_measure(row["effect"]),
        p=row["p"],
        p_holm=row["p_holm"],
        unanswered=row["unanswered"],
        simulated=row["simulated"],
        round=row["round"],
        hint=row["hint"],
        rouge_l=_measure(row["rouge_l"]),
        exact=row["exact"],
        near=row["near"],
        split=row["split"],
    )


def _measure(text: str | None) -> Measure | None:
    return None if text is None else Measure(**json.loads(text))
