"""How far answers about the same items agree: Fleiss' kappa of one annotator's repeats, Cohen's kappa and
Krippendorff's alpha between two.

Values are those of statsmodels, scikit-learn and krippendorff. Intervals (95 %) draw items, not words, and work the
same coefficient out from the sums of each draw, which none of the three can do.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..core.snapshot import Measure
from .resample import Array, by_text, measure

Targets = Sequence[Sequence[str]]
"""What one answer says of each item, one name a position: a word's tag, an item's label."""


def fleiss_kappa(repeats: Sequence[Targets], seed: int, *, without: str | None = None) -> Measure | None:
    """Fleiss' kappa with an item's repeats as raters of its positions (Fleiss 1971); `n` counts the items.

    None where there is nothing to agree on: no item, one repeat, or one and the same name everywhere.

    Args:
        repeats: of each item what each of its repeats says of every position; all items have as many repeats.
        seed: of the interval.
        without: leave out the positions where every repeat says this, "O".

    Raises:
        ValueError: items differ in repeats, or the repeats of an item in positions.
    """
    raters = {len(item) for item in repeats}
    if not raters or max(raters) < 2:
        return None
    if len(raters) > 1:
        raise ValueError(f"Fleiss' kappa needs the same number of repeats of every item, got {sorted(raters)}")
    names = sorted({name for item in repeats for said in item for name in said})
    place = {name: column for column, name in enumerate(names)}
    tables = [_ratings(item, place) for item in repeats]
    if without in place:
        tables = [table[table[:, place[without]] < len(item)] for table, item in zip(tables, repeats, strict=True)]
    tables = [table for table in tables if len(table)]
    whole = np.concatenate(tables) if tables else np.zeros((0, len(names)))
    if (whole.sum(axis=0) > 0).sum() < 2:
        return None
    from statsmodels.stats.inter_rater import fleiss_kappa as fleiss  # slow to import

    counted = np.array([_fleiss_parts(table) for table in tables])
    return measure(counted, _fleiss, seed, n=len(tables), value=float(fleiss(whole)))


def _ratings(item: Targets, place: dict[str, int]) -> Array:
    """How many repeats give each position each name: (positions, names)."""
    table = np.zeros((len(item[0]), len(place)))
    for said in item:
        if len(said) != len(table):
            raise ValueError(f"one repeat has {len(said)} positions, another {len(table)}")
        table[np.arange(len(table)), [place[name] for name in said]] += 1
    return table


def _fleiss_parts(table: Array) -> Array:
    """Positions, their summed agreement, and how often each name was given, of one item."""
    raters = table[0].sum()
    agreement = ((table**2).sum(axis=1) - raters) / (raters * (raters - 1))
    return np.array([len(table), agreement.sum(), *table.sum(axis=0)])


def _fleiss(sums: Array) -> Array:
    shares = sums[:, 2:] / sums[:, 2:].sum(axis=1, keepdims=True)
    return _above_chance(sums[:, 1] / sums[:, 0], (shares**2).sum(axis=1))


def between(
    first: Targets, second: Targets, seed: int, texts: Sequence[str] | None = None
) -> tuple[Measure | None, Measure | None]:
    """Cohen's kappa and Krippendorff's alpha (nominal) of two who judged the same items; `n` counts the items.

    None where there is nothing to agree on: no position, or one and the same name everywhere.

    Args:
        first, second: what each says of the items.
        seed: of the intervals.
        texts: of each item, where several items may stand in one: they are drawn together.

    Raises:
        ValueError: the two differ in items, or an item in positions.
    """
    names = sorted({name for said in (first, second) for item in said for name in item})
    if len(names) < 2:
        return None, None
    place = {name: column for column, name in enumerate(names)}
    tables = np.zeros((len(first), len(names), len(names)))
    for table, one, other in zip(tables, first, second, strict=True):
        for a, b in zip(one, other, strict=True):
            table[place[a], place[b]] += 1
    import krippendorff
    from sklearn.metrics import cohen_kappa_score

    codes = [[place[name] for item in said for name in item] for said in (first, second)]
    cohen = float(cohen_kappa_score(*codes))
    alpha = float(krippendorff.alpha(codes, level_of_measurement="nominal"))
    counted = by_text(tables, texts)
    return (
        measure(counted, _cohen, seed, n=len(first), value=cohen),
        measure(counted, _alpha, seed, n=len(first), value=alpha),
    )


def _cohen(tables: Array) -> Array:
    shares = tables / tables.sum(axis=(1, 2), keepdims=True)
    expected = (shares.sum(axis=1) * shares.sum(axis=2)).sum(axis=1)
    return _above_chance(np.trace(shares, axis1=1, axis2=2), expected)


def _alpha(tables: Array) -> Array:
    """Alpha is kappa's form with the chance of drawing two like judgements of all, without putting the first back."""
    said = tables.sum(axis=1) + tables.sum(axis=2)
    total = said.sum(axis=1)
    expected = (said * (said - 1)).sum(axis=1) / (total * (total - 1))
    return _above_chance(2 * np.trace(tables, axis1=1, axis2=2) / total, expected)


def _above_chance(observed: Array, expected: Array) -> Array:
    """Not a number where chance alone agrees always."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Array = np.where(expected < 1 - 1e-12, (observed - expected) / (1 - expected), np.nan)
    return found
