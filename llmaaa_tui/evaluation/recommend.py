"""Which annotator to take, in one sentence with its reason; nobody, where the figures do not say."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.comparison import ComparedRow, Difference
from ..core.money import format_usd

FEWEST = 20
"""Below so many items nobody is recommended: an F1 of .7 would be known to a fifth either way."""
MARGIN = 0.05
"""A cheaper one is taken for the best where the sample excludes that it is further behind: not to be told apart is not
to be as good."""


def recommendation(annotators: Sequence[ComparedRow], differences: Sequence[Difference], units: str) -> str:
    """One sentence without its full stop; "" where no annotator was compared.

    The best is taken, unless another costs less and the sample excludes that it is more than `MARGIN` behind. Of
    simulated and recorded answers nothing follows about whom to ask.

    Args:
        annotators: all that were compared, best F1 first.
        differences: of the best live annotator to every other live one, in their order.
        units: what items are called.
    """
    if not annotators:
        return ""
    live = [row for row in annotators if not row.simulated]
    if not live:
        return _nobody({row.simulated for row in annotators})
    best, n = live[0], live[0].items
    if n < FEWEST:
        return f"{n:,} {units} are too few to recommend anybody: ask about {FEWEST} or more"
    if best.f1 is None or not best.f1.f1:
        return f"nobody found anything that is right in {n:,} {units}: take none of them"
    if len(live) == 1:
        return f"{best.name} alone was asked: {_f1(best)}{_at(best, units)}; another is needed to choose between"
    beside = [(row, apart) for row, apart in zip(live[1:], differences, strict=True) if apart.low <= 0]
    if not beside:
        return _clear(best, live[1], differences[0], live, n, units)
    return _close(best, beside, live, n, units)


def _nobody(kinds: set[str]) -> str:
    if kinds == {"recorded"}:
        return "these answers are recorded: they say what was once answered, and recommend nobody"
    if kinds == {"simulated"}:
        return "these are figures of a simulation: they recommend nobody"
    return "these answers are simulated or recorded: they recommend nobody"


def _clear(
    best: ComparedRow, second: ComparedRow, apart: Difference, live: Sequence[ComparedRow], n: int, units: str
) -> str:
    above = f"{_figure(apart.value)} {_interval(apart.low, apart.high)} above {second.name} (n = {n:,} {units})"
    return f"take {best.name}: {_f1(best)}, {above}{_price(best, second)}{_thrifty(best, live)}"


def _close(
    best: ComparedRow,
    beside: Sequence[tuple[ComparedRow, Difference]],
    live: Sequence[ComparedRow],
    n: int,
    units: str,
) -> str:
    """The best, or a cheaper one of those beside it, which the sample does not tell apart from it."""
    names = [row.name for row, _ in beside]
    if best.nanousd_per_1000 is None or any(row.nanousd_per_1000 is None for row, _ in beside):
        return (
            f"{n:,} {units} do not tell {_listed([best.name, *names])} apart, and not every price is known: "
            f"ask about more, or take {best.name}, which leads with {_f1(best)}"
        )
    cheaper = sorted(
        (row.nanousd_per_1000 or 0, place)
        for place, (row, _) in enumerate(beside)
        if (row.nanousd_per_1000 or 0) < best.nanousd_per_1000
    )
    if not cheaper:
        return (
            f"take {best.name}: {_f1(best)}, and {_listed(names)}, which {n:,} {units} do not tell apart from it, "
            f"{'is' if len(names) == 1 else 'are'} no cheaper{_thrifty(best, live)}"
        )
    near = [place for _, place in cheaper if beside[place][1].high <= MARGIN]
    row, apart = beside[near[0] if near else cheaper[0][1]]
    behind = f"{_figure(apart.value)} {_interval(apart.low, apart.high)} below"
    if near:
        reason = f"{_f1(row)}, {behind} {best.name} (n = {n:,} {units})"
        return f"take {row.name}: {reason}{_price(row, best)}{_thrifty(row, live)}"
    perhaps = f"{row.name}{_price(row, best)}, may be as good: {behind}, which {n:,} {units} do not settle"
    return f"take {best.name}: {_f1(best)}; {perhaps}"


def _price(one: ComparedRow, other: ComparedRow) -> str:
    """What one costs beside another, as a clause; "" where a price is not known."""
    mine, theirs = one.nanousd_per_1000, other.nanousd_per_1000
    if mine is None or theirs is None:
        return ""
    if mine == theirs:
        return ", at the same price"
    if not mine:
        return ", for nothing"
    if not theirs:
        return f", while {other.name} is free"
    return f", at {mine / theirs:.2g} times its price" if mine / theirs < 100 else ", at over 100 times its price"


def _thrifty(taken: ComparedRow, live: Sequence[ComparedRow]) -> str:
    """Who pays least for a right label, where that is another."""
    priced = [row for row in live if row.nanousd_per_correct is not None]
    if taken not in priced or len(priced) < 2:
        return ""
    least = min(priced, key=lambda row: row.nanousd_per_correct or 0)
    same = least.nanousd_per_correct == taken.nanousd_per_correct
    return "" if same else f"; {least.name} is the best per dollar"


def _at(row: ComparedRow, units: str) -> str:
    if row.nanousd_per_1000 is None:
        return ""
    return f" at ${format_usd(row.nanousd_per_1000)} per 1,000 {units}"


def _f1(row: ComparedRow) -> str:
    assert row.f1 is not None
    return f"F1 {_figure(row.f1.f1)} {_interval(row.f1.low, row.f1.high)}"


def _interval(low: float, high: float) -> str:
    return f"[{_figure(low)}, {_figure(high)}]"


def _figure(value: float) -> str:
    """`.71`, `-.03`."""
    return f"{value:.2f}".replace("0.", ".", 1)


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
