"""Labels of pairs and of classes leave a project: exported and predicted in every format of their task."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support import FIRMS, PEOPLE, PLACES, Project, llmaaa, write_jsonl

from llmaaa_tui.formats.tasks import of


def related(count: int, seed: int) -> list[dict[str, Any]]:
    """Sentences of a person, a firm and a place, with two of their six pairs related."""
    rows = []
    for number in range(count):
        names = [PEOPLE[(number + seed) % 8], FIRMS[(number * 5 + seed) % 6], PLACES[(number * 3) % 8]]
        text = f"{names[0]} works for {names[1]} in {names[2]} , no{seed}x{number} q{number * 7919 + seed} ."
        spans = [{"start": text.index(name), "end": text.index(name) + len(name)} for name in names]
        relations = [{"head": 0, "tail": 1, "label": "Work_For"}, {"head": 1, "tail": 2, "label": "Based_In"}]
        rows.append({"id": f"{seed}-{number}", "text": text, "spans": spans, "relations": relations})
    return rows


@pytest.mark.long
def test_pairs_are_exported_and_predicted(make_project: Callable[..., Project], tmp_path: Path) -> None:
    sizes = {"pool": related(25, 1), "gold": related(40, 2), "test": related(8, 3)}
    files = {flag: write_jsonl(tmp_path / f"{flag}.jsonl", rows) for flag, rows in sizes.items()}
    project = make_project("pairs", "project.task=relation", files=files)
    done = project.run("--until", "rounds=1")
    assert done.returncode == 0, done.stderr
    for name in ("jsonl", "tacred", "semeval"):
        out = tmp_path / f"out.{name}"
        done = llmaaa("export", project.folder, "--format", name, "--out", out)
        assert done.returncode == 0, done.stderr
        assert "20 pairs and 20 labels written" in done.stderr
        assert "SIMULATED" in done.stderr
        assert out.read_text().lower().count("simulated-") == 20, "in the file too, once a pair"
        assert len(of("relation").read(out).records) == 20
    refused = llmaaa("export", project.folder, "--format", "conll", "--out", tmp_path / "no")
    assert (refused.returncode, (tmp_path / "no").exists()) == (2, False)
    assert refused.stderr.endswith("choose jsonl or tacred or semeval\n"), (
        "a student that reads marks is no such folder"
    )
    said = llmaaa("predict", project.folder, "--input", files["test"], "--out", tmp_path / "said.jsonl")
    assert said.returncode == 0, said.stderr
    measured = project.rows("SELECT value FROM metric WHERE subject = 'student' AND split = 'test' AND name = 'f1'")
    assert f"F1 {measured[0][0]:.3f} [" in said.stderr, "the file is the test split: the figure is the round's"
    rows = [json.loads(line) for line in (tmp_path / "said.jsonl").read_text().splitlines()]
    assert len(rows) == 48
    semeval = llmaaa("predict", project.folder, "--input", files["test"], "--format", "semeval")
    assert semeval.stdout.count("\nComment: SIMULATED, annotator student-round-001\n") == 48
    for row in rows:
        assert row["label"] in {"Work_For", "Based_In", "no_relation"}
        assert len(row["label_confidence"]) == 1
        assert row["text"][row["head"]["start"] : row["head"]["end"]].strip()


@pytest.mark.long
def test_several_classes_are_exported_and_predicted(make_project: Callable[..., Project], tmp_path: Path) -> None:
    said = ["send the parcel", "thank you", "see the rules"]
    rows = [
        {"text": f"{said[n % 3]} , number {n} {n * 7919} .", "labels": [["A"], ["A", "B"], []][n % 3]}
        for n in range(200)
    ]
    files = {
        "pool": write_jsonl(tmp_path / "pool.jsonl", rows[:120]),
        "gold": write_jsonl(tmp_path / "g.jsonl", rows[120:]),
    }
    project = make_project("classes", "project.task=multilabel", files=files)
    done = project.run("--until", "rounds=1")
    assert done.returncode == 0, done.stderr
    for name in ("jsonl", "csv"):
        out = tmp_path / f"out.{name}"
        done = llmaaa("export", project.folder, "--format", name, "--out", out)
        assert done.returncode == 0, done.stderr
        records = of("multilabel").read(out).records
        assert [one.document.metadata["simulated"] for one in records] == ["simulated"] * 20
    predicted = llmaaa("predict", project.folder, "--input", tmp_path / "out.csv")
    assert predicted.returncode == 0, predicted.stderr
    assert "against the gold of the file: F1 " in predicted.stderr
    assert ", accuracy " in predicted.stderr
    for row in map(json.loads, predicted.stdout.splitlines()):
        assert len(row["label_confidence"]) == len(row["labels"])
