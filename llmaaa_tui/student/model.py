"""The task model: encoder, what is read of it, dropout, linear; and the tensors that go through it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from .batches import Corpus
from .markers import add_markers
from .readouts import Readout
from .words import Window


class Seen(NamedTuple):
    """What a model makes of some windows.

    Attributes:
        logits: (positions, classes), in the order of the windows.
        features: what the classifier reads of each point, (points, read width), before activation and dropout.
        states: of the encoder, (rows, sub-words, width).
    """

    logits: Tensor
    features: Tensor
    states: Tensor


class Classifier(nn.Module):
    """A classifier of positions (words, an item, its labels) over any `transformers` encoder.

    Args:
        encoder: a base model whose output has `last_hidden_state` (rows, sub-words, width); gets the readout's markers.
        readout: where it looks.
        outputs: how many numbers the linear layer gives a point.
        dropout: before the linear layer.
        activation: before the dropout, "none" or "gelu".
        binary: each output is a yes/no position of its own; else a point is one position, its outputs the classes.
    """

    def __init__(
        self,
        encoder: Any,
        readout: Readout,
        outputs: int,
        dropout: float,
        activation: str = "none",
        *,
        binary: bool = False,
    ) -> None:
        super().__init__()
        add_markers(encoder, readout.markers)
        self.encoder = encoder
        self.readout, self.binary = readout, binary
        self.activation: nn.Module = nn.GELU() if activation == "gelu" else nn.Identity()
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(readout.states * int(encoder.config.hidden_size), outputs)

    @property
    def n_classes(self) -> int:
        """How many classes a position has."""
        return 2 if self.binary else self.head.out_features

    @property
    def per_point(self) -> int:
        """How many positions a point has."""
        return self.head.out_features if self.binary else 1

    def forward(self, ids: Tensor, mask: Tensor, windows: Sequence[Window]) -> Seen:
        """What the model says of some windows that `pad` made into tensors."""
        states: Tensor = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        features = self.readout.features(states, mask, windows)
        outputs: Tensor = self.head(self.dropout(self.activation(features)))
        return Seen(logits_of(outputs, self.binary), features, states)


def logits_of(outputs: Tensor, binary: bool) -> Tensor:
    """The logits (positions, classes) of the classifier's outputs (points, outputs): these themselves, or (0, z) of
    each number z, whose softmax is the sigmoid and whose cross-entropy is the binary one."""
    if not binary:
        return outputs
    flat = outputs.flatten()
    return torch.stack([torch.zeros_like(flat), flat], dim=1)


def of_outputs(of_logits: Tensor, outputs: int, binary: bool) -> Tensor:
    """A gradient in the logits (positions, classes) as the one in the classifier's outputs (points, outputs)."""
    return of_logits[:, 1].reshape(-1, outputs) if binary else of_logits


def pad_id(encoder: Any) -> int:
    """The id that fills short rows; they are masked, so any will do where the encoder names none."""
    named = getattr(encoder.config, "pad_token_id", None)
    return int(named) if named is not None else 0


def pad(windows: Sequence[Window], pad_id: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Ids and attention mask of all rows of some windows, both (rows, longest) int64."""
    rows = [row for window in windows for row in (window.ids, *window.more)]
    lengths = np.array([len(row) for row in rows])
    real = np.arange(lengths.max()) < lengths[:, None]
    ids = np.full(real.shape, pad_id, dtype=np.int64)
    ids[real] = np.fromiter(chain.from_iterable(rows), dtype=np.int64)
    return torch.from_numpy(ids).to(device), torch.from_numpy(real.astype(np.int64)).to(device)


def targets(windows: Sequence[Window], corpus: Corpus, device: torch.device) -> Tensor:
    """What the positions of some windows are to become: class indices (positions,), or `corpus.aims` (positions,
    classes) where there are any."""
    each = corpus.per_point
    places = [(window.sentence, window.start * each, (window.start + window.points) * each) for window in windows]
    if corpus.aims is None:
        right = chain.from_iterable(corpus.classes[item][begin:end] for item, begin, end in places)
        return torch.from_numpy(np.fromiter(right, dtype=np.int64)).to(device)
    return torch.from_numpy(np.concatenate([corpus.aims[item][begin:end] for item, begin, end in places])).to(device)


def losses(logits: Tensor, windows: Sequence[Window], corpus: Corpus) -> Tensor:
    """The summed cross-entropy of each window's positions, in nats (windows,) float32.

    Args:
        logits: (positions, classes) of the windows.
        windows: in their order.
        corpus: where they come from.
    """
    found = functional.cross_entropy(logits.float(), targets(windows, corpus, logits.device), reduction="none")
    owners = np.repeat(np.arange(len(windows)), [window.points * corpus.per_point for window in windows])
    return found.new_zeros(len(windows)).index_add(0, torch.from_numpy(owners).to(found.device), found)
