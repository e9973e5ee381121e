"""What a step on each labelled sentence would do to the loss of gold sentences, to first order.

For a batch of n sentences with mean-over-position losses lᵢ and a loss L of gold sentences, one (virtual) step on
Σ εᵢ lᵢ changes L at ε = 0 by

    −∂L/∂εᵢ = Σ_g lr_g ⟨∇_g L, ∇_g lᵢ⟩

over the parameter groups g, the quantity that automatic reweighting needs (Ren et al. 2018; arXiv 2310.19596, section
3.3). No second-order graph is built: `direction` is one gradient of L, and `exact_scores` one forward-mode pass along
it. The share of the last layers alone (`last_linears`) takes one pass and no gradient of any weight: of a linear layer
that reads a_t and at whose output the loss of a sentence has the gradient δ_t, ∇lᵢ is Σ_t δ_t ⊗ [a_t; 1] over the
sentence's sub-words, so its product with a gold gradient G is Σ_t δ_t·G[a_t; 1], and its length comes from products of
the δ and of the a among themselves (Goodfellow 2015, arXiv 1510.01799; Li et al. 2022, arXiv 2110.05679, section 4).
The classifier, having the highest rate, decides most of the order; attention next to it decides most of the rest.

The losses are those that are learnt: with class weights, smoothed and soft labels where the corpus has such `aims`, and
over the positions alone. Dropout is off, the rates are the base rates, frozen weights take no part, and the model is
left as it was found. Precision is the device's, but derivatives are never float16.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, jvp
from torch.nn.utils.rnn import pad_sequence

from .batches import Corpus, by_tokens
from .device import Device, in_pieces
from .model import Classifier, Seen, losses, pad, pad_id
from .words import Window

Direction = dict[str, Tensor]
"""A tensor for every trainable parameter, by name."""

Gradient = dict[str, tuple[Tensor, Tensor]]
"""By a linear layer's name: (width out, width in) of its weights, (width out,) of its bias, 0 where it learns none."""

_HEAD = "head."


