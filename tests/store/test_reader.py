"""One picture of a project, now and as of any earlier moment."""

from __future__ import annotations

import json
import random
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from store.store_making import ANSWER, EMPTY, FACTS, FAILED, LABELLED, USAGE, new_project, request

from llmaaa_tui.core import stopping
from llmaaa_tui.core.snapshot import Calibration, Measure, Score, Snapshot, WorkerMark
from llmaaa_tui.core.states import Kind, Phase, Role, State
from llmaaa_tui.core.status import status
from llmaaa_tui.errors import ProjectError
from llmaaa_tui.store import items, replies, rounds, runs
from llmaaa_tui.store.database import Store, now
from llmaaa_tui.store.learnt import learnt, passed
from llmaaa_tui.store.ledger import LedgerStore
from llmaaa_tui.store.reader import Reader
from llmaaa_tui.store.rounds import Figure, MetricSet, Picked

SCORE = Score(0.5, 0.6, 0.4, 40, 0.3, 0.7)


class Growing:
    """A project that is written as a worker and a reviewer would, one transaction after the other."""

    def __init__(self, folder: Path, ledger: str = "p.db", pool: int = 12) -> None:
        self.database, self.ledger_path = folder / "p.db", folder / ledger
        self.store, self.project = new_project(self.database, pool=pool)
        self.ledger = LedgerStore(self.ledger_path, self.project)
        self.items = items.items_of(self.store, Role.POOL)
        self.rng = random.Random(1)

    def reader(self) -> Reader:
        return Reader(self.database, self.ledger_path, FACTS)

    def close(self) -> None:
        self.ledger.close()
        self.store.close()

    def start(self, cap: int) -> int:
        self.ledger.set_cap(cap)
        settings = {"annotator_name": f"model {cap}", "student": {"encoder": "tiny"}}
        return runs.start_run(
            self.store, version="0", settings=settings, goals=[], rates={"as_of": "2026-01-01"}, simulated="simulated"
        )

    def _answer(self, item: int, number: int | None, purpose: str = "annotate", **kind: Any) -> None:
        """One request, from its hold to what its answer says; it may fail on the way."""
        key = f"{item}-{self.rng.random()}"
        replies.map_requests(self.store, [request(key, [item])], number, purpose)
        attempt = self.ledger.hold(request(key, [item]), 100, purpose)
        assert attempt is not None
        match self.rng.choice(["settle", "settle", "settle", "release", "unknown"]):
            case "settle":
                self.ledger.settle(attempt, ANSWER, USAGE, self.rng.randrange(1, 120))
                self.ledger.parsed(attempt, "v1", {}, None)
                answer = self.rng.choice([LABELLED, LABELLED, EMPTY, FAILED])
                replies.write_answers(
                    self.store,
                    {item: answer},
                    kind=Kind.LLM,
                    annotator="m",
                    number=number,
                    request_key=key,
                )
            case "release":
                self.ledger.release(attempt, "connect", "refused")
            case _:
                self.ledger.unknown(attempt, "timeout", "silent")

    def _decide(self, item: int, verdict: str, **values: Any) -> int:
        with self.store.transaction() as seq:
            return self.store.insert(
                "decision", item_id=item, verdict=verdict, reviewer="me", created_utc=now(), seq=seq, **values
            )

    def grow(self) -> Iterator[None]:
        """Three rounds of two runs; stands still after every write."""
        store = self.store
        runs.log_event(store, "note", "before any run")
        yield
        self.start(10_000)
        yield
        for number in (1, 2, 3):
            batch = self.items[(number - 1) * 4 : number * 4]
            picked = [Picked(item, rank, 0.5 / rank, (13, 14), rank) for rank, item in enumerate(batch, 1)]
            rounds.start_round(store, number, "random", 4)
            yield
            rounds.write_selection(store, number, "random", picked, 0.1)
            yield
            rounds.start_phase(store, number, Phase.ANNOTATE)
            yield
            for item in [*batch, batch[0], batch[1]]:
                self._answer(item, number)
                yield
            rounds.finish_phase(store, number, Phase.ANNOTATE, 1.5, {"budget_skipped": number - 1})
            yield
            rejected = self._decide(batch[0], "reject")
            yield
            self._decide(batch[1], "skip")
            yield
            self._decide(batch[0], "undo", undoes=rejected)
            yield
            examples = [(one.item, one.annotation, 1.0) for one in items.labels_in_force(store)]
            rounds.write_training_set(store, number, examples)
            yield
            rounds.write_model(store, number, f"models/{number}", {}, 3, 0.2, 2.5)
            yield
            student = MetricSet("student", "dev", replace(SCORE, f1=number / 10), {"PER": SCORE})
            figures = [
                Figure("pool", "uncertainty", Measure(1 / number, 4102, 0.0, 1.0)),
                *([Figure("pool", "agreement", Measure(0.9, 4102, 0.8, 1.0))] if number > 1 else []),
                *(Figure("dev", name, Measure(0.04, 2310)) for name in ("ece", "ece_raw")),
            ]
            picked_score = MetricSet("annotator", "picked", SCORE, {})
            rounds.finish_evaluation(store, number, [student, picked_score], 0.5, figures=figures)
            yield
            if number == 1:
                self._answer(self.items[-1], None, "teacher")
                yield
                rounds.write_metrics(store, None, [MetricSet("annotator", "dev", SCORE, {})])
                yield
                runs.end_run(store, 1, 7, "stopped by a person")
                yield
                runs.write_encoder_check(store, "tiny", {}, "7 % unknown")
                yield
                self.start(20_000)
                yield
        runs.end_run(store, 2, 0, "goal reached")
        yield


