"""Round by round: a few items of each selection are probed, which changes no label and never ends the loop."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from simulator_server import SimulatorServer
from support import sentences
from worker.bench import Bench, make, pick

from llmaaa_tui.core.leakage import ALPHA, Finding, Probe, Verdict
from llmaaa_tui.store.leakage import findings, of_rounds
from llmaaa_tui.store.reading import Reading
from llmaaa_tui.worker.annotate import annotate
from llmaaa_tui.worker.estimate import estimate
from llmaaa_tui.worker.leakage_round import _corrected, probe_round, questions

NAMED = ("leakage.dataset=CoNLL-2003", "leakage.per_round=4")
POOL = sentences(40, 1)


def server(memorised: float = 1.0, script: Sequence[str] = ()) -> SimulatorServer:
    return SimulatorServer([*POOL, *sentences(60, 2)], memorised=memorised, script=list(script))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rounds")
    with server() as simulator:
        return make(folder, simulator, "leakage.per_round=3", "loop.rounds=3").folder


def copied(made: Path, folder: Path, simulator: SimulatorServer) -> Bench:
    shutil.copytree(made, folder / "project")
    return Bench(folder / "project", simulator)


def told(bench: Bench) -> tuple[Finding, ...]:
    reading = Reading(bench.folder / "llmaaa.db", bench.folder / "llmaaa.db")
    try:
        (newest,) = findings(reading) or (None,)
        found = of_rounds(reading)
        assert newest == (found[-1] if found else None)
        return found
    finally:
        reading.close()


def purposes(bench: Bench) -> dict[str, int]:
    return dict(bench.rows("SELECT purpose, COUNT(*) FROM attempt GROUP BY purpose"))


def test_each_round_adds_to_one_figure_and_touches_no_label(made: Path, tmp_path: Path) -> None:
    with server() as simulator:
        bench = copied(made, tmp_path, simulator)
        with bench.open(*NAMED) as context:
            annotate(context, 1)
            before = bench.rows("SELECT * FROM annotation") + bench.rows("SELECT * FROM request_item")
            probe_round(context, 1)
            assert bench.rows("SELECT * FROM annotation") + bench.rows("SELECT * FROM request_item") == before
            assert purposes(bench) == {"annotate": 4, "leakage": 8}
            probe_round(context, 1)  # once a round
            assert purposes(bench)["leakage"] == 8
            drawn = [put.row.subject for put in questions(context.store, context.settings, context.kit, 1)]
        pick(bench, 2, 8)
        with bench.open(*NAMED) as context:
            again = [put.row.subject for put in questions(context.store, context.settings, context.kit, 1)]
            assert again == drawn  # another process draws the same
            annotate(context, 2)
            probe_round(context, 2)
        first, second = told(bench)
    assert (first.round, first.n, second.round, second.n) == (1, 4, 2, 8)
    assert (second.rate, second.exact, second.simulated) == (1.0, 8, "simulated")
    assert second.against is not None
    assert second.p is not None
    assert second.p_holm == min(1.0, 2 * 2 * second.p)  # it was looked at twice
    assert len(bench.events("leakage")) == 2


@pytest.mark.parametrize("number", [3, 10, 60])
def test_looks_at_nothing_after_every_round_flag_a_run_in_a_hundred(number: int) -> None:
    looks = np.arange(1, number + 1)
    rng = np.random.default_rng(number)
    p = stats.norm.sf(rng.standard_normal((20_000, number)).cumsum(axis=1) / np.sqrt(looks))
    finding = Finding("a", "d", Probe.CONTINUATION, "near", 5, 0.0, 0.0, 1.0, p=1.0, round=1)
    factor = np.array([_corrected(replace(finding, p=1e-6), int(look)).p_holm or 0.0 for look in looks]) * 1e6
    flagged = (p * factor < ALPHA).any(axis=1).mean()
    assert flagged < 0.0135


def test_without_a_name_the_rate_is_told_and_there_is_no_verdict(made: Path, tmp_path: Path) -> None:
    with server() as simulator:
        bench = copied(made, tmp_path, simulator)
        with bench.open() as context:
            annotate(context, 1)
            probe_round(context, 1)
        (found,) = told(bench)
        assert purposes(bench)["leakage"] == 3
    assert (found.dataset, found.n, found.verdict) == ("", 3, Verdict.NO_CONTROL)


@pytest.mark.parametrize(
    ("sets", "said"),
    [
        (("budget.cap_usd=0.05",), "under the cap: left out this round"),
        (("leakage.per_round=0",), ""),
    ],
)
def test_what_does_not_fit_or_is_not_wanted_is_not_asked(
    made: Path, tmp_path: Path, sets: tuple[str, ...], said: str
) -> None:
    with server() as simulator:
        bench = copied(made, tmp_path, simulator)
        with bench.open(*NAMED) as context:
            annotate(context, 1)
        with bench.open(*NAMED, *sets) as context:
            probe_round(context, 1)
        assert "leakage" not in purposes(bench)
        assert told(bench) == ()
    assert [said in text for text in bench.events("leakage")] == ([True] if said else [])


def test_a_probe_that_fails_is_an_event_and_one_that_refuses_is_no_miss(made: Path, tmp_path: Path) -> None:
    with server() as simulator:
        bench = copied(made, tmp_path, simulator)
        with bench.open(*NAMED, "annotator.concurrency=1") as context:
            annotate(context, 1)
            simulator.script(["refusal", "refusal"])
            probe_round(context, 1)
            (one,) = told(bench)
            assert (one.n, one.rate, one.unanswered) == (3, 1.0, 2)
        pick(bench, 2, 8)
        with bench.open(*NAMED, "annotator.attempts=1") as context:
            annotate(context, 2)
            simulator.script(["401"] * 20)
            probe_round(context, 2)
        assert len(told(bench)) == 1
    assert "left out" in bench.events("leakage")[-1]


def test_a_halt_leaves_the_probe_to_the_next_run_which_pays_for_nothing_twice(made: Path, tmp_path: Path) -> None:
    with server() as simulator:
        bench = copied(made, tmp_path, simulator)
        with bench.open(*NAMED, "annotator.concurrency=1") as context:
            annotate(context, 1)
            asked = simulator.bill()["requests"]
            context.control.should_halt = lambda: simulator.bill()["requests"] > asked + 2  # type: ignore[method-assign]
            probe_round(context, 1)
        assert told(bench) == ()
        assert bench.events("leakage") == []
        with bench.open(*NAMED) as context:
            probe_round(context, 1)
        (one,) = told(bench)
        assert one.n == 4
        bill = simulator.bill()
        assert (bill["requests"], bill["repeated"]) == (asked + 8, 0)


def test_the_estimate_counts_what_the_rounds_will_ask(made: Path, tmp_path: Path) -> None:
    with server() as simulator:
        bench = copied(made, tmp_path, simulator)
        with bench.open(*NAMED) as context:
            said = estimate(context.paths, context.settings, context.store, context.ledger, context.labels)
            one = said["leakage"]
            assert (one["per_round"], one["items"], one["requests"]) == (4, 12, 24)
            annotate(context, 1)
            probe_round(context, 1)
            spent = (
                context.ledger.spent()
                - bench.rows(
                    "SELECT SUM(cost_nanousd) FROM attempt_end JOIN attempt ON attempt.id = attempt_id"
                    " WHERE purpose = 'annotate'"
                )[0][0]
            )
            assert 0.7 < 3 * spent / one["expected_nanousd"] < 1.3
            assert 3 * spent <= one["worst_nanousd"]
            said = estimate(context.paths, context.settings, context.store, context.ledger, context.labels)
            assert said["leakage"]["requests"] == 16
