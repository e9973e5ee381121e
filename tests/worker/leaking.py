"""A project whose dev and test a simulator may have memorised, and the worker's hands on it; made once, then copied."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from simulator_server import SimulatorServer
from support import llmaaa, sentences, write_jsonl
from worker.bench import Bench

from llmaaa_tui.core.leakage import Finding, Probe
from llmaaa_tui.core.snapshot import Ended
from llmaaa_tui.core.states import Role
from llmaaa_tui.store.leakage import findings
from llmaaa_tui.store.reading import Reading
from llmaaa_tui.worker.leakage import measure
from llmaaa_tui.worker.probing import Wanted

DATASET = "CoNLL-2003"
MODEL = "simulated-gpt-4-turbo"
POOL, GOLD, TEST = sentences(40, 1), sentences(60, 2), sentences(170, 3)
PRICES = f'["{MODEL}"]\ninput = 10\noutput = 30\nas_of = 2026-11-01\n'


def make(folder: Path, *sets: str) -> Path:
    """The project, whose annotator has no address yet."""
    files = {
        "pool": write_jsonl(folder / "pool.jsonl", POOL),
        "gold": write_jsonl(folder / "gold.jsonl", GOLD),
        "test": write_jsonl(folder / "test.jsonl", TEST),
    }
    write_jsonl(folder / "control.jsonl", sentences(110, 9))
    chosen = (
        *("annotator.provider=compatible", f"annotator.model={MODEL}", "annotator.base_url=http://127.0.0.1:9/v1"),
        *("annotator.retrieval=none", "budget.cap_usd=50", f"leakage.control={folder / 'control.jsonl'}", *sets),
    )
    flags = [part for name, path in files.items() for part in (f"--{name}", str(path))]
    done = llmaaa("new", folder / "project", *flags, *[part for one in chosen for part in ("--set", one)])
    assert done.returncode == 0, done.stderr
    (folder / "project" / "prices.toml").write_text(PRICES, encoding="utf-8")
    return folder / "project"


def server(memorised: float, **options: Any) -> SimulatorServer:
    """A model that has seen this share of everything the project has."""
    return SimulatorServer(
        [*POOL, *GOLD, *TEST], profile="gpt-4-turbo", memorised=memorised, dataset=DATASET, **options
    )


@contextmanager
def copied(project: Path, folder: Path, simulator: SimulatorServer) -> Iterator[Bench]:
    """A copy of the project with this simulator for its annotator."""
    shutil.copytree(project, folder / "project")
    with simulator:
        yield Bench(folder / "project", simulator)


def probe(bench: Bench, *probes: Probe, n: int = 30, split: Role = Role.TEST, sets: tuple[str, ...] = ()) -> Ended:
    """Measure these probes as the worker does."""
    wanted = Wanted(probes or tuple(Probe), split, n)
    with bench.open(f"leakage.dataset={DATASET}", *sets) as context:
        return measure(context, wanted.as_json())


def found(bench: Bench, as_of: int | None = None) -> dict[Probe, Finding]:
    """The newest findings that are of no round, as the screens read them."""
    reading = Reading(bench.folder / "llmaaa.db", bench.folder / "llmaaa.db")
    try:
        return {one.probe: one for one in findings(reading, as_of) if one.round is None}
    finally:
        reading.close()