def past(snapshot: Snapshot) -> Snapshot:
    return replace(snapshot, worker=WorkerMark("none"), progress=None, past=False)


@pytest.mark.parametrize("ledger", ["p.db", "money.db"])
def test_any_earlier_moment_reads_as_it_was(tmp_path: Path, ledger: str) -> None:
    growing = Growing(tmp_path, ledger)
    reader = growing.reader()
    taken = []
    for _ in growing.grow():
        if ledger != "p.db":
            # A ledger apart is dated by the clock: to the millisecond of the project's last row.
            time.sleep(0.002)
            runs.log_event(growing.store, "tick", "a row of the project's own")
            time.sleep(0.002)
        taken.append(reader.snapshot())
    assert len(taken) > 40
    assert len({repr(replace(one, seq=0)) for one in taken}) > 30, "it did change all the time"
    for one in taken:
        assert past(reader.snapshot(as_of=one.seq)) == past(one)
    assert past(reader.snapshot(as_of=taken[-1].seq + 1000)) == past(taken[-1])
    last = taken[-1]
    assert (last.annotator, last.encoder, last.encoder_warning) == ("model 20000", "tiny", "7 % unknown")
    assert last.budget.cap_nanousd == 20_000
    assert last.budget.spent_nanousd == sum(last.budget.by_purpose.values()) > 0
    assert sum(row.cost_nanousd for row in last.rounds) == last.budget.by_purpose["annotate"]
    assert [row.dev.f1 for row in last.rounds if row.dev] == [0.1, 0.2, 0.3]
    assert [row.failed.get("budget_skipped", 0) for row in last.rounds] == [0, 1, 2]
    assert all(row.teacher == SCORE and row.teacher_split == "dev" for row in last.rounds)
    assert (last.ended and last.ended.code, last.pool) == (0, 12)
    assert [row.agreement and row.agreement.value for row in last.rounds] == [None, 0.9, 0.9]
    assert [row.uncertainty and row.uncertainty.value for row in last.rounds] == [1, 1 / 2, 1 / 3]
    assert all(row.calibration == Calibration(0.04, 0.04, 2310, None) for row in last.rounds)
    assert all(row.by_label.keys() == {"dev"} for row in last.rounds), "what is no F1 is no split with labels"
    assert [one.round for one in learnt(growing.store)] == [1, 2, 3]
    assert learnt(growing.store) == stopping.learnt(last.rounds)
    assert last.crossing is not None
    assert replace(last.crossing, need=None) == passed(growing.store), "screens and worker see the same"
    assert status(last)["rounds"][0]["tokens"]["input"] % 100 == 0
    reader.close()
    growing.close()


