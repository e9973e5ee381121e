"""How many labels a target F1 will take, by extrapolating the learning curve, with a band.

The curve is a saturating power law, F1(n) = a - b * n**-c with b >= 0 and a <= 1, fitted by least squares in a and b
over a grid of c, each point weighted by its own interval. The band is a bootstrap: every point is drawn anew from a
normal distribution as wide as its measured interval, and the law is fitted to each draw, with a fixed seed.

What it does not know: whether the law holds beyond the points (a strategy that runs out of hard sentences, or a round
of worse answers, bends the curve); that the points share one dev set, whose peculiarities all of them carry and no
interval between rounds shows; and the chance of the training itself beyond what the interval says. Far beyond the last
point the band is wide, and it is to be believed before the middle is. Under three points nothing is said.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul

FEWEST = 3
"""Points with different numbers of labels under which nothing is said."""
DRAWS = 300
LEVEL = 0.95
FARTHEST = 100
"""More than so many times the labels there are is out of reach: nothing measured says anything about it."""
_Z = 1.959964
_NARROWEST = 0.005
_POWERS = tuple(0.1 * 1.13**step for step in range(25))


@dataclass(frozen=True, slots=True)
class Point:
    """F1 after a training on `labels` labels, with the 95 % interval it was measured with."""

    labels: int
    f1: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Law:
    """F1(n) = a - b * n**-c."""

    a: float
    b: float
    c: float

    def at(self, labels: float) -> float:
        """The F1 after so many labels."""
        return self.a - self.b * math.pow(labels, -self.c)

    def labels_for(self, target: float) -> float:
        """The labels at which the target is reached; infinite where it never is."""
        if target >= self.a or self.b <= 0:
            return 1.0 if self.b <= 0 and target <= self.a else math.inf
        try:
            return math.pow(self.b / (self.a - target), 1 / self.c)
        except OverflowError:
            return math.inf


@dataclass(frozen=True, slots=True)
class Need:
    """Labels in all for a target F1, with the 95 % band.

    `labels` is None where the target is out of reach of more than half of the draws, `high` where it is of more than
    one in forty, `low` where it is of nearly all. `share` of the draws reach it.
    """

    target: float
    labels: int | None
    low: int | None
    high: int | None
    share: float


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a target is reached, with the 95 % band; infinite where it is out of reach."""

    middle: float
    low: float
    high: float
    share: float


@dataclass(frozen=True, slots=True)
class Curve:
    """A fitted learning curve: the law through the points, and the law of every draw."""

    points: tuple[Point, ...]
    law: Law
    draws: tuple[Law, ...]

    def at(self, labels: int) -> tuple[float, float, float]:
        """F1 after so many labels: expected, low and high end of the band."""
        drawn = sorted(min(1.0, max(0.0, law.at(labels))) for law in self.draws)
        tail = (1 - LEVEL) / 2
        return min(1.0, max(0.0, self.law.at(labels))), _quantile(drawn, tail), _quantile(drawn, 1 - tail)

    def needed(self, target: float) -> Need:
        """What a target F1 will take by the curve alone, whatever the last point has reached."""
        reach = self.reach(target)
        return Need(target, _whole(reach.middle), _whole(reach.low), _whole(reach.high), reach.share)

    def reach(self, target: float) -> Reach:
        """The same, not rounded: of labels, or of what the points were made of in their place."""
        most = max(point.labels for point in self.points)
        farthest = most * FARTHEST
        drawn = sorted(labels if labels <= farthest else math.inf for labels in _needs(self.draws, target))
        share = sum(labels < math.inf for labels in drawn) / len(drawn)
        tail = (1 - LEVEL) / 2
        low, middle, high = (_quantile(drawn, part) for part in (tail, 0.5, 1 - tail))
        return Reach(middle, low, high, share)


def fit(points: Sequence[Point], seed: int = 0, draws: int = DRAWS) -> Curve | None:
    """The curve through the points, in any order; None where there are under three different numbers of labels."""
    known = tuple(sorted((point for point in points if point.labels > 0), key=lambda point: point.labels))
    if len({point.labels for point in known}) < FEWEST:
        return None
    spreads = [max(_NARROWEST, (point.high - point.low) / (2 * _Z)) for point in known]
    fitter = _Fitter([point.labels for point in known], [1 / spread**2 for spread in spreads])
    values = [point.f1 for point in known]
    rng = random.Random(seed)
    laws = tuple(
        fitter.law([rng.gauss(value, spread) for value, spread in zip(values, spreads, strict=True)])
        for _ in range(draws)
    )
    return Curve(known, fitter.law(values), laws)


class _Fitter:
    """Weighted least squares of a and b for every c of the grid; the sums that no draw changes are made once."""

    def __init__(self, labels: Sequence[int], weights: Sequence[float]) -> None:
        self._weights = weights
        self._total = sum(weights)
        self._first = labels[0]
        self._grid = []
        for power in _POWERS:
            # Scaled by the first point, or a high power of many labels would be nothing but rounding.
            xs = [(labels[0] / n) ** power for n in labels]
            mean = sum(map(mul, weights, xs)) / self._total
            centred = [w * (x - mean) for w, x in zip(weights, xs, strict=True)]
            self._grid.append((power, xs, mean, centred, sum(map(mul, centred, xs))))

    def law(self, values: Sequence[float]) -> Law:
        """The law nearest to the values."""
        mean = sum(map(mul, self._weights, values)) / self._total
        flat = sum(w * (y - mean) ** 2 for w, y in zip(self._weights, values, strict=True))
        best, law = flat, Law(min(1.0, mean), 0.0, 1.0)
        for power, xs, middle, centred, spread in self._grid:
            slope = sum(map(mul, centred, values)) / spread
            b = -slope
            a = mean + b * middle
            error = flat - slope * slope * spread
            if b <= 0:
                continue
            if a > 1.0:
                a, b, error = 1.0, *self._under_one(xs, values)
            if error < best and b > 0:
                best, law = error, Law(a, b * self._first**power, power)
        return law

    def _under_one(self, xs: Sequence[float], values: Sequence[float]) -> tuple[float, float]:
        """b and the error where a is 1: the line goes through (0, 1), and one unknown is left."""
        weighted = list(map(mul, self._weights, xs))
        b = sum(w * (1 - y) for w, y in zip(weighted, values, strict=True)) / sum(map(mul, weighted, xs))
        return b, sum(w * (1 - b * x - y) ** 2 for w, x, y in zip(self._weights, xs, values, strict=True))


def _needs(laws: Sequence[Law], target: float) -> list[float]:
    return [law.labels_for(target) for law in laws]


def _quantile(ordered: Sequence[float], part: float) -> float:
    """The nearest of the ordered values: between a number and infinity there is nothing."""
    return ordered[min(len(ordered) - 1, max(0, math.ceil(part * len(ordered)) - 1))]


def _whole(labels: float) -> int | None:
    return None if labels == math.inf else math.ceil(labels)
