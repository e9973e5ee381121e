"""A project with its first batch picked and a simulator to answer: the annotate step alone, without a student."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator_server import SimulatorServer
from support import llmaaa, sentences, write_jsonl

from llmaaa_tui.config import Settings
from llmaaa_tui.paths import ProjectPaths, open_project
from llmaaa_tui.store import items, rounds
from llmaaa_tui.store.database import Store
from llmaaa_tui.store.lease import Lease
from llmaaa_tui.store.ledger import LedgerStore
from llmaaa_tui.store.rounds import Picked
from llmaaa_tui.worker.annotator import build
from llmaaa_tui.worker.context import Context
from llmaaa_tui.worker.control import Control
from llmaaa_tui.worker.goals import Goals
from llmaaa_tui.worker.session import student_settings

PRICES = """
["simulated-exact"]
input = 10.0
output = 30.0
as_of = 2026-11-01
["simulated-exact".batch]
input = 5.0
output = 15.0
["other"]
input = 20.0
output = 60.0
"""


@dataclass
class Bench:
    """A project on a disk; `open` gives what a worker has at hand."""

    folder: Path
    server: SimulatorServer

    def settings(self, *sets: str) -> tuple[ProjectPaths, Settings]:
        return open_project(self.folder, (f"annotator.base_url={self.server.url}", *sets))

    @contextmanager
    def open(self, *sets: str) -> Iterator[Context]:
        """What a worker that was just started has; everything is closed again at the end."""
        paths, settings = self.settings(*sets)
        database = paths.database(settings)
        lease = Lease(paths.lock, database)
        store = Store(database)
        project = items.project(store)
        ledger = LedgerStore(paths.ledger(settings), project.uuid)
        try:
            ledger.set_cap(settings.cap_nanousd)
            ledger.recover()
            labels = project.label_set(dict(settings.labels))
            yield Context(
                paths=paths,
                settings=settings,
                project=project,
                labels=labels,
                store=store,
                ledger=ledger,
                lease=lease,
                control=Control(store),
                goals=Goals.parse([], settings.loop.rounds),
                kit=build(paths, settings, labels, store),
                student=student_settings(settings),
            )
        finally:
            ledger.close()
            store.close()
            lease.end()

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        store = Store(self.folder / "llmaaa.db")
        try:
            return [tuple(row) for row in store.rows(sql, *parameters)]
        finally:
            store.close()

    def events(self, kind: str) -> list[str]:
        return [text for (text,) in self.rows("SELECT text FROM event WHERE kind = ? ORDER BY id", kind)]


def make(
    folder: Path, server: SimulatorServer, *sets: str, pool: Sequence[Mapping[str, Any]] = (), batch: int = 8
) -> Bench:
    """A project whose annotator is this server, with `batch` items picked, two a request, without demonstrations."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "pool": write_jsonl(folder / "pool.jsonl", [dict(row) for row in pool] or sentences(40, 1)),
        "gold": write_jsonl(folder / "gold.jsonl", sentences(60, 2)),
    }
    chosen = (
        "annotator.provider=compatible",
        "annotator.model=simulated-exact",
        f"annotator.base_url={server.url}",
        "annotator.retrieval=none",
        "annotator.k=0",
        f"loop.initial={batch}",
        f"loop.batch={batch}",
        "leakage.per_round=0",
        *sets,
    )
    flags = [part for name, path in files.items() for part in (f"--{name}", str(path))]
    done = llmaaa("new", folder / "project", *flags, *[part for one in chosen for part in ("--set", one)])
    assert done.returncode == 0, done.stderr
    (folder / "project" / "prices.toml").write_text(PRICES, encoding="utf-8")
    bench = Bench(folder / "project", server)
    pick(bench, 1, batch)
    return bench


def pick(bench: Bench, number: int, batch: int) -> None:
    """Open a round and pick its items in order of import."""
    store = Store(bench.folder / "llmaaa.db")
    try:
        rounds.start_round(store, number, "random", batch)
        pick_open(store, number, batch)
    finally:
        store.close()


def pick_open(store: Store, number: int, batch: int) -> None:
    """The next open items for a round that was opened, two a request."""
    chosen = items.open_items(store)[:batch]
    picked = [Picked(item, n + 1, None, (), n // 2) for n, item in enumerate(chosen)]
    rounds.write_selection(store, number, "random", picked, 0.1)
