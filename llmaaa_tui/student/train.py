"""Train a student, from its base encoder or from an earlier student, and write the best epoch's checkpoint."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from ..core.labels import LabelSet
from ..errors import LlmaaaError
from . import checkpoint
from .aims import aimed
from .batches import Corpus
from .calibrate import Calibration, calibrate, to_record
from .device import pick, returning_memory, use_threads
from .encoder import EncoderFiles, load, resolve
from .examples import Example, TrainProgress, TrainResult
from .fit import Fit
from .markers import first_marker, freeze_words
from .reweight import weigher_of
from .settings import StudentSettings, suited
from .tasks import of
from .watch import Watch, probabilities
from .words import Pieces, position_limit


def train(
    settings: StudentSettings,
    task: str,
    labels: LabelSet,
    examples: Sequence[Example],
    dev: Sequence[Example],
    out: Path,
    seed: int,
    progress: Callable[[TrainProgress], None],
    should_stop: Callable[[], bool],
    *,
    meta: Sequence[Example] = (),
    warm: Path | None = None,
) -> TrainResult:
    """Fine-tune encoder and head on `examples`; write the best epoch's student to the folder `out`.

    Same settings, data, seed and threads give the same weights on a CPU. `out` appears whole when all is done; a
    training that was stopped or killed leaves none.

    Args:
        settings: see `StudentSettings`.
        task: its name.
        labels: the label set.
        examples: what is learnt; items without positions are left out.
        dev: the early stopping rule looks at a seeded sample of these, the temperature is fitted on all; empty means
            all epochs are run.
        out: the folder to write.
        seed: of the new layer, the dropout, the order of batches and the sample of dev.
        progress: called after each optimizer step and each epoch, from this thread.
        should_stop: asked between optimizer steps; True ends the training and nothing is written.
        meta: gold sentences that automatic reweighting looks at; used where `settings.reweight` is not "none".
        warm: the folder of an earlier student whose weights are gone on from, else the base encoder's with a new layer.

    Raises:
        LlmaaaError: there is nothing to train on, nothing to reweight by, the encoder cannot be had, memory does not
            hold one sentence, the loss is no number any more, or the earlier student has another task, another encoder
            or other labels.
        SettingsError: there is no such task.
        ValueError: a target is outside the label set, or there is not one a position.
    """
    with returning_memory():
        return _train(settings, task, labels, examples, dev, out, seed, progress, should_stop, meta, warm)


def _train(
    settings: StudentSettings,
    task: str,
    labels: LabelSet,
    examples: Sequence[Example],
    dev: Sequence[Example],
    out: Path,
    seed: int,
    progress: Callable[[TrainProgress], None],
    should_stop: Callable[[], bool],
    meta: Sequence[Example],
    warm: Path | None,
) -> TrainResult:
    begun = time.monotonic()
    use_threads(settings.threads)
    device = pick(settings.device, settings.precision)
    files = resolve(settings.encoder)
    tokenizer, encoder = load(files)
    limit = min(settings.max_pieces, position_limit(encoder) or settings.max_pieces)
    room = of(task)
    pieces = Pieces(tokenizer, limit, first_marker(encoder, room.readout.markers))
    corpus = aimed(Corpus.of(examples, room, labels, pieces), room.classes(labels), settings)
    if not corpus.examples:
        raise LlmaaaError("student: there is no labelled sentence to train on; let the annotator label some first")
    settings = suited(settings, int(encoder.config.hidden_size), len(corpus.examples))
    watched = Corpus.of(_sample(dev, settings.early_stopping_size, seed), room, labels, pieces)
    watch = Watch(settings, device, watched, room, labels)
    weigher = weigher_of(settings, Corpus.of(meta, room, labels, pieces), seed)
    cards = [device.torch_device] if device.torch_device.type == "cuda" else []
    with torch.random.fork_rng(devices=cards):
        torch.manual_seed(seed)
        model = checkpoint.build(encoder, room, labels, settings.dropout, settings.activation)
        if warm is not None:
            model.load_state_dict(_earlier(warm, task, labels, files, settings.activation))
        model.to(device.torch_device)
        if settings.freeze_words:
            freeze_words(model.encoder)
        fit = Fit(settings, model, device, corpus, watch, seed, weigher, progress)
        finished = fit.run(should_stop)
    weights = _by_example(examples, weigher.weights())
    calibration: Calibration | None = None
    if finished:
        model.load_state_dict(watch.best_weights)
        gold = Corpus.of(dev, room, labels, pieces)
        # The words of a pair's text are cut at its borders: what all pairs of a text share is the words as one.
        texts = ["".join(example.text.words) for example in gold.examples]
        calibration = calibrate(probabilities(model, gold, device, settings.token_budget), gold.classes, seed, texts)
        checkpoint.save(
            out,
            watch.best_weights,
            encoder.config,
            tokenizer,
            task=task,
            labels=labels,
            files=files,
            settings=settings,
            seed=seed,
            outcome={
                "best_epoch": watch.best_epoch,
                "dev_loss": watch.best_loss,
                "dev_f1": watch.best_f1,
                "examples": len(corpus.examples),
                "steps": fit.step,
                "skipped": fit.skipped,
                "warm": None if warm is None else warm.name,
                "weights": weights,
                **to_record(calibration),
            },
        )
    return TrainResult(
        folder=out if finished else None,
        epochs=fit.epoch,
        best_epoch=watch.best_epoch,
        dev_loss=watch.best_loss,
        dev_f1=watch.best_f1,
        steps=fit.step,
        skipped=fit.skipped,
        seconds=time.monotonic() - begun,
        device=device.sentence,
        cut_words=corpus.cut_words,
        micro_batch=fit.micro_batch,
        weights=weights,
        temperature=calibration.temperature if calibration else None,
        ece=calibration.ece if calibration else None,
        ece_raw=calibration.ece_raw if calibration else None,
    )


def _earlier(
    folder: Path, task: str, labels: LabelSet, files: EncoderFiles, activation: str
) -> dict[str, torch.Tensor]:
    """The weights of an earlier student of the same make."""
    student = checkpoint.read(folder)
    before = checkpoint.task_name(student.record)
    if before != task:
        raise LlmaaaError(
            f"{folder}: this student learnt the task {before}, not {task}, so a training cannot go on from it; set "
            "student.warm = false"
        )
    if student.labels.names != labels.names:
        raise LlmaaaError(
            f"{folder}: this student knows the labels {', '.join(student.labels.names)}, not "
            f"{', '.join(labels.names)}, so a training cannot go on from it; set student.warm = false"
        )
    if student.record["encoder"]["sha"] != files.sha:
        raise LlmaaaError(
            f"{folder}: this student was built on {student.record['encoder']['name']}, not on {files.name}, so a "
            "training cannot go on from it; set student.warm = false"
        )
    if student.record["settings"]["activation"] != activation:
        raise LlmaaaError(
            f"{folder}: this student has student.activation = {student.record['settings']['activation']}, not "
            f"{activation}, so a training cannot go on from it; set student.warm = false"
        )
    return student.model.state_dict()


def _by_example(examples: Sequence[Example], weights: Sequence[float] | None) -> tuple[float | None, ...] | None:
    """The corpus leaves examples without positions out; these have no weight."""
    if weights is None:
        return None
    left = iter(weights)
    return tuple(next(left) if example.targets else None for example in examples)


def _sample(dev: Sequence[Example], size: int, seed: int) -> list[Example]:
    kept = [example for example in dev if example.targets]
    return kept if len(kept) <= size else random.Random(f"{seed} early stopping").sample(kept, size)
