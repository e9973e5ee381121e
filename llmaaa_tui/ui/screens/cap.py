"""The cap in one line: decimal USD, and at once what that would mean."""

from __future__ import annotations

from ...core.money import NANO, parse_usd
from ...core.snapshot import Budget
from ..cells import safe
from ..words import usd
from .form import OneLine


class CapScreen(OneLine):
    """Answers with the new cap as decimal USD.

    Args:
        budget: where the money is now.
        each_nanousd: what an item costs so far; None before that is known.
        units: what several items are called.
    """

    def __init__(self, budget: Budget, each_nanousd: int | None, units: str = "sentences") -> None:
        super().__init__("The cap", "Cap in USD, counting from now on:", plain_usd(budget.cap_nanousd))
        self._budget = budget
        self._each = each_nanousd
        self._units = units

    def meaning(self, text: str) -> tuple[str, str]:
        """See the base class."""
        try:
            cap = parse_usd(text)
        except ValueError as error:
            raise ValueError(safe(str(error))) from None
        return plain_usd(cap), means(cap, self._budget, self._each, self._units)


def means(cap_nanousd: int, budget: Budget, each_nanousd: int | None, units: str = "sentences") -> str:
    """What a cap would mean where this much is spent, held and unconfirmed."""
    taken = budget.spent_nanousd + budget.held_nanousd + budget.unconfirmed_nanousd
    if cap_nanousd < budget.spent_nanousd:
        return f"below what is spent ({usd(budget.spent_nanousd)}): nothing more is sent"
    if cap_nanousd <= taken:
        return "spent, held and unconfirmed money take all of it: nothing more is sent"
    free = cap_nanousd - taken
    words = f"{usd(free, left=True)} would be free"
    return f"{words}: about {free // each_nanousd:,} more {units}" if each_nanousd else words


def plain_usd(nanousd: int) -> str:
    """The exact amount as it is written in settings: at least two places, none that say nothing."""
    whole, places = divmod(nanousd, NANO)
    return f"{whole}.{f'{places:09}'.rstrip('0'):0<2}"


def step(cap_nanousd: int) -> int:
    """By how much one key raises or lowers the cap: 1, 2 or 5 of a decimal place, near a tenth of it, $0.10 or more."""
    tenth, unit = cap_nanousd // 10, 100_000_000
    while unit * 10 <= tenth:
        unit *= 10
    return max(factor * unit for factor in (1, 2, 5) if factor == 1 or factor * unit <= tenth)
