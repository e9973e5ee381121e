"""What a step on each labelled sentence would do to the loss of gold sentences, to first order.

For a batch of n sentences with mean-over-word losses lᵢ and a loss L of gold sentences, one (virtual) step on Σ εᵢ lᵢ
changes L at ε = 0 by

    −∂L/∂εᵢ = Σ_g lr_g ⟨∇_g L, ∇_g lᵢ⟩

over the parameter groups g, the quantity that automatic reweighting needs (Ren et al. 2018; arXiv 2310.19596, section
3.3). No second-order graph is built: `direction` is one gradient of L, and `exact_scores` one forward-mode pass along
it. `head_gradient` and `head_scores` keep the classifier's group alone, where both gradients are sums over words of
(p − y) ⊗ [h; 1], so that passes without gradients suffice; the classifier has the highest rate and carries nearly all
of the order.

Dropout is off, losses count first sub-words only, the rates are the base rates, frozen weights take no part, and the
model is left as it was found. Precision is the device's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.func import functional_call, jvp

from .batches import Corpus, by_tokens
from .device import Device, in_pieces
from .model import IGNORED, TokenClassifier, pad, pad_id, row_losses, targets
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
    parameters = _trainable(model)
    total = {name: torch.zeros_like(value) for name, value in parameters.items()}

    def run(rows: Sequence[Window]) -> None:
        loss = _losses(model, device, corpus, rows, chosen, parameters).mean()
        for kept, part in zip(total.values(), torch.autograd.grad(loss, list(parameters.values())), strict=True):
            kept += part

    rows = _rows(corpus, chosen)
    with _quiet(model):
        for part in by_tokens(rows, device.token_budget):
            in_pieces(run, [rows[index] for index in part], device)
    return {name: rates[name.startswith(_HEAD)] * value for name, value in total.items()}


def exact_scores(
    model: TokenClassifier, device: Device, corpus: Corpus, batch: Sequence[int], along: Direction
) -> list[float]:
    """−∂L/∂εᵢ of each sentence of a batch, over all trainable parameters, in one forward-mode pass.

    Args:
        model: on its device.
        device: where it is.
        corpus: what is learnt.
        batch: the indices of the sentences.
        along: the gold sentences' `direction`.

    Raises:
        LlmaaaError: memory does not hold one sentence.
    """
    parameters = {name: value.detach() for name, value in _trainable(model).items()}

    def run(rows: Sequence[Window]) -> Tensor:
        def losses(given: Direction) -> Tensor:
            return _losses(model, device, corpus, rows, batch, given)

        _, tangents = jvp(losses, (parameters,), (along,))
        scores: Tensor = tangents.detach()
        return scores

    with _quiet(model), _plain_attention(model.encoder):
        parts = in_pieces(run, _rows(corpus, batch), device)
    return [float(score) for score in torch.stack(parts).sum(dim=0)]


def head_gradient(model: TokenClassifier, device: Device, corpus: Corpus, chosen: Sequence[int]) -> Tensor:
    """∇L of the classifier alone (tags, width + 1), the bias last, of the mean loss of some gold sentences.

    Raises:
        LlmaaaError: memory does not hold one sentence.
    """
    total = torch.zeros(model.head.out_features, model.head.in_features + 1, device=device.torch_device)
    for _, residuals, states in _residuals(model, device, corpus, chosen):
        total += residuals.T @ states
    return total / len(chosen)


def head_scores(
    model: TokenClassifier, device: Device, corpus: Corpus, chosen: Sequence[int], gradient: Tensor, rate: float
) -> list[float]:
    """The classifier's share of −∂L/∂εᵢ of each sentence, from one pass without gradients.

    Args:
        model: on its device.
        device: where it is.
        corpus: what is learnt.
        chosen: the indices of the sentences.
        gradient: the gold sentences' `head_gradient`.
        rate: the base rate of the head.

    Raises:
        LlmaaaError: memory does not hold one sentence.
    """
    scores = torch.zeros(len(chosen), device=device.torch_device)
    for owners, residuals, states in _residuals(model, device, corpus, chosen):
        scores.index_add_(0, owners, (residuals * (states @ gradient.T)).sum(dim=1))
    return [rate * float(score) for score in scores]


def _residuals(
    model: TokenClassifier, device: Device, corpus: Corpus, chosen: Sequence[int]
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """In batches of rows, for all their words: the place of the sentence in `chosen` (words,), p − y over the
    sentence's number of words (words, tags), and what the classifier reads, a 1 last (words, width + 1)."""
    rows = _rows(corpus, chosen)
    place = {index: number for number, index in enumerate(chosen)}
    target = device.torch_device

    @torch.inference_mode()
    def run(part: Sequence[Window]) -> tuple[Tensor, Tensor, Tensor]:
        ids, mask = pad(part, pad_id(model.encoder), target)
        with device.autocast():
            logits, states = model(ids, mask)
        wanted = targets(part, corpus.classes, ids.shape[1], target)
        labelled = wanted != IGNORED
        residuals = logits[labelled].float().softmax(dim=-1)
        residuals[torch.arange(len(residuals), device=target), wanted[labelled]] -= 1
        lengths = torch.tensor([len(corpus.classes[row.sentence]) for row in part], device=target)
        owners = torch.tensor([place[row.sentence] for row in part], device=target)
        row_of = labelled.nonzero()[:, 0]
        read = model.activation(states[labelled].float())
        return (
            owners[row_of],
            residuals / lengths[row_of, None],
            torch.cat([read, torch.ones_like(read[:, :1])], dim=1),
        )

    with _quiet(model):
        for part in by_tokens(rows, device.token_budget):
            yield from in_pieces(run, [rows[index] for index in part], device)


def _losses(
    model: TokenClassifier,
    device: Device,
    corpus: Corpus,
    rows: Sequence[Window],
    chosen: Sequence[int],
    parameters: dict[str, Any],
) -> Tensor:
    """What these rows add to the mean-over-word loss of each chosen sentence (len(chosen),) float32."""
    place = {index: number for number, index in enumerate(chosen)}
    target = device.torch_device
    ids, mask = pad(rows, pad_id(model.encoder), target)
    with device.autocast():
        logits, _ = functional_call(model, parameters, (ids, mask))
    sums = row_losses(logits, targets(rows, corpus.classes, ids.shape[1], target))
    lengths = torch.tensor([len(corpus.classes[row.sentence]) for row in rows], device=target)
    owners = torch.tensor([place[row.sentence] for row in rows], device=target)
    return torch.zeros(len(chosen), device=target).index_add(0, owners, sums / lengths)


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
