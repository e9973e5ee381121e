"""The same gold asked again each round: never paid twice, under the cap, and drift only where a test says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from simulator_server import SimulatorServer
from support import sentences
from worker.bench import Bench, make

from llmaaa_tui.core.annotation import GroundedSpan, ItemAnswer
from llmaaa_tui.core.document import Span
from llmaaa_tui.core.states import Failure, Kind, Role, State
from llmaaa_tui.store import items, replies, rounds
from llmaaa_tui.store.groups import drift
from llmaaa_tui.store.reading import Reading
from llmaaa_tui.store.sentinels import said_at, sentinels, write_sentinels
from llmaaa_tui.worker.drift import _write, drawn, due, watch
from llmaaa_tui.worker.estimate import estimate

GOLD = [*sentences(40, 1), *sentences(60, 2)]


def read(bench: Bench) -> Reading:
    path = bench.folder / "llmaaa.db"
    return Reading(path, path)


def test_sentinels_are_drawn_once_from_meta_and_asked_once_a_round(tmp_path: Path) -> None:
    with SimulatorServer(GOLD) as server:
        bench = make(tmp_path, server, "drift.sentinels=6")
        with bench.open() as context:
            said = estimate(context.paths, context.settings, context.store, context.ledger, context.labels, end=2)
            assert said["sentinels"]["items"] == 12
            assert any("again to see drift comes on top: 12 sentences" in note for note in said["notes"])
            meta = drawn(context.store, context.settings)
            assert set(meta) <= set(items.items_of(context.store, Role.META))
            watch(context, 1)
            ids = sentinels(context.store)
            assert len(ids) == 6
            texts = [items.documents(context.store, some) for some in (meta, ids)]
            assert [one.text for one in texts[0].values()] == [one.text for one in texts[1].values()]
            gold = [items.gold_of(context.store, some) for some in (meta, ids)]
            assert list(gold[0].values()) == list(gold[1].values())
            assert not set(ids) & {one.item for one in items.labels_in_force(context.store)}
        paid = server.bill()
        assert 0 < paid["bill_nanousd"] < said["sentinels"]["worst_nanousd"]
        with bench.open() as context:  # a run that died before it wrote the figures
            context.store.connection.execute("DELETE FROM drift")
            watch(context, 1)
            watch(context, 1)
            assert sentinels(context.store) == ids
        assert server.bill() == paid, "nothing is asked twice"
        rounds_of = bench.rows("SELECT DISTINCT sample, purpose FROM request_item WHERE purpose = 'sentinel'")
        assert rounds_of == [(1, "sentinel")]
        with bench.open() as context:
            rounds.start_round(context.store, 2, "random", 8)
            watch(context, 2)
            assert set(said_at(context.store, ids, context.kit.name, 2)) == set(ids)
        assert server.bill()["bill_nanousd"] > 1.5 * paid["bill_nanousd"], "a repeat is a question of its own"
    reading = read(bench)
    one, two = drift(reading).annotator
    assert (one.first_round, two.first_round, one.change) == (1, 1, None)
    assert one.score is not None
    assert one.score.f1 == 1.0
    assert one.score.low < 1.0
    assert two.change is not None
    assert (two.change.difference, two.change.evidence) == (0.0, False)
    assert two.kappa is not None
    assert two.kappa.value == 1.0
    assert "no evidence of drift at n = 6" in drift(reading).sentence()
    assert {row["purpose"] for row in reading.rows("SELECT purpose FROM spend")} == {"sentinel"}
    reading.close()


def test_nothing_is_begun_that_does_not_fit_and_gold_is_not_asked(tmp_path: Path) -> None:
    with SimulatorServer(GOLD) as server:
        bench = make(tmp_path, server, "drift.sentinels=6")
        with bench.open("budget.cap_usd=0.000001") as context:
            watch(context, 1)
        with bench.open("annotator.provider=gold") as context:
            watch(context, 1)
        with bench.open("drift.every=3") as context:
            assert [number for number in range(1, 9) if due(context.settings, number)] == [1, 4, 7]
            watch(context, 2)
        assert not server.seen
    assert any("does not fit into" in text for text in bench.events("sentinel"))
    assert bench.events("sentinel_refused") == ["drift.sentinels asks nobody: gold is always the same"]
    assert bench.rows("SELECT COUNT(*) FROM drift") == [(0,)]


@pytest.mark.parametrize(("missed", "evidence"), [(1, False), (8, True)])
def test_drift_is_said_where_a_paired_test_says_so(tmp_path: Path, missed: int, evidence: bool) -> None:
    with SimulatorServer(GOLD) as server:
        bench = make(tmp_path, server, "drift.sentinels=15")
    with bench.open() as context:
        ids = write_sentinels(context.store, drawn(context.store, context.settings))
        gold, texts = items.gold_of(context.store, ids), items.documents(context.store, ids)
        struck = [item for item in ids if gold[item].spans][:missed]
        assert len(struck) == missed
        for number in (1, 2):
            if number > 1:
                rounds.start_round(context.store, number, "random", 8)
            for item in ids:
                spans = tuple(GroundedSpan(span, 1) for span in gold[item].spans)
                answer = ItemAnswer(State.LABELLED, spans) if spans else ItemAnswer(State.EMPTY)
                if number == 2 and item in struck:
                    end = len(texts[item].text)
                    wrong = GroundedSpan(Span(end - 1, end, "LOC"), 1)
                    answer = ItemAnswer(State.LABELLED, (wrong,))
                    if item == struck[0]:
                        answer = ItemAnswer(State.FAILED, failure=Failure.NOT_JSON, detail="broken")
                replies.write_answers(
                    context.store, {item: answer}, kind=Kind.LLM, annotator=context.kit.name, number=None,
                    request_key=f"{item}-{number}", sample=number,
                )  # fmt: skip
            _write(context, ids, number, [] if number == 1 else [(1, None)])
    reading = read(bench)
    last = drift(reading).annotator[-1]
    reading.close()
    assert (last.asked, last.answered) == (15, 14)
    assert last.change is not None
    assert last.change.difference < 0
    assert last.change.evidence is evidence
    assert last.change.low <= last.change.difference <= last.change.high
    assert last.agreement_f1 is not None
    assert last.agreement_f1.n == 14
