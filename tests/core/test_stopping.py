"""The rules that end a run: each by its figures, and what each can say before it is reached."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from llmaaa_tui.core.snapshot import Measure, Score
from llmaaa_tui.core.stopping import Learnt, certain, earliest, plateau, stable, target


def devs(*scores: float, half: float = 0.05) -> list[Learnt]:
    return [Learnt(n, Score(f1, f1, f1, 100, f1 - half, f1 + half)) for n, f1 in enumerate(scores, 1)]


def pools(values: Sequence[float | None], name: str) -> list[Learnt]:
    found = [None if value is None else Measure(value, 4102) for value in values]
    by = {
        "agreement": [Learnt(n, agreement=one) for n, one in enumerate(found, 1)],
        "uncertainty": [Learnt(n, uncertainty=one) for n, one in enumerate(found, 1)],
    }
    return by[name]


def test_a_target_wants_its_lower_bound_or_two_rounds_in_a_row() -> None:
    assert target(devs(0.86), 0.8).reached
    assert not target(devs(0.84), 0.8).reached, "once, and the interval reaches below"
    assert target(devs(0.8, 0.84), 0.8).reached
    assert not target(devs(0.84, 0.79, 0.84), 0.8).reached, "twice, but not in a row"
    assert "once; a second round in a row" in target(devs(0.84), 0.8).words
    assert not target([*devs(0.84), Learnt(2), *devs(0, 0, 0.84)[2:]], 0.8).reached, "a round without dev lies between"


@pytest.mark.parametrize(
    ("scores", "half", "reached"),
    [
        ((0.7, 0.70, 0.70), 0.05, False),  # three rounds after the best, and these are two
        ((0.7, 0.70, 0.69, 0.70), 0.05, True),
        ((0.7, 0.70, 0.69, 0.709), 0.05, True),
        ((0.7, 0.70, 0.69, 0.711), 0.05, False),  # .01 is a gain, however wide the interval
        ((0.7, 0.70, 0.69, 0.704), 0.003, False),  # and so is what leaves a narrow one
        ((0.3, 0.7, 0.69, 0.69, 0.69), 0.05, True),
        ((0.3, 0.69, 0.69, 0.7), 0.05, False),
        ((0.0, 0.0, 0.0, 0.0, 0.0), 0.0, False),  # nothing is learnt yet
        ((1.0, 1.0, 1.0, 1.0), 0.0, True),
    ],
)
def test_a_plateau_is_three_rounds_without_a_gain(scores: tuple[float, ...], half: float, reached: bool) -> None:
    assert plateau(devs(*scores, half=half), 3).reached is reached


def test_the_reason_of_a_plateau_holds_its_figures() -> None:
    assert plateau(devs(0.5, 0.74, 0.742, 0.735), 2).words == (
        "plateau: best dev F1 of the last 2 rounds 0.742 (round 3), before them 0.740 [0.690, 0.790] n=100 (round 2); "
        "a gain counts from 0.01 or beyond that interval"
    )


def test_predictions_are_stable_by_the_mean_of_the_last_three_comparisons() -> None:
    seen = stable(pools([None, 0.9, 0.98, 0.99, 1.0], "agreement"), 0.99)
    assert seen.reached
    assert seen.words == (
        "predictions are stable: mean kappa 0.990 of 0.99 between successive students (0.980, 0.990, 1.000 in rounds "
        "3, 4 and 5), n=4,102 words"
    )
    assert not stable(pools([None, 0.9, 0.98, 0.99], "agreement"), 0.99).reached
    assert not stable(pools([None, 1.0, 1.0], "agreement"), 0.99).reached, "three comparisons are wanted"
    assert not stable(pools([None, 1.0, 1.0, 1.0, None], "agreement"), 0.99).reached, "the newest was not compared"


def test_a_student_is_certain_twice() -> None:
    assert certain(pools([0.3, 0.049, 0.04], "uncertainty"), 0.05).reached
    assert not certain(pools([0.3, 0.05, 0.04], "uncertainty"), 0.05).reached
    assert not certain(pools([0.04], "uncertainty"), 0.05).reached
    assert certain([], 0.05).words == "the student's uncertainty is not measured yet"


@pytest.mark.parametrize(
    ("name", "rounds", "value", "number"),
    [
        ("f1", [], 0.8, 1),
        ("f1", devs(0.5), 0.8, 2),
        ("plateau", [], 3, 4),
        ("plateau", devs(0.5, 0.6), 3, 5),  # round 2 rose above round 1: three after it
        ("plateau", devs(0.6, 0.6, 0.6), 3, 4),
        ("plateau", devs(0.0, 0.0), 3, 6),
        ("stable", [], 0.99, 4),
        ("stable", pools([None, 0.9, 0.97], "agreement"), 0.99, 5),
        ("stable", pools([None, 0.9, 0.99], "agreement"), 0.99, 5),
        ("stable", pools([None, 0.98, 0.99], "agreement"), 0.99, 4),
        ("certain", [], 0.05, 2),
        ("certain", pools([0.3, 0.04], "uncertainty"), 0.05, 3),
        ("certain", pools([0.3, 0.3], "uncertainty"), 0.05, 4),
    ],
)
def test_no_rule_is_foretold_before_it_can_be_reached(
    name: str, rounds: list[Learnt], value: float, number: int
) -> None:
    assert earliest(name, rounds, value) == number
