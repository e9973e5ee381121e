"""Labelled items as windows and class indices, and the batches a training takes them in."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.labels import LabelSet
from .examples import Example
from .tasks import StudentTask
from .words import Pieces, Window

# Sentences are sorted by length within so many batches: little padding, still a new mixture every epoch.
_POOLED_BATCHES = 4
# The least length, of the longest, that a well filled batch of a prediction still takes.
_ALIKE = 0.9


@dataclass(frozen=True, slots=True)
class Corpus:
    """Examples ready for the model; those without positions are left out.

    Args:
        examples: the items.
        windows: the windows of each; their `sentence` indexes these lists.
        classes: the class index of each position of each.
        cut_words: words that are not read, or of which only the first sub-words are.
        per_point: how many positions a point has, see `StudentTask.binary`.
        aims: what each position of each is to become where that is more than its one class, (positions, classes), see
            `aims`.
    """

    examples: tuple[Example, ...]
    windows: tuple[tuple[Window, ...], ...]
    classes: tuple[tuple[int, ...], ...]
    cut_words: int
    per_point: int = 1
    aims: tuple[NDArray[np.float32], ...] | None = None

    @classmethod
    def of(cls, examples: Sequence[Example], task: StudentTask, labels: LabelSet, pieces: Pieces) -> Corpus:
        """Encode examples once for all epochs.

        Raises:
            ValueError: an example has a target outside the task's classes, or not one a position.
        """
        index = {name: number for number, name in enumerate(task.classes(labels))}
        for example in examples:
            positions = task.positions(example.text, labels)
            if len(example.targets) != positions:
                raise ValueError(f"{len(example.targets)} targets for {positions} positions")
        kept = tuple(example for example in examples if example.targets)
        used = {name for example in kept for said in (example.targets, *example.answers) for name in said}
        strange = sorted(used - set(index))
        if strange:
            raise ValueError(f"targets outside the label set: {', '.join(strange)}")
        windows = task.readout.windows(pieces, [example.text for example in kept])
        grouped: list[list[Window]] = [[] for _ in kept]
        for window in windows:
            grouped[window.sentence].append(window)
        return cls(
            kept,
            tuple(map(tuple, grouped)),
            tuple(tuple(index[name] for name in example.targets) for example in kept),
            sum(window.cut for window in windows),
            task.outputs(labels) if task.binary else 1,
        )

    def epoch(self, size: int, order: random.Random, *, mixed: bool = False) -> Iterator[list[int]]:
        """The examples' indices in batches of `size` and of like length (`mixed`: of any), in a random order."""
        shuffled = list(range(len(self.examples)))
        order.shuffle(shuffled)
        if mixed:
            return iter([shuffled[at : at + size] for at in range(0, len(shuffled), size)])
        batches: list[list[int]] = []
        for begin in range(0, len(shuffled), size * _POOLED_BATCHES):
            pool = sorted(shuffled[begin : begin + size * _POOLED_BATCHES], key=self._length)
            batches += [pool[at : at + size] for at in range(0, len(pool), size)]
        order.shuffle(batches)
        return iter(batches)

    def _length(self, index: int) -> int:
        return max(window.size for window in self.windows[index])


def by_tokens(windows: Sequence[Window], budget: int) -> Iterator[list[int]]:
    """Indices of windows, longest first, in batches whose padded size stays within `budget` sub-words.

    A batch that is a quarter full takes no window under nine tenths of its longest: few windows of many lengths would
    else be mostly padding.
    """
    lengths = np.array([window.size for window in windows], dtype=np.intp)
    order = np.argsort(-lengths, kind="stable")
    falling, begin = -lengths[order], 0
    while begin < len(order):
        longest = -int(falling[begin])
        quarter = begin + -(-budget // (4 * longest))
        alike = int(np.searchsorted(falling, -_ALIKE * longest, side="right"))
        end = min(begin + max(1, budget // longest), max(quarter, alike))
        yield order[begin:end].tolist()
        begin = end
