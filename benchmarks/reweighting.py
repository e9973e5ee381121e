"""What reweighting costs and how true its scores are: a reweighted step against a plain one, on real sentences.

    python benchmarks/reweighting.py [--json] [--quick] [--corpus NAME] [--threads N]

Embedded encoder, word embeddings frozen, the precision the device takes by itself. One row a batch shape:

- `exact_ratio`: the paper's step (one gradient of a gold batch as large as the step's, one forward-mode pass, the
  step) over the plain step of the same sentences.
- `double_ratio`: the same by the literal virtual step, differentiated twice, over the plain step.
- `fast_ratio`: the form "smoothed", in which every epoch begins by scoring all sentences by the share of the classifier
  and the last layers' attention: a plain step plus its part of that scoring, for `learn` sentences and `gold` gold
  ones, over a plain step.
- `rank_correlation`: of that share with the reference of that moment; `in_use`: of the same with the
  reference an epoch later, when they have just been used for the last time; `cosines`: of what "smoothed" makes of it,
  divided by the gradients' lengths, which is another order on purpose; `gold_batches`: between the exact scores by two
  random gold batches of the row's size. Spearman within a batch, means over `batches` batches (of the row's size, of
  sentences as long as they come) of trainings under way, of two draws (`--quick`: of one).

The reference is the exact score against the gradient of the whole gold set, in float32. Times are interleaved in one
process; each ratio is the median of the ratios of one turn. Sentences are those of a public corpus (LLMAAA_TEST_DATA),
joined and cut to the row's length, or without it of the shipped example; labels are the SIMULATED gpt-4-turbo's.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from statistics import fmean, median
from typing import Any
from unittest.mock import patch

import torch
from noisy_labels import Draw, draw
from scipy.stats import spearmanr
from torch import Tensor
from torch.func import functional_call
from torch.nn.attention import SDPBackend, sdpa_kernel

import llmaaa_tui.student.train as training
from llmaaa_tui.student.batches import Corpus
from llmaaa_tui.student.checkpoint import build
from llmaaa_tui.student.device import Device, pick
from llmaaa_tui.student.encoder import load, resolve
from llmaaa_tui.student.examples import Example, Text
from llmaaa_tui.student.influence import direction, exact_scores, last_gradient, last_scores
from llmaaa_tui.student.model import losses as losses_of
from llmaaa_tui.student.model import pad, pad_id
from llmaaa_tui.student.settings import StudentSettings
from llmaaa_tui.student.task_ner import TASK
from llmaaa_tui.student.weigh import Step
from llmaaa_tui.student.words import Pieces

SHAPES = ((8, 32), (8, 128), (32, 32))
RATES = (2e-4, 1e-3)
GOLD = 50
# At a look: sentences that are scored, and batches of them in which ranks are compared.
LOOKED_AT, BATCHES = 120, 20
# Sentences that are scored at once where scoring is timed; "smoothed" scores all that are learnt.
AT_ONCE = 32


class Bench:
    """One model and what is timed on it."""

    def __init__(self, drawn: Draw, device: Device) -> None:
        tokenizer, encoder = load(resolve("embedded"))
        torch.manual_seed(1)
        self.drawn, self.device = drawn, device
        self.pieces = Pieces(tokenizer, 128)
        self.model = build(encoder, TASK, drawn.labels, 0.1, "none").to(device.torch_device)
        self.model.encoder.get_input_embeddings().requires_grad_(False)
        self.model.train()
        self.optimizer = torch.optim.AdamW(
            [value for value in self.model.parameters() if value.requires_grad], lr=1e-6, fused=True
        )

    def corpus(self, examples: Sequence[Example], count: int, length: int) -> Corpus:
        """`count` sentences of as many sub-words as `length`, made of real ones."""
        order = Random(f"{count} {length}")
        made: list[Example] = []
        while len(made) < count:
            words: list[str] = []
            tags: list[str] = []
            size = len(self.pieces.prefix) + len(self.pieces.suffix)
            while size < length:
                chosen = order.choice(examples)
                for word, tag in zip(chosen.text.words, chosen.targets, strict=True):
                    size += len(self.pieces.of([word])[0])
                    if size > length:
                        break
                    words.append(word)
                    tags.append(tag)
            made.append(Example(Text(tuple(words)), tuple(tags)))
        return Corpus.of(made, TASK, self.drawn.labels, self.pieces)

    def losses(self, corpus: Corpus, chosen: Sequence[int], parameters: Mapping[str, Tensor] | None = None) -> Tensor:
        """The mean-over-word losses of sentences of one window."""
        rows = [corpus.windows[index][0] for index in chosen]
        ids, mask = pad(rows, pad_id(self.model.encoder), self.device.torch_device)
        with self.device.autocast():
            given: dict[str, Tensor] = dict(parameters or self.model.named_parameters())
            logits, *_ = functional_call(self.model, given, (ids, mask, rows))
        sums = losses_of(logits, rows, corpus)
        return sums / torch.tensor([len(corpus.classes[index]) for index in chosen], device=sums.device)

    def plain(self, corpus: Corpus, batch: Sequence[int], weights: Sequence[float] | None = None) -> None:
        """One optimizer step."""
        self.model.train()
        losses = self.losses(corpus, batch)
        shares = torch.tensor(weights or [1.0] * len(batch), device=losses.device)
        torch.autograd.backward((losses * shares).mean())
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()

    def exact(self, corpus: Corpus, batch: Sequence[int], gold: Corpus, chosen: Sequence[int]) -> list[float]:
        """The paper's scores in forward mode."""
        along = direction(self.model, self.device, gold, chosen, RATES)
        return exact_scores(self.model, self.device, corpus, batch, along)

    def double(self, corpus: Corpus, batch: Sequence[int], gold: Corpus, chosen: Sequence[int]) -> list[float]:
        """The paper's scores by the literal virtual step."""
        self.model.eval()
        parameters = {name: value for name, value in self.model.named_parameters() if value.requires_grad}
        share = torch.zeros(len(batch), requires_grad=True, device=self.device.torch_device)
        with sdpa_kernel(SDPBackend.MATH):
            inner = (share * self.losses(corpus, batch, parameters)).sum()
            gradients = torch.autograd.grad(inner, list(parameters.values()), create_graph=True)
            moved = {
                name: value - RATES[name.startswith("head.")] * gradient
                for (name, value), gradient in zip(parameters.items(), gradients, strict=True)
            }
            (found,) = torch.autograd.grad(self.losses(gold, chosen, moved).mean(), share)
        return [-float(value) for value in found]


