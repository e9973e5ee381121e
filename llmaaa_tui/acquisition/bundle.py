"""Which items share a request, and which demonstrations it shows: a longer prompt is paid once for several items."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from .contracts import Floats

TOGETHER = 20
"""Pairs of one sentence that share a request at most: an answer about many is long, and lost as a whole."""

# Cosines that agree this far are equal, and the order of the items decides.
_DECIMALS = 6


def bundles(
    items: Sequence[int],
    vectors: Floats | None,
    neighbours: Mapping[int, Sequence[int]],
    size: int,
    k: int,
    sentences: Sequence[Hashable] | None = None,
) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Items in groups of `size`, each with the ids of its demonstrations in prompt order, the most similar last.

    Items of one sentence are a group however many `size` says, unless that is 1. Of the others the first that has no
    group yet takes the `size - 1` nearest along; the last group may be smaller. Near sentences share neighbours, so few
    demonstrations serve them all.

    Args:
        items: in order of rank; the order within a group is this one.
        vectors: sentence embeddings of length 1, (items, dimensions); None groups the items as they come.
        neighbours: an item's demonstrations, the most similar last; none for an item that is not in it.
        size: items a group.
        k: demonstrations a group at most. Every item has its nearest shown before one has its second.
        sentences: what each item's sentence is known by; None where every item is a sentence.

    Raises:
        ValueError: `size` is below 1, `k` is negative, or there are not as many vectors as items.
    """
    if size < 1 or k < 0:
        raise ValueError(f"cannot make groups of {size} items with {k} demonstrations")
    if vectors is not None and len(vectors) != len(items):
        raise ValueError(f"{len(vectors)} vectors for {len(items)} items")
    company = _of_one_sentence(items, sentences) if sentences is not None and size > 1 else []
    taken, place = {item for group in company for item in group}, {item: row for row, item in enumerate(items)}
    rows = [row for row, item in enumerate(items) if item not in taken]
    alone = [items[row] for row in rows]
    groups = [*company, *_groups(alone, None if vectors is None else np.asarray(vectors)[rows], size)]
    groups.sort(key=lambda group: place[group[0]])
    return [(group, union([neighbours.get(item, ()) for item in group], k)) for group in groups]


def _of_one_sentence(items: Sequence[int], sentences: Sequence[Hashable]) -> list[tuple[int, ...]]:
    """Items that share their sentence with another, in groups of at most `TOGETHER`; the others are in none."""
    by_sentence: dict[Hashable, list[int]] = {}
    for item, sentence in zip(items, sentences, strict=True):
        by_sentence.setdefault(sentence, []).append(item)
    return [
        tuple(members[start : start + TOGETHER])
        for members in by_sentence.values()
        if len(members) > 1
        for start in range(0, len(members), TOGETHER)
    ]


def union(neighbours: Sequence[Sequence[int]], k: int) -> tuple[int, ...]:
    """At most `k` of several items' demonstrations, the most similar last.

    In turn every item has its nearest, then its second nearest, and so on; one that is there already counts.
    """
    best_first = [list(reversed(ids)) for ids in neighbours]
    longest = max((len(ids) for ids in best_first), default=0)
    turns = (ids[turn] for turn in range(longest) for ids in best_first if turn < len(ids))
    return tuple(reversed(list(dict.fromkeys(turns))[:k]))


def _groups(items: Sequence[int], vectors: Floats | None, size: int) -> list[tuple[int, ...]]:
    if vectors is None or size == 1:
        return [tuple(items[start : start + size]) for start in range(0, len(items), size)]
    rows = np.asarray(vectors, dtype=np.float32)
    left: npt.NDArray[np.intp] = np.arange(len(items))
    groups: list[tuple[int, ...]] = []
    while len(left):
        nearness = np.round(rows[left[1:]] @ rows[left[0]], _DECIMALS)
        taken = np.argsort(-nearness, kind="stable")[: size - 1] + 1
        group = np.sort(left[np.append(0, taken)])
        groups.append(tuple(items[row] for row in group))
        left = np.delete(left, np.append(0, taken))
    return groups
