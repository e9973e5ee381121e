"""A small real project with rounds that were paid for, and the application on it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from store.store_making import ANSWER, EMPTY, FAILED, LABELLED, USAGE, new_project, request
from ui.doubles import Told

from llmaaa_tui.core.snapshot import Score
from llmaaa_tui.core.states import Kind, Phase, Role
from llmaaa_tui.paths import ProjectPaths
from llmaaa_tui.store import items, replies, rounds, runs
from llmaaa_tui.store.ledger import LedgerStore
from llmaaa_tui.store.reader import Facts, Reader
from llmaaa_tui.store.rounds import MetricSet, Picked
from llmaaa_tui.ui.app import LoopApp
from llmaaa_tui.ui.doors import Doors

CAP = 2_000_000_000
CURVE = (0.40, 0.55, 0.62, 0.66)
SETTINGS = '# ours\n[budget]\ncap_usd = "2.00"  # for now\n'
EACH = 10_000_000
"""Nano-USD that each request costs."""


class Accounts:
    """A project whose rounds of `batch` items, one request each, were answered, trained and measured."""

    def __init__(self, folder: Path, done: int = 4, batch: int = 10, goals: tuple[str, ...] = ("rounds=6",)) -> None:
        self.paths = ProjectPaths(folder)
        self.paths.settings.write_text(SETTINGS, encoding="utf-8")
        self.database = folder / "p.db"
        self.store, self.project = new_project(self.database, pool=100)
        self.ledger = LedgerStore(self.database, self.project)
        self.pool = items.items_of(self.store, Role.POOL)
        self.batch = batch
        if done:
            self.ledger.set_cap(CAP)
            runs.start_run(
                self.store,
                version="0",
                settings={"annotator_name": "simulated-m", "loop": {"rounds": 6}, "student": {"encoder": "tiny"}},
                goals=list(goals),
                rates={},
                simulated="simulated",
            )
        for number in range(1, done + 1):
            self.round(number)

    def round(self, number: int) -> None:
        """One whole round: the first item comes out empty, the second failed."""
        chosen = self.pool[(number - 1) * self.batch : number * self.batch]
        rounds.start_round(self.store, number, "random", self.batch)
        picked = [Picked(item, rank, None, (), rank) for rank, item in enumerate(chosen, 1)]
        rounds.write_selection(self.store, number, "random", picked, 0.1)
        for place, item in enumerate(chosen):
            asked = request(f"r{item}", [item])
            replies.map_requests(self.store, [asked], number, "annotate")
            attempt = self.ledger.hold(asked, 2 * EACH, "annotate")
            assert attempt is not None
            self.ledger.settle(attempt, ANSWER, USAGE, EACH)
            said = {0: EMPTY, 1: FAILED}.get(place, LABELLED)
            replies.write_answers(
                self.store, {item: said}, kind=Kind.LLM, annotator="simulated-m", number=number, request_key=f"r{item}"
            )
        rounds.finish_phase(self.store, number, Phase.ANNOTATE, 1.5, {})
        in_force = [(one.item, one.annotation, 1.0) for one in items.labels_in_force(self.store)]
        rounds.write_training_set(self.store, number, in_force)
        rounds.write_model(self.store, number, f"models/{number}", {}, 3, 0.2, 2.5)
        f1 = CURVE[number - 1]
        score = Score(f1, f1, f1, 40, f1 - 0.05, f1 + 0.05)
        picked_score = MetricSet("annotator", "picked", replace(score, f1=0.7, low=0.6, high=0.8), {})
        rounds.finish_evaluation(self.store, number, [MetricSet("student", "dev", score, {}), picked_score], 0.5)

    def app(self, *, readonly: bool = False, place: str = "budget") -> LoopApp:
        """The application on this project, at a place."""
        facts = Facts(annotator="simulated-m", encoder="e", simulated="simulated", cap_nanousd=CAP, rounds=6)
        doors = Doors(self.paths, self.database, self.database, "mara", "screen-1")
        reader = Reader(self.database, self.database, facts)
        return LoopApp(reader, Told(), reviewer="mara", readonly=readonly, doors=doors, place=place)

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """Rows of the store, as they are now."""
        return [tuple(row) for row in self.store.rows(sql)]

    def close(self) -> None:
        self.ledger.close()
        self.store.close()
