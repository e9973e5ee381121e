"""The books add up to the ledger, at every moment, for each project of a shared one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from store.earlier import earlier_project
from store.store_making import ANSWER, USAGE, new_project, request
from store.test_reader import Growing

from llmaaa_tui.core.books import Books, ModelSpend
from llmaaa_tui.store import ledger_book, ledger_rulings, runs
from llmaaa_tui.store.books import BooksReader
from llmaaa_tui.store.ledger import LedgerStore


def books_of(growing: Growing, as_of: int | None = None) -> Books:
    reader = BooksReader(growing.database, growing.ledger_path)
    try:
        return reader.books(as_of)
    finally:
        reader.close()


@pytest.fixture(params=["p.db", "money.db"])
def growing(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Growing]:
    made = Growing(tmp_path, request.param)
    yield made
    made.close()


def test_any_earlier_moment_reads_as_it_was_and_adds_up_to_the_snapshot(growing: Growing) -> None:
    reader, pictures = BooksReader(growing.database, growing.ledger_path), growing.reader()
    taken: list[tuple[int, Books]] = []
    for _ in growing.grow():
        if growing.ledger_path != growing.database:  # a ledger apart is dated by the clock, to the millisecond
            time.sleep(0.002)
            runs.log_event(growing.store, "tick", "a row of the project's own")
            time.sleep(0.002)
        picture = pictures.snapshot()
        found = reader.books()
        taken.append((picture.seq, found))
        assert sum(one.confirmed_nanousd for one in found.models) == picture.budget.spent_nanousd
        assert sum(one.unconfirmed_nanousd for one in found.models) == picture.budget.unconfirmed_nanousd
        assert found.goals == picture.goals
    assert len({repr(found) for _, found in taken}) > 15
    for seq, found in taken:
        assert reader.books(as_of=seq) == found
    (model,) = found.models
    assert (model.provider, model.model, model.in_flight, model.held_nanousd) == ("openai", "m", 0, 0)
    assert model.calls == model.settled + model.failed
    assert (model.input, model.cached, model.output) == tuple(model.settled * n for n in (100, 40, 20))
    assert model.seconds_mean == ANSWER.seconds
    assert [row.cap_nanousd for row in found.caps] == [10_000, 20_000]
    reader.close()
    pictures.close()


def test_a_shared_ledger_says_what_is_mine_and_what_everybody_spent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    growing = Growing(tmp_path, "money.db")
    growing.start(1000)
    other = LedgerStore(growing.ledger_path, "another project")
    other.set_cap(2000)
    for ledger, key, cost in ((growing.ledger, "a", 70), (other, "b", 300)):
        attempt = ledger.hold(request(key), 400, "annotate")
        assert attempt is not None
        ledger.settle(attempt, ANSWER, USAGE, cost)
    second = growing.ledger.hold(replace(request("c"), model="dearer", provider="anthropic"), 90, "annotate")
    found = books_of(growing)
    assert found.models == (
        ModelSpend("openai", "m", 1, 1, 0, 0, 100, 40, 20, 70, 0, 0, ANSWER.seconds),
        ModelSpend("anthropic", "dearer", 1, 0, 0, 1, 0, 0, 0, 0, 0, 90, None),
    )
    assert found.everybody_nanousd == 370
    assert [(row.cap_nanousd, row.mine) for row in found.caps] == [(1000, True), (2000, False)]
    assert second is not None
    growing.ledger.settle(second, ANSWER, None, 0)  # an answer without a bill
    (_, dearer) = books_of(growing).models
    assert (dearer.settled, dearer.held_nanousd, dearer.unconfirmed_nanousd) == (1, 0, 90)
    monkeypatch.setattr(ledger_rulings, "is_alive", lambda process: False)  # its worker has gone
    growing.ledger.rule([second], "release", "the bill says so", "me")
    (_, dearer) = books_of(growing).models
    assert (dearer.settled, dearer.confirmed_nanousd, dearer.unconfirmed_nanousd) == (1, 0, 0)
    other.close()
    growing.close()


def test_the_pace_is_that_of_the_minutes_in_which_answers_came(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    growing = Growing(tmp_path)
    growing.start(10_000)
    assert books_of(growing).pace is None, "nothing was settled yet"
    start = datetime.now(UTC) + timedelta(seconds=10)
    clock = start

    def told() -> str:
        return clock.isoformat(timespec="milliseconds")

    monkeypatch.setattr(ledger_book, "now", told)
    # 20 answers, one every half minute, 40 minutes of training, then 20 answers of twice the price.
    for n in range(40):
        if n == 20:
            clock += timedelta(minutes=40)
        attempt = growing.ledger.hold(request(f"k{n}"), 100, "annotate")
        assert attempt is not None
        clock += timedelta(seconds=30)
        growing.ledger.settle(attempt, ANSWER, USAGE, 10 if n < 20 else 20)
    pace = books_of(growing).pace
    assert pace is not None
    assert (pace.minutes, pace.nanousd, pace.nanousd_per_hour) == (10.0, 400, 2400)
    assert (round(pace.total_minutes), pace.total_nanousd) == (60, 600)
    for n in range(4):
        attempt = growing.ledger.hold(request(f"more{n}"), 100, "annotate")
        assert attempt is not None
        clock += timedelta(seconds=30)
        growing.ledger.settle(attempt, ANSWER, USAGE, 50)
    pace = books_of(growing).pace
    assert pace is not None
    assert (pace.minutes, pace.nanousd) == (10.0, 4 * 50 + 16 * 20)
    growing.close()


def test_a_short_run_has_the_pace_of_its_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    growing = Growing(tmp_path)
    growing.start(10_000)
    clock = datetime.now(UTC) + timedelta(seconds=1)
    monkeypatch.setattr(ledger_book, "now", lambda: clock.isoformat(timespec="milliseconds"))
    attempts = [growing.ledger.hold(request(f"k{n}"), 100, "annotate") for n in range(3)]
    clock += timedelta(seconds=6)
    for attempt in attempts:
        assert attempt is not None
        growing.ledger.settle(attempt, ANSWER, USAGE, 20)
    pace = books_of(growing).pace
    assert pace is not None
    assert (round(pace.minutes, 6), pace.nanousd_per_hour) == (0.1, 36_000)
    growing.close()


def test_goals_and_rounds_are_the_newest_runs(growing: Growing) -> None:
    assert (books_of(growing).goals, books_of(growing).rounds_goal) == ((), None)
    seen = []
    for goals, loop in (
        ([], {"loop": {"rounds": 7}}),
        (["rounds=3", "f1=0.8"], {}),
        (["labels=50"], {"loop": {"rounds": 7}}),
    ):
        runs.start_run(growing.store, version="0", settings=loop, goals=goals, rates={}, simulated=None)
        found = books_of(growing)
        seen.append((growing.store.value("SELECT seq FROM counter"), found.goals, found.rounds_goal))
    assert [rest for _, *rest in seen] == [[(), 7], [("rounds=3", "f1=0.8"), 3], [("labels=50",), None]]
    for seq, wanted, rounds in seen:
        then = books_of(growing, seq)
        assert (then.goals, then.rounds_goal) == (wanted, rounds)


def test_before_any_ledger_the_books_are_empty(tmp_path: Path) -> None:
    store, _ = new_project(tmp_path / "p.db")
    store.close()
    for ledger in ("p.db", "missing.db"):
        reader = BooksReader(tmp_path / "p.db", tmp_path / ledger)
        assert reader.books() == reader.books(as_of=1) == Books()
        reader.close()


@pytest.mark.parametrize("last", ["0001", "0003"])
def test_books_of_an_earlier_version_are_shown(tmp_path: Path, last: str) -> None:
    earlier_project(tmp_path / "p.db", tmp_path / "money.db", last)
    reader = BooksReader(tmp_path / "p.db", tmp_path / "money.db")
    found = reader.books()
    assert reader.books(as_of=2) == found
    reader.close()
    assert found.models == (ModelSpend("openai", "m", 2, 1, 1, 0, 10, 0, 5, 40, 7, 0, None),)
    assert (found.caps[0].cap_nanousd, found.caps[0].mine, len(found.caps)) == (1000, True, 1)
    assert found.rounds_goal == 2
