"""Small sums that tasks share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any


def micro_f1(pairs: Iterable[tuple[AbstractSet[Any], AbstractSet[Any]]]) -> float:
    """F1 over all items; 0 where neither side says anything.

    Args:
        pairs: of each item, what is right and what was said.
    """
    hits = right = said = 0
    for gold, mine in pairs:
        hits, right, said = hits + len(gold & mine), right + len(gold), said + len(mine)
    return 2 * hits / (right + said) if right + said else 0.0


def mean(values: Sequence[float]) -> float:
    """The mean of at least one number."""
    return sum(values) / len(values)
