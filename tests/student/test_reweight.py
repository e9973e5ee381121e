"""Reweighting: the exact scores are those of the literal virtual step, and the weights do what they say."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.func import functional_call
from torch.nn.attention import SDPBackend, sdpa_kernel
from toy_corpus import toy

from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.student.batches import Corpus
from llmaaa_tui.student.device import Device
from llmaaa_tui.student.encoder import load, resolve
from llmaaa_tui.student.examples import Example
from llmaaa_tui.student.influence import direction, exact_scores, head_gradient, head_scores
from llmaaa_tui.student.model import TokenClassifier, pad, pad_id, row_losses, targets
from llmaaa_tui.student.words import Pieces

CPU = Device(torch.device("cpu"), torch.float32, "", 256)
RATES = (2e-4, 1e-3)


def joined(count: int, sentences: int, seed: int) -> list[Example]:
    """Sentences of one to `sentences` toy sentences, so that lengths differ and some need several windows."""
    draw = random.Random(seed)
    found = []
    for number in range(count):
        parts = toy(draw.randint(1, sentences), seed * 100 + number)
        words = tuple(word for part in parts for word in part.words)
        found.append(Example(words, tuple(tag for part in parts for tag in part.tags)))
    return found


def made(tiny: Path, labels: LabelSet, activation: str = "none") -> tuple[TokenClassifier, Corpus, Corpus]:
    """A model, six sentences to weigh and five of gold, windows of 20 sub-words."""
    tokenizer, encoder = load(resolve(str(tiny)))
    torch.manual_seed(3)
    model = TokenClassifier(encoder, len(labels.iob2), 0.1, activation)
    pieces = Pieces(tokenizer, 20)
    batch, gold = (Corpus.of(joined(n, 5, seed), labels.iob2, pieces) for n, seed in ((6, 1), (5, 2)))
    assert max(map(len, batch.windows)) > 1
    assert len({len(classes) for classes in batch.classes}) > 2
    return model, batch, gold


def virtual_step(
    model: TokenClassifier, corpus: Corpus, batch: Sequence[int], gold: Corpus, chosen: Sequence[int]
) -> list[float]:
    """The literal way: differentiate the gold loss after a step on Σ εᵢ lᵢ twice."""

    def losses(parameters: dict[str, Tensor], data: Corpus, of: Sequence[int]) -> Tensor:
        found = []
        for index in of:
            ids, mask = pad(data.windows[index], pad_id(model.encoder), CPU.torch_device)
            logits, _ = functional_call(model, parameters, (ids, mask))
            wanted = targets(data.windows[index], data.classes, ids.shape[1], CPU.torch_device)
            found.append(row_losses(logits, wanted).sum() / len(data.classes[index]))
        return torch.stack(found)

    model.eval()
    parameters = {name: value for name, value in model.named_parameters() if value.requires_grad}
    share = torch.zeros(len(batch), requires_grad=True)
    with sdpa_kernel(SDPBackend.MATH):
        inner = (share * losses(parameters, corpus, batch)).sum()
        gradients = torch.autograd.grad(inner, list(parameters.values()), create_graph=True)
        moved = {
            name: value - RATES[name.startswith("head.")] * gradient
            for (name, value), gradient in zip(parameters.items(), gradients, strict=True)
        }
        (found,) = torch.autograd.grad(losses(moved, gold, chosen).mean(), share)
    return [-float(value) for value in found]


@pytest.mark.parametrize(("frozen", "activation"), [(False, "none"), (True, "gelu")])
def test_the_exact_scores_are_those_of_the_literal_virtual_step(
    tiny: Path, labels: LabelSet, frozen: bool, activation: str
) -> None:
    model, corpus, gold = made(tiny, labels, activation)
    model.encoder.get_input_embeddings().requires_grad_(not frozen)
    batch, chosen = [4, 0, 5, 2], [1, 3, 4]
    along = direction(model, CPU, gold, chosen, RATES)
    found = torch.tensor(exact_scores(model, CPU, corpus, batch, along))
    wanted = torch.tensor(virtual_step(model, corpus, batch, gold, chosen))
    assert ("encoder.embeddings.word_embeddings.weight" in along) is not frozen
    assert float((found - wanted).abs().max() / wanted.abs().max()) < 1e-5
    # Every group of parameters counts: without any of them the scores are others.
    for part in ("head.", "encoder.layer.0.", "encoder.layer.1.", "embeddings."):
        without = {name: torch.zeros_like(value) if part in name else value for name, value in along.items()}
        other = torch.tensor(exact_scores(model, CPU, corpus, batch, without))
        assert float((other - wanted).abs().max() / wanted.abs().max()) > 1e-4, part


def test_the_classifiers_share_needs_no_gradient(tiny: Path, labels: LabelSet) -> None:
    model, corpus, gold = made(tiny, labels, "gelu")
    batch, chosen = [4, 0, 5, 2], [1, 3, 4]
    along = direction(model, CPU, gold, chosen, RATES)
    alone = {name: value if name.startswith("head.") else torch.zeros_like(value) for name, value in along.items()}
    wanted = torch.tensor(exact_scores(model, CPU, corpus, batch, alone))
    gradient = head_gradient(model, CPU, gold, chosen)
    assert torch.allclose(RATES[1] * gradient[:, :-1], along["head.weight"], atol=1e-7)
    assert torch.allclose(RATES[1] * gradient[:, -1], along["head.bias"], atol=1e-7)
    found = torch.tensor(head_scores(model, CPU, corpus, batch, gradient, RATES[1]))
    assert float((found - wanted).abs().max() / wanted.abs().max()) < 1e-5


def test_weighing_leaves_the_model_and_the_generator_as_they_were(tiny: Path, labels: LabelSet) -> None:
    model, corpus, gold = made(tiny, labels)
    model.train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    attention, state = model.encoder.config._attn_implementation, torch.get_rng_state()
    exact_scores(model, CPU, corpus, [0, 1], direction(model, CPU, gold, [0, 1], RATES))
    head_scores(model, CPU, corpus, [0, 1], head_gradient(model, CPU, gold, [0, 1]), RATES[1])
    assert model.training
    assert model.encoder.training
    assert model.encoder.config._attn_implementation == attention
    assert torch.equal(torch.get_rng_state(), state)
    assert all(value.grad is None for value in model.parameters())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
