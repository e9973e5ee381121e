"""The machine-readable face of a snapshot: `status --json`. Keys are stable; add, never rename."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from .comparison_json import as_json as as_values
from .crossing import Crossing, sentence
from .forecast import Point
from .human_cost import HumanCost
from .leakage import as_dict
from .routes import as_json, dollars, target_of
from .snapshot import Measure, RoundRow, Score, Snapshot

SCHEMA = 1


def _score(score: Score | None) -> dict[str, Any] | None:
    return asdict(score) if score else None


def _measure(measure: Measure | None) -> dict[str, Any] | None:
    return asdict(measure) if measure else None


def _dev(row: RoundRow) -> dict[str, Any] | None:
    """The score on dev, and how well the student's confidence is calibrated there."""
    if row.dev is None:
        return None
    found = row.calibration
    return {
        **asdict(row.dev),
        "ece": found.ece if found else None,
        "ece_raw": found.raw if found else None,
        "ece_words": found.n if found else None,
        "temperature": found.temperature if found else None,
    }


def _crossing(found: Crossing | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "split": found.split,
        "teacher": asdict(found.teacher),
        "round": found.passed[0] if found.passed else None,
        "student": asdict(found.passed[1]) if found.passed else None,
        "apart_round": found.apart[0] if found.apart else None,
        "newest_round": found.newest[0],
        "newest": asdict(found.newest[1]),
        "forecast": asdict(found.need) if found.need else None,
        "sentence": sentence(found),
    }


def _round(row: RoundRow) -> dict[str, Any]:
    return {
        "round": row.round,
        "strategy": row.strategy,
        "selected": row.selected,
        "labelled": row.labelled,
        "empty": row.empty,
        "failed": dict(row.failed),
        "reviewed": row.reviewed,
        "train_size": row.train_size,
        "dev": _dev(row),
        "test": _score(row.test),
        "teacher": {**asdict(row.teacher), "split": row.teacher_split} if row.teacher else None,
        "picked": _score(row.picked),
        "agreement": _measure(row.agreement),
        "uncertainty": _measure(row.uncertainty),
        "accuracy": {split: _measure(one) for split, one in row.accuracy.items()},
        "by_label": {
            split: {label: _score(score) for label, score in scores.items()} for split, scores in row.by_label.items()
        },
        "tokens": asdict(row.tokens),
        "cost_nanousd": row.cost_nanousd,
        "seconds": {name: round(value, 3) for name, value in row.seconds.items()},
    }


def human_json(human: HumanCost) -> dict[str, Any]:
    """What people would cost, with all that it is made of; amounts in nano-USD."""
    gold, review = human.part("gold"), human.part("review")
    return {
        "cost_nanousd_low": human.low_nanousd,
        "cost_nanousd_high": human.high_nanousd,
        "ratio_low": human.ratio_low,
        "ratio_high": human.ratio_high,
        "basis": human.basis,
        "formula": human.formula,
        "paid_by": human.assumed.paid_by,
        "inputs": [
            {
                "name": one.name,
                "value": one.value,
                "low": one.low,
                "high": one.high,
                "unit": one.unit,
                "source": one.source,
                "own": one.own,
                "used": one.used,
            }
            for one in human.assumed.inputs
        ],
        "words": human.words,
        "items": human.items,
        "llm_nanousd": human.llm_nanousd,
        "gold_items": human.gold_items,
        "gold_by_role": dict(human.gold),
        "gold_nanousd_low": gold.low,
        "gold_nanousd_high": gold.high,
        "reviewed": human.assumed.reviewed,
        "review_nanousd_low": review.low,
        "review_nanousd_high": review.high,
        "llm_ratio_low": human.alone_low,
        "llm_ratio_high": human.alone_high,
    }


def forecast_json(snapshot: Snapshot, gold: Sequence[Point] = ()) -> dict[str, Any]:
    """What the F1 that is asked for takes by each route; `gold` is the learning curve of a loop on gold labels."""
    return as_json(dollars(target_of(snapshot.goals, snapshot.human), snapshot.rounds, snapshot.human, gold))


def status(snapshot: Snapshot) -> dict[str, Any]:
    """A snapshot as plain JSON values."""
    budget, human, worker = snapshot.budget, snapshot.human, snapshot.worker
    return {
        "schema": SCHEMA,
        "project": snapshot.project,
        "task": snapshot.task,
        "mode": snapshot.mode,
        "simulated": snapshot.simulated or False,
        "worker": {
            "state": worker.state,
            "pid": worker.pid,
            "phase": worker.phase,
            "heartbeat_age_s": worker.heartbeat_age_s,
        },
        "ended": {"code": snapshot.ended.code, "reason": snapshot.ended.reason} if snapshot.ended else None,
        "rounds": [_round(row) for row in snapshot.rounds],
        "budget": {
            "cap_nanousd": budget.cap_nanousd,
            "spent_nanousd": budget.spent_nanousd,
            "held_nanousd": budget.held_nanousd,
            "unconfirmed_nanousd": budget.unconfirmed_nanousd,
            "by_purpose": dict(budget.by_purpose),
            "prices_as_of": budget.prices_as_of,
        },
        "fits": asdict(snapshot.fits),
        "human": human_json(human),
        "forecast": forecast_json(snapshot),
        "crossing": _crossing(snapshot.crossing),
        "baselines": [
            {
                "name": one.name,
                "split": one.split,
                **asdict(one.score),
                "train_size": one.train_size,
                "failed": one.failed,
            }
            for one in snapshot.baselines
        ],
        "leakage": [as_dict(one) for one in snapshot.leakage],
        "comparison": as_values(snapshot.comparison) if snapshot.comparison else None,
        "annotators": [],
    }
