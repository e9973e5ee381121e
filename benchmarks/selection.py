"""Selection at full size: neighbours of a million sentences, and strategies over vectors that pick 100 of a million.

The vectors stand for mean-pooled sentence embeddings: 2,000 topics whose sizes fall as 1/rank, with variance that falls
along the directions as 1/rank too, within topics as between them. Independent noise would be no test: in it no two
sentences are near, and no index works. Each task runs in a process of its own, on OMP_NUM_THREADS threads (2 if unset),
so that its peak memory is its own; making the vectors counts for memory, not for time.

Prints seconds (of the clock and of the processors), peak memory in GiB, and for neighbours the share of the true five
nearest that were found, over 2,000 of the sentences.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from typing import Any

import numpy as np

from llmaaa_tui.acquisition.contracts import PoolView
from llmaaa_tui.acquisition.registry import get
from llmaaa_tui.acquisition.retrieve import Knn
from llmaaa_tui.acquisition.vectors import Rows, one_thread

DIMENSIONS = 384
TOPICS = 2_000
PICKED = 100
LABELLED = 500
K = 5
CHECKED = 2_000
STRATEGIES = ("kmeans", "coreset", "badge")


def vectors(n: int, seed: int) -> Rows:
    """`n` unit vectors about the same topics whatever the seed, (n, 384)."""
    shared = np.random.default_rng(0)
    spread = np.sqrt(1 / np.arange(1, DIMENSIONS + 1)).astype(np.float32)
    centres = shared.standard_normal((TOPICS, DIMENSIONS), dtype=np.float32) * spread
    sizes = 1 / np.arange(1, TOPICS + 1)
    rng = np.random.default_rng(seed)
    topics = rng.choice(TOPICS, n, p=sizes / sizes.sum())
    rows: Rows = np.empty((n, DIMENSIONS), dtype=np.float32)
    for start in range(0, n, 65_536):
        about = topics[start : start + 65_536]
        block = centres[about] + 0.7 * spread * rng.standard_normal((len(about), DIMENSIONS), dtype=np.float32)
        rows[start : start + len(about)] = block / np.linalg.norm(block, axis=1, keepdims=True)
    return rows


def neighbours(queries: int, demonstrations: int) -> dict[str, Any]:
    """The five nearest demonstrations of each sentence."""
    asked, shown = vectors(queries, 1), vectors(demonstrations, 2)
    measured, found = timed(lambda: Knn().neighbours(asked, shown, K))
    rows = np.linspace(0, queries - 1, min(CHECKED, queries), dtype=int)
    with one_thread() as faiss:
        truth = faiss.knn(asked[rows], shown, K, metric=faiss.METRIC_INNER_PRODUCT)[1]
    hits = sum(len(set(found[row]) & set(true)) for row, true in zip(rows, truth.tolist(), strict=True))
    return {**measured, "recall_at_5": hits / truth.size}


def strategy(name: str, pool: int) -> dict[str, Any]:
    """One strategy that picks 100."""
    rows, labelled = vectors(pool, 1), vectors(LABELLED, 3)
    if name == "badge":
        # How far a label would move the classifier varies much more than where to.
        rows *= np.random.default_rng(4).gamma(1, 1, (pool, 1)).astype(np.float32)
        view = PoolView(range(pool), gradients=rows)
    else:
        view = PoolView(range(pool), embeddings=rows, labelled=labelled)
    measured, selection = timed(lambda: get(name).select(view, PICKED, np.random.default_rng(5)))
    assert len(set(selection.ids)) == PICKED
    return {**measured, "recall_at_5": None}


def timed(work: Any) -> tuple[dict[str, Any], Any]:
    """What `work` took, and what it gave back."""
    clock, processors = time.perf_counter(), time.process_time()
    result = work()
    measured = {
        "seconds": round(time.perf_counter() - clock, 2),
        "cpu_seconds": round(time.process_time() - processors, 2),
        "peak_gib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
    }
    return measured, result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--quick", action="store_true", help="50,000 sentences and 10,000 demonstrations")
    parser.add_argument("--task", choices=("knn", *STRATEGIES), help="one of the tasks alone, in this process")
    options = parser.parse_args()
    pool, demonstrations = (50_000, 10_000) if options.quick else (1_000_000, 100_000)
    if options.task:
        measured = neighbours(pool, demonstrations) if options.task == "knn" else strategy(options.task, pool)
        print(json.dumps({"task": options.task, **measured}))
        return
    rows = []
    for task in ("knn", *STRATEGIES):
        command = [sys.executable, __file__, "--task", task, *(["--quick"] if options.quick else [])]
        environment = {"OMP_NUM_THREADS": "2", **os.environ}
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        row = json.loads(done.stdout)
        rows.append(row)
        if not options.json:
            recall = "" if row["recall_at_5"] is None else f"   recall@5 {row['recall_at_5']:.3f}"
            print(
                f"{task:8} {row['seconds']:8.2f} s   {row['cpu_seconds']:8.2f} processor s   "
                f"{row['peak_gib']:5.2f} GiB{recall}",
                flush=True,
            )
    if options.json:
        sizes = {"sentences": pool, "demonstrations": demonstrations, "dimensions": DIMENSIONS, "picked": PICKED}
        print(json.dumps({**sizes, "tasks": rows}))


if __name__ == "__main__":
    main()
