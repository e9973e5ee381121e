"""Annotators compared on one sample of gold: paid once, whole or not at all, and beside the loop, not in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from simulator_server import SimulatorServer
from support import sentences
from worker.bench import Bench, make

from llmaaa_tui.core.comparison import Comparison
from llmaaa_tui.core.copies import CopyFinder
from llmaaa_tui.core.money import format_usd
from llmaaa_tui.core.states import Role
from llmaaa_tui.errors import AnnotatorError, BudgetError, ProjectError, SettingsError
from llmaaa_tui.store import items
from llmaaa_tui.store.comparison import Comparisons
from llmaaa_tui.store.league import League
from llmaaa_tui.worker import compare
from llmaaa_tui.worker.compare_plan import Planned, Wanted, groups_of, planned
from llmaaa_tui.worker.contenders import chosen
from llmaaa_tui.worker.context import Context

GOLD = [*sentences(40, 1), *sentences(60, 2)]
OTHERS = ["annotator.temperature=0.5", "annotator.temperature=1,annotator.structured=false"]
SMALL: dict[str, Any] = {"with": OTHERS, "sample": 6, "repeats": 2}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A project that nothing was compared in yet; for tests that write nothing, or look only at what is new."""
    with SimulatorServer(GOLD) as server:
        yield make(tmp_path_factory.mktemp("compared"), server)


def plan_of(context: Context, wanted: dict[str, Any]) -> Planned:
    return planned(
        context.paths,
        context.settings,
        context.labels,
        context.store,
        context.ledger,
        context.student,
        Wanted.of(wanted),
        (f"annotator.base_url={context.settings.annotator.base_url}",),
    )


def measured(context: Context, wanted: dict[str, Any]) -> Any:
    base = f"annotator.base_url={context.settings.annotator.base_url}"
    return compare.measure(context, {**wanted, "set": [base]})


def newest(bench: Bench) -> Comparison:
    reader = Comparisons(bench.folder / "llmaaa.db", bench.folder / "llmaaa.db")
    try:
        found = reader.newest()
    finally:
        reader.close()
    assert found is not None
    return found


def league(bench: Bench) -> Any:
    reader = League(bench.folder / "llmaaa.db", bench.folder / "llmaaa.db")
    try:
        return reader.table()
    finally:
        reader.close()


def test_what_was_estimated_is_bought_once_and_the_loop_knows_nothing_of_it(tmp_path: Path) -> None:
    with SimulatorServer(GOLD) as server:
        bench = make(tmp_path, server, "budget.cap_usd=20")
        before = league(bench)
        with bench.open() as context:
            plan = plan_of(context, SMALL)
            assert [one.open for one in plan.plans] == [6, 6, 6], "three requests of two, twice"
            ended = measured(context, SMALL)
            assert ended.code == 0, ended.reason
            bill = server.bill()
            assert bill["requests"] == sum(one.open for one in plan.plans)
            assert plan.expected_nanousd * 0.5 < bill["bill_nanousd"] < plan.worst_nanousd
            assert context.ledger.spent() == bill["bill_nanousd"]
            assert context.ledger.totals().held_nanousd == 0
            again = plan_of(context, SMALL)
            assert (again.worst_nanousd, again.items) == (0, plan.items), "drawn once, paid already"
            assert measured(context, SMALL).code == 0
            assert server.bill() == bill
        found = newest(bench)
        assert {row.name for row in found.rows} == {
            "simulated-exact, temperature unset, by schema",
            "simulated-exact, temperature 0.5, by schema",
            "simulated-exact, temperature 1, no schema",
        }
        assert {(row.kind, row.simulated, row.answers, row.usable) for row in found.rows} == {
            ("annotator", "simulated", 12, 6)
        }
        assert all(row.f1 is not None and row.f1.f1 == 1 and row.f1.n == 6 for row in found.rows)
        assert found.spent_nanousd == bill["bill_nanousd"]
        assert sum((row.nanousd_per_1000 or 0) * 12 / 1000 for row in found.rows) == pytest.approx(found.spent_nanousd)
        assert all(row.seconds_per_1000 for row in found.rows)
        assert len(found.agreements) == 6, "every two, and each with the gold"
        assert found.difference is not None
        assert found.difference.value == 0
        assert found.recommendation == "these are figures of a simulation: they recommend nobody"
        assert bench.rows("SELECT COUNT(*) FROM annotation WHERE kind <> 'gold'") == [(0,)]
        assert bench.rows("SELECT DISTINCT purpose FROM attempt") == [("compare",)]
        assert bench.rows("SELECT COUNT(*) FROM comparison_answer WHERE comparison_id = 1") == [(36,)]
        assert bench.rows("SELECT COUNT(DISTINCT item_id) FROM comparison_item WHERE comparison_id = 1") == [(6,)]
        assert league(bench) == before == ()
        said = bench.events("compare")
        assert "comparing 3 annotators on 6 sentences of dev (random draw), 2 times each" in said[0]
        assert all(
            f"${format_usd(one.worst_nanousd, 4)} at most" in line
            for one, line in zip(plan.plans, said[1:4], strict=True)
        )
        assert "6 of them paid already, $0.0000 expected, $0.0000 at most" in said[5]


