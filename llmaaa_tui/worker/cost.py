"""What a number of requests costs: items, tokens and nano-USD, to be added up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Cost:
    """Requests with their tokens and nano-USD: expected, at worst, and at worst without asking anything again."""

    items: int
    requests: float
    input_tokens: float
    output_tokens: float
    expected_nanousd: float
    worst_nanousd: float
    first_worst_nanousd: float = 0

    def times(self, factor: float) -> Cost:
        """So many times as much."""
        return Cost(
            round(self.items * factor),
            self.requests * factor,
            self.input_tokens * factor,
            self.output_tokens * factor,
            self.expected_nanousd * factor,
            self.worst_nanousd * factor,
            self.first_worst_nanousd * factor,
        )

    def fit_into(self, free_nanousd: int) -> dict[str, int | None]:
        """Items that fit surely (each at its worst case, asked once) and probably (each at the expected cost)."""
        if not self.items or not self.expected_nanousd:
            return {"surely": None, "probably": None}
        surely = free_nanousd * self.items / self.first_worst_nanousd
        return {"surely": int(surely), "probably": int(free_nanousd * self.items / self.expected_nanousd)}

    def as_dict(self) -> dict[str, Any]:
        """As `llmaaa estimate --json` writes it, rounded up."""
        return {
            "items": self.items,
            "requests": math.ceil(self.requests),
            "tokens": {"input": math.ceil(self.input_tokens), "output": math.ceil(self.output_tokens)},
            "expected_nanousd": math.ceil(self.expected_nanousd),
            "worst_nanousd": math.ceil(self.worst_nanousd),
        }


NOTHING = Cost(0, 0, 0, 0, 0, 0)


def plus(one: Cost, other: Cost) -> Cost:
    """Both together."""
    return Cost(
        one.items + other.items,
        one.requests + other.requests,
        one.input_tokens + other.input_tokens,
        one.output_tokens + other.output_tokens,
        one.expected_nanousd + other.expected_nanousd,
        one.worst_nanousd + other.worst_nanousd,
        one.first_worst_nanousd + other.first_worst_nanousd,
    )
