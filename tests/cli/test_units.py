"""What a command counts is called as the task calls it: a pair is no sentence, and a label decision no word."""

from __future__ import annotations

from typing import Any

import pytest

from llmaaa_tui.cli.estimate import lines
from llmaaa_tui.core.snapshot import Calibration, Measure
from llmaaa_tui.core.stopping import Learnt, certain, stable
from llmaaa_tui.core.tasks import CLASSIFICATION, MULTILABEL, NER, RELATION, Task
from llmaaa_tui.worker.annotator import why_per_request
from llmaaa_tui.worker.goals import Goals, Standing

PART = {"items": 50, "requests": 25, "tokens": {"input": 10, "output": 5}, "expected_nanousd": 1, "worst_nanousd": 2}
RESULT: dict[str, Any] = {
    "model": "m", "simulated": None, "host": None, "per_request": 2, "per_request_why": "why", "k": 5, "samples": 1,
    "this_round": {"round": 1, **PART}, "rest": {"rounds": 9, **PART},
    "budget": {"free_nanousd": 1, "cap_nanousd": 1}, "fits": {"surely": 1, "probably": 9},
    "prices": {"declared_free": True}, "human": {"cost_nanousd_low": 1, "cost_nanousd_high": 2, "basis": "b"},
    "notes": [], "leakage": {"per_round": 5, **PART},
}  # fmt: skip


@pytest.mark.parametrize("task", [RELATION, CLASSIFICATION, MULTILABEL])
def test_an_estimate_counts_items_of_the_task(task: Task) -> None:
    said = "\n".join(lines(RESULT, task))
    assert "sentence" not in said
    assert f"50 {task.units} in 25 requests" in said
    assert f"1 {task.unit} surely, 9 probably" in said


def test_what_a_student_decides_has_a_name() -> None:
    assert [task.decisions for task in (NER, RELATION, CLASSIFICATION, MULTILABEL)] == [
        "words", "pairs", "texts", "label decisions",
    ]  # fmt: skip
    assert Calibration(0.1, None, 60, None).words(decisions="pairs") == "ECE 0.100 on held dev pairs, n = 60"


def test_recorded_accuracy_is_claimed_for_names_alone() -> None:
    assert why_per_request(2, "ner") == "the only size with recorded accuracy"
    assert "named entities alone" in why_per_request(2, "relation")


def test_a_goal_is_reached_by_what_the_task_counts() -> None:
    rounds = [Learnt(number, None, Measure(1.0, 60), Measure(0.01, 60)) for number in (2, 3, 4)]
    assert "n=60 words" in stable(rounds).words
    assert "mean token entropy 0.010" in certain(rounds).words
    for task in (RELATION, CLASSIFICATION, MULTILABEL):
        for goals in (Goals(stable=0.9), Goals(certain=0.1)):
            said = goals.reached(Standing(4, 100, 0, rounds, task)) or ""
            assert f"n=60 {task.decisions}" in said
            assert "token" not in said
