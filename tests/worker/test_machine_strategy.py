"""A round that nothing was picked for follows the settings: a strategy that could not pick it does not keep it."""

from __future__ import annotations

from pathlib import Path

from simulator_server import SimulatorServer
from support import sentences
from worker.bench import make

from llmaaa_tui.store import rounds
from llmaaa_tui.worker import machine


def test_another_strategy_takes_over_an_open_round(tmp_path: Path, tiny_encoder: Path) -> None:
    student = ("student.epochs=1", "student.threads=1", f"student.encoder={tiny_encoder}")
    with SimulatorServer(sentences(40, 1) + sentences(60, 2)) as server:
        bench = make(tmp_path, server, *student, batch=6)
        with bench.open("loop.rounds=1") as context:
            assert machine.run(context).code == 0
            rounds.start_round(context.store, 2, "uninstalled", 6)
        with bench.open("loop.rounds=2", "loop.strategy=random") as context:
            assert machine.run(context).code == 0
        assert bench.rows("SELECT strategy FROM round") == [("random",), ("uninstalled",)], "rows are never changed"
        assert bench.rows("SELECT strategy FROM rounds") == [("random",), ("random",)]
        assert bench.rows("SELECT DISTINCT strategy FROM selection WHERE round = 2") == [("random",)]
