"""The learning curve's forecast, against curves made from known parameters."""

from __future__ import annotations

import math
import random

import pytest

from llmaaa_tui.core.forecast import FARTHEST, Law, Point, fit


def measured(law: Law, rounds: int, spread: float, rng: random.Random | None = None, batch: int = 50) -> list[Point]:
    """Rounds of a true curve, each seen through noise of a known width."""
    made = []
    for labels in range(batch, batch * rounds + 1, batch):
        f1 = law.at(labels) + (rng.gauss(0, spread) if rng else 0.0)
        made.append(Point(labels, f1, f1 - 1.96 * spread, f1 + 1.96 * spread))
    return made


@pytest.mark.parametrize("law", [Law(0.85, 3.0, 0.6), Law(0.95, 1.2, 0.3), Law(0.7, 20.0, 1.1)])
def test_a_curve_without_noise_is_found_again(law: Law) -> None:
    curve = fit(measured(law, 8, 0.005))
    assert curve is not None
    for labels in (400, 800, 1600):
        assert abs(curve.law.at(labels) - law.at(labels)) < 0.01
        expected, low, high = curve.at(labels)
        assert low <= law.at(labels) <= high
        assert low <= expected <= high
    target = law.at(600)
    need = curve.needed(target)
    assert need.labels is not None
    assert need.low is not None
    assert 500 <= need.labels <= 720
    assert need.low <= 600


def test_the_band_holds_the_truth_about_as_often_as_it_says() -> None:
    rng = random.Random(11)
    seen = held = reached = 0
    for trial in range(80):
        a, c = rng.uniform(0.7, 0.95), rng.uniform(0.3, 1.2)
        law = Law(a, (a - rng.uniform(0.2, 0.5)) * math.pow(50, c), c)
        rounds, spread = rng.choice([4, 6, 9]), rng.choice([0.01, 0.02, 0.03])
        curve = fit(measured(law, rounds, spread, rng), seed=trial, draws=120)
        assert curve is not None
        ahead = 50 * rounds * 2
        _middle, low, high = curve.at(ahead)
        need = curve.needed(law.at(ahead))
        seen += 1
        held += low <= law.at(ahead) <= high
        reached += (need.low or math.inf) <= ahead <= (need.high or math.inf)
    assert held / seen >= 0.87
    assert reached / seen >= 0.87
    assert held < seen, "a band that is never wrong is too wide to say anything"


def test_more_rounds_make_the_band_narrower() -> None:
    law = Law(0.85, 3.0, 0.6)
    widths = []
    for rounds in (4, 8, 16):
        curve = fit(measured(law, rounds, 0.02))
        assert curve is not None
        _middle, low, high = curve.at(2000)
        widths.append(high - low)
    assert widths == sorted(widths, reverse=True)


def test_a_target_above_the_plateau_is_out_of_reach() -> None:
    law = Law(0.7, 20.0, 1.1)
    curve = fit(measured(law, 12, 0.005))
    assert curve is not None
    need = curve.needed(0.9)
    assert (need.labels, need.high) == (None, None)
    assert need.share < 0.5
    assert curve.needed(0.65).share == 1.0
    assert curve.at(10**9)[2] <= 1.0


def test_a_flat_or_falling_curve_promises_nothing() -> None:
    for step in (0.0, -0.05):
        curve = fit([Point(50 * n, 0.6 + step * n, 0.59 + step * n, 0.61 + step * n) for n in range(1, 6)])
        assert curve is not None
        assert curve.law.b <= 0.05
        assert curve.needed(0.9).labels is None
        assert curve.at(10_000)[0] <= 0.65


def test_a_curve_never_exceeds_one_nor_falls() -> None:
    curve = fit([Point(50, 0.2, 0.1, 0.3), Point(100, 0.5, 0.4, 0.6), Point(150, 0.8, 0.7, 0.9)])
    assert curve is not None
    for law in (curve.law, *curve.draws):
        assert law.a <= 1.0
        assert law.b >= 0
        assert law.at(100) <= law.at(1000) + 1e-12
    need = curve.needed(0.99)
    assert need.labels is None or need.labels <= 150 * FARTHEST


def test_under_three_numbers_of_labels_nothing_is_said() -> None:
    two = [Point(50, 0.4, 0.3, 0.5), Point(100, 0.5, 0.4, 0.6)]
    assert fit([]) is None
    assert fit(two) is None
    assert fit([*two, Point(100, 0.6, 0.5, 0.7)]) is None
    assert fit([*two, Point(0, 0.1, 0.0, 0.2)]) is None
    assert fit([*two, Point(150, 0.6, 0.5, 0.7)]) is not None


def test_the_same_points_give_the_same_band_in_any_order() -> None:
    points = measured(Law(0.85, 3.0, 0.6), 5, 0.02, random.Random(3))
    assert fit(points) == fit(points[::-1])
    assert fit(points) != fit(points, seed=1)
