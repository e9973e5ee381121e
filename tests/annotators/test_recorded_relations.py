"""ChatGPT's recorded relations through the recorded annotator: compared without a direction, for they have none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

DATA = Path(os.environ.get("LLMAAA_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
RECORDED = DATA / "recorded" / "chatgpt-ie" / "semeval2010_task8_test.jsonl"
BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "recorded_relations.py"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(BENCHMARK), *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("arguments", "joined"), [(("--quick",), 150), pytest.param((), 2622, marks=pytest.mark.long)])
def test_what_the_annotator_answers_is_what_was_recorded(arguments: tuple[str, ...], joined: int) -> None:
    if not RECORDED.is_file():
        pytest.skip(f"{RECORDED} is missing: name the folder of the public data in LLMAAA_TEST_DATA")
    done = run("--json", "--no-loop", "--data", str(DATA), *arguments)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    rows = [json.loads(line) for line in RECORDED.read_text("utf-8").splitlines()]
    # Nobody's reading or scoring but the recording's own fields.
    alone = [row for row in rows if len(row["match"]) == 1]
    alone = alone[:: len(alone) // joined][:joined]
    right = sum(row["prediction"] == row["gold_label"] for row in alone)
    assert (found["joined"], found["usable"], found["failures"]) == (joined, joined, {})
    assert found["accuracy_undirected"]["value"] == pytest.approx(right / joined, abs=5e-5)
    assert found["accuracy_as_recorded"]["value"] == pytest.approx(0.3905, abs=5e-5)
    assert found["not_joined"] == {"to_none": 4, "to_several": 91}
    assert found["accuracy_undirected"]["low"] < right / joined < found["accuracy_undirected"]["high"]


@pytest.mark.long
def test_the_league_table_says_the_same_and_the_loop_runs_on_these_labels() -> None:
    if not RECORDED.is_file():
        pytest.skip(f"{RECORDED} is missing: name the folder of the public data in LLMAAA_TEST_DATA")
    done = run("--json", "--quick", "--data", str(DATA))
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    whole, looped = found["whole_pool"], found["loop"]
    assert (whole["name"], whole["simulated"], whole["usable"], whole["failed"]) == (
        "recorded-chatgpt",
        "recorded",
        found["joined"],
        {},
    )
    accuracy = found["accuracy_undirected"]
    assert whole["accuracy"]["value"] == pytest.approx(accuracy["value"], abs=5e-5)
    assert whole["accuracy"]["n"] == accuracy["n"]
    # Wilson's ends there, drawn ones here.
    assert whole["accuracy"]["low"] == pytest.approx(accuracy["low"], abs=0.02)
    assert [row["labels"] for row in looped["rounds"]] == [20, 40]
    assert (looped["league"]["accuracy"]["n"], looped["league"]["split"]) == (40, "test")
    assert looped["league"]["measured_accuracy"]["n"] == looped["rounds"][-1]["test_f1"]["n"] == 50


def test_missing_recordings_are_said(tmp_path: Path) -> None:
    done = run("--data", str(tmp_path))
    assert done.returncode == 2
    assert str(tmp_path) in done.stderr
