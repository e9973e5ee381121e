"""Learning curves over sets, strategies, reweighting and seeds: test F1 by number of labels, annotator SIMULATED.

    python benchmarks/learning_curves.py [--stage 1] [--jobs 2] [--work FOLDER] [--out CSV] [--json] [--quick]
                                         [--sets A,B] [--strategies A,B] [--seeds 1,2,3] [--reweight NAME]

A cell is one set × strategy × reweighting × seed: an ordinary project, made with `llmaaa new --gold` and run with
`llmaaa run --headless`, with the simulator's gpt-4-turbo profile as annotator. Pool, gold and test are slices drawn by
the cell's seed, the same for every strategy. A finished cell is one row of the CSV and is not run again; one that was
interrupted goes on where it stopped; a cell without a row is an empty one, and the tables say so.

Stages: 1 the four strategies plain on two sets; 2 random and the best of stage 1 with reweighting (`--reweight`) on the
same sets; 3 the other two sets, with reweighting too where `--reweight` names one. About 3 minutes a cell on one core.
`--jobs 0` runs nothing and shows what is there; `--quick` runs two tiny cells in a folder that is thrown away, and
shows the same keys. Intervals over seeds are Student's t at 95 %; they are wide because seeds are few.
"""

from __future__ import annotations

import argparse
import csv
import fcntl
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from learning_curve_tables import PLAIN, SETS, STRATEGIES, Row, against_random, curves, later_rounds, tables
from loop_against_gold import LANGUAGES, data_folder

import llmaaa_tui
from llmaaa_tui.launch import live_worker

DOMAINS = {"wnut17": "social media"}
BY_ROUND = ("labels", "dev_f1", "dev_low", "dev_high", "test_f1", "test_low", "test_high", "picked_f1")
WHOLE = ("seed", "dev_n", "test_n", "spent_nanousd", "seconds")
FIELDS = ("set", "strategy", "reweight", "seed", "version", "dev_n", "test_n", *BY_ROUND, "spent_nanousd", "seconds")
_WRITING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Size:
    """How large a cell is: sentences, rounds and epochs."""

    pool: int = 1500
    gold: int = 100
    test: int = 400
    initial: int = 50
    batch: int = 40
    rounds: int = 5
    epochs: int = 8


QUICK = Size(pool=100, gold=80, test=40, initial=20, batch=10, rounds=2, epochs=2)


@dataclass(frozen=True, slots=True)
class Cell:
    """One project: what names its row and its folder."""

    set: str
    strategy: str
    reweight: str
    seed: int

    @property
    def name(self) -> str:
        return "_".join(map(str, astuple(self)))


