"""Dollars to F1: what a target on dev takes in all where the annotator labels, where people do, and where people review
a share of the annotator's labels.

Each route has a learning curve, F1 against the money that the labels before it had cost, and the power law of
`core.forecast` through it, with its band. The annotator's money is what the rounds paid, failures and retries
included. People's is their price of a label (`core.human_cost`), and the ends of that price widen the band. Of review
it is the labels that people looked at here, round by round. A law through money is the law through labels in other
units where a label always costs the same, so routes of one price agree.

What none of them holds: gold for dev and demonstrations, which every route needs alike, probes and comparisons.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate
from typing import Any

from .forecast import FEWEST, Curve, Need, Point, fit
from .human_cost import HumanCost, figures, high, low, pay, review_pay
from .human_inputs import REVIEW, WAGE, Input
from .money import format_usd
from .outlook import points
from .snapshot import RoundRow
from .stopping import IN_A_ROW

LLM, PEOPLE, MIXED = "LLM only", "people only", "mixed"


@dataclass(frozen=True, slots=True)
class Route:
    """One way to the target: labels and nano-USD in all, from the first label on, with the 95 % band.

    Attributes:
        need: labels; None where nothing can be said, and `why` says why.
        nanousd, low, high: None where the target is out of reach of the curve, or of its low or high end.
        assumes: what the figures rest on.
    """

    name: str
    need: Need | None = None
    nanousd: int | None = None
    low: int | None = None
    high: int | None = None
    assumes: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Dollars:
    """The routes to a target F1 on dev; `routes` is empty where nothing can be said, and `why` says why."""

    target: float | None
    routes: tuple[Route, ...] = ()
    why: str = ""


def target_of(goals: Sequence[str], human: HumanCost) -> float | None:
    """The dev F1 that is asked for: the one a person has set, else the run's goal."""
    if human.assumed.target is not None:
        return human.assumed.target
    for goal in goals:
        name, _, text = goal.partition("=")
        try:
            if name == "f1" and 0 < float(text) < 1:
                return float(text)
        except ValueError:
            continue
    return None


def dollars(target: float | None, rounds: Sequence[RoundRow], human: HumanCost, gold: Sequence[Point] = ()) -> Dollars:
    """What the target takes by each route.

    Args:
        gold: the learning curve of a loop on gold labels, where one was run: people's own.
    """
    if target is None:
        return Dollars(None, why="no dev F1 is asked for")
    measured = points(rounds)
    if not _enough(measured):
        why = (
            f"too few figures: the learning curve needs {FEWEST} rounds measured on dev, and {len(measured)} there are"
        )
        return Dollars(target, why=why)
    if not human.items:
        return Dollars(target, why="no label was bought yet, so that no label has a price")
    return Dollars(
        target,
        (
            _llm(target, rounds, human),
            _people(target, gold if _enough(gold) else measured, human, own=_enough(gold)),
            _mixed(target, rounds, human),
        ),
    )


def _llm(target: float, rounds: Sequence[RoundRow], human: HumanCost) -> Route:
    assumes = "what the rounds here paid for answers, failures and retries included"
    if human.assumed.reviewed:
        assumes += "; the curve is of labels that people reviewed a part of: without them at best as good"
    spent = list(accumulate(row.cost_nanousd for row in rounds))
    return _route(LLM, target, points(rounds), _paid(rounds, spent), assumes)


def _people(target: float, curve: Sequence[Point], human: HumanCost, *, own: bool) -> Route:
    assumes = (
        f"the curve of the baseline loop on gold, {len(curve)} rounds"
        if own
        else "people's labels teach as these here do (no baseline loop on gold of three rounds)"
    )
    price = _Price.of(human, lambda at: pay(human.assumed, human.words, human.items, at), human.items)
    paid = [replace(point, labels=round(point.labels * price.middle)) for point in curve]
    return _route(PEOPLE, target, curve, paid, assumes, price.cheap, price.dear)


def _mixed(target: float, rounds: Sequence[RoundRow], human: HumanCost) -> Route:
    assumed, labels = human.assumed, max((row.train_size for row in rounds), default=0)
    if not assumed.reviewed or not labels:
        return Route(MIXED, why="nobody has reviewed here one by one, so that no share is known")
    share = min(1.0, assumed.reviewed / labels)
    if {WAGE, REVIEW} <= figures(assumed, low).keys():
        price = _Price.of(human, lambda at: review_pay(human.items, at), human.items)
        each = f"{assumed[REVIEW].said} s each at {assumed[WAGE].said} an hour"
    else:
        price = _Price.of(human, lambda at: pay(assumed, human.words, human.items, at, annotators=1), human.items)
        each = "no wage is known, so each at what one annotator is paid for labelling it"
    spent = list(accumulate(row.cost_nanousd for row in rounds))
    both = [round(cost + row.train_size * share * price.middle) for cost, row in zip(spent, rounds, strict=True)]
    people = labels * share * price.middle
    least, most = (1 + people * (end - 1) / both[-1] if both[-1] else 1.0 for end in (price.cheap, price.dear))
    assumes = f"people review {share * 100:.0f} % of the labels, as here; {each}"
    return _route(MIXED, target, points(rounds), _paid(rounds, both), assumes, least, most)


