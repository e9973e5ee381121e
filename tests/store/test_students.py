"""Which student is used: the best of those whose figures are theirs, and where a training's labels come from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from store.store_making import EMPTY, LABELLED, new_project

from llmaaa_tui.core.card import LabelSource
from llmaaa_tui.core.snapshot import Score
from llmaaa_tui.core.states import Kind
from llmaaa_tui.errors import LlmaaaError
from llmaaa_tui.store import replies, rounds
from llmaaa_tui.store.database import Store
from llmaaa_tui.store.rounds import MetricSet
from llmaaa_tui.store.students import label_sources, student_of


def trained(store: Store, folder: Path, number: int, f1: float, warm: str | None = None) -> Path:
    """A round whose student was measured; gives its record."""
    rounds.start_round(store, number, "random", 1)
    rounds.write_model(store, number, f"models/round-{number:03}", {"warm": warm}, 1, None, 0.1)
    rounds.finish_evaluation(store, number, [MetricSet("student", "dev", Score(f1, f1, f1, 30, f1, f1), {})], 0.1)
    record = folder / "models" / f"round-{number:03}" / "student.json"
    record.parent.mkdir(parents=True)
    record.write_text(json.dumps({"warm": warm}))
    return record


def test_a_student_trained_again_without_the_one_it_went_on_from_is_not_the_one_that_was_measured(
    tmp_path: Path,
) -> None:
    store, _ = new_project(tmp_path / "p.db")
    trained(store, tmp_path, 1, 0.3)
    best = trained(store, tmp_path, 2, 0.9, warm="round-001")
    trained(store, tmp_path, 3, 0.5, warm="round-002")
    assert student_of(store, tmp_path) == 2
    best.write_text(json.dumps({"warm": None}))
    assert student_of(store, tmp_path) == 3
    with pytest.raises(LlmaaaError, match=r"--round 2: that student is not kept as it was measured; .* round 1, 3 "):
        student_of(store, tmp_path, 2)
    store.close()


def test_labels_are_told_by_who_gave_them(tmp_path: Path) -> None:
    store, _ = new_project(tmp_path / "p.db")
    rounds.start_round(store, 1, "random", 4)
    for item, kind, annotator in (
        (1, Kind.LLM, "simulated-exact"),
        (2, Kind.VOTE, "simulated-exact"),
        (3, Kind.LLM, "gpt"),
        (4, Kind.HUMAN, "simulated-ada"),
    ):
        answer = LABELLED if item < 3 else EMPTY
        replies.write_answers(store, {item: answer}, kind=kind, annotator=annotator, number=1)
    found = {row["item_id"]: row["id"] for row in store.rows("SELECT id, item_id FROM annotation WHERE round = 1")}
    rounds.write_training_set(store, 1, [(item, annotation, 1.0) for item, annotation in found.items()])
    assert label_sources(store, 1) == [
        LabelSource("llm", "simulated-exact", "simulated", 2),
        LabelSource("human", "", None, 1),
        LabelSource("llm", "gpt", None, 1),
    ]
    store.close()