def version() -> str:
    """The package's version, with the commit where it runs from a checkout."""
    where = Path(llmaaa_tui.__file__).parent
    done = subprocess.run(
        ["git", "-C", str(where), "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return llmaaa_tui.__version__ + (f"+{done.stdout.strip()}" if done.returncode == 0 else "")


def slices(corpus: Path, folder: Path, seed: int, size: Size) -> dict[str, Path]:
    """Seeded random slices: pool of train, gold of dev, test of test. Written once, the same for every strategy."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for flag, split, count in (("pool", "train", size.pool), ("gold", "dev", size.gold), ("test", "test", size.test)):
        files[flag] = folder / f"{flag}.jsonl"
        if not files[flag].exists():
            lines = (corpus / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()
            drawn = random.Random(f"{corpus.name} {split} {seed}").sample(lines, min(count, len(lines)))
            partial = files[flag].with_suffix(f".{threading.get_ident()}")
            partial.write_text("".join(f"{line}\n" for line in drawn), encoding="utf-8")
            os.replace(partial, files[flag])
    return files


def run_cell(cell: Cell, corpora: Path, work: Path, size: Size) -> dict[str, Any]:
    """Make the cell's project, or take the one that is there, run it to its end and give its row.

    Raises:
        subprocess.CalledProcessError: the command failed; the project stays as it is and can be gone on with.
    """
    folder = work / cell.name
    if not (folder / "llmaaa.toml").is_file():
        files = slices(corpora / cell.set, work / "slices" / f"{cell.set}_{cell.seed}", cell.seed, size)
        given = {
            **files,
            "language": LANGUAGES.get(cell.set.rpartition("-")[2], "English"),
            "domain": DOMAINS.get(cell.set, "news"),
            "seed": cell.seed,
        }
        sets = {
            "annotator.profile": "gpt-4-turbo",
            "budget.cap_usd": 20,
            "loop.strategy": cell.strategy,
            "loop.initial": size.initial,
            "loop.batch": size.batch,
            "loop.rounds": size.rounds,
            "student.epochs": size.epochs,
            "student.threads": 1,
        }
        if cell.reweight != PLAIN:
            sets["student.reweight"] = cell.reweight
        flags = [part for flag, value in given.items() for part in (f"--{flag}", str(value))]
        flags += [part for key, value in sets.items() for part in ("--set", f"{key}={value}")]
        _llmaaa("new", str(folder), *flags)
    while live_worker(folder / "llmaaa.db"):  # one that outlived the benchmark that started it
        time.sleep(1)
    status: dict[str, Any] = json.loads(_llmaaa("run", str(folder), "--headless", "--json"))
    return row_of(cell, status, version())


def _llmaaa(*arguments: str) -> str:
    command = [sys.executable, "-m", "llmaaa_tui", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def row_of(cell: Cell, status: dict[str, Any], made_by: str) -> dict[str, Any]:
    """The CSV row of a finished run, from `llmaaa run --json`; figures by round are lists."""
    rounds = status["rounds"]
    by_round = {
        "labels": [row["train_size"] for row in rounds],
        **{
            f"{part}_{key}": [row[part][key] for row in rounds]
            for part in ("dev", "test")
            for key in ("f1", "low", "high")
        },
        "picked_f1": [row["picked"]["f1"] for row in rounds],
    }
    return {
        "set": cell.set,
        "strategy": cell.strategy,
        "reweight": cell.reweight,
        "seed": cell.seed,
        "version": made_by,
        "dev_n": rounds[-1]["dev"]["n"],
        "test_n": rounds[-1]["test"]["n"],
        **by_round,
        "spent_nanousd": status["budget"]["spent_nanousd"],
        "seconds": round(sum(sum(row["seconds"].values()) for row in rounds)),
    }


def read_rows(out: Path) -> list[dict[str, Any]]:
    """The finished cells of a CSV, figures by round as lists; none where there is no file."""
    if not out.exists():
        return []
    with out.open(encoding="utf-8", newline="") as file:
        rows: list[dict[str, Any]] = list(csv.DictReader(file))
    for row in rows:
        for key in WHOLE:
            row[key] = int(row[key])
        for key in BY_ROUND:
            row[key] = [int(part) if key == "labels" else float(part) for part in row[key].split()]
    return rows


def append_row(out: Path, row: dict[str, Any]) -> None:
    """Add one finished cell; figures by round are written apart by blanks, to four places."""

    def text(value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return " ".join(str(one) if isinstance(one, int) else f"{one:.4f}" for one in value)

    with _WRITING, out.open("a", encoding="utf-8", newline="") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        if file.tell() == 0:
            writer.writeheader()
        writer.writerow({key: text(row[key]) for key in FIELDS})


def cell_of(row: Row) -> Cell:
    """The cell a row belongs to."""
    return Cell(row["set"], row["strategy"], row["reweight"], row["seed"])


def run_cells(cells: Sequence[Cell], corpora: Path, work: Path, out: Path, size: Size, jobs: int) -> None:
    """Run every cell that has no row yet, in this order, `jobs` at a time; one that fails stays empty."""
    done = {cell_of(row) for row in read_rows(out)}

    def work_on(cell: Cell) -> None:
        try:
            row = run_cell(cell, corpora, work, size)
        except subprocess.CalledProcessError as error:
            words = (error.stderr or "").strip().splitlines()[-1:]
            print(f"{cell.name}: failed ({error.returncode}), its cell stays empty: {' '.join(words)}", file=sys.stderr)
            return
        append_row(out, row)
        curve = " ".join(f"{f1:.3f}" for f1 in row["test_f1"])
        print(f"{cell.name}: SIMULATED, test F1 {curve}, {row['seconds']} s", file=sys.stderr, flush=True)

    with ThreadPoolExecutor(jobs) as threads:
        try:
            for _ in threads.map(work_on, [cell for cell in cells if cell not in done]):
                pass
        except BaseException:
            threads.shutdown(cancel_futures=True)
            raise


def in_order(
    sets: Sequence[str], strategies: Sequence[str], reweights: Sequence[str], seeds: Sequence[int]
) -> list[Cell]:
    """Cells, what tells most first: every strategy on every set with one seed before the next seed."""
    return [
        Cell(one, strategy, reweight, seed)
        for seed in seeds
        for reweight in reweights
        for strategy in strategies
        for one in sets
    ]


def stage_cells(stage: int, reweight: str, rows: Sequence[Row]) -> list[Cell]:
    """What a stage consists of, three seeds each.

    Raises:
        ValueError: the best of stage 1 is asked for and stage 1 has no seed with all its strategies.
    """
    seeds = (1, 2, 3)
    if stage == 1:
        return in_order(SETS[:2], STRATEGIES, [PLAIN], seeds)
    weighed = [] if reweight == PLAIN else in_order(SETS[:2] if stage == 2 else SETS[2:], _two(rows), [reweight], seeds)
    return weighed if stage == 2 else [*in_order(SETS[2:], STRATEGIES, [PLAIN], seeds), *weighed]


def _two(rows: Sequence[Row]) -> tuple[str, str]:
    """Random and the best of stage 1: by test F1 after round 1, over the sets and seeds that have all strategies."""
    plain = {cell_of(row): row for row in rows if row["reweight"] == PLAIN}
    whole = [
        (one, seed)
        for one in SETS[:2]
        for seed in sorted({cell.seed for cell in plain})
        if all(Cell(one, strategy, PLAIN, seed) in plain for strategy in STRATEGIES)
    ]
    if not whole:
        raise ValueError("the best strategy is not known yet: run --stage 1 first")

    def mean(strategy: str) -> float:
        return fmean(later_rounds(plain[Cell(one, strategy, PLAIN, seed)]) for one, seed in whole)

    return STRATEGIES[0], max(STRATEGIES[1:], key=mean)


def result_of(cells: Sequence[Cell], rows: list[Row]) -> dict[str, Any]:
    """Everything that is shown: the rows of the CSV, what is missing of `cells`, and the figures over seeds."""
    done = {cell_of(row) for row in rows}
    return {
        "simulated": True,
        "cells_wanted": len(cells),
        "cells_done": len([cell for cell in cells if cell in done]),
        "missing": [asdict(cell) for cell in cells if cell not in done],
        "versions": sorted({row["version"] for row in rows}),
        "cells": rows,
        "curves": curves(rows),
        "against_random": against_random(rows),
    }


def main() -> None:
    """Run what is missing and print the figures of all that is there."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--stage", type=int, choices=(1, 2, 3), default=1)
    parser.add_argument("--reweight", default=PLAIN, metavar="NAME", help="student.reweight of the reweighted cells")
    parser.add_argument("--sets", help="instead of the stage's")
    parser.add_argument("--strategies", help="instead of the stage's")
    parser.add_argument("--seeds", help="instead of 1,2,3")
    parser.add_argument("--out", type=Path, default=Path("learning_curves.csv"), help="one row a finished cell")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "llmaaa_learning_curves")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--jobs", type=int, default=1, help="cells at a time; 0 runs none and shows what is there")
    given = parser.parse_args()
    if given.stage == 2 and given.reweight == PLAIN and not given.quick:
        parser.error("--stage 2 is about reweighting: say which with --reweight NAME")
    with tempfile.TemporaryDirectory() as thrown_away:
        if given.quick:
            given.work, given.out, size = Path(thrown_away), Path(thrown_away) / "cells.csv", QUICK
            cells = in_order(SETS[:1], STRATEGIES[:2], sorted({PLAIN, given.reweight}), [1])
        else:
            size = Size()
            cells = _chosen(given, parser)
        if given.jobs:
            print(f"measuring {llmaaa_tui.__file__}, {version()}", file=sys.stderr, flush=True)
            given.out.parent.mkdir(parents=True, exist_ok=True)
            corpora = data_folder(given.data)
            unknown = sorted({cell.set for cell in cells if not (corpora / cell.set).is_dir()})
            if unknown:
                parser.error(f"--sets: {', '.join(unknown)} not in {corpora}")
            try:
                run_cells(cells, corpora, given.work.absolute(), given.out, size, given.jobs)
            except KeyboardInterrupt:
                sys.exit("interrupted: the same command goes on with the cells that were under way")
        result = result_of(cells, read_rows(given.out))
    print(json.dumps(result, indent=2) if given.json else tables(result))


def _chosen(given: argparse.Namespace, parser: argparse.ArgumentParser) -> list[Cell]:
    """The stage's cells, those of other sets, strategies or seeds where flags say so."""
    try:
        cells = stage_cells(given.stage, given.reweight, read_rows(given.out))
    except ValueError as error:
        parser.error(str(error))
    kinds = list(dict.fromkeys((cell.strategy, cell.reweight) for cell in cells))
    sets = given.sets.split(",") if given.sets else list(dict.fromkeys(cell.set for cell in cells))
    seeds = [int(seed) for seed in given.seeds.split(",")] if given.seeds else [1, 2, 3]
    if given.strategies:
        reweights = dict.fromkeys(reweight for _, reweight in kinds)
        kinds = [(strategy, reweight) for reweight in reweights for strategy in given.strategies.split(",")]
    return [Cell(one, *kind, seed) for seed in seeds for kind in kinds for one in sets]


if __name__ == "__main__":
    main()
