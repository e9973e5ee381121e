"""From a score a position (a word, an item, a label) to a score an item, without a loop over positions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from .contracts import Floats

Reduction = Literal["mean", "sum", "max"]

# Items whose positions are laid end to end at once: bounds memory and stays in cache.
_BLOCK = 4096


def item_scores(
    probabilities: Sequence[Floats], measure: Callable[[Floats], Floats], reduction: Reduction
) -> npt.NDArray[np.float64]:
    """One score an item.

    Args:
        probabilities: a softmax an item, (positions, classes).
        measure: (positions, classes) → (positions,).
        reduction: how an item's positions become one number.

    Returns:
        (items,); 0 for an item without positions.
    """
    return ensemble_scores([probabilities], lambda members: measure(members[0]), reduction)


def ensemble_scores(
    members: Sequence[Sequence[Floats]], measure: Callable[[Floats], Floats], reduction: Reduction
) -> npt.NDArray[np.float64]:
    """One score an item from what several members say about it.

    Args:
        members: each a softmax an item, (positions, classes).
        measure: (members, positions, classes) → (positions,).
        reduction: how an item's positions become one number.

    Returns:
        (items,); 0 for an item without positions.

    Raises:
        ValueError: two members do not speak of the same positions and classes.
    """
    scores = np.zeros(len(members[0]))
    for start in range(0, len(scores), _BLOCK):
        blocks = [member[start : start + _BLOCK] for member in members]
        lengths = np.fromiter(map(len, blocks[0]), dtype=np.intp, count=len(blocks[0]))
        if any(len(rows) != length for block in blocks[1:] for rows, length in zip(block, lengths, strict=True)):
            raise ValueError("two members of the ensemble do not speak of the same positions")
        filled = np.flatnonzero(lengths)
        if not len(filled):
            continue
        laid = [np.concatenate([rows for rows in block if len(rows)])[None] for block in blocks]
        measured = measure(np.concatenate(laid) if len(laid) > 1 else laid[0]).astype(np.float64)
        # Only items with positions get an offset: reduceat gives an empty stretch its neighbour's value.
        offsets = np.concatenate(([0], np.cumsum(lengths[filled])[:-1]))
        if reduction == "max":
            reduced = np.maximum.reduceat(measured, offsets)
        else:
            reduced = np.add.reduceat(measured, offsets)
            if reduction == "mean":
                reduced /= lengths[filled]
        scores[start + filled] = reduced
    return scores
