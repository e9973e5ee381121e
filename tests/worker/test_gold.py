"""The gold annotator in the loop: what it does not know, or names otherwise than the project, fails once."""

from __future__ import annotations

from pathlib import Path

from simulator_server import SimulatorServer
from support import sentences
from worker.bench import make

from llmaaa_tui.worker.annotate import annotate


def test_what_gold_does_not_know_fails_once_and_the_round_goes_on(tmp_path: Path) -> None:
    pool = sentences(10, 1)
    del pool[0]["tags"]
    pool[1]["tags"] = ["B-RARE", *["O"] * (len(pool[1]["tokens"]) - 1)]
    with SimulatorServer(sentences(4, 1)) as server:
        bench = make(tmp_path, server, "annotator.provider=gold", "annotator.samples=3", pool=pool, batch=4)
        with bench.open() as context:
            assert not annotate(context, 1), "no budget ended it"
    rows = bench.rows("SELECT failure, COUNT(*) FROM annotation WHERE round = 1 GROUP BY 1 ORDER BY 1")
    assert rows == [(None, 2), ("no_answer", 1), ("unknown_label", 1)]
