"""How much a noisy annotator costs: the loop's final test F1 beside a training on the same sentences' gold labels.

    python benchmarks/loop_against_gold.py [--json] [--quick] [--data DIR] [--corpus NAME] [--seeds 1,2,3]

Makes a project of a public corpus (train as pool, dev, test), runs five rounds of fifty with the simulator's
gpt-4-turbo profile through the command, then trains the same student once more on the sentences that were picked, with
their gold labels. Everything is SIMULATED. About 10 minutes a seed on one core; `--quick` takes two rounds of fifty on
slices of 400 pool, 300 dev and 200 test sentences with a student of three epochs, and shows the same keys.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from statistics import fmean
from typing import Any

from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.core.states import Role
from llmaaa_tui.evaluation.bootstrap import score
from llmaaa_tui.paths import open_project
from llmaaa_tui.store import items
from llmaaa_tui.store.database import Store
from llmaaa_tui.student.examples import Example
from llmaaa_tui.student.predict import predict
from llmaaa_tui.student.task_ner import TASK
from llmaaa_tui.student.train import train
from llmaaa_tui.worker.session import student_settings

QUICK = {"train": 400, "dev": 300, "test": 200}
LANGUAGES = {"swa": "Swahili", "zul": "Zulu", "bam": "Bambara", "tsn": "Setswana"}


def data_folder(given: Path | None) -> Path:
    """Where the public corpora lie: --data, else LLMAAA_TEST_DATA, else ../shared/data beside the checkout."""
    folder = given or Path(os.environ.get("LLMAAA_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not (folder / "ner").is_dir():
        raise SystemExit(f"{folder}: no corpora here; name their folder with --data or LLMAAA_TEST_DATA")
    return folder / "ner"


def run_loop(folder: Path, corpus: Path, seed: int, *, quick: bool, settings: Sequence[str]) -> dict[str, Any]:
    """Make and run a project in `folder`; gives its final status."""
    files = {}
    for split in ("train", "dev", "test"):
        files[split] = corpus / f"{split}.jsonl"
        if quick:
            with files[split].open(encoding="utf-8") as lines:
                head = list(islice(lines, QUICK[split]))
            files[split] = folder.parent / f"{split}.jsonl"
            files[split].write_text("".join(head), encoding="utf-8")
    language = LANGUAGES.get(corpus.name.rpartition("-")[2], "English")
    sets = ["budget.cap_usd=20", *(["student.epochs=3"] if quick else []), *settings]
    command = [sys.executable, "-m", "llmaaa_tui"]
    given = {"pool": files["train"], "dev": files["dev"], "test": files["test"], "language": language, "seed": seed}
    flags = [part for flag, value in given.items() for part in (f"--{flag}", str(value))]
    subprocess.run(
        [*command, "new", str(folder), "--domain", "news", *flags, *(p for one in sets for p in ("--set", one))],
        check=True,
        stderr=subprocess.DEVNULL,
    )
    rounds = 2 if quick else 5
    done = subprocess.run(
        [*command, "run", str(folder), "--headless", "--json", "--until", f"rounds={rounds}"],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def gold_f1(folder: Path, seed: int) -> dict[str, Any]:
    """Test score of a student trained on the gold labels of every sentence the loop picked."""
    paths, settings = open_project(folder)
    store = Store(paths.database(settings))
    try:
        labels = items.project(store).label_set(dict(settings.labels))
        picked = [row["item_id"] for row in store.rows("SELECT item_id FROM selection ORDER BY item_id")]
        examples = {name: _examples(store, labels, ids) for name, ids in (("picked", picked), *_gold_splits(store))}
    finally:
        store.close()
    student = student_settings(settings)
    out = folder / "models" / "gold"
    train(student, "ner", labels, examples["picked"], examples["dev"], out, seed, lambda _: None, lambda: False)
    predicted = predict(student, out, [example.text for example in examples["test"]])
    return asdict(score([list(example.targets) for example in examples["test"]], predicted.targets, seed))


def _gold_splits(store: Store) -> list[tuple[str, list[int]]]:
    return [(role.value, items.items_of(store, role)) for role in (Role.DEV, Role.TEST)]


def _examples(store: Store, labels: LabelSet, ids: Sequence[int]) -> list[Example]:
    documents, gold = items.documents(store, ids), items.gold_of(store, ids)
    return [
        Example(TASK.text(document), TASK.targets(document, gold[item], labels)) for item, document in documents.items()
    ]


def measure(corpus: Path, seed: int, *, quick: bool, settings: Sequence[str] = ()) -> dict[str, Any]:
    """One seed: the loop's F1 by round, the gold F1, and the ratio of the final ones."""
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "project"
        status = run_loop(folder, corpus, seed, quick=quick, settings=settings)
        gold = gold_f1(folder, seed)
    tests = [row["test"]["f1"] for row in status["rounds"]]
    return {
        "seed": seed,
        "simulated": status["simulated"],
        "test_f1": tests,
        "picked_f1": [row["picked"]["f1"] for row in status["rounds"]],
        "failed": [row["failed"] for row in status["rounds"]],
        "gold": gold,
        "ratio": tests[-1] / gold["f1"] if gold["f1"] else None,
        "spent_nanousd": status["budget"]["spent_nanousd"],
    }


def main() -> None:
    """Print the figures, as lines or as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--corpus", default="masakhaner2-swa")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--set", dest="settings", action="append", default=[])
    given = parser.parse_args()
    corpus = data_folder(given.data) / given.corpus
    seeds = [int(seed) for seed in given.seeds.split(",")][: 1 if given.quick else None]
    runs = [measure(corpus, seed, quick=given.quick, settings=given.settings) for seed in seeds]
    ratios = [run["ratio"] for run in runs if run["ratio"] is not None]
    result = {"corpus": given.corpus, "runs": runs, "mean_ratio": fmean(ratios) if ratios else None}
    if given.json:
        print(json.dumps(result, indent=2))
        return
    for run in runs:
        rounds = " ".join(f"{f1:.3f}" for f1 in run["test_f1"])
        ratio = "–" if run["ratio"] is None else f"{run['ratio']:.3f}"
        print(f"seed {run['seed']}: test F1 by round {rounds}; on gold labels {run['gold']['f1']:.3f}; ratio {ratio}")
    if ratios:
        print(f"mean ratio {fmean(ratios):.3f} over {len(ratios)} seeds (SIMULATED annotator)")


if __name__ == "__main__":
    main()
