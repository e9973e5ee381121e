"""Labelled sentences as windows and tag indices, and the batches a training takes them in."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .examples import Example
from .words import Pieces, Window

# Sentences are sorted by length within so many batches: little padding, still a new mixture every epoch.
_POOLED_BATCHES = 4
# The least length, of the longest, that a well filled batch of a prediction still takes.
_ALIKE = 0.9


@dataclass(frozen=True, slots=True)
class Corpus:
    """Examples ready for the model; those without words are left out.

    Args:
        examples: the sentences.
        windows: the windows of each; their `sentence` indexes these lists.
        classes: the tag index of each word of each.
        cut_words: words of which only the first sub-words are read.
        aims: what each word of each is to become where that is more than its one tag, (words, tags), see `aims`.
    """

    examples: tuple[Example, ...]
    windows: tuple[tuple[Window, ...], ...]
    classes: tuple[tuple[int, ...], ...]
    cut_words: int
    aims: tuple[NDArray[np.float32], ...] | None = None

    @classmethod
    def of(cls, examples: Sequence[Example], tags: Sequence[str], pieces: Pieces) -> Corpus:
        """Encode examples once for all epochs.

        Raises:
            ValueError: an example has a tag outside the inventory `tags`.
        """
        index = {tag: number for number, tag in enumerate(tags)}
        kept = tuple(example for example in examples if example.words)
        used = {tag for example in kept for said in (example.tags, *example.answers) for tag in said}
        strange = sorted(used - set(tags))
        if strange:
            raise ValueError(f"tags outside the label set: {', '.join(strange)}")
        grouped: list[list[Window]] = [[] for _ in kept]
        for window in pieces.windows([example.words for example in kept]):
            grouped[window.sentence].append(window)
        return cls(
            kept,
            tuple(tuple(windows) for windows in grouped),
            tuple(tuple(index[tag] for tag in example.tags) for example in kept),
            pieces.cut_words([example.words for example in kept]),
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
        return max(len(window.ids) for window in self.windows[index])


def by_tokens(windows: Sequence[Window], budget: int) -> Iterator[list[int]]:
    """Indices of windows, longest first, in batches whose padded size stays within `budget` sub-words.

    A batch that is a quarter full takes no window under nine tenths of its longest: few windows of many lengths would
    else be mostly padding.
    """
    lengths = np.array([len(window.ids) for window in windows], dtype=np.intp)
    order = np.argsort(-lengths, kind="stable")
    falling, begin = -lengths[order], 0
    while begin < len(order):
        longest = -int(falling[begin])
        quarter = begin + -(-budget // (4 * longest))
        alike = int(np.searchsorted(falling, -_ALIKE * longest, side="right"))
        end = min(begin + max(1, budget // longest), max(quarter, alike))
        yield order[begin:end].tolist()
        begin = end
