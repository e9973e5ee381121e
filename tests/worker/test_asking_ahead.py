"""What is asked before its round opens: only what is certain, found paid by the round, and never bought again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from simulator_server import SimulatorServer
from support import sentences
from worker.bench import Bench, make

from llmaaa_tui.core.states import Phase
from llmaaa_tui.errors import AnnotatorError
from llmaaa_tui.store import rounds
from llmaaa_tui.store.ahead import planned_for
from llmaaa_tui.worker.ahead import Ahead
from llmaaa_tui.worker.annotate import annotate
from llmaaa_tui.worker.context import Context
from llmaaa_tui.worker.goals import Goals
from llmaaa_tui.worker.pick import pick

GOLD = sentences(40, 1) + sentences(60, 2)


def ready(folder: Path, server: SimulatorServer, *sets: str) -> Bench:
    """Round 1 is answered and about to be trained."""
    bench = make(folder, server, "loop.strategy=random", "annotator.retries=0", "loop.rounds=3", *sets)
    with bench.open() as context:
        annotate(context, 1)
    return bench


def ask(context: Context) -> bool:
    """Ask ahead until all is answered; whether anything was."""
    meanwhile = Ahead(context)
    meanwhile.begin(1)
    thread = meanwhile._thread
    if thread is not None:
        thread.join()
    meanwhile.end()
    return thread is not None


def next_round(context: Context) -> None:
    rounds.finish_phase(context.store, 1, Phase.EVALUATE, 0.1, {})
    rounds.start_round(context.store, 2, "random", 8)
    pick(context, 2)
    annotate(context, 2)


def test_a_round_finds_its_answers_paid_also_where_people_have_decided_meanwhile(tmp_path: Path) -> None:
    with SimulatorServer(GOLD) as server:
        bench = ready(tmp_path, server)
        with bench.open() as context:
            assert ask(context)
            assert server.bill()["requests"] == 4 + 4
            planned = planned_for(context.store, 2)
            assert planned is not None
            assert not bench.rows("SELECT 1 FROM annotation WHERE round = 2 OR (kind = 'llm' AND round IS NULL)")
        with bench.open() as context:  # as where the worker was killed in the training
            assert not ask(context), "nothing is left to ask"
            assert planned_for(context.store, 2) == planned
            item = planned.picked[0].item
            with context.store.transaction() as seq:
                context.store.insert(
                    "decision", item_id=item, verdict="reject", reviewer="me", created_utc="2026-01-01", seq=seq
                )
            next_round(context)
        assert server.bill() == {**server.bill(), "requests": 8, "repeated": 0}
        assert bench.rows("SELECT item_id FROM selection WHERE round = 2 ORDER BY rank") == [
            (one.item,) for one in planned.picked
        ]
        answered = bench.rows("SELECT item_id FROM annotation WHERE round = 2 AND kind = 'llm' ORDER BY item_id")
        assert answered == sorted((one.item,) for one in planned.picked), "the rejected one's answer is kept beside it"
        assert not bench.rows("SELECT 1 FROM label_in_force WHERE item_id = ?", item)


def test_answers_of_another_annotator_are_not_taken_for_this_ones(tmp_path: Path) -> None:
    other = "simulated-llama-2-70b"
    with SimulatorServer(GOLD) as server, SimulatorServer(GOLD, profile="llama-2-70b") as dearer:
        bench = ready(tmp_path, server)
        prices = bench.folder / "prices.toml"
        prices.write_text(prices.read_text().replace('"other"', f'"{other}"'))
        with bench.open() as context:
            assert ask(context)
        with bench.open(f"annotator.model={other}", f"annotator.base_url={dearer.url}") as context:
            assert ask(context), "as where the worker was killed in the training, and the run goes on with another"
            next_round(context)
        answered = "SELECT DISTINCT annotator, model FROM annotation JOIN request ON request.key = request_key"
        assert bench.rows(f"{answered} WHERE annotation.round = 2") == [(other, other)]


def test_failures_are_left_to_the_round(tmp_path: Path) -> None:
    with SimulatorServer(GOLD) as server:
        bench = ready(tmp_path, server, "annotator.concurrency=1", "annotator.attempts=1")
        with bench.open() as context:
            server.script(["ok", "500"])
            assert ask(context)
            assert 4 < server.bill()["requests"] < 8, "after the first trouble only what was held already goes out"
            next_round(context)
            assert server.bill() == {**server.bill(), "requests": 8, "repeated": 0}
        assert len(bench.rows("SELECT 1 FROM annotation WHERE round = 2 AND state <> 'failed'")) == 8


def test_what_ends_all_asking_ends_the_run(tmp_path: Path) -> None:
    with SimulatorServer(GOLD) as server:
        bench = ready(tmp_path, server)
        with bench.open() as context:
            server.script(["401"] * 8)
            with pytest.raises(AnnotatorError, match="401"):
                ask(context)


def test_nothing_is_asked_that_might_be_for_nothing(tmp_path: Path) -> None:
    with SimulatorServer(GOLD) as server:
        bench = ready(tmp_path, server)
        for one in (
            "loop.ahead=false",
            "loop.strategy=entropy",
            "loop.review=suspicious",
            "loop.reask=1",
            "annotator.economy=true",
            "annotator.provider=gold",
            "teacher.measure=dev",
            "budget.cap_usd=0.10",
        ):
            with bench.open(one) as context:
                assert not ask(context), one
        with bench.open() as context:
            for goals in (
                Goals(rounds=1),
                Goals(labels=99),
                Goals(rounds=3, usd_nanousd=9**12),
                Goals(rounds=3, f1=0.9),
            ):
                assert not ask(replace(context, goals=goals)), goals
            context.control.paused = True
            assert ask(context), "begun,"
            assert server.bill()["requests"] == 4, "but nothing is sent while it is paused"
            context.control.paused = False
            assert ask(context)
