"""Run windows through a model by length, and gather what belongs to one item."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from .batches import by_tokens
from .device import Device, in_pieces
from .words import Window

FloatArray = NDArray[np.float32]
Out = TypeVar("Out")
Row = TypeVar("Row", bound=Window)

# Items whose windows are held at once: enough that those of a batch are of one length, few beside a huge pool.
PART = 1 << 14


def stream(
    run: Callable[[Sequence[Row]], Out], windows: Sequence[Row], budget: int, device: Device
) -> Iterator[tuple[Sequence[Row], Out]]:
    """The windows with what `run` says of them, longest first, within a budget of padded sub-words a pass."""

    def named(rows: Sequence[Row]) -> tuple[Sequence[Row], Out]:
        return rows, run(rows)

    for chosen in by_tokens(windows, budget):
        yield from in_pieces(named, [windows[index] for index in chosen], device)


class Pool:
    """Vectors of items: sums over all windows of an item.

    Args:
        items: how many there are.
        width: of the vectors.
    """

    def __init__(self, items: int, width: int) -> None:
        self.sums: FloatArray = np.zeros((items, width), dtype=np.float32)

    def add(self, windows: Sequence[Window], sums: FloatArray) -> None:
        """Add what some windows give to their items, (windows, width)."""
        np.add.at(self.sums, [window.sentence for window in windows], sums)

    def unit(self) -> FloatArray:
        """The sums (items, width), each brought to length 1 in place: the direction is that of the mean."""
        lengths = np.linalg.norm(self.sums, axis=1, keepdims=True)
        self.sums /= np.maximum(lengths, np.float32(1e-12))
        return self.sums
