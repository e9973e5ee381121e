"""How many items each round picks: constant, quadratic (LLMaAA, arXiv 2310.19596) or geometric; pure arithmetic.

All three end at the same total after `rounds` rounds, `initial + (rounds - 1) * batch`; rounds beyond go on with
`batch` each.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CONSTANT, QUADRATIC, GEOMETRIC = "constant", "quadratic", "geometric"


def target(schedule: str, number: int, initial: int, batch: int, rounds: int) -> int:
    """Items of round `number`, counted from 1; every round has at least one.

    Args:
        schedule: "constant": `initial`, then `batch` each. "quadratic": with B items in R rounds, f = floor(B / R²)
            and round n brings the total to f n², the last one to B. "geometric": totals grow by a constant factor
            from `initial` to B.
        rounds: R, how many rounds the plan is for.

    Raises:
        ValueError: a number is below 1, or there is no such schedule.
    """
    if min(number, initial, batch, rounds) < 1:
        raise ValueError(f"no round {number} of {rounds} with {initial} and {batch} items: all start at 1")
    if number > rounds:
        return batch
    return _total(schedule, number, initial, batch, rounds) - _total(schedule, number - 1, initial, batch, rounds)


def _total(schedule: str, number: int, initial: int, batch: int, rounds: int) -> int:
    """Items after round `number` of at most `rounds`."""
    if number == 0:
        return 0
    last = initial + (rounds - 1) * batch
    if number == rounds:
        return last
    match schedule:
        case "constant":
            return initial + (number - 1) * batch
        case "quadratic":
            return max(last // rounds**2 * number**2, number)  # f is 0 where B is small: a round still has an item
        case "geometric":
            grown: float = initial * (last / initial) ** ((number - 1) / (rounds - 1))
            return max(math.floor(grown + 0.5), initial + number - 1)
    raise ValueError(f"there is no schedule {schedule!r}")


@dataclass(frozen=True, slots=True)
class Plan:
    """The sizes of a project's rounds: the settings `loop.schedule`, `initial`, `batch` and the rounds it is for."""

    schedule: str
    initial: int
    batch: int
    rounds: int

    @classmethod
    def of(cls, loop: Mapping[str, Any], rounds: int | None = None) -> Plan | None:
        """That of a stored [loop] section; None where it does not say one.

        Args:
            rounds: the goal of rounds, where the run has one; else `loop.rounds`.
        """
        try:
            plan = cls(str(loop.get("schedule", CONSTANT)), loop["initial"], loop["batch"], rounds or loop["rounds"])
            plan.size(1)
        except (KeyError, TypeError, ValueError):
            return None
        return plan

    def size(self, number: int) -> int:
        """Items of round `number`."""
        return target(self.schedule, number, self.initial, self.batch, self.rounds)

    def items(self, first: int, last: int) -> int:
        """Items of the rounds `first` to `last`, both counted."""
        within = self._total(min(last, self.rounds)) - self._total(min(first - 1, self.rounds))
        return within + self.batch * max(0, last - max(self.rounds, first - 1))

    @property
    def largest(self) -> int:
        """Items of the largest round after the first: sizes grow, but for what is rounded."""
        ends = (2, 3, self.rounds - 2, self.rounds - 1, self.rounds, self.rounds + 1)
        return max(self.size(number) for number in ends if number > 1)

    def rounds_for(self, items: float, after: int) -> int:
        """How many rounds after round `after` bring so many items."""
        number, items = after, round(items, 6)
        while items > 0 and number < self.rounds:
            number += 1
            items -= self.size(number)
        return number - after + (math.ceil(items / self.batch) if items > 0 else 0)

    def _total(self, number: int) -> int:
        return _total(self.schedule, number, self.initial, self.batch, self.rounds)
