"""`llmaaa leakage DIR --probe`: asked under the cap, never paid twice, failures apart, corrected over all that ran."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from simulator_server import SimulatorServer
from support import Project, llmaaa, sentences
from worker.leaking import DATASET, MODEL, copied, found, make, probe, server

from llmaaa_tui.core.leakage import Probe, Verdict
from llmaaa_tui.core.states import Role
from llmaaa_tui.errors import ProjectError
from llmaaa_tui.worker.probing import Planner, Wanted

EASY = (Probe.SOURCE, Probe.CONTINUATION, Probe.QUIZ, Probe.LABEL_ORDER)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("leaking"))


def test_half_memorised_is_evidence_and_nothing_memorised_is_none(project: Path, tmp_path: Path) -> None:
    with copied(project, tmp_path / "half", server(0.5)) as bench:
        ended = probe(bench, *EASY)
        assert ended.code == 0
        assert "evidence by source" in ended.reason
        half = found(bench)
        asked = bench.server.bill()["requests"]
        again = probe(bench, *EASY)  # all is paid: nothing is asked
        assert (again.code, again.reason) == (0, ended.reason)
        assert bench.server.bill()["requests"] == asked
        assert found(bench) == half
        purposes = bench.rows("SELECT purpose, COUNT(*) FROM attempt GROUP BY purpose")
        assert purposes == [("leakage", asked)]
        assert bench.rows("SELECT COUNT(*) FROM annotation WHERE kind = 'llm'") == [(0,)]
    for one in (Probe.SOURCE, Probe.QUIZ, Probe.LABEL_ORDER):
        assert half[one].verdict is Verdict.EVIDENCE
        assert half[one].against is not None
    assert half[Probe.SOURCE].n == 30
    assert (half[Probe.SOURCE].simulated, half[Probe.SOURCE].split) == ("simulated", "test")
    with copied(project, tmp_path / "none", server(0.0)) as bench:
        probe(bench, Probe.SOURCE, Probe.QUIZ, n=20)
        assert {one.verdict for one in found(bench).values()} == {Verdict.NONE}


def test_where_the_budget_ends_fewer_items_are_measured_and_the_rest_can_be_bought(
    project: Path, tmp_path: Path
) -> None:
    with copied(project, tmp_path, server(0.5)) as bench:
        ended = probe(bench, Probe.SOURCE, Probe.QUIZ, n=20, sets=("budget.cap_usd=0.15",))
        assert ended.code == 3
        assert "raise budget.cap_usd" in ended.reason
        few = found(bench)
        assert 0 < few[Probe.SOURCE].n < 20
        assert abs(few[Probe.SOURCE].n - few[Probe.QUIZ].n) <= 8  # asked by item: none is left without its control
        assert few[Probe.SOURCE].unanswered == 0  # what was not asked did not fail
        (spent,) = bench.rows("SELECT spent_nanousd FROM budget")[0]
        assert 0 < spent <= 150_000_000
        assert probe(bench, Probe.SOURCE, Probe.QUIZ, n=20).code == 0
        assert found(bench)[Probe.SOURCE].n == 20
        keys = bench.rows("SELECT COUNT(DISTINCT request_key) FROM probe")[0][0]
        bill = bench.server.bill()
        assert (bill["requests"], bill["repeated"]) == (keys, 0)


def test_what_refuses_or_fails_is_counted_apart_and_is_no_miss(project: Path, tmp_path: Path) -> None:
    broken = ["refusal", "ok", "bad_json", "ok", "content_filter", "ok"]
    with copied(project, tmp_path, server(1.0, script=broken)) as bench:
        assert probe(bench, Probe.SOURCE, n=12, sets=("leakage.control=", "annotator.concurrency=1")).code == 0
        one = found(bench)[Probe.SOURCE]
    assert (one.n, one.unanswered, one.rate) == (9, 3, 1.0)
    assert one.verdict is Verdict.NO_CONTROL


def test_correction_is_over_all_probes_run_so_far_and_the_past_stays_as_it_was(project: Path, tmp_path: Path) -> None:
    with copied(project, tmp_path, server(0.3)) as bench:
        probe(bench, Probe.SOURCE, n=12)
        alone = found(bench)[Probe.SOURCE]
        (then,) = bench.rows("SELECT MAX(seq) FROM finding")[0]
        assert alone.p is not None
        assert alone.p_holm == alone.p
        probe(bench, Probe.QUIZ, n=12)
        both = found(bench)
        assert both[Probe.SOURCE].p == alone.p
        assert {both[one].p_holm for one in both} == {
            2 * min(both[one].p or 0 for one in both),
            max(2 * min(both[one].p or 0 for one in both), max(both[one].p or 0 for one in both)),
        }
        assert found(bench, then) == {Probe.SOURCE: alone}
        assert found(bench, then - 1) == {}


def test_what_cannot_be_asked_says_why(project: Path, tmp_path: Path) -> None:
    with copied(project, tmp_path, server(0.0)) as bench:
        with bench.open() as context:
            made = Planner(context.store, context.settings, context.kit, Wanted(n=5), bench.folder).plan()
            assert set(made.refused) == {Probe.SOURCE, Probe.QUIZ, Probe.LABEL_ORDER}
            assert "--dataset" in made.refused[Probe.SOURCE]
            # Without a name there is one arm, held against control texts.
            arms = {(put.row.probe, put.row.arm) for put in made.puts}
            assert {arm for name, arm in arms if name is Probe.CONTINUATION} == {"general", "control"}
        with bench.open(f"leakage.dataset={DATASET}") as context:
            wanted = Wanted(split=Role.POOL, n=5)
            made = Planner(context.store, context.settings, context.kit, wanted, bench.folder).plan()
            assert set(made.refused) == {Probe.LABEL_ORDER, Probe.PERTURBED}
            assert {put.row.probe for put in made.puts} == {Probe.SOURCE, Probe.CONTINUATION, Probe.QUIZ}
        with pytest.raises(ProjectError, match="source: needs the name"):
            probe(bench, Probe.SOURCE, sets=("leakage.dataset=",))
        assert bench.server.bill()["requests"] == 0


def test_a_sentence_marked_never_send_is_not_probed_nor_shown(project: Path, tmp_path: Path) -> None:
    with copied(project, tmp_path, server(0.0)) as bench, bench.open(f"leakage.dataset={DATASET}") as context:
        secret = context.store.rows("SELECT id, document_id, text FROM visible_item WHERE role = 'test' LIMIT 40")
        marked = ",".join(str(row["document_id"]) for row in secret)
        context.store.connection.execute(f"UPDATE document SET never_send = 1 WHERE id IN ({marked})")
        made = Planner(context.store, context.settings, context.kit, Wanted(n=200), bench.folder).plan()
        said = "".join(str(put.request.body) for put in made.puts)
        assert len({put.row.subject for put in made.puts if isinstance(put.row.subject, int)}) == 130
        assert not {put.row.subject for put in made.puts} & {row["id"] for row in secret}
        assert not any(row["text"][-30:] in said for row in secret)


def test_the_command_says_what_it_will_cost_and_send_before_it_asks(project: Path, tmp_path: Path) -> None:
    with copied(project, tmp_path, server(0.5)) as bench:
        folder = bench.folder
        empty = llmaaa("leakage", folder)
        assert (empty.returncode, "nothing has been asked yet" in empty.stdout) == (0, True)
        remote = ("--set", "annotator.base_url=https://example.org/v1", "--dataset", DATASET, "--n", "5")
        refused = llmaaa("leakage", folder, "--probe", "source,quiz", *remote)
        assert refused.returncode == 2
        assert "source: 5 sentences and 5 control texts, 10 requests, at most $" in refused.stderr
        assert "compatible then has texts that your F1 is measured on" in refused.stderr
        assert "consent is missing" in refused.stderr.splitlines()[-1]
        assert bench.rows("SELECT COUNT(*) FROM job") == [(0,)]
        wrong = llmaaa("leakage", folder, "--probe", "sauce")
        assert (wrong.returncode, "'sauce' is not known" in wrong.stderr) == (2, True)
        idle = llmaaa("leakage", folder, "--n", "5")
        assert (idle.returncode, "--n: say which probes with --probe all" in idle.stderr) == (2, True)


@pytest.mark.long
def test_a_killed_worker_leaves_the_rest_to_the_next_command(project: Path, tmp_path: Path) -> None:
    with copied(project, tmp_path, server(0.5, latency_ms=30)) as bench:
        sets = ("--set", f"annotator.base_url={bench.server.url}", "--set", "annotator.concurrency=2")
        words = [
            "leakage",
            str(bench.folder),
            "--probe",
            "source,label_order",
            "--dataset",
            DATASET,
            "--n",
            "20",
            *sets,
        ]
        running = subprocess.Popen(
            [sys.executable, "-m", "llmaaa_tui", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        held = Project(bench.folder)
        held.wait(lambda: bench.server.bill()["requests"] >= 10)
        held.kill_worker()
        _, said = running.communicate(timeout=60)
        assert running.returncode == 1, said
        assert found(bench) == {}
        lost = held.rows("SELECT COUNT(*) FROM attempt WHERE id NOT IN (SELECT attempt_id FROM attempt_end)")[0][0]
        done = llmaaa(*words, "--json")
        assert done.returncode == 0, done.stderr
        probes = json.loads(done.stdout)["probes"]
        assert [(one["probe"], one["n"], one["model"]) for one in probes] == [
            ("source", 20, MODEL),
            ("label_order", 20, MODEL),
        ]
        assert {"dataset", "rule", "rate", "low", "high", "p", "p_holm", "verdict", "sentence"} <= probes[0].keys()
        bill = bench.server.bill()
        assert bill["requests"] - bill["repeated"] == held.rows("SELECT COUNT(DISTINCT request_key) FROM probe")[0][0]
        assert bill["repeated"] <= lost  # what was in flight alone
        assert json.loads(llmaaa("status", bench.folder, "--json").stdout)["leakage"] == probes
        assert "leakage of" in llmaaa("status", bench.folder).stdout


@pytest.mark.long
@pytest.mark.parametrize("share", [0.5, 0.0])
def test_at_a_hundred_items_a_probe_all_five_see_what_is_there(project: Path, tmp_path: Path, share: float) -> None:
    with copied(project, tmp_path, server(share)) as bench:
        assert probe(bench, n=100).code == 0
        said = found(bench)
        assert set(said) == set(Probe)
        flagged = {one.probe for one in said.values() if one.verdict is Verdict.EVIDENCE}
        assert flagged == (set(Probe) if share else set())
        assert min(one.n for one in said.values()) >= 90


def test_a_dataset_that_nobody_memorised_under_that_name_is_not_named(project: Path, tmp_path: Path) -> None:
    gold = [*sentences(40, 1), *sentences(170, 3)]
    simulator = SimulatorServer(gold, profile="gpt-4-turbo", memorised=1.0, dataset="OntoNotes 5")
    with copied(project, tmp_path, simulator) as bench:
        probe(bench, Probe.SOURCE, n=15)
        assert found(bench)[Probe.SOURCE].rate == 0
        probe(bench, Probe.SOURCE, n=15, sets=("leakage.aliases=Some Set, OntoNotes 5",))  # the same answers, read anew
        assert found(bench)[Probe.SOURCE].rate == 1
