"""The queue of one sitting and its clock, without a screen."""

from __future__ import annotations

import pytest

from llmaaa_tui.core.review import Decided, Layer, QueueRow, ReviewItem, Verdict
from llmaaa_tui.core.states import State
from llmaaa_tui.ui.review.clock import IDLE_S, Clock
from llmaaa_tui.ui.review.queue import Queue


def rows(*items: int) -> list[QueueRow]:
    return [QueueRow(item, item * 10, State.LABELLED, 0.0) for item in items]


def item(number: int, *, decided: bool = False, annotation: int | None = None) -> ReviewItem:
    layer = Layer(annotation or number * 10, "llm", "m", State.LABELLED)
    by = Decided(1, Verdict.ACCEPT, "bo", "2026") if decided else None
    return ReviewItem(number, "x", ((0, 1),), llm=layer, decided=by)


def here(queue: Queue) -> int | None:
    return queue.row.item if queue.row else None


def test_deciding_goes_to_the_next_open_row_and_then_to_those_passed_over() -> None:
    queue = Queue(rows(1, 2, 3, 4))
    assert queue.window() == (1, 2, 3, 4)
    queue.move(1)
    queue.decide(Verdict.ACCEPT)
    assert (here(queue), queue.place, queue.left) == (3, (3, 4), 3)
    queue.decide(Verdict.SKIP)
    queue.decide(Verdict.REJECT)
    assert here(queue) == 1
    queue.decide(Verdict.ACCEPT)
    assert (here(queue), queue.left, queue.window()) == (None, 0, ())
    assert queue.move(-1)
    assert (here(queue), queue.verdict(queue.rows[3])) == (4, Verdict.REJECT)


def test_looking_about_decides_nothing() -> None:
    queue = Queue(rows(1, 2, 3))
    assert [queue.move(1) for _ in range(3)] == [True, True, False]
    assert (here(queue), queue.left) == (3, 3)
    queue.end(-1)
    assert here(queue) == 1
    assert not queue.move(-1)


def test_what_another_screen_serves_is_passed_over_until_it_lets_go() -> None:
    queue = Queue(rows(1, 2, 3))
    assert queue.claimed((1, 2, 3), (2,))
    assert (here(queue), queue.busy, queue.window()) == (2, 2, (2,))
    queue.decide(Verdict.ACCEPT)
    assert (here(queue), queue.busy) == (None, 2)
    queue.refill(rows(1, 3))
    assert (here(queue), queue.busy) == (1, 0)


def test_a_decision_that_failed_or_was_undone_comes_back_where_it_stood() -> None:
    queue = Queue(rows(1, 2, 3))
    queue.decide(Verdict.ACCEPT)
    queue.decide(Verdict.REJECT)
    queue.bring_back(1)
    assert (here(queue), queue.is_open(1)) == (1, True)
    queue.made_again(1, Verdict.ACCEPT)
    assert here(queue) == 3
    queue.bring_back(77)
    assert (here(queue), queue.rows[queue.here].annotation) == (77, None), "also one that the filter does not hold"
    queue.refill(rows(3))
    assert here(queue) == 77
    assert queue.read(77, item(77, decided=True), undecided=True), "an earlier decision may stand again"


def test_a_refill_keeps_places_and_what_is_looked_at_and_drops_what_others_decided() -> None:
    queue = Queue(rows(1, 2, 3, 4, 5))
    queue.move(1)
    queue.decide(Verdict.ACCEPT)
    queue.items = {3: item(3), 4: item(4)}
    queue.refill([*rows(8, 1, 3), QueueRow(4, 41, State.LABELLED, 0.5), *rows(9)])
    assert [row.item for row in queue.rows] == [1, 2, 3, 8, 4, 9], "what is new is not passed by"
    assert (here(queue), sorted(queue.items)) == (3, [3]), "4 has a newer answer and is read again"
    queue.move(-1)
    assert here(queue) == 2, "the last decision is one step back"
    queue.move(1)
    assert not queue.read(3, item(3, decided=True), undecided=True)
    assert here(queue) == 8
    assert not queue.read(8, None, undecided=True)
    assert here(queue) == 4
    queue.refill(rows(1, 9, 7))
    assert ([row.item for row in queue.rows], here(queue)) == ([1, 2, 9, 7], 9)
    for _ in range(3):
        queue.decide(Verdict.SKIP)
    assert here(queue) is None
    queue.refill(rows(6))
    assert ([row.item for row in queue.rows], here(queue)) == ([1, 2, 9, 7, 6], 6)


def test_the_clock_counts_what_was_in_front_and_not_who_was_away() -> None:
    clock = Clock()
    assert clock.seconds(5.0) is None
    clock.start(10.0)
    clock.pause(12.0)
    clock.resume(100.0)
    assert clock.seconds(103.0) == pytest.approx(5.0)
    clock.start(103.0)
    clock.touch(200.0)
    assert clock.seconds(450.0) == pytest.approx(347.0), "long, but somebody was there"
    assert clock.seconds(450.0 + IDLE_S + 1) is None
    clock.start(1000.0)
    assert clock.seconds(1001.0) == pytest.approx(1.0)
