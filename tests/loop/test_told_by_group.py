"""A run whose sentences have languages and a genre: what is told by group, and of drift, and what a purge leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support import Project, llmaaa, sentences, write_jsonl


@pytest.fixture
def grouped(tmp_path: Path, make_project: Callable[..., Project]) -> Project:
    def rows(count: int, seed: int) -> list[dict[str, Any]]:
        found = sentences(count, seed)
        return [
            {**row, "language": ("en", "sw")[number % 2], "genre": ("news", "web\x1b[31m", "law")[number % 3]}
            for number, row in enumerate(found)
        ]

    files = {
        "pool": write_jsonl(tmp_path / "p.jsonl", rows(90, 1)),
        "gold": write_jsonl(tmp_path / "g.jsonl", rows(75, 2)),
    }
    sets = ("loop.initial=40", "loop.batch=20", "loop.rounds=2", "student.epochs=1", "annotator.profile=llama-2-70b")
    return make_project("grouped", *sets, "fairness.by=language,genre", "drift.sentinels=8", files=files)


@pytest.mark.long
def test_scores_by_group_and_drift_are_told(grouped: Project) -> None:
    done = grouped.run()
    assert done.returncode == 0, done.stderr
    said = grouped.status()
    by = {(one["subject"], one["split"], one["field"]): one for one in said["groups"]}
    wanted = {("student", "dev"), ("annotator", "picked")}
    assert set(by) == {(*subject, field) for subject in wanted for field in ("label", "language", "genre")}
    picked = by["annotator", "picked", "language"]
    assert sum(one["n"] for one in picked["groups"]) == 60
    assert picked["round"] == 2
    assert all(one["low"] <= one["f1"] <= one["high"] and one["failed"]["n"] == one["n"] for one in picked["groups"])
    assert picked["gap"]["pairs"] == 1
    assert all(one["failed"] is None for one in by["student", "dev", "language"]["groups"])
    student = said["drift"]["student"][-1]
    assert student["round"] == 2
    assert all(one["low"] <= one["value"] <= one["high"] for one in student["disagreement"].values())
    first, second = said["drift"]["annotator"]
    assert (first["round"], first["change"], second["round"], second["first_round"]) == (1, None, 2, 1)
    assert second["change"]["n"] == 8
    assert said["budget"]["by_purpose"]["sentinel"] > 0
    assert sum(said["budget"]["by_purpose"].values()) == said["budget"]["spent_nanousd"]
    words = llmaaa("status", grouped.folder, "--by", "genre").stdout
    assert "annotator on picked after round 2, by genre:" in words
    assert "largest gap: " in words
    assert "after Holm over 3 pairs" in words
    assert "\x1b" not in words
    every = json.loads(llmaaa("status", grouped.folder, "--by", "genre", "--json").stdout)["groups"]
    assert {(one["field"], one["round"]) for one in every} == {("genre", 1), ("genre", 2)}
    refused = llmaaa("status", grouped.folder, "--by", "colour")
    assert refused.returncode != 0
    assert "measured are: label, language, genre" in refused.stderr
    plain = llmaaa("status", grouped.folder).stdout
    assert "sentinels after round 2: " in plain
    assert llmaaa("purge", grouped.folder, "--yes").returncode == 0
    assert {field for (field,) in grouped.rows("SELECT DISTINCT field FROM group_score")} == {"label", "language"}
