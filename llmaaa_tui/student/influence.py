"""What a step on each labelled sentence would do to the loss of gold sentences, to first order.

For a batch of n sentences with mean-over-position losses lᵢ and a loss L of gold sentences, one (virtual) step on
Σ εᵢ lᵢ changes L at ε = 0 by

    −∂L/∂εᵢ = Σ_g lr_g ⟨∇_g L, ∇_g lᵢ⟩

over the parameter groups g, the quantity that automatic reweighting needs (Ren et al. 2018; arXiv 2310.19596, section
3.3). No second-order graph is built: `direction` is one gradient of L, and `exact_scores` one forward-mode pass along
it. The classifier's share alone needs no gradient at all: ∇l is the mean over positions of (p Σy − y) ⊗ [h; 1], where y
is what the position aims at, so it takes what the classifier reads (`read_points`) and a product (`head_gradients`);
having the highest rate, the classifier decides most of the order.

The losses are those that are learnt: with class weights, smoothed and soft labels where the corpus has such `aims`, and
over the positions alone. Dropout is off, the rates are the base rates, frozen weights take no part, and the model is
left as it was found. Precision is the device's, but derivatives are never float16.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, jvp

from .batches import Corpus, by_tokens
from .device import Device, in_pieces
from .model import Seen, TokenClassifier, logits_of, losses, of_outputs, pad, pad_id
from .words import Window

Direction = dict[str, Tensor]
"""A tensor for every trainable parameter, by name."""

_HEAD = "head."


def direction(
    model: TokenClassifier, device: Device, corpus: Corpus, chosen: Sequence[int], rates: tuple[float, float]
) -> Direction:
    """lr_g ∇_g L of the mean loss L of some gold sentences.

    Args:
        model: on its device.
        device: where it is.
        corpus: the gold sentences.
        chosen: their indices, at least one.
        rates: of the encoder and of the head.

    Raises:
        LlmaaaError: memory does not hold one sentence.
    """
    device, parameters = _wide(device), _trainable(model)
    total = {name: torch.zeros_like(value) for name, value in parameters.items()}

    def run(rows: Sequence[Window]) -> None:
        loss = _losses(model, device, corpus, rows, chosen, parameters).mean()
        gradients = torch.autograd.grad(loss, list(parameters.values()), materialize_grads=True)
        for kept, part in zip(total.values(), gradients, strict=True):
            kept += part

    rows = _rows(corpus, chosen)
    with _quiet(model):
        for part in by_tokens(rows, device.token_budget):
            in_pieces(run, [rows[index] for index in part], device)
    return {name: rates[name.startswith(_HEAD)] * value for name, value in total.items()}


def exact_scores(
    model: TokenClassifier, device: Device, corpus: Corpus, batch: Sequence[int], along: Direction
) -> list[float]:
    """−∂L/∂εᵢ of each of some sentences, over all trainable parameters, in forward mode.

    Args:
        model: on its device.
        device: where it is.
        corpus: what is learnt.
        batch: the indices of the sentences.
        along: the gold sentences' `direction`.

    Raises:
        LlmaaaError: memory does not hold one sentence.
    """
    device = _wide(device)
    parameters = {name: value.detach() for name, value in _trainable(model).items()}

    def run(rows: Sequence[Window]) -> Tensor:
        def moved(given: Direction) -> Tensor:
            return _losses(model, device, corpus, rows, batch, given)

        scores: Tensor = jvp(moved, (parameters,), (along,))[1]
        return scores.detach()

    rows = _rows(corpus, batch)
    total = torch.zeros(len(batch), device=device.torch_device)
    with _quiet(model), _plain_attention(model.encoder):
        for part in by_tokens(rows, device.token_budget):
            total += torch.stack(in_pieces(run, [rows[index] for index in part], device)).sum(dim=0)
    return [float(score) for score in total]


@torch.inference_mode()
def read_points(model: TokenClassifier, device: Device, corpus: Corpus, chosen: Sequence[int]) -> list[Tensor]:
    """What the classifier reads of each point of some items, a 1 last: (points, width + 1) float32 an item.

    Raises:
        LlmaaaError: memory does not hold one sentence.
    """
    place = {index: number for number, index in enumerate(chosen)}
    width = model.head.in_features
    points = [len(corpus.classes[index]) // corpus.per_point for index in chosen]
    found = [torch.ones(size, width + 1, device=device.torch_device) for size in points]

    def run(rows: Sequence[Window]) -> tuple[Tensor, ...]:
        ids, mask = pad(rows, pad_id(model.encoder), device.torch_device)
        with device.autocast():
            seen: Seen = model(ids, mask, rows)
        read: Tensor = model.activation(seen.features).float()
        return torch.split(read, [row.points for row in rows])

    rows = _rows(corpus, chosen)
    with _quiet(model):
        for part in by_tokens(rows, device.token_budget):
            taken = [rows[index] for index in part]
            features = [row for read in in_pieces(run, taken, device) for row in read]
            for window, row in zip(taken, features, strict=True):
                found[place[window.sentence]][window.start : window.start + window.points, :width] = row
    return found


@torch.inference_mode()
def head_gradients(
    model: TokenClassifier, read: Sequence[Tensor], corpus: Corpus, chosen: Sequence[int]
) -> list[Tensor]:
    """∇lᵢ of the classifier (outputs, width + 1), the bias last, for each of some items.

    Args:
        model: whose classifier it is.
        read: what it reads of each, see `read_points`.
        corpus: where they come from.
        chosen: their indices.
    """
    head, binary = model.head, model.binary
    weights = torch.cat([head.weight, head.bias[:, None]], dim=1)
    together = torch.cat(list(read))
    if corpus.aims is None:
        right = torch.tensor([one for index in chosen for one in corpus.classes[index]], device=together.device)
        wanted = nn.functional.one_hot(right, model.n_classes).float()
    else:
        wanted = torch.cat([torch.from_numpy(corpus.aims[index]) for index in chosen]).to(together.device)
    said = logits_of(together @ weights.T, binary).softmax(dim=-1)
    residuals = of_outputs(said * wanted.sum(dim=1, keepdim=True) - wanted, head.out_features, binary)
    ends = accumulate(map(len, read))
    return [
        residuals[end - len(points) : end].T @ points / (len(points) * corpus.per_point)
        for end, points in zip(ends, read, strict=True)
    ]


def _losses(
    model: TokenClassifier,
    device: Device,
    corpus: Corpus,
    rows: Sequence[Window],
    chosen: Sequence[int],
    parameters: dict[str, Any],
) -> Tensor:
    """What these rows add to the mean-over-position loss of each chosen sentence (len(chosen),) float32."""
    place = {index: number for number, index in enumerate(chosen)}
    target = device.torch_device
    ids, mask = pad(rows, pad_id(model.encoder), target)
    with device.autocast():
        seen: Seen = functional_call(model, parameters, (ids, mask, rows))
    sums = losses(seen.logits, rows, corpus)
    lengths = torch.tensor([len(corpus.classes[row.sentence]) for row in rows], device=target)
    owners = torch.tensor([place[row.sentence] for row in rows], device=target)
    return torch.zeros(len(chosen), device=target).index_add(0, owners, sums / lengths)


def _wide(device: Device) -> Device:
    """The device as it is where its precision has the range that derivatives need: nobody scales these."""
    return replace(device, precision=torch.float32) if device.precision is torch.float16 else device


def _rows(corpus: Corpus, chosen: Sequence[int]) -> list[Window]:
    return [window for index in chosen for window in corpus.windows[index]]


def _trainable(model: TokenClassifier) -> dict[str, Tensor]:
    return {name: value for name, value in model.named_parameters() if value.requires_grad}


@contextmanager
def _quiet(model: TokenClassifier) -> Iterator[None]:
    """Dropout is off while this is open."""
    training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(training)


@contextmanager
def _plain_attention(encoder: Any) -> Iterator[None]:
    """Attention is computed step by step while this is open: the fused kernels have no forward-mode derivative."""
    before = encoder.config._attn_implementation
    encoder.set_attn_implementation("eager")
    try:
        yield
    finally:
        encoder.set_attn_implementation(before)
