"""F1 against dollars, each contender a letter: who is better, who is cheaper, and whom nobody beats in both."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual.content import Content

from ..glyphs import Glyphs
from ..widgets.chart import bounds
from ..words import f1, usd

SPREAD = 20
"""From so many times the lowest price on, prices are drawn by their logarithm."""


@dataclass(frozen=True, slots=True)
class Point:
    """One contender.

    Attributes:
        letter: its mark.
        nanousd: per 1,000 items.
        low, high: the interval of `f1`.
        front: whether no other is both better and cheaper.
        style: of the letter, "" for none.
    """

    letter: str
    nanousd: int
    f1: float
    low: float
    high: float
    front: bool = False
    style: str = ""


def scatter(points: Sequence[Point], width: int, height: int, glyphs: Glyphs, units: str) -> list[Content]:
    """Draw into `height` lines of `width` cells, the last two the axis of dollars; [] where nothing fits.

    A bar through a letter is its interval; a dotted line is the best F1 to be had up to a price.
    """
    columns, rows = width - 5, height - 2
    if columns < 12 or rows < 3 or not points:
        return []
    low, high = bounds([end for one in points for end in (one.low, one.high)])
    across = _across([one.nanousd for one in points])
    grid: dict[tuple[int, int], tuple[str, str]] = {}

    def row(value: float) -> int:
        return round((high - max(low, min(high, value))) / (high - low) * (rows - 1))

    def column(nanousd: int) -> int:
        return 1 + round(across(nanousd) * (columns - 4))

    front = sorted((one for one in points if one.front), key=lambda one: one.nanousd)
    for place, one in enumerate(front):
        end = column(front[place + 1].nanousd) if place + 1 < len(front) else columns
        grid.update(
            dict.fromkeys(((x, row(one.f1)) for x in range(column(one.nanousd), end)), (glyphs.teacher, "$focus"))
        )
    taken: set[tuple[int, int]] = set()
    placed = []
    for one in points:
        x, y = column(one.nanousd), row(one.f1)
        while (x, y) in taken and x < columns - 1:
            x += 1
        taken.add((x, y))
        placed.append((one, x, y))
    for one, x, _y in placed:
        for y in range(row(one.high), row(one.low) + 1):
            grid[x, y] = (glyphs.side, "$muted")
    for one, x, y in placed:
        grid[x, y] = (one.letter, f"{one.style} bold".strip())
    numbers = {
        0: f1(high),
        (rows - 1) // 2: f1(high - (high - low) * ((rows - 1) // 2) / (rows - 1)),
        rows - 1: f1(low),
    }
    lines = []
    for y in range(rows):
        edge = (f"{numbers.get(y, ''):>4}{glyphs.axis if y in numbers else glyphs.side}", "$muted")
        lines.append(Content.assemble(edge, *(grid.get((x, y), (" ", "")) for x in range(columns))))
    return [*lines, *_axis(points, columns, column, glyphs, units)]


def _across(prices: Sequence[int]) -> Callable[[int], float]:
    """Where a price stands between the lowest and the highest, 0 … 1."""
    paid = [price for price in prices if price > 0]
    highest = max(prices)
    if paid and highest > SPREAD * min(paid):
        start = 0.15 if len(paid) < len(prices) else 0.0
        lowest = min(paid)

        def by_logarithm(price: int) -> float:
            if price <= 0:
                return 0.0
            return start + (1 - start) * math.log(price / lowest) / math.log(highest / lowest)

        return by_logarithm
    return lambda price: price / highest if highest else 0.0


def _axis(
    points: Sequence[Point], columns: int, column: Callable[[int], int], glyphs: Glyphs, units: str
) -> list[Content]:
    """The axis with a tick under each price, and below it as many prices as have room, dearest and cheapest first."""
    floor, numbers = [glyphs.floor] * columns, [" "] * (columns + 5)
    prices = sorted({one.nanousd for one in points})
    name = f"$ per 1,000 {units}"
    for price in prices:
        floor[column(price)] = glyphs.tick
    free = [True] * (columns + 5)
    for price in [prices[-1], *prices[:-1]]:
        text = usd(price)
        start = max(0, min(column(price) + 5 - len(text) // 2, columns + 5 - len(text)))
        if all(free[max(0, start - 2) : start + len(text) + 2]):
            numbers[start : start + len(text)] = text
            free[start : start + len(text)] = [False] * len(text)
    for start in range(5, columns + 5 - len(name)):
        if all(free[start - 2 : start + len(name) + 2]):
            numbers[start : start + len(name)] = name
            break
    return [
        Content.styled(f"    {glyphs.origin}{''.join(floor)}", "$muted"),
        Content.styled("".join(numbers), "$muted"),
    ]