def test_a_comparison_that_is_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    with SimulatorServer(GOLD, latency_ms=20) as server:
        bench = make(tmp_path, server, "budget.cap_usd=20", "annotator.concurrency=2")
        with bench.open() as context:
            whole = sum(one.open for one in plan_of(context, SMALL).plans)
            tell = context.lease.tell

            def stop(phase: str, progress: dict[str, Any], **more: Any) -> None:
                context.control.stopping = context.control.stopping or len(server.seen) >= 8
                tell(phase, progress, **more)

            context.lease.tell = stop  # type: ignore[method-assign]
            assert measured(context, SMALL).code == 7
        part = server.bill()["requests"]
        assert 0 < part < whole
        assert bench.rows("SELECT COUNT(*) FROM comparison") == [(0,)], "a part says nothing"
        with bench.open() as context:
            assert measured(context, SMALL).code == 0
            assert context.ledger.spent() == server.bill()["bill_nanousd"]
        assert server.bill()["requests"] == whole
        assert server.bill()["repeated"] == 0


def test_the_cap_ends_it_and_what_was_bought_is_kept(tmp_path: Path) -> None:
    with SimulatorServer(GOLD) as server:
        bench = make(tmp_path, server, "annotator.concurrency=1")
        with bench.open("budget.cap_usd=20") as context:
            plan = plan_of(context, SMALL)
        with (
            bench.open("budget.cap_usd=0.001") as context,
            pytest.raises(BudgetError, match=r"nothing was asked; raise budget\.cap_usd"),
        ):
            measured(context, SMALL)
        assert server.bill()["requests"] == 0
        cap = format_usd(plan.expected_nanousd, 6)
        with (
            bench.open(f"budget.cap_usd={cap}") as context,
            pytest.raises(BudgetError, match=r"has given \d+ of 12 answers, which are kept"),
        ):
            measured(context, SMALL)
        assert 0 < server.bill()["requests"] < 18
        assert server.bill()["bill_nanousd"] <= plan.expected_nanousd
        assert bench.rows("SELECT COUNT(*) FROM comparison") == [(0,)]


def test_answers_that_fail_are_failures_and_a_dead_server_ends_it(tmp_path: Path) -> None:
    with SimulatorServer(GOLD) as server:
        bench = make(tmp_path, server, "budget.cap_usd=20", "annotator.concurrency=1", "annotator.attempts=1")
        server.script(["refusal"])
        with bench.open() as context:
            assert measured(context, {"sample": 6, "repeats": 1}).code == 0
        (row,) = newest(bench).rows
        assert (row.usable, row.answers, dict(row.failed)) == (4, 6, {"refusal": 2})
        assert row.f1 is not None
        assert row.f1_usable is not None
        assert row.f1.f1 < row.f1_usable.f1 == 1
        assert server.bill()["requests"] == 3, "none is asked again"
    with bench.open() as context, pytest.raises(AnnotatorError, match="keeps failing"):
        measured(context, {"sample": 6, "repeats": 2})


