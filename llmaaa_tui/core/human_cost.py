"""What people would cost beside all that was spent here, by a stated formula with a low and a high end.

    ratio = people / (LLM + gold + review)

People label what the annotator has answered. The other side is everything that this project paid or may have to pay
(failures, retries, comparisons and probes included), the gold that people had to label for it, at the same rate, and
the time of those who reviewed, where a wage is known. The ratio rises or falls with each input alone, so that its
bounds lie where every input is at one of its ends. No float holds an amount.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product

from .human_inputs import (
    ANNOTATORS,
    EACH,
    HOUR,
    ITEM,
    NAMES,
    RATE,
    REVIEW,
    SECONDS,
    WAGE,
    Assumptions,
    Input,
    assumptions,
    checked,
)
from .money import NANO, format_usd

__all__ = ["NAMES", "Assumptions", "HumanCost", "Input", "Part", "assumptions", "checked", "human_cost"]

_HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Part:
    """One term of the ratio in nano-USD: None where it is not known, and then it is not counted; `how` says what it is
    made of."""

    name: str
    low: int | None
    high: int | None
    how: str


@dataclass(frozen=True, slots=True)
class HumanCost:
    """Nano-USD that people would be paid, and how many times everything spent here that is.

    Attributes:
        ratio_low, ratio_high: with the gold and the review; None where nothing was labelled or spent.
        alone_low, alone_high: the ratio to the annotator's bill alone.
        basis: what people's pay was made of.
        parts: the terms: people, LLM, gold, review.
        words, items: of what was labelled here.
        gold: items that came with gold, by role; gold_items: how many that are, where one serves several roles.
        assumed: the inputs.
    """

    low_nanousd: int
    high_nanousd: int
    ratio_low: float | None
    ratio_high: float | None
    basis: str
    alone_low: float | None
    alone_high: float | None
    parts: tuple[Part, ...]
    words: int
    items: int
    gold: Mapping[str, int]
    gold_items: int
    assumed: Assumptions

    def part(self, name: str) -> Part:
        """The term of that name."""
        return next(one for one in self.parts if one.name == name)

    @property
    def llm_nanousd(self) -> int:
        """Everything that this project paid or may have to pay."""
        return self.part("LLM").low or 0

    @property
    def formula(self) -> str:
        """The whole calculation in words."""
        terms = "; ".join(f"{one.name} = {one.how}{_amount(one)}" for one in self.parts)
        return f"ratio = people / (LLM + gold + review); {terms}"


def pay(assumed: Assumptions, words: int, items: int, at: Mapping[str, float], annotators: int | None = None) -> int:
    """Nano-USD for labelling so much, with the inputs at these figures.

    Args:
        annotators: so many label each item, whatever the inputs say.
    """
    heads = int(at[ANNOTATORS]) if annotators is None else annotators
    if assumed.paid_by == HOUR:
        # In whole milliseconds: no float holds an amount.
        return int(at[WAGE]) * items * round(at[SECONDS] * 1000) * heads // _HOUR_MS
    if assumed.paid_by == ITEM:
        return int(at[EACH]) * items * heads
    return int(at[RATE]) * words * heads // 50


def review_pay(items: int, at: Mapping[str, float]) -> int:
    """Nano-USD for reviewing so many items."""
    return int(at[WAGE]) * items * round(at[REVIEW] * 1000) // _HOUR_MS


def figures(assumed: Assumptions, choose: Callable[[Input], float | None]) -> dict[str, float]:
    """One figure of each input that counts."""
    return {one.name: choose(one) or 0.0 for one in assumed.inputs if one.used}


def low(one: Input) -> float | None:
    """Its low end."""
    return one.low


def high(one: Input) -> float | None:
    """Its high end."""
    return one.high


def human_cost(
    words: int,
    llm_nanousd: int,
    *,
    assumed: Assumptions | None = None,
    items: int = 0,
    gold: Mapping[str, int] | None = None,
    gold_items: int | None = None,
    gold_words: int = 0,
) -> HumanCost:
    """What people would be paid for labelling `items` sentences of `words` words, beside what was spent here.

    Args:
        llm_nanousd: everything this project paid and may have to pay.
        gold, gold_words: items by role that people had to label so that the project could show, steer and measure by
            them, and the words in them.
        gold_items: how many they are where one serves several roles; else the sum over the roles.
    """
    assumed = assumptions({}) if assumed is None else assumed
    reviewed = assumed.reviewed
    ends = figures(assumed, low), figures(assumed, high)
    least, most = (pay(assumed, words, items, at) for at in ends)
    waged = reviewed > 0 and {WAGE, REVIEW} <= ends[0].keys()
    by_role = dict(gold or {})
    gold_items = sum(by_role.values()) if gold_items is None else gold_items
    gold_part = Part(
        "gold",
        pay(assumed, gold_words, gold_items, ends[0]),
        pay(assumed, gold_words, gold_items, ends[1]),
        _how(assumed, gold_words, gold_items) + _roles(by_role, gold_items, assumed) if gold_items else "none",
    )
    review = Part(
        "review",
        review_pay(reviewed, ends[0]) if waged else None,
        review_pay(reviewed, ends[1]) if waged else None,
        _review(assumed, reviewed),
    )
    parts = (
        Part("people", least, most, _how(assumed, words, items)),
        Part("LLM", llm_nanousd, llm_nanousd, "confirmed + unconfirmed: failures, retries, comparisons, probes, all"),
        gold_part,
        review,
    )
    ratios = []
    if least and llm_nanousd > 0:
        names = list(ends[0])
        for corner in product(*({one.low or 0.0, one.high or 0.0} for one in map(assumed.__getitem__, names))):
            at = dict(zip(names, corner, strict=True))
            beside = llm_nanousd + pay(assumed, gold_words, gold_items, at)
            beside += review_pay(reviewed, at) if waged else 0
            ratios.append(pay(assumed, words, items, at) / beside)
    spent = llm_nanousd > 0
    return HumanCost(
        least,
        most,
        min(ratios, default=None),
        max(ratios, default=None),
        assumed.sentence,
        least / llm_nanousd if spent else None,
        most / llm_nanousd if spent else None,
        parts,
        words,
        items,
        by_role,
        gold_items,
        assumed,
    )


def _amount(part: Part) -> str:
    if part.low is None or part.high is None:
        return " (not counted)"
    ends = [f"${format_usd(one, 2 if one >= NANO else 6)}" for one in (part.low, part.high)]
    return f" = {' to '.join(dict.fromkeys(ends))}"


def _how(assumed: Assumptions, words: int, items: int) -> str:
    """People's pay as a product."""
    heads = "1 annotator" if assumed[ANNOTATORS].ends == (1, 1) else f"{assumed[ANNOTATORS].said} annotators"
    unit = assumed.unit if items == 1 else assumed.units
    if assumed.paid_by == HOUR:
        return f"{items:,} {unit} * {assumed[SECONDS].said} s / 3600 * {assumed[WAGE].said} * {heads}"
    if assumed.paid_by == ITEM:
        return f"{items:,} {unit} * {assumed[EACH].said} * {heads}"
    return f"{words:,} words / 50 * {assumed[RATE].said} * {heads}"


def _roles(gold: Mapping[str, int], items: int, assumed: Assumptions) -> str:
    """How many of the gold serve what; people alone would be measured by gold as well."""
    said = ", ".join(f"{n:,} {role}" for role, n in gold.items())
    alike = [role for role in ("dev", "test") if role in gold]
    people = f" ({' and '.join(alike)}: people alone would need as well)" if alike else ""
    return f", {items:,} {assumed.units}: {said}{people}"


def _review(assumed: Assumptions, reviewed: int) -> str:
    if not reviewed:
        return "nobody has reviewed here"
    unit = assumed.unit if reviewed == 1 else assumed.units
    wage = assumed[WAGE]
    rate = "a wage, which is not known" if wage.value is None else wage.said
    return f"{reviewed:,} {unit} * {assumed[REVIEW].said} s / 3600 * {rate}"
