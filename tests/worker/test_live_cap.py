"""The cap as a person moves it while a worker runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from simulator_server import SimulatorServer
from support import sentences
from worker.bench import Bench, make

from llmaaa_tui.core.snapshot import Ended
from llmaaa_tui.core.states import Phase
from llmaaa_tui.store import rounds
from llmaaa_tui.store.ledger import LedgerStore
from llmaaa_tui.worker import annotate as annotate_module
from llmaaa_tui.worker import machine, train
from llmaaa_tui.worker.annotate import EXHAUSTED, annotate, written_groups
from llmaaa_tui.worker.asking import Asking, ask_all, asking, requests_of
from llmaaa_tui.worker.context import Context

GOLD = sentences(40, 1) + sentences(60, 2)
HIGH = 2_000_000_000


@pytest.fixture
def bench(tmp_path: Path, tiny_encoder: Path) -> Iterator[Bench]:
    settings = ("student.epochs=1", "student.threads=1", "loop.strategy=random", "annotator.concurrency=1")
    with SimulatorServer(GOLD) as server:
        made = make(tmp_path, server, *settings, f"student.encoder={tiny_encoder}", batch=6)
        yield made


def low(bench: Bench) -> str:
    """A cap under which one request fits, and no second."""
    with bench.open() as context:
        groups = written_groups(context.store, 1)
        asked = asking(context, context.kit, 1, "annotate", groups, context.meter(1, Phase.ANNOTATE))
        wanted = {item: [0] for item in asked.documents}
        worst = max(context.kit.worst(one) for one in requests_of(asked, wanted))
    return f"budget.cap_usd={1.01 * worst / 1e9:.9f}"


def raise_cap(context: Context) -> None:
    """As a screen does it, on a connection of its own."""
    other = LedgerStore(context.paths.ledger(context.settings), "a person's screen")
    other.set_cap(HIGH)
    other.close()


@pytest.mark.parametrize("raised", [True, False])
def test_a_run_ends_as_exhausted_unless_the_cap_was_raised_meanwhile(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, raised: bool
) -> None:
    really = train.train_student

    def meanwhile(context: Context, number: int) -> bool:
        if raised and number == 1:
            raise_cap(context)
        return really(context, number)

    monkeypatch.setattr(train, "train_student", meanwhile)
    with bench.open(low(bench), "loop.rounds=2", "loop.batch=4") as context:
        ended = machine.run(context)
        cap = context.ledger.totals().cap_nanousd
        assert rounds.phase_detail(context.store, 1, Phase.ANNOTATE)["budget_skipped"] == 4
    if raised:
        assert ended == Ended(0, "goal reached: 2 of 2 rounds")
        assert cap == HIGH, "no older setting is laid over it"
        assert bench.rows("SELECT COUNT(*) FROM training_example WHERE round = 2") == [(6,)]
    else:
        assert ended == Ended(3, EXHAUSTED)
        assert bench.rows("SELECT COUNT(*) FROM round") == [(1,)]


def test_a_cap_raised_before_the_step_ends_buys_the_rest_of_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    with bench.open(low(bench)) as context:
        totals, looked = context.ledger.totals, []

        def after_the_last() -> object:
            looked.append(totals())
            if len(looked) == 1:
                return looked[0]
            raise_cap(context)
            return totals()

        monkeypatch.setattr(context.ledger, "totals", after_the_last)
        assert not annotate(context, 1), "the budget ended nothing"
    assert bench.rows("SELECT COUNT(*) FROM annotation WHERE kind = 'llm'") == [(6,)]


def test_a_cap_lowered_and_put_back_while_the_step_asks_ends_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    lowered = round(float(low(bench).partition("=")[2]) * 1e9)
    with bench.open() as context:
        before = context.ledger.totals().cap_nanousd
        really, asked = ask_all, list[Asking]()

        def meanwhile(context: Context, one: Asking) -> bool:
            asked.append(one)
            if len(asked) > 1:
                return really(context, one)
            context.ledger.set_cap(lowered)
            gone_on = really(context, one)
            assert one.skipped
            context.ledger.set_cap(before)
            return gone_on

        monkeypatch.setattr(annotate_module, "ask_all", meanwhile)
        assert not annotate(context, 1), "the budget ended nothing"
        assert context.ledger.totals().cap_nanousd == before
    assert bench.rows("SELECT COUNT(*) FROM annotation WHERE kind = 'llm'") == [(6,)]


def test_a_round_cut_short_under_a_lower_cap_goes_on_under_the_live_one(bench: Bench) -> None:
    with bench.open(low(bench)) as context:
        assert annotate(context, 1)
    with bench.open(low(bench)) as context:
        assert machine._was_exhausted(context)
        raise_cap(context)
        assert not machine._was_exhausted(context)