def timed(bench: Bench, size: int, length: int, learn: int, turns: int) -> dict[str, float]:
    """The ratios of one batch shape."""
    corpus = bench.corpus(bench.drawn.noisy, max(size, AT_ONCE), length)
    gold = bench.corpus(bench.drawn.meta, GOLD, length)
    batch, chosen = list(range(size)), list(range(min(size, GOLD)))
    along = direction(bench.model, bench.device, gold, chosen, RATES)
    together = range(AT_ONCE)
    near = last_gradient(bench.model, bench.device, gold, together)
    parts: dict[str, Callable[[], object]] = {
        "plain": lambda: bench.plain(corpus, batch),
        "gradient": lambda: direction(bench.model, bench.device, gold, chosen, RATES),
        "forward": lambda: exact_scores(bench.model, bench.device, corpus, batch, along),
        "double": lambda: bench.double(corpus, batch, gold, chosen),
        "last scores": lambda: last_scores(bench.model, bench.device, corpus, together, near, RATES),
        "last gradient": lambda: last_gradient(bench.model, bench.device, gold, together),
    }
    found: dict[str, list[float]] = {"exact_ratio": [], "fast_ratio": [], "double_ratio": []}
    for turn in range(turns + 1):
        spent = {}
        for name, part in parts.items():
            began = time.perf_counter()
            part()
            spent[name] = time.perf_counter() - began
        if turn == 0:  # the first turn fills caches
            continue
        scoring = (spent["last scores"] + spent["last gradient"] * GOLD / learn) / AT_ONCE * size
        found["exact_ratio"].append(1 + (spent["gradient"] + spent["forward"]) / spent["plain"])
        found["fast_ratio"].append(1 + scoring / spent["plain"])
        found["double_ratio"].append(1 + spent["double"] / spent["plain"])
    return {name: round(median(values), 3) for name, values in found.items()}


