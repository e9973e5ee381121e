"""The figures of `benchmarks/learning_curves.py`, and that a finished cell is never run again."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import pytest
from learning_curve_tables import (
    PLAIN,
    SETS,
    STRATEGIES,
    Row,
    against_random,
    curves,
    labels_to_reach,
    mean_of,
    tables,
)
from learning_curves import (
    BY_ROUND,
    QUICK,
    Cell,
    append_row,
    cell_of,
    in_order,
    read_rows,
    result_of,
    run_cells,
    slices,
    stage_cells,
)
from support import sentences, write_jsonl

LABELS = [50, 90, 130]


def row(cell: Cell, f1: list[float]) -> Row:
    by_round = dict.fromkeys(BY_ROUND[1:], f1)
    sizes = {"dev_n": 40, "test_n": 400, "labels": LABELS, "spent_nanousd": 5, "seconds": 60}
    return {**asdict(cell), "version": "1", **sizes, **by_round}


def random_and_other(seeds: tuple[int, ...] = (1, 2)) -> list[Row]:
    rows = []
    for seed in seeds:
        rows.append(row(Cell("conll2003", "random", PLAIN, seed), [0.30, 0.40, round(0.50 + seed / 10, 4)]))
        rows.append(row(Cell("conll2003", "entropy", PLAIN, seed), [0.30, 0.60, round(0.70 + seed / 10, 4)]))
    return rows


def toy_corpus_in(folder: Path) -> None:
    (folder / "toy").mkdir()
    for split in ("train", "dev", "test"):
        write_jsonl(folder / "toy" / f"{split}.jsonl", sentences(70, 1))


def test_labels_needed_lie_on_the_line_between_two_rounds() -> None:
    assert labels_to_reach(0.45, LABELS, [0.30, 0.40, 0.50]) == pytest.approx(110)
    assert labels_to_reach(0.20, LABELS, [0.30, 0.40, 0.50]) == 50
    assert labels_to_reach(0.50, LABELS, [0.30, 0.50, 0.40]) == 90
    assert labels_to_reach(0.51, LABELS, [0.30, 0.40, 0.50]) is None


def test_the_interval_is_students() -> None:
    three = mean_of([0.5, 0.6, 0.7])
    assert three["mean"] == pytest.approx(0.6)
    assert three["high"] - 0.6 == pytest.approx(4.30265 * 0.1 / 3**0.5, rel=1e-4)
    assert mean_of([0.5]) == {"mean": 0.5, "low": None, "high": None}


def test_gains_are_paired_by_seed_and_leave_out_seeds_without_random() -> None:
    rows = random_and_other()
    alone = row(Cell("conll2003", "entropy", PLAIN, 3), [0.0, 0.0, 0.0])
    found = {(one["set"], one["strategy"]): one for one in against_random([*rows, alone])}
    entropy = found["conll2003", "entropy"]
    assert entropy["pairs"] == 2
    assert entropy["random_final_f1"] == pytest.approx(0.65)
    assert entropy["labels_needed"] == pytest.approx(90 + 40 * 0.05 / 0.25)
    assert entropy["final_gain"]["mean"] == pytest.approx(0.2)
    assert entropy["final_gain"]["low"] == pytest.approx(0.2)  # the same gain with both seeds
    assert found["all", "entropy"]["final_gain"] == entropy["final_gain"]
    assert found["conll2003", "random"]["final_gain"]["mean"] == 0


def test_the_tables_say_which_cells_are_empty() -> None:
    cells = in_order(["conll2003"], ["random", "entropy"], [PLAIN], [1, 2])
    rows = random_and_other((1,))
    shown = tables(result_of(cells, rows))
    assert "2 of 4 cells are there" in shown
    assert "SIMULATED" in shown
    assert "Empty cells: conll2003 random none: seed 2; conll2003 entropy none: seed 2." in shown
    assert "| conll2003 | entropy | none | 1 | 0.300 | 0.600 | 0.800 |" in shown  # one seed: no interval
    [random_curve, entropy] = curves(rows)
    assert (random_curve["strategy"], entropy["seeds"]) == ("random", [1])


def test_no_cell_at_all_is_said_too() -> None:
    assert "0 of 1 cells are there" in tables(result_of([Cell("conll2003", "random", PLAIN, 1)], []))


def test_rows_come_back_as_written(tmp_path: Path) -> None:
    out = tmp_path / "cells.csv"
    rows = random_and_other()
    for one in rows:
        append_row(out, one)
    assert read_rows(out) == rows
    assert read_rows(tmp_path / "none.csv") == []


def test_a_finished_cell_is_skipped_and_a_failed_one_stays_empty(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    toy_corpus_in(tmp_path)
    out = tmp_path / "cells.csv"
    done, fails = Cell("toy", "random", PLAIN, 1), Cell("toy", "no_such_strategy", PLAIN, 1)
    append_row(out, row(done, [0.1, 0.2, 0.3]))
    run_cells([done, fails], tmp_path, tmp_path / "work", out, QUICK, jobs=2)
    assert [cell_of(one) for one in read_rows(out)] == [done]
    assert not (tmp_path / "work" / done.name).exists()
    said = capfd.readouterr().err
    assert fails.name in said
    assert "stays empty" in said
    assert "no_such_strategy" in said


def test_slices_belong_to_the_seed_and_not_to_the_cell(tmp_path: Path) -> None:
    toy_corpus_in(tmp_path)
    size = replace(QUICK, pool=30, gold=20, test=10)
    first, again, other = (
        {flag: path.read_text() for flag, path in slices(tmp_path / "toy", tmp_path / name, seed, size).items()}
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert first == again != other
    assert {flag: text.count("\n") for flag, text in first.items()} == {"pool": 30, "gold": 20, "test": 10}


def test_stages_begin_with_what_tells_most() -> None:
    first = stage_cells(1, PLAIN, [])
    assert len(first) == 24
    assert [cell.strategy for cell in first[:4]] == ["random", "random", "least_confidence", "least_confidence"]
    assert {cell.seed for cell in first[:8]} == {1}
    with pytest.raises(ValueError, match="run --stage 1 first"):
        stage_cells(2, "smoothed", [])
    rows = [row(Cell(SETS[0], name, PLAIN, 1), [0.9, 0.5 + (name == "kmeans") / 10, 0.5]) for name in STRATEGIES]
    second = stage_cells(2, "smoothed", rows)
    assert {(cell.strategy, cell.reweight) for cell in second} == {("random", "smoothed"), ("kmeans", "smoothed")}
    assert len(second) == 12
    assert len(stage_cells(3, PLAIN, rows)) == 24
    assert len(stage_cells(3, "smoothed", rows)) == 36
