"""Train a student afresh from its base encoder and write the best epoch's checkpoint."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from ..core.labels import LabelSet
from ..errors import LlmaaaError
from . import checkpoint
from .batches import Corpus
from .device import pick, returning_memory, use_threads
from .encoder import load, resolve
from .examples import Example, TrainProgress, TrainResult
from .fit import Fit
from .model import TokenClassifier
from .reweight import weigher_of
from .settings import StudentSettings, suited
from .words import Pieces, position_limit


def train(
    settings: StudentSettings,
    labels: LabelSet,
    examples: Sequence[Example],
    dev: Sequence[Example],
    out: Path,
    seed: int,
    progress: Callable[[TrainProgress], None],
    should_stop: Callable[[], bool],
    *,
    meta: Sequence[Example] = (),
) -> TrainResult:
    """Fine-tune encoder and head on `examples`; write the best epoch's student to the folder `out`.

    Same settings, data, seed and threads give the same weights on a CPU. `out` appears whole when all is done; a
    training that was stopped or killed leaves none.

    Args:
        settings: see `StudentSettings`.
        labels: the label set; `labels.iob2` is the class order.
        examples: what is learnt; sentences without words are left out.
        dev: the early stopping rule looks at a seeded sample of these; empty means all epochs are run.
        out: the folder to write.
        seed: of the new layer, the dropout, the order of batches and the sample of dev.
        progress: called after each optimizer step and each epoch, from this thread.
        should_stop: asked between optimizer steps; True ends the training and nothing is written.
        meta: gold sentences that automatic reweighting looks at; used where `settings.reweight` is not "none".

    Raises:
        LlmaaaError: there is nothing to train on, nothing to reweight by, the encoder cannot be had, or memory does
            not hold one sentence.
        ValueError: a tag is outside the label set.
    """
    with returning_memory():
        return _train(settings, labels, examples, dev, out, seed, progress, should_stop, meta)


def _train(
    settings: StudentSettings,
    labels: LabelSet,
    examples: Sequence[Example],
    dev: Sequence[Example],
    out: Path,
    seed: int,
    progress: Callable[[TrainProgress], None],
    should_stop: Callable[[], bool],
    meta: Sequence[Example],
) -> TrainResult:
    begun = time.monotonic()
    use_threads(settings.threads)
    device = pick(settings.device)
    files = resolve(settings.encoder)
    tokenizer, encoder = load(files)
    pieces = Pieces(tokenizer, min(settings.max_pieces, position_limit(encoder) or settings.max_pieces))
    corpus = Corpus.of(examples, labels.iob2, pieces)
    if not corpus.examples:
        raise LlmaaaError("student: there is no labelled sentence to train on; let the annotator label some first")
    settings = suited(settings, int(encoder.config.hidden_size), len(corpus.examples))
    watched = Corpus.of(_sample(dev, settings.early_stopping_size, seed), labels.iob2, pieces)
    weigher = weigher_of(settings, Corpus.of(meta, labels.iob2, pieces), seed)
    cards = [device.torch_device] if device.torch_device.type == "cuda" else []
    with torch.random.fork_rng(devices=cards):
        torch.manual_seed(seed)
        model = TokenClassifier(encoder, len(labels.iob2), settings.dropout, settings.activation)
        model.to(device.torch_device)
        if settings.freeze_words:
            model.encoder.get_input_embeddings().requires_grad_(False)
        fit = Fit(settings, model, device, corpus, watched, labels.iob2, seed, weigher, progress)
        finished = fit.run(should_stop)
    if finished:
        checkpoint.save(
            out,
            fit.best_weights,
            encoder.config,
            tokenizer,
            labels=labels,
            files=files,
            settings=settings,
            seed=seed,
            outcome={
                "best_epoch": fit.best_epoch,
                "dev_loss": fit.best_loss,
                "dev_f1": fit.best_f1,
                "examples": len(corpus.examples),
            },
        )
    return TrainResult(
        folder=out if finished else None,
        epochs=fit.epoch,
        best_epoch=fit.best_epoch,
        dev_loss=fit.best_loss,
        dev_f1=fit.best_f1,
        steps=fit.step,
        skipped=fit.skipped,
        seconds=time.monotonic() - begun,
        device=device.sentence,
        cut_words=corpus.cut_words,
        micro_batch=fit.micro_batch,
        weights=_by_example(examples, weigher.weights()),
    )


def _by_example(examples: Sequence[Example], weights: Sequence[float] | None) -> tuple[float | None, ...] | None:
    """The corpus leaves examples without words out; these have no weight."""
    if weights is None:
        return None
    left = iter(weights)
    return tuple(next(left) if example.words else None for example in examples)


def _sample(dev: Sequence[Example], size: int, seed: int) -> list[Example]:
    kept = [example for example in dev if example.words]
    return kept if len(kept) <= size else random.Random(f"{seed} early stopping").sample(kept, size)