def test_the_money_of_every_moment_adds_up_to_what_was_in_force_then(tmp_path: Path) -> None:
    growing = Growing(tmp_path)
    reader = growing.reader()
    growing.start(1000)
    attempt = growing.ledger.hold(request("k"), 300, "annotate")
    assert attempt is not None
    held = reader.snapshot()
    growing.ledger.settle(attempt, ANSWER, USAGE, 120)
    settled = reader.snapshot()
    assert (held.budget.held_nanousd, held.budget.spent_nanousd, held.fits.surely) == (300, 0, None)
    assert (settled.budget.held_nanousd, settled.budget.spent_nanousd) == (0, 120)
    assert (settled.fits.surely, settled.fits.probably) == (880 // 300, 880 // 120)
    assert past(reader.snapshot(as_of=held.seq)) == past(held)
    reader.close()
    growing.close()


def test_what_fits_is_counted_in_items_however_many_share_a_request(tmp_path: Path) -> None:
    growing = Growing(tmp_path)
    reader = growing.reader()
    growing.start(1000)
    shared = request("k", growing.items[:4])
    replies.map_requests(growing.store, [shared], None, "annotate")
    attempt = growing.ledger.hold(shared, 300, "annotate")
    assert attempt is not None
    growing.ledger.settle(attempt, ANSWER, USAGE, 120)
    fits = reader.snapshot().fits
    assert (fits.surely, fits.probably) == (880 // 75, 880 // 30)
    reader.close()
    growing.close()


def test_the_batch_shows_every_state_with_its_newest_answer(tmp_path: Path) -> None:
    growing = Growing(tmp_path)
    batch = growing.items[:4]
    rounds.start_round(growing.store, 1, "random", 4)
    rounds.write_selection(
        growing.store, 1, "random", [Picked(item, rank, None, (), rank) for rank, item in enumerate(batch, 1)], 0.1
    )
    write: dict[str, Any] = {"kind": Kind.LLM, "annotator": "m", "number": 1}
    replies.write_answers(growing.store, dict(zip(batch, [FAILED, LABELLED, EMPTY], strict=False)), **write)
    replies.write_answers(growing.store, {batch[0]: LABELLED}, **write)
    reader = growing.reader()
    shown = reader.snapshot()
    assert [one.state for one in shown.batch] == [State.LABELLED, State.LABELLED, State.EMPTY, None]
    assert [one.attempts for one in shown.batch] == [2, 1, 1, 0]
    assert shown.batch[0].spans == LABELLED.spans
    assert [one.text for one in shown.batch] == [f"Ada Rome number {n}" for n in range(4)]
    (row,) = shown.rounds
    assert (row.selected, row.labelled, row.empty, row.failed) == (4, 2, 1, {})
    reader.close()
    growing.close()


def test_before_any_run_the_settings_speak(tmp_path: Path) -> None:
    store, _ = new_project(tmp_path / "p.db")
    store.close()
    reader = Reader(tmp_path / "p.db", tmp_path / "p.db", FACTS)
    shown = reader.snapshot()
    reader.close()
    assert (shown.annotator, shown.encoder, shown.budget.cap_nanousd, shown.pool) == ("a", "e", 5_000, 6)
    assert (shown.rounds, shown.batch, shown.ended, shown.progress) == ((), (), None, None)
    assert shown.worker == WorkerMark("none")


def test_a_ledger_apart_may_be_made_while_the_reader_looks_on(tmp_path: Path) -> None:
    store, uuid = new_project(tmp_path / "p.db")
    reader = Reader(tmp_path / "p.db", tmp_path / "shared.db", FACTS)
    assert reader.snapshot().budget.cap_nanousd == 5_000
    before = reader.version()
    ledger = LedgerStore(tmp_path / "shared.db", uuid)
    ledger.set_cap(70)
    runs.start_run(store, version="0", settings={}, goals=[], rates={}, simulated=None)
    assert reader.version() != before
    assert reader.snapshot().budget.cap_nanousd == 70
    ledger.close()
    reader.close()
    store.close()


def test_the_version_changes_with_every_commit_of_others(tmp_path: Path) -> None:
    growing = Growing(tmp_path, "money.db")
    reader = growing.reader()
    first = reader.version()
    assert reader.version() == first
    runs.log_event(growing.store, "note", "text")
    second = reader.version()
    growing.ledger.set_cap(3)
    assert len({first, second, reader.version()}) == 3
    reader.close()
    growing.close()


@pytest.mark.parametrize("name", ["50% done", "what?", "a#b", "é ü", "a b&mode=rwc", "%41"])
def test_a_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    growing = Growing(tmp_path / name, "money.db", pool=2)
    reader = growing.reader()
    assert reader.snapshot().pool == 2
    reader.close()
    growing.close()


def test_what_is_no_project_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database " * 500)
    (tmp_path / "empty.db").touch()
    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE project (id)").connection.close()
    LedgerStore(tmp_path / "ledger.db", "p").close()
    Store(tmp_path / "bare.db").close()
    for name in ("text.db", "empty.db", "other.db", "ledger.db", "bare.db", "missing.db", "."):
        with pytest.raises(ProjectError, match="cannot be read") as caught:
            Reader(tmp_path / name, tmp_path / name, FACTS)
        assert "\n" not in str(caught.value)
        assert str(tmp_path) in str(caught.value)
    assert not (tmp_path / "missing.db").exists()
    store, _ = new_project(tmp_path / "p.db")
    store.close()
    with pytest.raises(ProjectError, match=r"text\.db: the ledger cannot be read"):
        Reader(tmp_path / "p.db", tmp_path / "text.db", FACTS)


def test_a_reader_writes_nothing(tmp_path: Path) -> None:
    growing = Growing(tmp_path)
    reader = growing.reader()
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.connection.execute("DELETE FROM event")
    reader.close()
    growing.close()


def test_views_read_in_any_browser(tmp_path: Path) -> None:
    growing = Growing(tmp_path)
    for _ in growing.grow():
        pass
    row = dict(growing.store.rows("SELECT * FROM rounds WHERE number = 2")[0])
    assert (row["selected"], row["dev_f1"], row["test_f1"]) == (4, 0.2, None)
    label = dict(growing.store.rows("SELECT * FROM labels WHERE state = 'labelled'")[0])
    assert (label["surface"], label["label"]) == ("Ada", "PER")
    assert len(growing.store.rows("SELECT * FROM why_picked")) == 12
    assert growing.store.value("SELECT COUNT(*) FROM visible_item") == 14
    spend = growing.store.rows("SELECT * FROM spend")
    assert {row["purpose"] for row in spend} == {"annotate", "teacher"}
    growing.close()


def test_a_round_is_seen_as_it_was_left(tmp_path: Path) -> None:
    growing = Growing(tmp_path)
    for _ in growing.grow():
        pass
    reader = growing.reader()
    for number in (1, 2):
        seq = reader.seq_of_round(number)
        assert seq is not None
        then = reader.snapshot(as_of=seq)
        assert (len(then.rounds), then.rounds[-1].round, then.past) == (number, number, True)
        assert then.rounds[-1].dev is not None, "it was evaluated"
        assert {one.item for one in then.batch} == set(growing.items[(number - 1) * 4 : number * 4])
        assert len(reader.snapshot(as_of=seq + 1).rounds) == number + 1
    assert (reader.seq_of_round(3), reader.seq_of_round(9)) == (None, None)
    now_ = reader.snapshot()
    assert (now_.past, now_.project_uuid, now_.review) == (False, growing.project, None)
    reader.close()
    growing.close()


def test_a_review_waits_for_the_items_without_a_standing_decision(tmp_path: Path) -> None:
    growing = Growing(tmp_path)
    reader = growing.reader()
    batch = growing.items[:4]
    rounds.start_round(growing.store, 1, "random", 4)
    picked = [Picked(item, rank, None, (), rank) for rank, item in enumerate(batch, 1)]
    rounds.write_selection(growing.store, 1, "random", picked, 0.1)
    assert reader.snapshot().review is None
    with growing.store.transaction() as seq:
        detail = json.dumps({"items": batch[:3]})
        when = {"created_utc": now(), "seq": seq}
        growing.store.insert("phase", round=1, name="review", state="started", detail=detail, **when)
    waits: list[tuple[int, int, int]] = []

    def look() -> None:
        snapshot = reader.snapshot()
        assert snapshot.review is not None
        waits.append((snapshot.seq, snapshot.review.waiting, snapshot.rounds[0].reviewed))

    look()
    growing._decide(batch[0], "skip")
    look()
    rejection = growing._decide(batch[1], "reject")
    look()
    growing._decide(batch[3], "skip")  # not of those it waits for
    look()
    growing._decide(batch[1], "undo", undoes=rejection)
    look()
    again = growing._decide(batch[1], "reject", redoes=rejection)
    look()
    with growing.store.transaction() as seq:
        growing.store.insert(
            "reask", item_id=batch[1], decision_id=again, how="sample", reviewer="me", created_utc=now(), seq=seq
        )
    look()
    replies.write_answers(growing.store, {batch[1]: LABELLED}, kind=Kind.LLM, annotator="m", number=None)
    look()
    assert [wait[1:] for wait in waits] == [(3, 0), (2, 1), (1, 2), (1, 3), (2, 2), (1, 3), (1, 3), (2, 2)]
    rounds.finish_phase(growing.store, 1, Phase.REVIEW, 1.0, {})
    assert reader.snapshot().review is None
    for seq, waiting, reviewed in waits:
        then = reader.snapshot(as_of=seq)
        assert then.review is not None
        assert (then.review.round, then.review.waiting, then.rounds[0].reviewed) == (1, waiting, reviewed)
    reader.close()
    growing.close()


def test_the_goals_are_those_of_the_newest_run_of_the_moment(tmp_path: Path) -> None:
    growing = Growing(tmp_path)
    reader = growing.reader()
    assert reader.snapshot().goals == ()
    run: dict[str, Any] = {"version": "0", "settings": {}, "rates": {}, "simulated": None}
    runs.start_run(growing.store, goals=["rounds=2", "f1=0.8"], **run)
    first = reader.snapshot()
    runs.start_run(growing.store, goals=["usd=1"], **run)
    assert (first.goals, reader.snapshot().goals) == (("rounds=2", "f1=0.8"), ("usd=1",))
    assert reader.snapshot(as_of=first.seq).goals == first.goals
    reader.close()
    growing.close()
