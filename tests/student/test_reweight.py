"""Reweighting: the exact scores are those of the literal virtual step, and the weights do what they say."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.func import functional_call
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import cross_entropy
from toy_corpus import toy

from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.errors import SettingsError
from llmaaa_tui.student import reweight
from llmaaa_tui.student.aims import aimed
from llmaaa_tui.student.batches import Corpus
from llmaaa_tui.student.checkpoint import build
from llmaaa_tui.student.device import Device
from llmaaa_tui.student.encoder import load, resolve
from llmaaa_tui.student.examples import Example, Text, TrainResult
from llmaaa_tui.student.influence import (
    direction,
    exact_scores,
    last_gradient,
    last_linears,
    last_scores,
    length,
)
from llmaaa_tui.student.model import Classifier, losses, pad, pad_id
from llmaaa_tui.student.reweight import weigher_of
from llmaaa_tui.student.settings import StudentSettings
from llmaaa_tui.student.task_ner import TASK
from llmaaa_tui.student.train import train
from llmaaa_tui.student.weigh import Step
from llmaaa_tui.student.words import Pieces

CPU = Device(torch.device("cpu"), torch.float32, "", 256)
RATES = (2e-4, 1e-3)


def joined(count: int, sentences: int, seed: int) -> list[Example]:
    """Sentences of one to `sentences` toy sentences, so that lengths differ and some need several windows."""
    draw = random.Random(seed)
    found = []
    for number in range(count):
        parts = toy(draw.randint(1, sentences), seed * 100 + number)
        words = tuple(word for part in parts for word in part.text.words)
        found.append(Example(Text(words), tuple(tag for part in parts for tag in part.targets)))
    return found


def made(tiny: Path, labels: LabelSet, activation: str = "none") -> tuple[Classifier, Corpus, Corpus]:
    """A model, six sentences to weigh and five of gold, windows of 20 sub-words."""
    tokenizer, encoder = load(resolve(str(tiny)))
    torch.manual_seed(3)
    model = build(encoder, TASK, labels, 0.1, activation)
    pieces = Pieces(tokenizer, 20)
    batch, gold = (Corpus.of(joined(n, 5, seed), TASK, labels, pieces) for n, seed in ((6, 1), (5, 2)))
    assert max(map(len, batch.windows)) > 1
    assert len({len(classes) for classes in batch.classes}) > 2
    return model, batch, gold


def virtual_step(
    model: Classifier, corpus: Corpus, batch: Sequence[int], gold: Corpus, chosen: Sequence[int]
) -> list[float]:
    """The literal way: differentiate the gold loss after a step on Σ εᵢ lᵢ twice."""

    def losses(parameters: dict[str, Tensor], data: Corpus, of: Sequence[int]) -> Tensor:
        found = []
        for index in of:
            ids, mask = pad(data.windows[index], pad_id(model.encoder), CPU.torch_device)
            logits, *_ = functional_call(model, parameters, (ids, mask, data.windows[index]))
            found.append(cross_entropy(logits, torch.tensor(data.classes[index])))
        return torch.stack(found)

    model.eval()
    parameters: dict[str, Tensor] = {name: value for name, value in model.named_parameters() if value.requires_grad}
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


def gradients(model: Classifier, corpus: Corpus, index: int, names: Sequence[str]) -> list[Tensor]:
    """Autograd's gradient of one sentence's mean-over-word loss for some parameters."""
    model.eval()
    windows, parameters = corpus.windows[index], dict(model.named_parameters())
    ids, mask = pad(windows, pad_id(model.encoder), CPU.torch_device)
    loss = losses(model(ids, mask, windows).logits, windows, corpus).sum() / len(corpus.classes[index])
    return list(torch.autograd.grad(loss, [parameters[name] for name in names]))


def held(model: Classifier, corpus: Corpus, gold: Corpus, batch: Sequence[int], chosen: Sequence[int]) -> None:
    """Products and lengths are those of autograd's gradients, one sentence at a time."""
    names = [f"{name}.{part}" for name in last_linears(model) for part in ("weight", "bias")]
    rates = [RATES[name.startswith("head.")] for name in names]
    near = last_gradient(model, CPU, gold, chosen)
    each = [gradients(model, gold, index, names) for index in chosen]
    mean = [torch.stack(parts).mean(dim=0) for parts in zip(*each, strict=True)]
    for name, wanted, one in zip(names, mean, [one for pair in near.values() for one in pair], strict=True):
        assert float((one - wanted).abs().max()) < 1e-5 * max(float(wanted.abs().max()), 1e-3), name
    size = sum(rate * float(one.square().sum()) for rate, one in zip(rates, mean, strict=True)) ** 0.5
    assert length(near, RATES) == pytest.approx(size, rel=1e-5)
    scores, lengths = last_scores(model, CPU, corpus, batch, near, RATES)
    wanted_scores = []
    for index, found in zip(batch, lengths, strict=True):
        mine = gradients(model, corpus, index, names)
        wanted_scores.append(sum(r * float((g * m).sum()) for r, g, m in zip(rates, mean, mine, strict=True)))
        wanted = sum(r * float(m.square().sum()) for r, m in zip(rates, mine, strict=True)) ** 0.5
        assert found == pytest.approx(wanted, rel=1e-5)
    assert scores == pytest.approx(wanted_scores, abs=1e-5 * max(map(abs, wanted_scores)))


