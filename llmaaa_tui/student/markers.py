"""Markers around head and tail: rows of an encoder's word embeddings that no text has, learnt with the student."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


class MarkedEmbedding(nn.Module):
    """An encoder's word embeddings with some rows more.

    The new rows are a parameter of their own, so that they are learnt where the others are left alone. Their ids are
    those after the last row, which no tokenizer gives: no text can fake a marker.

    Args:
        inner: the encoder's own embeddings.
        count: how many markers; each begins as a word of the encoder may lie (mean and deviation of its rows), drawn
            from torch's generator.
    """

    def __init__(self, inner: nn.Embedding, count: int) -> None:
        super().__init__()
        self.inner = inner
        rows = inner.weight.detach()
        self.markers = nn.Parameter(rows.mean(dim=0) + rows.std(dim=0) * torch.randn(count, rows.shape[1]))

    @property
    def weight(self) -> Tensor:
        """The encoder's own rows."""
        return self.inner.weight

    def forward(self, ids: Tensor) -> Tensor:
        """The rows of ids, (…, width)."""
        known = self.inner.weight.shape[0]
        words = self.inner(ids.clamp(max=known - 1))
        marked = functional.embedding((ids - known).clamp(min=0), self.markers)
        return torch.where((ids >= known)[..., None], marked.to(words.dtype), words)


def first_marker(encoder: Any, count: int) -> int:
    """The id of the first of some markers: how many words the encoder's embeddings hold; 0 where there are none."""
    return int(encoder.get_input_embeddings().weight.shape[0]) if count else 0


def add_markers(encoder: Any, count: int) -> None:
    """Give an encoder markers; 0 leaves it as it is."""
    if count:
        encoder.set_input_embeddings(MarkedEmbedding(encoder.get_input_embeddings(), count))


def freeze_words(encoder: Any) -> None:
    """Leave the word embeddings as they are; markers are learnt all the same."""
    embeddings = encoder.get_input_embeddings()
    (embeddings.inner if isinstance(embeddings, MarkedEmbedding) else embeddings).requires_grad_(False)
