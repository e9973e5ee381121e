"""The task model: encoder, dropout, linear; and the tensors that go through it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from .batches import Corpus
from .words import Window

IGNORED = -100


class TokenClassifier(nn.Module):
    """A token classifier over any `transformers` encoder.

    Args:
        encoder: a base model whose output has `last_hidden_state` (rows, sub-words, width).
        n_tags: size of the tag inventory.
        dropout: before the linear layer.
        activation: before the dropout, "none" or "gelu".
    """

    def __init__(self, encoder: Any, n_tags: int, dropout: float, activation: str = "none") -> None:
        super().__init__()
        self.encoder = encoder
        self.activation: nn.Module = nn.GELU() if activation == "gelu" else nn.Identity()
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(int(encoder.config.hidden_size), n_tags)

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (rows, sub-words, tags) and encoder states (rows, sub-words, width)."""
        states: Tensor = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        logits: Tensor = self.head(self.dropout(self.activation(states)))
        return logits, states


def pad_id(encoder: Any) -> int:
    """The id that fills short rows; they are masked, so any will do where the encoder names none."""
    named = getattr(encoder.config, "pad_token_id", None)
    return int(named) if named is not None else 0


def pad(windows: Sequence[Window], pad_id: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Ids and attention mask of some windows, both (rows, longest) int64."""
    longest = max(len(window.ids) for window in windows)
    real = np.arange(longest) < np.array([len(window.ids) for window in windows])[:, None]
    ids = np.full(real.shape, pad_id, dtype=np.int64)
    ids[real] = np.fromiter(chain.from_iterable(window.ids for window in windows), dtype=np.int64)
    return torch.from_numpy(ids).to(device), torch.from_numpy(real.astype(np.int64)).to(device)


def targets(windows: Sequence[Window], classes: Sequence[Sequence[int]], width: int, device: torch.device) -> Tensor:
    """Tag indices on first sub-words (rows, width); padding, continuation and special sub-words hold -100.

    Args:
        windows: the rows.
        classes: the tag index of every word, a sequence a sentence.
        width: sub-words of the longest window.
        device: where the tensor goes.
    """
    wanted = torch.full((len(windows), width), IGNORED, dtype=torch.long)
    answers = (classes[window.sentence][window.start : window.start + len(window.first)] for window in windows)
    right = np.fromiter(chain.from_iterable(answers), dtype=np.int64)
    wanted[first_sub_words(windows)] = torch.from_numpy(right)
    return wanted.to(device)


def first_sub_words(windows: Sequence[Window]) -> tuple[Tensor, Tensor]:
    """Row and column of the first sub-word of each word the windows answer for, both (words,), on the CPU."""
    rows = np.repeat(np.arange(len(windows)), [len(window.first) for window in windows])
    columns = np.fromiter(chain.from_iterable(window.first for window in windows), dtype=np.int64, count=len(rows))
    return torch.from_numpy(rows), torch.from_numpy(columns)


def row_losses(logits: Tensor, wanted: Tensor) -> Tensor:
    """The summed cross-entropy of each row's labelled sub-words, in nats (rows,) float32."""
    flat = functional.cross_entropy(
        logits.flatten(0, 1).float(), wanted.flatten(), ignore_index=IGNORED, reduction="none"
    )
    return flat.view(wanted.shape).sum(dim=1)


def losses(logits: Tensor, windows: Sequence[Window], corpus: Corpus) -> Tensor:
    """The summed loss of each row's words, in nats (rows,) float32: cross-entropy against `corpus.aims` where there are
    any, else against the words' tags.

    Args:
        logits: (rows, sub-words, tags).
        windows: the rows.
        corpus: where they come from.
    """
    if corpus.aims is None:
        return row_losses(logits, targets(windows, corpus.classes, logits.shape[1], logits.device))
    wanted = torch.zeros(logits.shape, dtype=torch.float32)
    for row, window in enumerate(windows):
        aims = corpus.aims[window.sentence][window.start : window.start + len(window.first)]
        wanted[row, list(window.first)] = torch.from_numpy(aims)
    return -(wanted.to(logits.device) * logits.float().log_softmax(dim=-1)).sum(dim=(1, 2))


def sum_pool(states: Tensor, mask: Tensor) -> Tensor:
    """The sum of the encoder states over real sub-words (rows, width), to be divided by their number."""
    return (states.float() * mask[:, :, None]).sum(dim=1)