@pytest.mark.parametrize(
    ("others", "says"),
    [
        (
            ["annotator.k=3,annotator.retrieval=random"],
            "differ in demonstrations, which simulated answers know nothing",
        ),
        (["annotator.format=inline"], "differ in format"),
        (["annotator.guidance=a city, too, is LOC,annotator.profile=exact"], "differ in guidance"),
        (["annotator.profile=exact,annotator.per_request=5"], "differ in items a request"),
        (["annotator.retries=3,annotator.economy=true"], "is asked in the same way twice"),
        (["loop.batch=3"], "loop.batch=3 is no setting of the annotator"),
        (["annotator.formt=inline"], "unknown setting annotator.formt; did you mean format"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_a_sentence(kept: Bench, others: list[str], says: str) -> None:
    with kept.open() as context:
        sets = ("annotator.provider=simulator", "annotator.profile=gpt-4-turbo")
        paths, settings = kept.settings(*sets)
        with pytest.raises(SettingsError) as refused:
            chosen(paths, settings, context.labels, sets, others)
        assert says in str(refused.value)
        assert "--set annotator" not in str(refused.value)


def test_names_say_what_differs_and_only_that(kept: Bench) -> None:
    live = ("annotator.provider=openai", "annotator.base_url=", "annotator.k=5", "annotator.retrieval=knn")
    with kept.open() as context:
        sets = (*live, "annotator.model=gpt-4o")
        paths, settings = kept.settings(*sets)
        others = [
            "annotator.format=inline",
            "annotator.k=0",
            "annotator.model=gpt-4o-mini, annotator.guidance=A town, too",
        ]
        found = chosen(paths, settings, context.labels, sets, others)
        assert [one.name for one in found] == [
            "gpt-4o, spans, 5 shown (nearest), no guidance",
            "gpt-4o, inline, 5 shown (nearest), no guidance",
            "gpt-4o, spans, 0 shown, no guidance",
            "gpt-4o-mini, spans, 5 shown (nearest), “A town, too”",
        ]
        assert found[3].manner == "spans, 5 shown (nearest), 2 sentences a request, own guidance"
        assert {one.simulated for one in found} == {""}
        (one, other) = chosen(paths, settings, context.labels, sets, ["annotator.model=gpt-4o-mini"])
        assert (one.name, other.name) == ("gpt-4o", "gpt-4o-mini")


def test_profiles_of_the_simulator_may_be_compared_and_gold_is_nobody(kept: Bench) -> None:
    with kept.open() as context:
        sets = ("annotator.provider=simulator", "annotator.profile=gpt-4-turbo")
        paths, settings = kept.settings(*sets)
        found = chosen(paths, settings, context.labels, sets, ["annotator.profile=exact"])
        assert [(one.name, one.simulated) for one in found] == [
            ("simulated-gpt-4-turbo", "simulated"),
            ("simulated-exact", "simulated"),
        ]
        gold = ("annotator.provider=gold",)
        paths, settings = kept.settings(*gold)
        with pytest.raises(SettingsError, match="is gold, which is what annotators are measured by"):
            chosen(paths, settings, context.labels, gold, [])
        (only,) = chosen(
            paths, settings, context.labels, gold, ["annotator.provider=simulator,annotator.profile=exact"]
        )
        assert only.name == "simulated-exact"


def test_what_would_be_sent_to_another_host_wants_consent_before_anything_leaves(kept: Bench) -> None:
    far = "annotator.provider=openai,annotator.base_url=https://llm.example.org/v1,annotator.model=gpt-4o"
    with kept.open() as context:
        plan = plan_of(context, {"with": [far], "sample": 4, "repeats": 1})
        (note,) = plan.notes(context.settings)
        assert note.startswith("4 sentences of dev go to llm.example.org: ")
        with pytest.raises(SettingsError, match="consent is missing"):
            measured(context, {"with": [far], "sample": 4, "repeats": 1})
    assert kept.server.bill()["requests"] == 0


def test_the_sample_is_the_same_each_time_and_the_papers_has_neither_few_nor_many_entities(kept: Bench) -> None:
    with kept.open() as context:
        one = plan_of(context, {"sample": 7, "repeats": 1})
        assert one.items == plan_of(context, {"sample": 7, "repeats": 1, "with": OTHERS}).items
        assert one.items != plan_of(context, {"sample": 8, "repeats": 1}).items[:7]
        paper = plan_of(context, {"sample": 200, "repeats": 1, "draw": "paper"})
        for item in paper.items:
            words = paper.documents[item].text.split()
            inside = sum(
                len(paper.documents[item].text[span.start : span.end].split()) for span in paper.gold[item].spans
            )
            assert 0.05 <= inside / len(words) <= 0.5
        dev = items.gold_of(context.store, items.sendable(context.store, Role.DEV))
        assert 0 < len(paper.items) < len(dev), "sentences without any entity are none of it"
        assert "that fit the paper's draw to ask about, not 200" in paper.notes(context.settings)[0]
        with pytest.raises(ProjectError, match="no sentence of test has gold and may be sent; use --split dev"):
            plan_of(context, {"split": "test"})


@pytest.mark.parametrize("retrieval", ["random", pytest.param("knn", marks=pytest.mark.long)])
def test_no_question_shows_its_own_answer_where_dev_and_demonstrations_are_the_same(
    tmp_path: Path, request: pytest.FixtureRequest, retrieval: str
) -> None:
    encoder = str(request.getfixturevalue("tiny_encoder")) if retrieval == "knn" else "embedded"
    with SimulatorServer(GOLD) as server:
        bench = make(tmp_path, server, "project.mode=paper")
    with bench.open() as context:
        annotator = replace(
            context.settings.annotator, k=5, retrieval=retrieval, per_request=3, retrieval_encoder=encoder
        )
        dev = items.documents(context.store, items.sendable(context.store, Role.DEV))
        groups = groups_of(context.store, replace(context.settings, annotator=annotator), dev, context.student)
        assert sorted(item for group in groups for item in group.items) == sorted(dev)
        for group in groups:
            shown = items.documents(context.store, group.demonstrations)
            assert len(shown) == 5
            finder = CopyFinder()
            for item in group.items:
                finder.add(dev[item].text, Role.DEV)
            assert [one.text for one in shown.values() if finder.find(one.text)] == []
