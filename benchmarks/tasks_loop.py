"""The loop on relations, classes and Chinese names: four rounds of fifty on public corpora, annotator SIMULATED.

    python benchmarks/tasks_loop.py [--sets A,B] [--annotator simulator|gold] [--seeds 1,2] [--work FOLDER] [--json]
                                    [--quick] [--data DIR]

Each set is an ordinary project, made with `llmaaa new` and run with `llmaaa run --headless`: slices of whole sentences
drawn by the seed (1,500 items of train as pool, 150 others as gold, 500 of test), at most 12 epochs. `--annotator gold`
is the same run on gold labels. Errors of the simulator are assumed for classes and relations (docs/SIMULATOR.md), so
the figures say that the loop learns, not how good a model is. `rises` is the last test F1 above the first.

zh_resume stands here with a warning: the embedded encoder is English and turns most Chinese characters into unknown
pieces, so what it learns there is position and Latin letters.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from itertools import groupby
from pathlib import Path
from typing import Any

from loop_against_gold import data_folder

SETS = {
    "conll04_tacred": ("re", "relation", "English", "news"),
    "semeval2010_task8": ("re", "relation", "English", "web"),
    "trec6": ("classification", "classification", "English", "questions"),
    "zh_resume": ("ner", "ner", "Chinese", "resumes"),
}
SIZES = {"pool": 1500, "gold": 150, "test": 500}
QUICK = {"pool": 120, "gold": 90, "test": 60}


def sentences(corpus: Path, split: str) -> list[list[dict[str, Any]]]:
    """The rows of a split, those of one sentence together; [] where there is no such split."""
    for suffix in ("json", "jsonl"):
        file = corpus / f"{split}.{suffix}"
        if file.exists():
            text = file.read_text(encoding="utf-8")
            rows = json.loads(text) if suffix == "json" else [json.loads(line) for line in text.splitlines()]
            return [
                list(group)
                for _, group in groupby(rows, key=lambda row: row.get("token") or row.get("tokens") or row["text"])
            ]
    return []


def slices(corpus: Path, folder: Path, seed: int, sizes: dict[str, int]) -> list[str]:
    """Files of whole sentences, and the flags of `llmaaa new` that name them."""
    drawn = random.Random(f"{corpus.name} {seed}")
    train, test = sentences(corpus, "train"), sentences(corpus, "test")
    drawn.shuffle(train)
    drawn.shuffle(test)
    flags = []
    for role, source in (("pool", train), ("gold", train), ("test", test)):
        rows: list[dict[str, Any]] = []
        while source and len(rows) < sizes[role]:
            rows += source.pop()
        tacred = "token" in rows[0]
        file = folder / f"{role}.{'json' if tacred else 'jsonl'}"
        text = json.dumps(rows) if tacred else "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        file.write_text(text, encoding="utf-8")
        flags += [f"--{role}", str(file)]
    return flags


def measure(name: str, seed: int, annotator: str, corpora: Path, work: Path, quick: bool) -> dict[str, Any]:
    """Make and run one project; its figures by round."""
    kind, task, language, domain = SETS[name]
    folder = work / f"{name}_{annotator}_{seed}"
    if not (folder / "llmaaa.toml").is_file():
        work.mkdir(parents=True, exist_ok=True)
        files = work / f"slices_{name}_{seed}"
        files.mkdir(exist_ok=True)
        flags = slices(corpora / kind / name, files, seed, QUICK if quick else SIZES)
        sets = {
            "annotator.provider": annotator,
            "annotator.profile": "gpt-4-turbo",
            "budget.cap_usd": "20",
            "loop.initial": 20 if quick else 50,
            "loop.batch": 20 if quick else 50,
            "loop.rounds": 2 if quick else 4,
            "student.epochs": 3 if quick else 12,
            "student.threads": 1,
        }
        flags += ["--task", task, "--language", language, "--domain", domain, "--seed", str(seed)]
        flags += [part for key, value in sets.items() for part in ("--set", f"{key}={value}")]
        _llmaaa("new", str(folder), *flags)
    status = json.loads(_llmaaa("run", str(folder), "--headless", "--json"))
    rounds = status["rounds"]
    f1 = [row["test"]["f1"] for row in rounds]
    return {
        "set": name,
        "task": task,
        "annotator": annotator,
        "simulated": status["simulated"],
        "seed": seed,
        "labels": [row["train_size"] for row in rounds],
        "test_f1": f1,
        "test_interval": [[row["test"]["low"], row["test"]["high"]] for row in rounds],
        "test_n": rounds[-1]["test"]["n"],
        "test_accuracy": [(row["accuracy"].get("test") or {}).get("value") for row in rounds],
        "picked_f1": [row["picked"]["f1"] if row.get("picked") else None for row in rounds],
        "failed": sum(sum(row["failed"].values()) for row in rounds),
        "spent_nanousd": status["budget"]["spent_nanousd"],
        "seconds": round(sum(sum(row["seconds"].values()) for row in rounds)),
        "rises": f1[-1] > f1[0],
    }


def _llmaaa(*arguments: str) -> str:
    done = subprocess.run([sys.executable, "-m", "llmaaa_tui", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"llmaaa {arguments[0]} ended with {done.returncode}: {done.stderr.strip()[-600:]}")
    return done.stdout


def main() -> None:
    """Print the figures, as lines or as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument(
        "--quick", action="store_true", help="two tiny rounds of trec6, in a folder that is thrown away"
    )
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--annotator", choices=("simulator", "gold"), default="simulator")
    parser.add_argument("--seeds", default="1")
    parser.add_argument("--work", type=Path)
    parser.add_argument("--data", type=Path)
    given = parser.parse_args()
    names = ["trec6"] if given.quick else given.sets.split(",")
    corpora = data_folder(given.data).parent
    with tempfile.TemporaryDirectory() as thrown_away:
        work = Path(thrown_away) if given.quick or given.work is None else given.work.absolute()
        rows = []
        for name in names:
            for seed in map(int, given.seeds.split(",")):
                row = measure(name, seed, given.annotator, corpora, work, given.quick)
                rows.append(row)
                curve = " ".join(f"{one:.3f}" for one in row["test_f1"])
                print(f"{name}, seed {seed}, {row['simulated'] or 'gold labels'}: {curve}", file=sys.stderr, flush=True)
    if given.json:
        print(json.dumps({"rows": rows}, indent=1))
        return
    for row in rows:
        print(", ".join(f"{key} {value}" for key, value in row.items()))


if __name__ == "__main__":
    main()