@pytest.mark.parametrize("choices", [{}, {"class_weights": "balanced", "label_smoothing": 0.1}])
def test_the_last_layers_share_is_that_of_autograd_one_sentence_at_a_time(
    tiny: Path, labels: LabelSet, choices: dict[str, Any]
) -> None:
    model, corpus, gold = made(tiny, labels, "gelu")
    corpus = aimed(corpus, labels.iob2, StudentSettings(**choices))
    inside = "encoder.encoder.layer.1.attention"
    wanted = {f"{inside}.self.{part}" for part in ("query", "key", "value")} | {f"{inside}.output.dense", "head"}
    assert set(last_linears(model)) == wanted
    assert len({len(windows) for windows in corpus.windows}) > 1
    held(model, corpus, gold, [4, 0, 5, 2], [1, 3, 4])


class Twice(torch.nn.Module):
    """A layer that the encoder uses twice, as ALBERT does."""

    def __init__(self, layer: Any) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, states: Tensor, *given: Any, **named: Any) -> Any:
        once = self.layer(states, *given, **named)
        return self.layer(once[0] if isinstance(once, tuple) else once, *given, **named)


def test_a_layer_that_the_encoder_uses_twice_counts_twice(tiny: Path, labels: LabelSet) -> None:
    model, corpus, gold = made(tiny, labels)
    layers = model.encoder.encoder.layer
    layers[1] = Twice(layers[1])
    assert len(last_linears(model)) == 5
    held(model, corpus, gold, [4, 0, 5, 2], [1, 3, 4])


def test_frozen_layers_and_encoders_without_a_list_of_layers_leave_the_classifier(tiny: Path, labels: LabelSet) -> None:
    model, corpus, gold = made(tiny, labels)
    model.encoder.requires_grad_(False)
    assert list(last_linears(model)) == ["head"]
    held(model, corpus, gold, [4, 0], [1, 3])
    model.encoder.requires_grad_(True)
    layers = model.encoder.encoder.layer
    model.encoder.encoder.layer = torch.nn.Sequential(*layers)
    assert list(last_linears(model)) == ["head"]


def test_the_scores_are_of_the_losses_that_are_learnt(tiny: Path, labels: LabelSet) -> None:
    model, corpus, gold = made(tiny, labels)
    model.encoder.unused = torch.nn.Linear(2, 2)  # some encoders have weights that nothing here reads
    corpus = aimed(corpus, labels.iob2, StudentSettings(class_weights="balanced", label_smoothing=0.1))
    along = direction(model, CPU, gold, [1, 3, 4], RATES)
    model.eval()
    for index, found in zip([4, 0], exact_scores(model, CPU, corpus, [4, 0], along), strict=True):
        windows = corpus.windows[index]
        ids, mask = pad(windows, pad_id(model.encoder), CPU.torch_device)
        loss = losses(model(ids, mask, windows).logits, windows, corpus).sum() / len(corpus.classes[index])
        gradient = torch.autograd.grad(loss, [*model.parameters()], materialize_grads=True)
        wanted = sum(float((one * two).sum()) for one, two in zip(gradient, along.values(), strict=True))
        assert found == pytest.approx(wanted, rel=1e-4)
    # The scores are linear in the direction, however short it is: float16 could not hold this one.
    half = dataclasses.replace(CPU, precision=torch.float16)
    whole = exact_scores(model, half, corpus, [4, 0], along)
    short = exact_scores(model, half, corpus, [4, 0], {name: 1e-6 * one for name, one in along.items()})
    assert short == pytest.approx([1e-6 * one for one in whole], rel=1e-3)


def test_weighing_leaves_the_model_and_the_generator_as_they_were(tiny: Path, labels: LabelSet) -> None:
    model, corpus, gold = made(tiny, labels)
    model.train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    attention, state = model.encoder.config._attn_implementation, torch.get_rng_state()
    exact_scores(model, CPU, corpus, [0, 1], direction(model, CPU, gold, [0, 1], RATES))
    last_scores(model, CPU, corpus, [0, 1], last_gradient(model, CPU, gold, [0, 1]), RATES)
    assert model.training
    assert model.encoder.training
    assert model.encoder.config._attn_implementation == attention
    assert torch.equal(torch.get_rng_state(), state)
    assert all(value.grad is None for value in model.parameters())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def trained(
    settings: StudentSettings, labels: LabelSet, out: Path, form: str, examples: Sequence[Example], meta: int = 12
) -> TrainResult:
    """A training of the toy corpus that is reweighted."""
    chosen = dataclasses.replace(settings, reweight=form, epochs=6)
    gold = toy(meta, 5)
    return train(chosen, "ner", labels, examples, (), out, 4, lambda _: None, lambda: False, meta=gold)


