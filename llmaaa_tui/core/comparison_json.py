"""A comparison of annotators as plain JSON values: the keys of `llmaaa annotators --json`; add, never rename.

A figure that recorded answers have too bears the same name there.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from .comparison import Agreement, ComparedRow, Comparison
from .snapshot import Measure, Score

PERCENT = 100


def as_json(found: Comparison | None) -> dict[str, Any]:
    """All of it; empty lists and nulls where nothing was compared yet."""
    if found is None:
        return {"annotators": [], "agreements": [], "difference": None, "pareto": [], "recommendation": ""}
    return {
        "split": found.split,
        "draw": found.draw,
        "items": found.items,
        "repeats": found.repeats,
        "annotators": [row_json(row) for row in found.rows],
        "agreements": [_agreement(one) for one in found.agreements],
        "difference": asdict(found.difference) if found.difference else None,
        "pareto": list(found.pareto),
        "recommendation": found.recommendation,
        "spent_nanousd": found.spent_nanousd,
        "created_utc": found.created_utc,
    }


def row_json(row: ComparedRow) -> dict[str, Any]:
    """One contender. `consistency` is in percent, as the paper prints it, all other shares are between 0 and 1; null
    where there is nothing to work it out from."""
    return {
        "name": row.name,
        "annotator": row.annotator,
        "kind": row.kind,
        "manner": row.manner,
        "simulated": row.simulated,
        "items": row.items,
        "answers": row.answers,
        "repeats": row.answers // row.items if row.items else 0,
        "usable": row.usable,
        **measured("consistency", row.token_accuracy, PERCENT),
        **measured("token_f1_paper", row.token_f1_paper, items=True),
        **measured("entity_token_accuracy", row.entity_token_accuracy),
        **scored("span_f1_usable", row.f1_usable),
        **scored("span_f1_all", row.f1),
        **scored("span_f1_strict", row.f1_strict),
        **measured("accuracy", row.accuracy),
        **measured("self_f1", row.self_f1, items=True),
        **measured("fleiss_kappa", row.fleiss_kappa, items=True),
        **measured("fleiss_kappa_without_o", row.fleiss_kappa_entities, items=True),
        "failed": dict(row.failed),
        **measured("ungrounded", row.ungrounded, items=True),
        **measured("unstable", row.unstable),
        "seconds_per_1000": row.seconds_per_1000,
        "nanousd_per_1000": row.nanousd_per_1000,
        "nanousd_per_correct": row.nanousd_per_correct,
        "requests": row.requests,
        "leakage": row.leakage,
    }


def _agreement(one: Agreement) -> dict[str, Any]:
    return {
        "first": one.first,
        "second": one.second,
        **measured("cohen_kappa", one.cohen_kappa, items=True),
        **measured("krippendorff_alpha", one.krippendorff_alpha, items=True),
        **measured("f1", one.f1, items=True),
    }


def measured(key: str, found: Measure | None, times: int = 1, *, items: bool = False) -> dict[str, Any]:
    """A measure under its key, with both ends, `times` as large; `items`: how many it counts too."""
    ends = (None, None, None) if found is None else (found.value, found.low, found.high)
    value, low, high = (None if end is None else end * times for end in ends)
    counted = {f"{key}_items": found.n if found else 0} if items else {}
    return {key: value, f"{key}_low": low, f"{key}_high": high, **counted}


def scored(key: str, found: Score | None) -> dict[str, Any]:
    """An F1 under its key, with both ends."""
    if found is None:
        return {key: None, f"{key}_low": None, f"{key}_high": None}
    return {key: found.f1, f"{key}_low": found.low, f"{key}_high": found.high}
