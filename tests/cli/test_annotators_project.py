"""`llmaaa annotators DIR`: the command, real simulators, and what a person sees."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from support import Project, llmaaa

from llmaaa_tui.resources import data_root
from llmaaa_tui.simulator.find import bill, find

MakeProject = Any
PROFILES = ("annotator.profile=gpt-4-turbo", "annotator.retrieval=random", "annotator.k=3")
ROW = {
    *("name", "annotator", "kind", "manner", "simulated", "items", "answers", "repeats", "usable", "failed"),
    *("consistency", "token_f1_paper", "entity_token_accuracy", "span_f1_usable", "span_f1_all", "span_f1_strict"),
    *("accuracy", "self_f1", "fleiss_kappa", "fleiss_kappa_without_o", "ungrounded", "unstable", "leakage"),
    *("seconds_per_1000", "nanousd_per_1000", "nanousd_per_correct", "requests"),
}


def paid(project: Project, *states: str) -> int:
    addresses = [find(project.folder / name) for name in states]
    return sum(bill(one)["bill_nanousd"] for one in addresses if one is not None)


@pytest.mark.long
def test_two_profiles_of_the_simulator_are_compared_as_simulations(make_project: MakeProject) -> None:
    project: Project = make_project("two", *PROFILES)
    done = llmaaa(
        "annotators", project.folder, "--with", "annotator.profile=exact", "--sample", "8", "--repeats", "2", "--json"
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert {"annotators", "agreements", "difference", "pareto", "recommendation", "league"} <= said.keys()
    exact, turbo = said["annotators"]
    assert [exact["name"], turbo["name"]] == ["simulated-exact", "simulated-gpt-4-turbo"], "best first"
    assert exact.keys() >= ROW
    assert (exact["span_f1_all"], exact["items"], exact["answers"], exact["simulated"]) == (1, 8, 16, "simulated")
    assert said["recommendation"] == "these are figures of a simulation: they recommend nobody"
    assert said["spent_nanousd"] == paid(project, "simulator.db", "simulator-exact.db") > 0
    assert paid(project, "simulator-exact.db") > 0, "each profile has a process and a bill of its own"
    assert "SIMULATED" in done.stderr
    assert "simulated-exact (spans, 3 shown (random), 2 sentences a request): 8 requests, $" in done.stderr
    shown = llmaaa("annotators", project.folder)
    assert shown.returncode == 0, shown.stderr
    lines = shown.stdout.splitlines()
    assert lines[0] == "8 sentences of dev (random draw), 2 answers each"
    assert lines[2].startswith("simulated-exact")
    assert "simulated-exact: SIMULATED, spans, 3 shown (random), 2 sentences a request" in lines


@pytest.mark.long
def test_what_cannot_be_compared_or_shown_says_so_and_buys_nothing(make_project: MakeProject) -> None:
    project: Project = make_project("refused", *PROFILES)
    none = llmaaa("annotators", project.folder)
    assert (none.returncode, none.stdout.splitlines()[0]) == (
        0,
        "nothing was compared yet; see: llmaaa annotators DIR --estimate",
    )
    assert json.loads(llmaaa("annotators", project.folder, "--json").stdout) == {
        "annotators": [], "agreements": [], "difference": None, "pareto": [], "recommendation": "", "league": [],
    }  # fmt: skip
    refused = llmaaa("annotators", project.folder, "--with", "annotator.profile=exact,annotator.k=0")
    assert refused.returncode == 2
    assert "contenders differ in demonstrations, which simulated answers know nothing of" in refused.stderr
    assert llmaaa("annotators", project.folder, "--set", "annotator.k=0").returncode == 2
    assert llmaaa("annotators", project.folder, "--recorded", "x.jsonl").returncode == 2
    assert llmaaa("annotators").returncode == 2
    poor = llmaaa("annotators", project.folder, "--sample", "8", "--set", "budget.cap_usd=0.001")
    assert poor.returncode == 3
    assert "are left under the cap: nothing was asked" in poor.stderr
    assert project.rows("SELECT COUNT(*) FROM attempt") == [(0,)]
    assert project.status()["comparison"] is None


@pytest.mark.long
def test_a_killed_comparison_asked_for_again_pays_for_nothing_twice(make_project: MakeProject) -> None:
    wanted = ("--with", "annotator.profile=exact", "--sample", "20", "--repeats", "2")
    states = ("simulator.db", "simulator-exact.db")
    calm: Project = make_project("calm", *PROFILES)
    assert llmaaa("annotators", calm.folder, *wanted).returncode == 0
    killed: Project = make_project("killed", *PROFILES, "annotator.concurrency=1")
    estimate = json.loads(llmaaa("annotators", killed.folder, *wanted, "--estimate", "--json").stdout)
    assert sum(one["open"] for one in estimate["contenders"]) == 40
    command = subprocess.Popen(
        [sys.executable, "-m", "llmaaa_tui", "annotators", str(killed.folder), *wanted],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    killed.wait(lambda: bool(killed.rows("SELECT 1 FROM sqlite_master WHERE name = 'attempt_end'")))
    killed.wait(lambda: killed.rows("SELECT COUNT(*) >= 5 FROM attempt_end") == [(1,)])
    killed.kill_worker()
    _, said = command.communicate(timeout=60)
    assert command.returncode == 1, said
    lost = killed.rows("SELECT COUNT(*) FROM attempt WHERE id NOT IN (SELECT attempt_id FROM attempt_end)")[0][0]
    left = json.loads(llmaaa("annotators", killed.folder, *wanted, "--estimate", "--json").stdout)
    assert sum(one["open"] for one in left["contenders"]) <= 35
    assert llmaaa("annotators", killed.folder, *wanted).returncode == 0
    one, other = (project.status()["comparison"] for project in (calm, killed))
    for row in (*one["annotators"], *other["annotators"]):
        row.pop("seconds_per_1000")
    assert one["annotators"] == other["annotators"]
    assert one["difference"] == other["difference"]
    assert paid(calm, *states) == one["spent_nanousd"]
    twice = killed.rows(
        "SELECT COUNT(*) FROM (SELECT request_key FROM attempt JOIN attempt_end ON attempt_id = attempt.id"
        " WHERE state = 'settled' GROUP BY request_key HAVING COUNT(*) > 1)"
    )
    assert twice == [(0,)]
    assert killed.rows("SELECT COUNT(*) FROM attempt") <= [(40 + lost,)]
    assert other["spent_nanousd"] <= paid(killed, *states)


@pytest.mark.long
def test_the_student_stands_beside_them_and_the_league_keeps_its_own(make_project: MakeProject) -> None:
    project: Project = make_project("beside", *PROFILES, "loop.rounds=1", "student.epochs=2", "teacher.measure=dev")
    assert project.run().returncode == 0
    before, known = project.status(), json.loads(llmaaa("annotators", project.folder, "--json").stdout)["league"]
    done = llmaaa(
        "annotators", project.folder, "--with", "annotator.profile=exact", "--sample", "30", "--repeats", "1", "--json"
    )
    assert done.returncode == 0, done.stderr
    said, after = json.loads(done.stdout), project.status()
    student = next(one for one in said["annotators"] if one["kind"] == "student")
    assert (student["usable"], student["nanousd_per_1000"], student["simulated"]) == (30, 0, "simulated")
    assert student["manner"] == "round 1, trained on 20 labels, stopped by these very items"
    assert student["span_f1_all"] == pytest.approx(before["rounds"][0]["dev"]["f1"]), "all of dev"
    assert said["league"] == known
    for key in ("rounds", "crossing", "annotators"):
        assert after[key] == before[key], key
    assert after["comparison"]["spent_nanousd"] == said["spent_nanousd"]
    assert after["budget"]["by_purpose"]["compare"] > 0
    each = [
        (one["budget"]["cap_nanousd"] - one["budget"]["spent_nanousd"]) / one["fits"]["probably"]
        for one in (before, after)
    ]
    assert each[1] == pytest.approx(each[0], rel=0.05), "what an item of the pool costs is as it was"
    assert llmaaa("purge", project.folder, "--yes").returncode == 0
    running = ["pgrep", "-f", f"llmaaa_tui.simulator.*{project.folder}"]
    assert subprocess.run(running, capture_output=True, check=False).stdout == b"", "each profile's holds the gold"


@pytest.mark.long
@pytest.mark.parametrize("task", ["classification", "relation"])
def test_items_with_one_label_are_compared_by_accuracy_too(make_project: MakeProject, task: str) -> None:
    folder = data_root() / "example" / task
    files = {name: folder / f"{name}.jsonl" for name in ("pool", "gold", "test")}
    project: Project = make_project(task, f"project.task={task}", *PROFILES, files=files)
    done = llmaaa(
        "annotators", project.folder, "--with", "annotator.profile=exact", "--sample", "20", "--repeats", "2", "--json"
    )
    assert done.returncode == 0, done.stderr
    exact, turbo = json.loads(done.stdout)["annotators"]
    assert (exact["accuracy"], exact["span_f1_all"], exact["consistency"]) == (1, 1, None)
    assert (exact["items"], exact["fleiss_kappa"]) == (20, 1)
    assert turbo["accuracy_low"] < 1
    paper = llmaaa("annotators", project.folder, "--draw", "paper")
    assert paper.returncode == 2
    assert "counts entity tokens" in paper.stderr