def spoilt(count: int) -> list[Example]:
    """Toy sentences; in every fourth that has any, all names are of the other label."""
    other = {"PER": "LOC", "LOC": "PER"}
    swapped = [
        dataclasses.replace(one, targets=tuple(tag if tag == "O" else tag[:2] + other[tag[2:]] for tag in one.targets))
        for one in toy(count)
    ]
    return [bad if number % 4 == 0 else one for number, (one, bad) in enumerate(zip(toy(count), swapped, strict=True))]


@pytest.mark.parametrize("form", ["published", "smoothed"])
def test_wrong_labels_get_low_weights_and_the_same_seed_the_same_ones(
    settings: StudentSettings, labels: LabelSet, tmp_path: Path, form: str
) -> None:
    examples = spoilt(48)
    result = trained(settings, labels, tmp_path / "a", form, examples)
    assert result.weights is not None
    weights = [weight for weight in result.weights if weight is not None]
    assert sum(weights) / len(weights) == pytest.approx(1.0)
    named = [
        (weight, n % 4 == 0)
        for n, (weight, one) in enumerate(zip(weights, examples, strict=True))
        if "B" in str(one.targets)
    ]
    bad, good = ([weight for weight, wrong in named if wrong is which] for which in (True, False))
    assert sum(bad) / len(bad) < 0.9 * sum(good) / len(good)
    again = trained(settings, labels, tmp_path / "b", form, examples)
    assert again.weights == result.weights
    assert (tmp_path / "a/model.safetensors").read_bytes() == (tmp_path / "b/model.safetensors").read_bytes()


@pytest.mark.parametrize("form", ["published", "smoothed"])
def test_what_a_person_said_never_counts_less_than_plain(
    tiny: Path, labels: LabelSet, form: str, settings: StudentSettings
) -> None:
    model, corpus, gold = made(tiny, labels)
    person = dataclasses.replace(corpus.examples[2], trusted=True)
    corpus = dataclasses.replace(corpus, examples=(*corpus.examples[:2], person, *corpus.examples[3:]))
    weigher = weigher_of(dataclasses.replace(settings, reweight=form), gold, 1)
    found = [weigher.weigh(Step(model, CPU, corpus, range(6), epoch, 4, RATES)) for epoch in (1, 2, 3, 4)]
    assert all(weights[2] >= 1 for weights in found)
    assert all(min(weights) >= 0 for weights in found)


def test_published_weights_have_a_mean_of_1_or_are_all_0(
    tiny: Path, labels: LabelSet, settings: StudentSettings
) -> None:
    model, corpus, gold = made(tiny, labels)
    weigher = weigher_of(dataclasses.replace(settings, reweight="published"), gold, 1)
    found = weigher.weigh(Step(model, CPU, corpus, [3, 1, 4, 0], 1, 4, RATES))
    assert sum(found) == pytest.approx(4)
    # With a rate below 0 every step that would help hurts, so no score is above 0.
    chosen = [index for index, weight in zip([3, 1, 4, 0], found, strict=True) if weight > 0]
    whole = Corpus(gold.examples[:1], gold.windows[:1], gold.classes[:1], 0)
    one = weigher_of(dataclasses.replace(settings, reweight="published"), whole, 1)
    weights = one.weigh(Step(model, CPU, corpus, chosen, 1, 4, (-2e-4, -1e-3)))
    assert weights == [0.0] * len(chosen)


def test_steps_without_any_weight_are_counted_and_change_nothing(
    settings: StudentSettings, labels: LabelSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reweight, "exact_scores", lambda model, device, corpus, batch, along: [-1.0] * len(batch))
    result = trained(settings, labels, tmp_path / "m", "published", toy(16))
    assert result.skipped == result.steps == 6 * 2
    assert result.weights == (1.0,) * 16


def test_without_gold_it_says_what_to_do(settings: StudentSettings, labels: LabelSet, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"student\.reweight: 'smoothed' looks at gold sentences.*no meta set"):
        trained(settings, labels, tmp_path / "m", "smoothed", toy(8), meta=0)
    with pytest.raises(SettingsError, match=r"'magic' is not known; choose none, published or smoothed"):
        trained(settings, labels, tmp_path / "m", "magic", toy(8))
    assert not (tmp_path / "m").exists()
