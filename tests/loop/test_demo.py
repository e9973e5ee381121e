"""The demo, as `make demo` runs it: the shipped corpus, the real MiniLM, the simulator."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support import Project, llmaaa

from llmaaa_tui.cli.demo import EXAMPLES


def _demo(folder: Path, *arguments: str, timeout: float) -> dict[str, Any]:
    done = llmaaa("demo", "--headless", "--json", "--dir", folder, *arguments, timeout=timeout)
    try:
        assert done.returncode == 0, done.stderr
        assert "SIMULATED" in done.stderr
        result: dict[str, Any] = json.loads(done.stdout)
        return result
    finally:
        Project(folder).close()


def _check(status: dict[str, Any], rounds: int) -> None:
    assert status["simulated"] == "simulated"
    assert [row["round"] for row in status["rounds"]] == list(range(1, rounds + 1))
    assert status["budget"]["spent_nanousd"] == status["simulator"]["bill_nanousd"] > 0
    assert status["budget"]["held_nanousd"] == status["budget"]["unconfirmed_nanousd"] == 0
    assert status["simulator"]["repeated"] == 0
    assert status["seconds_to_first_f1"] > 0


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("task", sorted(EXAMPLES))
def test_two_rounds_with_the_embedded_encoder(tmp_path: Path, task: str) -> None:
    quick = ("student.epochs=2", "student.threads=1", "loop.initial=24", "loop.batch=12")
    flags = ("--task", task, "--rounds", "2", *(p for s in quick for p in ("--set", s)))
    status = _demo(tmp_path / "demo", *flags, timeout=800)
    _check(status, 2)
    assert [row["train_size"] for row in status["rounds"]] == [24, 36]


@pytest.mark.long
def test_five_rounds_learn(tmp_path: Path) -> None:
    status = _demo(tmp_path / "demo", timeout=1800)
    _check(status, 5)
    first, last = status["rounds"][0]["test"]["f1"], status["rounds"][-1]["test"]["f1"]
    print(f"test F1 {first:.3f} → {last:.3f}, first after {status['seconds_to_first_f1']} s")
    assert last >= first + 0.10
    assert last >= 0.60


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("task", ["relation", "classification"])
def test_five_rounds_learn_items(tmp_path: Path, task: str) -> None:
    status = _demo(tmp_path / "demo", "--task", task, timeout=3500)
    _check(status, 5)
    first, last = status["rounds"][0]["test"]["f1"], status["rounds"][-1]["test"]["f1"]
    print(f"{task}: test F1 {first:.3f} → {last:.3f}, first after {status['seconds_to_first_f1']} s")
    assert last >= first + 0.10
