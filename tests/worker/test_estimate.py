"""What is said to cost is what is still to be bought: no more, no less, and at worst never less than the bill."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from simulator_server import SimulatorServer
from support import llmaaa, sentences, write_jsonl
from worker.bench import PRICES, Bench, make

from llmaaa_tui.errors import WaitingError
from llmaaa_tui.store import rounds
from llmaaa_tui.store.database import Store
from llmaaa_tui.worker import teacher
from llmaaa_tui.worker.annotate import annotate
from llmaaa_tui.worker.estimate import estimate
from llmaaa_tui.worker.pick import pick

GOLD = sentences(40, 1) + sentences(60, 2)
ECONOMY = ("annotator.economy=true", "annotator.batch_wait_s=0")


def figures(bench: Bench, *sets: str) -> dict[str, Any]:
    with bench.open(*sets) as context:
        return estimate(context.paths, context.settings, context.store, context.ledger, context.labels)


def test_a_pool_nearly_empty_is_counted_once(tmp_path: Path) -> None:
    with SimulatorServer(GOLD) as server:
        bench = make(tmp_path, server, "loop.rounds=9", "annotator.retries=0", pool=sentences(20, 1))
        for asked in (False, True):
            if asked:
                with bench.open() as context:
                    annotate(context, 1)
            said = figures(bench)
            assert (said["this_round"]["round"], said["this_round"]["items"]) == (1, 0 if asked else 8)
            assert (said["rest"]["rounds"], said["rest"]["items"]) == (8, 12)
            probed = figures(bench, "leakage.per_round=2")["leakage"]
            assert probed["items"] == 6, "two of each round that picks something: of 8, 8 and 4"


def test_a_goal_of_labels_counts_the_rounds_as_they_are_planned(tmp_path: Path) -> None:
    with SimulatorServer(GOLD) as server:
        bench = make(tmp_path, server, "loop.schedule=quadratic", "loop.rounds=4", "loop.initial=2", "loop.batch=10")
    done = llmaaa("estimate", bench.folder, "--until", "labels=18", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["rest"]["rounds"], said["rest"]["items"]) == (2, 16), "of 2, 6, 10 and 14 those up to the third round"


def test_a_round_half_asked_counts_what_is_missing_and_what_failed(tmp_path: Path) -> None:
    with SimulatorServer(GOLD) as server:
        bench = make(tmp_path, server, "annotator.concurrency=1", "annotator.unknown=ask")
        server.script(["ok", "reset_after", "refusal"])  # the second waits for a person, the third failed
        with bench.open("annotator.retries=0") as context, pytest.raises(WaitingError):
            annotate(context, 1)
        assert figures(bench)["this_round"]["items"] == 4
        assert figures(bench)["this_round"]["requests"] == 2
        assert figures(bench, "annotator.retries=0")["this_round"]["items"] == 2
        # Two items answered once need two answers more, two failed once three, and two were never answered.
        more = figures(bench, "annotator.samples=3", "annotator.retries=1")["this_round"]
        assert (more["items"], more["requests"]) == (8, 2 + 2 + 3 + 3)
        before = server.bill()["bill_nanousd"]
        with bench.open("annotator.unknown=resend", "annotator.samples=3", "annotator.retries=1") as context:
            annotate(context, 1)
        paid = server.bill()["bill_nanousd"] - before
        assert 0.8 < paid / more["expected_nanousd"] < 1.2


def test_another_annotator_is_not_charged_for_what_the_first_one_labelled(tmp_path: Path) -> None:
    with SimulatorServer(GOLD) as server:
        bench = make(tmp_path, server, "annotator.retries=0")
        server.script({"items": {"no1x0 ": "refusal"}})
        with bench.open() as context:
            annotate(context, 1)
        reopened = Store(bench.folder / "llmaaa.db")
        reopened.connection.execute("DELETE FROM phase WHERE name = 'annotate'")  # as where its worker was killed
        reopened.close()
        assert figures(bench, "annotator.model=other")["this_round"]["items"] == 2


def test_what_is_with_the_provider_is_held_and_not_charged_again(tmp_path: Path) -> None:
    with SimulatorServer(GOLD, batch_s=60) as server:
        bench = make(tmp_path, server, "annotator.retries=0")
        with bench.open(*ECONOMY) as context, pytest.raises(WaitingError):
            annotate(context, 1)
        said = figures(bench, *ECONOMY)
        assert (said["this_round"]["expected_nanousd"], said["this_round"]["worst_nanousd"]) == (0, 0)
        assert said["budget"]["held_nanousd"] > 0
        assert said["fits"]["surely"] > 0


def test_the_measured_annotator_and_the_second_model_come_on_top(tmp_path: Path) -> None:
    with SimulatorServer(GOLD) as server:
        bench = make(tmp_path, server, "teacher.measure=dev", "annotator.escalate=other", "annotator.retries=0")
        said = figures(bench)
        assert said["teacher"]["items"] == 20
        once = said["this_round"]["worst_nanousd"] + said["rest"]["worst_nanousd"]
        assert said["escalation"]["worst_nanousd"] > 1.5 * once, "every sentence, at twice the price"
        assert any("on dev comes on top" in note for note in said["notes"])
        assert any("other is asked about the unsure on top" in note for note in said["notes"])
        with bench.open() as context:
            teacher.measure_teacher_once(context)
        assert said["teacher"]["expected_nanousd"] * 0.8 < server.bill()["bill_nanousd"]
        assert server.bill()["bill_nanousd"] < said["teacher"]["worst_nanousd"]
        assert figures(bench)["teacher"]["items"] == 0


def test_the_requests_of_a_first_random_round_are_counted_as_they_are_sent(tmp_path: Path) -> None:
    """Pairs of one sentence share a request, twenty at most, which two a request would not say."""
    names = ["Ada", "Boris", "Clara", "Dino", "Ewa", "Farid", "Gita"]

    def place(at: int) -> dict[str, int]:
        return {"start": at, "end": at + 1}

    def pairs(seed: int, numbers: range, most: int) -> list[dict[str, Any]]:
        return [
            {
                "tokens": [*names[: 2 + number % most], f"s{seed}x{number}", "."],
                "head": place(head),
                "tail": place(tail),
                "label": "met" if head < tail else "no_relation",
            }
            for number in numbers
            for head, tail in permutations(range(2 + number % most), 2)
        ]

    rows = {"pool": pairs(1, range(12), 6), "gold": pairs(2, range(60), 1)}
    files = {name: write_jsonl(tmp_path / f"{name}.jsonl", some) for name, some in rows.items()}
    with SimulatorServer(list(files.values()), task="relation") as server:
        sets = (
            *("annotator.provider=compatible", "annotator.model=simulated-exact", f"annotator.base_url={server.url}"),
            *("annotator.retrieval=random", "loop.initial=100", "loop.rounds=2", "annotator.per_request=2"),
        )
        flags = [str(part) for name, path in files.items() for part in (f"--{name}", path)]
        settings = [part for one in sets for part in ("--set", one)]
        done = llmaaa("new", tmp_path / "p", "--task", "relation", *flags, *settings)
        assert done.returncode == 0, done.stderr
        (tmp_path / "p" / "prices.toml").write_text(PRICES, encoding="utf-8")
        bench = Bench(tmp_path / "p", server)
        said = figures(bench)
        with bench.open() as context:
            rounds.start_round(context.store, 1, "random", 100)
            pick(context, 1)
            once = estimate(context.paths, context.settings, context.store, context.ledger, context.labels)
            annotate(context, 1)
    assert said["this_round"]["items"] == once["this_round"]["items"] == 100
    assert said["this_round"]["requests"] == once["this_round"]["requests"]
    assert said["this_round"]["requests"] == len(server.seen) < 30
    read = {" ".join(row["tokens"]) for row in rows["pool"]}
    words = said["human"]["cost_nanousd_low"] * 50 / 110_000_000
    assert 0.7 < words / sum(len(text.split()) for text in read) <= 1, "a person reads a sentence once"
    assert said["rest"]["items"] == 50
    assert said["rest"]["requests"] <= 14, "about one a sentence"


def test_gold_costs_nothing_and_says_how_many(tmp_path: Path) -> None:
    with SimulatorServer(GOLD) as server:
        bench = make(tmp_path, server, "loop.rounds=2")
        said = figures(bench, "annotator.provider=gold")
    assert said["this_round"] == {**said["this_round"], "round": 1, "items": 8, "worst_nanousd": 0}
    assert said["rest"] == {**said["rest"], "rounds": 1, "items": 8, "worst_nanousd": 0}


def test_nothing_is_written(tmp_path: Path) -> None:
    with SimulatorServer(GOLD) as server:
        bench = make(tmp_path, server)
        before = {path: path.read_bytes() for path in bench.folder.iterdir() if path.is_file()}
        done = llmaaa("estimate", bench.folder, "--json")
        assert done.returncode == 0, done.stderr
        assert {path: path.read_bytes() for path in bench.folder.iterdir() if path.is_file()} == before
        assert not server.seen
