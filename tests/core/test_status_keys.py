"""`status --json`: others read these keys; they are added to, never renamed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from llmaaa_tui.core.crossing import crossing
from llmaaa_tui.core.human_cost import human_cost
from llmaaa_tui.core.snapshot import (
    Budget,
    Calibration,
    Ended,
    Fits,
    Measure,
    RoundRow,
    Score,
    Snapshot,
    Tokens,
    WorkerMark,
)
from llmaaa_tui.core.status import status

SCORE = {"f1", "precision", "recall", "n", "low", "high", "sentences"}
KEYS: dict[str, set[str]] = {
    "": {
        *("schema", "project", "task", "mode", "simulated", "worker", "ended", "rounds", "budget", "fits", "human"),
        *("leakage", "annotators", "baselines", "comparison", "crossing", "forecast"),
    },
    "worker": {"state", "pid", "phase", "heartbeat_age_s"},
    "ended": {"code", "reason"},
    "round": {
        *("round", "strategy", "selected", "labelled", "empty", "failed", "reviewed", "train_size", "dev", "test"),
        *("teacher", "picked", "by_label", "tokens", "cost_nanousd", "seconds", "agreement", "uncertainty"),
        "accuracy",
    },
    "tokens": {"input", "cached", "output"},
    "budget": {
        *("cap_nanousd", "spent_nanousd", "held_nanousd", "unconfirmed_nanousd", "by_purpose", "prices_as_of"),
    },
    "fits": {"surely", "probably"},
    "human": {
        *("cost_nanousd_low", "cost_nanousd_high", "ratio_low", "ratio_high", "basis", "formula", "paid_by", "inputs"),
        *("words", "items", "llm_nanousd", "gold_items", "gold_by_role", "gold_nanousd_low", "gold_nanousd_high"),
        *("reviewed", "review_nanousd_low", "review_nanousd_high", "llm_ratio_low", "llm_ratio_high"),
    },
    "forecast": {"f1", "why", "routes"},
}


def snapshot() -> Snapshot:
    score = Score(0.5, 0.6, 0.4, 40, 0.3, 0.7)
    row = RoundRow(
        round=1,
        strategy="random",
        selected=50,
        labelled=40,
        empty=8,
        failed={"not_json": 2},
        reviewed=0,
        train_size=48,
        dev=score,
        test=None,
        teacher=score,
        teacher_split="dev",
        picked=score,
        tokens=Tokens(100, 50, 20),
        cost_nanousd=12345,
        seconds={"select": 0.12345, "annotate": 2.0},
        uncertainty=Measure(0.25, 4102, 0.2, 0.3),
        accuracy={"dev": Measure(0.75, 40, 0.6, 0.9)},
        calibration=Calibration(0.04, 0.09, 2310, 1.6),
    )
    return Snapshot(
        seq=9,
        project="demo",
        task="ner",
        labels=("PER",),
        mode="strict",
        simulated="simulated",
        annotator="a",
        encoder="e",
        encoder_warning="",
        pool=100,
        worker=WorkerMark("alive", 12, "train", 0.4),
        ended=Ended(0, "goal reached"),
        rounds=(row,),
        batch=(),
        progress=None,
        budget=Budget(2 * 10**9, 12345, 1, 2, {"annotate": 12345}, "2026-01-01"),
        fits=Fits(10, 20),
        human=human_cost(1000, 12345),
        events=(),
        crossing=crossing("dev", score, [(1, score)]),
    )


def test_the_keys_are_these() -> None:
    found: dict[str, Any] = status(snapshot())
    row = found["rounds"][0]
    assert set(found) == KEYS[""]
    for name in ("worker", "ended", "budget", "fits", "human", "forecast"):
        assert set(found[name]) == KEYS[name]
    assert set(found["human"]["inputs"][0]) == {"name", "value", "low", "high", "unit", "source", "own", "used"}
    assert set(row) == KEYS["round"]
    assert set(row["tokens"]) == KEYS["tokens"]
    assert set(row["picked"]) == SCORE
    assert set(row["dev"]) == SCORE | {"ece", "ece_raw", "ece_words", "temperature"}
    assert (row["dev"]["ece"], row["dev"]["ece_raw"], row["dev"]["temperature"]) == (0.04, 0.09, 1.6)
    assert row["uncertainty"] == {"value": 0.25, "n": 4102, "low": 0.2, "high": 0.3}
    assert row["accuracy"] == {"dev": {"value": 0.75, "n": 40, "low": 0.6, "high": 0.9}}
    assert row["agreement"] is None, "the first student has nobody to agree with"
    assert found["crossing"]["round"] is None
    assert found["crossing"]["newest_round"] == 1
    assert set(row["teacher"]) == SCORE | {"split"}


def test_the_values_are_plain_json() -> None:
    found = status(snapshot())
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["schema"] == 1
    assert found["rounds"][0]["seconds"] == {"select": 0.123, "annotate": 2.0}
    assert found["rounds"][0]["failed"] == {"not_json": 2}
    assert found["rounds"][0]["test"] is None
    assert found["budget"]["spent_nanousd"] == 12345


def test_what_is_not_there_is_null_or_false() -> None:
    found = status(replace(snapshot(), simulated=None, ended=None, rounds=(), fits=Fits(None, None)))
    assert found["simulated"] is False
    assert found["ended"] is None
    assert found["rounds"] == []
    assert found["fits"] == {"surely": None, "probably": None}
    assert (found["leakage"], found["annotators"]) == ([], [])
    assert status(replace(snapshot(), simulated="recorded"))["simulated"] == "recorded"