def direction(
    model: Classifier, device: Device, corpus: Corpus, chosen: Sequence[int], rates: tuple[float, float]
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
    model: Classifier, device: Device, corpus: Corpus, batch: Sequence[int], along: Direction
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


def last_linears(model: Classifier) -> dict[str, nn.Linear]:
    """The classifier, and the trainable linear layers of attention in the last third of the encoder's layers, by name.

    The layers are the elements of the encoder's longest `nn.ModuleList`, and attention is what has "att" in its name;
    where an encoder has none of these, the classifier alone is taken. (Feed-forward layers would cost more than they
    tell, see docs/LEARNING.md.)
    """
    stacks = [part for part in model.encoder.modules() if isinstance(part, nn.ModuleList)]
    layers = list(max(stacks, key=len, default=()))
    inside = {part for layer in layers[len(layers) - -(-len(layers) // 3) :] for part in layer.modules()}
    return {
        name: part
        for name, part in model.named_modules()
        if isinstance(part, nn.Linear)
        and part.weight.requires_grad
        and (part is model.head or (part in inside and "att" in name))
    }


def last_gradient(model: Classifier, device: Device, corpus: Corpus, chosen: Sequence[int]) -> Gradient:
    """∇L of the mean loss L of some sentences, for the `last_linears`.

    Args:
        model: on its device.
        device: where it is.
        corpus: the gold sentences.
        chosen: their indices, at least one.

    Raises:
        LlmaaaError: memory does not hold one sentence.
    """
    device, total = _wide(device), Gradient()

    def run(batch: Sequence[int]) -> None:
        for name, (read, slope, biased) in _reads(model, device, corpus, batch).items():
            weight = (slope.flatten(0, 1).mT @ read.flatten(0, 1)).float() / len(chosen)
            bias = slope.sum(dim=(0, 1), dtype=torch.float32) * biased / len(chosen)
            before = total.get(name, (torch.zeros_like(weight), torch.zeros_like(bias)))
            total[name] = (before[0] + weight, before[1] + bias)

    with _quiet(model):
        for batch in _together(corpus, chosen, device.token_budget):
            in_pieces(run, batch, device)
    return total


def last_scores(
    model: Classifier,
    device: Device,
    corpus: Corpus,
    chosen: Sequence[int],
    gold: Gradient,
    rates: tuple[float, float],
) -> tuple[list[float], list[float]]:
    """The share of the `last_linears` in −∂L/∂εᵢ, and √Σ_g lr_g |∇_g lᵢ|² over them, of each of some sentences.

    Args:
        model: on its device.
        device: where it is.
        corpus: what is learnt.
        chosen: the indices of the sentences.
        gold: the gold sentences' `last_gradient`.
        rates: of the encoder and of the head.

    Raises:
        LlmaaaError: memory does not hold one sentence.
    """
    device = _wide(device)
    found: dict[int, tuple[float, float]] = {}

    def run(batch: Sequence[int]) -> None:
        sums = torch.zeros(2, len(batch), device=device.torch_device)
        for name, (read, slope, biased) in _reads(model, device, corpus, batch).items():
            weight, bias = (one.to(read.dtype) for one in gold[name])
            moved = slope * nn.functional.linear(read, weight, bias)
            # |Σ_t δ_t ⊗ a_t|² = Σ_{t,s} (δ_t·δ_s)(a_t·a_s), with a 1 last in every a where there is a bias.
            squares = (slope @ slope.mT) * (read @ read.mT + biased)
            products = [one.sum(dim=(1, 2), dtype=torch.float32) for one in (moved, squares)]
            sums += _rate(name, rates) * torch.stack(products)
        found.update(zip(batch, zip(sums[0].tolist(), sums[1].clamp(min=0).sqrt().tolist(), strict=True), strict=True))

    with _quiet(model):
        for batch in _together(corpus, chosen, device.token_budget):
            in_pieces(run, batch, device)
    return [found[index][0] for index in chosen], [found[index][1] for index in chosen]


def length(gradient: Gradient, rates: tuple[float, float]) -> float:
    """√Σ_g lr_g |∇_g L|² of a `last_gradient`."""
    squares = {name: float(weight.square().sum() + bias.square().sum()) for name, (weight, bias) in gradient.items()}
    return math.sqrt(sum(_rate(name, rates) * square for name, square in squares.items()))


def _reads(
    model: Classifier, device: Device, corpus: Corpus, batch: Sequence[int]
) -> dict[str, tuple[Tensor, Tensor, bool]]:
    """What each of the `last_linears` reads of some sentences, the gradients of their losses at its output, and whether
    it has a bias to learn: (sentences, sub-words, width in or out); of the classifier (sentences, points, …), with
    zeros where one has fewer points than another. All sentences have equally many rows of sub-words.

    Nothing before these layers is differentiated. A layer that reads something else than the sentences' sub-words
    (relative positions, say) is left out of there; one that several layers share is read every time.
    """
    rows, linears = _rows(corpus, batch), last_linears(model)
    lengths = [len(part) for row in rows for part in (row.ids, *row.more)]
    shape = (len(lengths), max(lengths))
    calls: list[tuple[str, Tensor, Tensor]] = []

    def keep(name: str) -> Any:
        def hook(_: nn.Module, given: tuple[Tensor, ...], output: Tensor) -> Tensor:
            if given and (name == "head" or given[0].shape[:2] == shape):
                output = output if output.requires_grad else output.requires_grad_()
                calls.append((name, given[0].detach().to(output.dtype), output))
            return output

        return hook

    hooks = [linear.register_forward_hook(keep(name)) for name, linear in linears.items()]
    try:
        still = {name: value.detach() for name, value in model.named_parameters()}
        loss = _losses(model, device, corpus, rows, batch, still).sum()
    finally:
        for hook in hooks:
            hook.remove()
    slopes = torch.autograd.grad(loss, [output for _, _, output in calls], materialize_grads=True)
    parts: dict[str, list[tuple[Tensor, Tensor]]] = {}
    for (name, read, _), slope in zip(calls, slopes, strict=True):
        parts.setdefault(name, []).append((read, slope))
    points = [sum(row.points for row in corpus.windows[index]) for index in batch]
    found = {}
    for name, pairs in parts.items():
        read, slope = (torch.cat(one, dim=1) if len(one) > 1 else one[0] for one in zip(*pairs, strict=True))
        bias = linears[name].bias
        biased = bias is not None and bias.requires_grad
        if name == "head":
            read, slope = (pad_sequence(one.split(points), batch_first=True) for one in (read, slope))
        sizes = (len(batch), -1)
        found[name] = (read.reshape(*sizes, read.shape[-1]), slope.reshape(*sizes, slope.shape[-1]), biased)
    return found


def _together(corpus: Corpus, chosen: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Sentences of equally many windows and rows and of like length, as many as the budget of sub-words takes."""
    counts: dict[tuple[int, int], list[int]] = {}
    for index in chosen:
        windows = corpus.windows[index]
        counts.setdefault((len(windows), sum(len(window.more) for window in windows)), []).append(index)
    for (count, _), members in counts.items():
        longest = [max(corpus.windows[index], key=lambda window: window.size) for index in members]
        for part in by_tokens(longest, budget // count):
            yield [members[place] for place in part]


def _losses(
    model: Classifier,
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


def _rate(name: str, rates: tuple[float, float]) -> float:
    return rates[f"{name}.".startswith(_HEAD)]


def _rows(corpus: Corpus, chosen: Sequence[int]) -> list[Window]:
    return [window for index in chosen for window in corpus.windows[index]]


def _trainable(model: Classifier) -> dict[str, Tensor]:
    return {name: value for name, value in model.named_parameters() if value.requires_grad}


@contextmanager
def _quiet(model: Classifier) -> Iterator[None]:
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
