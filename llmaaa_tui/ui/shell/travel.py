"""Going back in time round by round: which round is looked at, and which one a step leads to."""

from __future__ import annotations

from collections.abc import Sequence


def step(numbers: Sequence[int], here: int | None, by: int) -> int | None:
    """The round that lies `by` steps from `here`; None for now, which is past the last one.

    Args:
        numbers: the rounds there are, in order.
        here: the round looked at, None for now.
    """
    if not numbers:
        return None
    place = max(0, (numbers.index(here) if here in numbers else len(numbers) - 1) + by)
    return None if place >= len(numbers) - 1 else numbers[place]