@dataclass(frozen=True, slots=True)
class _Price:
    """Nano-USD a label, and its ends as parts of it. A float: it is multiplied before it is an amount."""

    middle: float
    cheap: float
    dear: float

    @classmethod
    def of(cls, human: HumanCost, cost: Callable[[dict[str, float]], int], items: int) -> _Price:
        """What `cost` says of so many items, by the middle, the low and the high figures."""
        middle, least, most = (cost(figures(human.assumed, end)) for end in (_middle, low, high))
        return cls(middle / items, least / middle, most / middle) if middle else cls(0.0, 1.0, 1.0)


def _middle(one: Input) -> float | None:
    return one.value


def _paid(rounds: Sequence[RoundRow], spent: Sequence[int]) -> list[Point]:
    """The learning curve on dev against the money spent up to each round."""
    return [replace(point, labels=money) for row, money in zip(rounds, spent, strict=True) for point in points([row])]


def _route(
    name: str,
    target: float,
    curve: Sequence[Point],
    paid: Sequence[Point],
    assumes: str,
    cheap: float = 1.0,
    dear: float = 1.0,
) -> Route:
    """The target along both curves, the ends of the money widened to a cheaper and a dearer price.

    Where it was reached it is what that took, and nothing is forecast.
    """
    place = _reached(curve, target)
    if place is not None:
        n, cost = curve[place].labels, paid[place].labels
        known = Route(name, Need(target, n, n, n, 1.0), assumes=assumes, why="reached already, as measured")
        if not cost:
            return known
        return replace(known, nanousd=cost, low=math.floor(cost * cheap), high=math.ceil(cost * dear))
    labels, money = _fitted(tuple(curve)), _fitted(tuple(paid))
    need = labels.needed(target) if labels is not None else None
    if money is None:
        return Route(name, need, assumes=assumes, why="its labels cost nothing here, or under three rounds were paid")
    reach = money.reach(target)
    most = reach.high * dear
    return Route(
        name,
        need,
        None if reach.middle == math.inf else math.ceil(reach.middle),
        None if reach.low == math.inf else math.floor(reach.low * cheap),
        None if most == math.inf else math.ceil(most),
        assumes,
        "out of reach, as far as the curve goes"
        if reach.middle == math.inf
        else "the newest round is there once, which may be chance"
        if curve[-1].f1 >= target
        else "",
    )


def _reached(curve: Sequence[Point], target: float) -> int | None:
    """The first point that ends a run by its goal: its lower end is there, or it is the second in a row."""
    for place, point in enumerate(curve):
        row = [one.f1 for one in curve[place + 1 - IN_A_ROW : place + 1]] if place + 1 >= IN_A_ROW else []
        if point.low >= target or (row and min(row) >= target):
            return place
    return None


def _enough(curve: Sequence[Point]) -> bool:
    return len({point.labels for point in curve}) >= FEWEST


@lru_cache(maxsize=32)
def _fitted(curve: tuple[Point, ...]) -> Curve | None:
    """A tenth of a second a fit, and pages are drawn again and again."""
    return fit(curve)


def sentences(found: Dollars) -> list[str]:
    """The forecast in words, one line a route; for `status` and `estimate`."""
    if found.target is None:
        return []
    head = f"dev F1 {found.target:g}"
    if found.why:
        return [f"{head}: {found.why}"]
    return [f"{head}, {one.name}: {_words(one)}" for one in found.routes]


def _words(one: Route) -> str:
    parts = []
    if one.need is not None and one.need.labels is not None:
        parts.append(f"{one.need.labels:,} labels ({one.need.low or 0:,} to {_end(one.need.high)})")
    if one.nanousd is not None:
        ends = f"{format_usd(one.low or 0, 2)} to {_end(one.high and format_usd(one.high, 2))}"
        parts.append(f"${format_usd(one.nanousd, 2)} ({ends}) in all")
    words = ", ".join(parts) + (f"{': ' if parts else ''}{one.why}" if one.why else "")
    return f"{words} [{one.assumes}]" if one.assumes else words


def _end(figure: object) -> str:
    return "no end" if figure is None else f"{figure:,}" if isinstance(figure, int) else str(figure)


def as_json(found: Dollars) -> dict[str, Any]:
    """The key `forecast` of `status --json` and `estimate --json`."""
    return {
        "f1": found.target,
        "why": found.why,
        "routes": [
            {
                "name": one.name,
                "labels": one.need.labels if one.need else None,
                "labels_low": one.need.low if one.need else None,
                "labels_high": one.need.high if one.need else None,
                "share": one.need.share if one.need else None,
                "cost_nanousd": one.nanousd,
                "cost_nanousd_low": one.low,
                "cost_nanousd_high": one.high,
                "assumes": one.assumes,
                "why": one.why,
            }
            for one in found.routes
        ],
    }
