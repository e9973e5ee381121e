"""How rounds grow."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmaaa_tui.core.schedule import Plan, target

SCHEDULES = ("constant", "quadratic", "geometric")


def sizes(schedule: str, initial: int, batch: int, rounds: int) -> list[int]:
    return [target(schedule, number, initial, batch, rounds) for number in range(1, rounds + 1)]


def test_the_paper_s_five_hundred_labels_in_ten_rounds() -> None:
    assert sizes("constant", 50, 50, 10) == [50] * 10
    assert sizes("quadratic", 50, 50, 10) == [5, 15, 25, 35, 45, 55, 65, 75, 85, 95]
    assert sizes("quadratic", 50, 50, 7) == [7, 21, 35, 49, 63, 77, 98], "the last takes what the floor left over"
    assert sizes("geometric", 50, 50, 3) == [50, 37, 63]


@given(st.sampled_from(SCHEDULES), st.integers(1, 500), st.integers(1, 500), st.integers(1, 60))
def test_every_round_has_an_item_and_all_end_at_the_same_total(
    schedule: str, initial: int, batch: int, rounds: int
) -> None:
    each = sizes(schedule, initial, batch, rounds)
    assert min(each) >= 1
    assert sum(each) == initial + (rounds - 1) * batch
    assert target(schedule, rounds + 1, initial, batch, rounds) == batch
    if schedule == "geometric":
        assert each[0] == initial
    plan = Plan(schedule, initial, batch, rounds)
    assert plan.largest == max([*each[1:], batch])
    assert plan.items(2, rounds + 3) == sum(each[1:]) + 3 * batch
    assert plan.items(rounds + 2, rounds + 4) == 3 * batch
    assert plan.rounds_for(sum(each[:3]), 0) == min(3, rounds)
    assert plan.rounds_for(sum(each) + batch + 0.5, 0) == rounds + 2
    assert plan.rounds_for(0, 1) == 0


@given(st.integers(2, 200), st.integers(1, 200), st.integers(3, 30))
def test_geometric_totals_grow_by_one_factor(initial: int, batch: int, rounds: int) -> None:
    totals = [sum(sizes("geometric", initial, batch, rounds)[:number]) for number in range(1, rounds + 1)]
    factor = (totals[-1] / initial) ** (1 / (rounds - 1))
    for number, total in enumerate(totals):
        exact = initial * factor**number
        assert total == initial + number or math.isclose(total, exact, abs_tol=0.5 + 1e-9 * exact)


def test_what_is_no_plan_is_refused() -> None:
    with pytest.raises(ValueError, match="start at 1"):
        target("constant", 0, 1, 1, 1)
    with pytest.raises(ValueError, match="no schedule"):
        target("cubic", 1, 5, 5, 3)
    assert Plan.of({}) is None
    assert Plan.of({"initial": 5, "batch": 6, "rounds": 7}) == Plan("constant", 5, 6, 7), "as before there were others"
    assert Plan.of({"initial": 5, "batch": 6, "rounds": 7, "schedule": "quadratic"}, 3) == Plan("quadratic", 5, 6, 3)