@dataclass
class Looks:
    """A weigher that leaves all weights at 1 and compares scores at the beginning of every epoch but the first.

    Args:
        meta: the gold sentences.
        sizes: of the batches in which ranks are compared.
        found: correlations by batch size and kind.
    """

    meta: Corpus
    sizes: tuple[int, ...]
    found: dict[tuple[int, str], list[float]] = field(default_factory=dict)
    mixed: bool = True
    _epoch: int = 1
    _before: list[float] = field(default_factory=list)

    def weigh(self, step: Step) -> Sequence[float]:
        if step.epoch > self._epoch:
            self._epoch = step.epoch
            self._look(step)
        return [1.0] * len(step.batch)

    def weights(self) -> None: ...

    def _look(self, step: Step) -> None:
        precise = replace(step.device, precision=torch.float32)
        order, gold = Random(step.epoch), range(len(self.meta.examples))
        count = len(step.corpus.examples)
        everyone = order.sample(range(count), min(count, LOOKED_AT))

        def scores(device: Device, chosen: Sequence[int]) -> list[float]:
            along = direction(step.model, device, self.meta, chosen, step.rates)
            return exact_scores(step.model, device, step.corpus, everyone, along)

        reference = scores(precise, gold)
        near = last_gradient(step.model, step.device, self.meta, gold)
        all_now, lengths = last_scores(step.model, step.device, step.corpus, range(count), near, step.rates)
        now = [all_now[index] for index in everyone]
        pairs = {
            "rank_correlation": (now, reference),
            "cosines": ([all_now[index] / max(lengths[index], 1e-12) for index in everyone], reference),
        }
        if self._before:
            pairs["in_use"] = ([self._before[index] for index in everyone], reference)
        self._before = all_now
        for size in self.sizes:
            batches = [order.sample(range(len(everyone)), size) for _ in range(BATCHES)]
            several = dict(pairs)
            if size < len(gold):
                one, other = (scores(step.device, order.sample(gold, size)) for _ in range(2))
                several["gold_batches"] = (one, other)
            for name, (one, other) in several.items():
                for batch in batches:
                    ranks = float(spearmanr([one[i] for i in batch], [other[i] for i in batch]).statistic)
                    if not math.isnan(ranks):
                        self.found.setdefault((size, name), []).append(ranks)


def correlations(drawn: Draw, sizes: tuple[int, ...], epochs: int, threads: int) -> dict[tuple[int, str], list[float]]:
    """Rank correlations by batch size and kind, from one training under way."""
    looks: list[Looks] = []

    def watching(settings: StudentSettings, meta: Corpus, seed: int) -> Looks:
        looks.append(Looks(meta, sizes))
        return looks[0]

    settings = StudentSettings(device="cpu", threads=threads, epochs=epochs, patience=epochs)
    with tempfile.TemporaryDirectory() as folder, patch.object(training, "weigher_of", watching):
        out = Path(folder) / "student"
        training.train(
            settings, "ner", drawn.labels, drawn.noisy, (), out, 1, lambda _: None, lambda: False, meta=drawn.meta
        )
    return looks[0].found


def main() -> None:
    """Print the figures, as lines or as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--corpus", default="conll2003")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    learn, gold, epochs, turns = (48, 16, 2, 1) if given.quick else (210, GOLD, 4, 5)
    drawn = draw(given.corpus, "gpt-4-turbo", 1, learn=learn, meta=gold)
    bench = Bench(drawn, pick("cpu"))
    rows: list[dict[str, Any]] = []
    ratios = [timed(bench, size, length, 210, turns) for size, length in SHAPES]
    found: dict[tuple[int, str], list[float]] = {}
    for seed in (1,) if given.quick else (1, 2):
        one = draw(given.corpus, "gpt-4-turbo", seed, learn=learn, meta=gold)
        for key, ranks in correlations(one, tuple(sorted({size for size, _ in SHAPES})), epochs, given.threads).items():
            found.setdefault(key, []).extend(ranks)
    for (size, length), ratio in zip(SHAPES, ratios, strict=True):
        kinds = ("rank_correlation", "in_use", "cosines", "gold_batches")
        means = {kind: round(fmean(found[size, kind]), 3) if (size, kind) in found else None for kind in kinds}
        batches = len(found[size, "rank_correlation"])
        rows.append({"batch": size, "length": length, **ratio, **means, "batches": batches})
    result = {
        "corpus": drawn.name,
        "simulated": True,
        "threads": given.threads,
        "precision": str(bench.device.precision).removeprefix("torch."),
        "learn": 210,
        "gold": GOLD,
        "rows": rows,
    }
    if given.json:
        print(json.dumps(result, indent=2))
        return
    for row in rows:
        print(", ".join(f"{name} {value}" for name, value in row.items()))


if __name__ == "__main__":
    main()
