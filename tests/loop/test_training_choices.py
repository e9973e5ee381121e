"""A whole run with every choice of a training on."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support import Project


@pytest.mark.long
def test_a_run_with_every_choice_on(make_project: Any) -> None:
    project: Project = make_project(
        "choices",
        "annotator.samples=3",
        "student.warm=true",
        "student.soft_labels=true",
        "student.class_weights=balanced",
        "student.label_smoothing=0.1",
        "student.micro_batch=3",
        "student.precision=float32",
        "student.activation=gelu",
        "student.reweight=smoothed",
    )
    done = project.run()
    assert done.returncode == 0, done.stderr
    trained = [text for (text,) in project.rows("SELECT text FROM event WHERE kind = 'trained' ORDER BY id")]
    assert ["going on from round-001" in text for text in trained] == [False, True]
    for settings, temperature in project.rows("SELECT settings, temperature FROM model"):
        kept = json.loads(settings)
        assert (kept["soft_labels"], kept["class_weights"], kept["label_smoothing"]) == (True, "balanced", 0.1)
        assert 0.2 <= temperature <= 5
    weighed = project.rows(
        "SELECT seen.round, COUNT(*), COUNT(example_weight.weight), AVG(example_weight.weight),"
        " SUM(example_weight.low) FROM training_example AS seen"
        " LEFT JOIN example_weight USING (round, item_id) GROUP BY seen.round"
    )
    for _, trained_on, rows, mean, low in weighed:
        assert trained_on == rows
        assert mean == pytest.approx(1.0)
        assert low <= rows // 20
    assert len(project.rows("SELECT 1 FROM metric WHERE name IN ('ece', 'ece_raw') AND split = 'dev'")) == 4
    refused = project.run("--until", "rounds=3", "--set", "student.label_smoothing=1")
    assert refused.returncode != 0
    assert "student.label_smoothing: 1 is no share below 1" in refused.stderr
    refused = project.run("--until", "rounds=3", "--set", "student.precision=float16", "--set", "student.device=cpu")
    assert refused.returncode != 0
    assert "student.precision: float16 needs a graphics card" in refused.stderr
    assert project.rows("SELECT MAX(number) FROM round") == [(2,)], "nothing was asked before"
