"""The measures of LLMs in the Loop (arXiv 2404.02261, choice of the annotator) as its notebooks work them out, so that
its figures can be held against ours; what each of them really is stands with it.

Answers come as the notebooks read them: the tag of every element of an answer, None where an element has none; whether
the words are those of the sentence is not looked at. `None` for an answer that is no list.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import chain, combinations

import numpy as np

from ..core.snapshot import Measure
from .agreement import fleiss_kappa
from .resample import measure, ratio

Said = Sequence[str | None]
Tags = Sequence[str]


def consistency(gold: Sequence[Tags], said: Sequence[Sequence[Said]], repeats: int, seed: int) -> Measure | None:
    """The paper's "consistency", between 0 and 1: no agreement of a model with itself, but token accuracy against gold,
    O among the tokens, averaged over an item's repeats and then over items.

    An answer of another length than its sentence is right in nothing, an element without a tag is a wrong one, and an
    answer missing from the repeats that were asked is right in nothing: it was asked, and came to nothing. The
    notebooks divide by ten even where one answer was all that was asked, so that Claude has a tenth of its value there.

    Args:
        gold: of each item.
        said: all answers to each.
        repeats: how often every item was asked.
        seed: of the interval.
    """
    rows = []
    for tags, answers in zip(gold, said, strict=True):
        right = [_right(tags, answer) / len(tags) for answer in answers if len(answer) == len(tags)]
        rows.append((sum(right) / repeats, 1.0))
    return measure(np.array(rows), ratio, seed, n=len(rows))


def token_f1(gold: Sequence[Tags], said: Sequence[Sequence[Said]], seed: int) -> Measure | None:
    """The paper's "F1 micro": token accuracy with O, over the first answer to each item that is not an empty list.

    It is not an F1: over all tags, O among them, micro F1 is accuracy. Items whose first such answer has another length
    are left out, `n` counts the rest; an element without a tag is O. None where nothing is left.
    """
    rows = []
    for tags, answers in zip(gold, said, strict=True):
        first = next((answer for answer in answers if answer), None)
        if first is not None and len(first) == len(tags):
            rows.append((_right(tags, _with_o(first)), len(tags)))
    return measure(np.array(rows, dtype=float), ratio, seed, n=len(rows))


def self_agreement(
    said: Sequence[Sequence[Said]], repeats: int, known: Collection[str], seed: int
) -> tuple[Measure | None, Measure | None]:
    """Fleiss' kappa per token with one model's repeats as raters, over all tokens, and without those that all call O.

    It is how far a model agrees with itself, not with anybody else, and says little about how good it is. An item
    is left out where an answer is missing or empty, where the answers differ in length among themselves (not: from the
    sentence), or where a tag is none of `known`; an element without a tag is O. `n` counts the items.
    """
    names = set(known)
    kept = []
    for answers in said:
        tags = [_with_o(answer) for answer in answers]
        lengths = {len(one) for one in tags}
        if len(tags) == repeats and len(lengths) == 1 and 0 not in lengths and names.issuperset(chain(*tags)):
            kept.append(tags)
    return fleiss_kappa(kept, seed), fleiss_kappa(kept, seed, without="O")


def self_f1(said: Sequence[Sequence[Collection[object]]], seed: int) -> Measure | None:
    """Micro F1 between every two repeats of an item, one as if it were the other's gold, pooled over items.

    Args:
        said: of each item what each usable repeat found; `n` counts the items with at least two of them.
        seed: of the interval, which draws items.

    Returns:
        None where no two repeats can be compared, or none found anything.
    """
    rows = [
        np.sum([(2 * len({*one} & {*other}), len({*one}) + len({*other})) for one, other in combinations(item, 2)], 0)
        for item in said
        if len(item) > 1
    ]
    return measure(np.array(rows, dtype=float), ratio, seed, n=len(rows))


def strict_iob2(tags: Tags) -> list[str]:
    """The tags with every I- that continues nothing made O, and what follows it: strict IOB2 knows no such span."""
    kept: list[str] = []
    for tag in tags:
        open_ = bool(kept) and kept[-1] in (f"B-{tag[2:]}", tag)
        kept.append("O" if tag.startswith("I-") and not open_ else tag)
    return kept


def _right(gold: Tags, said: Said) -> int:
    return sum(tag == answer for tag, answer in zip(gold, said, strict=True))


def _with_o(answer: Said) -> list[str]:
    return ["O" if tag is None else tag for tag in answer]
