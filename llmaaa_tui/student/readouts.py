"""Where a model looks: how a text becomes windows, and which encoder states the classifier reads."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from .examples import Text
from .pairs import MARKERS, pair_windows
from .words import Pieces, Window

LONGEST = 16
"""Windows of a text that are read as one; what follows in a longer text is left out."""


class Readout(Protocol):
    """From texts to windows, and from encoder states to what the classifier reads: one row a *point*."""

    @property
    def states(self) -> int:
        """How many encoder states the classifier reads at once."""
        ...

    @property
    def markers(self) -> int:
        """How many markers stand in its texts, see `markers`."""
        ...

    @property
    def single(self) -> bool:
        """Whether an item is one point: then what is read there is also the item's vector, for clustering; else that
        is the mean of all states."""
        ...

    def windows(self, pieces: Pieces, texts: Sequence[Text], offset: int = 0) -> list[Window]:
        """Cut texts into windows, so that each point stands in exactly one.

        Args:
            pieces: knows sub-words and the room of a window.
            texts: of the items.
            offset: the index of the first of them.
        """
        ...

    def features(self, states: Tensor, mask: Tensor, windows: Sequence[Window]) -> Tensor:
        """What the classifier reads of each point, (points, `self.states` × width), in the order of the windows.

        Args:
            states: (rows, sub-words, width); a window's rows follow each other.
            mask: 1 on real sub-words, (rows, sub-words).
            windows: those rows.
        """
        ...


class FirstSubWords:
    """Each word is a point, read at its first sub-word."""

    states = 1
    markers = 0
    single = False

    def windows(self, pieces: Pieces, texts: Sequence[Text], offset: int = 0) -> list[Window]:
        """As few windows as hold a sentence, which share words at their borders."""
        return pieces.windows([text.words for text in texts], offset)

    def features(self, states: Tensor, mask: Tensor, windows: Sequence[Window]) -> Tensor:
        """The states of first sub-words."""
        rows = np.repeat(np.arange(len(windows)), [len(window.first) for window in windows])
        columns = np.fromiter(chain.from_iterable(window.first for window in windows), dtype=np.int64, count=len(rows))
        return states[torch.from_numpy(rows).to(states.device), torch.from_numpy(columns).to(states.device)]


class PairStarts:
    """A pair is one point, read at the markers before its head and its tail (Baldini Soares et al. 2019, ENTITY START;
    arXiv 2310.19596, section 4.1)."""

    states = 2
    markers = MARKERS
    single = True

    def windows(self, pieces: Pieces, texts: Sequence[Text], offset: int = 0) -> list[Window]:
        """One window a text, cut around the pair."""
        return pair_windows(pieces, texts, offset)

    def features(self, states: Tensor, mask: Tensor, windows: Sequence[Window]) -> Tensor:
        """The states of both markers, side by side."""
        columns = torch.tensor([window.first for window in windows], device=states.device)
        rows = torch.arange(len(windows), device=states.device)
        return torch.cat([states[rows, columns[:, 0]], states[rows, columns[:, 1]]], dim=1)


class Mean:
    """A text is one point: the mean of its states, over all its windows."""

    states = 1
    markers = 0
    single = True

    def windows(self, pieces: Pieces, texts: Sequence[Text], offset: int = 0) -> list[Window]:
        """One window a text, with further rows of like length where it is longer."""
        known = pieces.of_all([text.words for text in texts])
        return [self._window(pieces, at, words) for at, words in enumerate(known, offset)]

    def features(self, states: Tensor, mask: Tensor, windows: Sequence[Window]) -> Tensor:
        """The mean state of each window's sub-words, its special tokens included, in float32."""
        sums, counts = sum_pool(states, mask), mask.sum(dim=1)
        if len(windows) < len(states):
            owners = torch.tensor(owners_of(windows), device=states.device)
            sums = sums.new_zeros(len(windows), sums.shape[1]).index_add(0, owners, sums)
            counts = counts.new_zeros(len(windows)).index_add(0, owners, counts)
        return sums / counts[:, None]

    def _window(self, pieces: Pieces, sentence: int, words: Sequence[tuple[int, ...]]) -> Window:
        ids = list(chain.from_iterable(words))
        most = LONGEST * pieces.room
        cut = 0
        if len(ids) > most:
            ends = np.cumsum([len(word) for word in words])
            cut = int((ends > most).sum())
            ids = ids[:most]
        count = max(1, -(-len(ids) // pieces.room))
        rows = [
            (*pieces.prefix, *ids[part * len(ids) // count : (part + 1) * len(ids) // count], *pieces.suffix)
            for part in range(count)
        ]
        return Window(sentence, rows[0], (), 0, 1, tuple(rows[1:]), cut)


def sum_pool(states: Tensor, mask: Tensor) -> Tensor:
    """The sum of the encoder states over real sub-words (rows, width), to be divided by their number."""
    return (states.float() * mask[:, :, None]).sum(dim=1)


def owners_of(windows: Sequence[Window]) -> list[int]:
    """The window of each row."""
    return [index for index, window in enumerate(windows) for _ in range(1 + len(window.more))]
