"""Tags, probabilities, embeddings and gradients of many sentences in one pass of a trained student."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from . import checkpoint
from .calibrate import recorded
from .decode import decode
from .device import compile_for, pick, returning_memory, use_threads
from .infer import Scores, cast_once
from .settings import StudentSettings
from .stream import PART
from .words import pieces_of, position_limit

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Predictions:
    """What a student says about sentences, in the order they were given.

    Args:
        labels: the tag inventory, in the order of the columns.
        tags: IOB2 tags, one a word, I- only after B- or I- of its label.
        probabilities: a (words, tags) array a sentence, rows summing to 1.
        embeddings: (sentences, width), rows of length 1, where asked for.
        cut_words: words of which only the first sub-words were read.
        gradients: (sentences, 384), where asked for: the gradient each sentence would give the linear layer, were the
            likeliest tags the right ones, sketched so that inner products are kept on average (see `sketch`).
        draws: of each pass with dropout what `probabilities` is of the plain one, where asked for.
    """

    labels: tuple[str, ...]
    tags: list[list[str]]
    probabilities: list[FloatArray]
    embeddings: FloatArray | None
    cut_words: int
    gradients: FloatArray | None = None
    draws: list[list[FloatArray]] | None = None


def predict(
    settings: StudentSettings,
    model_dir: Path,
    sentences: Sequence[tuple[str, ...]],
    *,
    embeddings: bool = False,
    gradients: bool = False,
    draws: int = 0,
    seed: int = 0,
    calibrated: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Predictions:
    """Label sentences with the student in `model_dir`.

    All that is asked for comes from one pass over the sentences; each draw adds a forward pass to it. Sentences are
    read in parts, so beside the results no more than a part's windows and a batch is held.

    Args:
        settings: where to compute; windows are cut as in the training the folder tells of.
        model_dir: a folder that `train` wrote.
        sentences: words; a sentence may have none.
        embeddings: also give each sentence's mean-pooled, L2-normalised encoder state.
        gradients: also give each sentence's gradient sketch.
        draws: passes with dropout (Gal & Ghahramani 2016); they hold `draws` times what the probabilities hold.
        seed: of the dropout: the same sentences in the same order give the same draws (on one device, with the same
            token budget); a sentence's draws do depend on the sentences beside it.
        calibrated: divide logits by the temperature that the training fitted on dev, where it did.
        progress: called with (words done, words in all) after each batch.

    Raises:
        LlmaaaError: the folder holds no whole student, or memory does not hold one sentence.
        ValueError: a sentence did not get one prediction a word.
    """
    with returning_memory():
        return _predict(settings, model_dir, sentences, embeddings, gradients, draws, seed, calibrated, progress)


def _predict(
    settings: StudentSettings,
    model_dir: Path,
    sentences: Sequence[tuple[str, ...]],
    embeddings: bool,
    gradients: bool,
    draws: int,
    seed: int,
    calibrated: bool,
    progress: Callable[[int, int], None] | None,
) -> Predictions:
    use_threads(settings.threads)
    device = pick(settings.device, settings.precision)
    student = checkpoint.read(model_dir)
    model = student.model.to(device.torch_device)
    cast_once(model, device)
    if settings.compile:
        compile_for(device, model.encoder)
    limit = int(student.record["settings"]["max_pieces"])
    pieces = pieces_of(student.tokenizer, min(limit, position_limit(model.encoder) or limit))
    fitted = recorded(student.record) if calibrated else None
    lengths = [len(words) for words in sentences]
    scores = Scores(
        model,
        lengths,
        device,
        embeddings=embeddings,
        gradients=gradients,
        draws=draws,
        seed=seed,
        temperature=fitted.temperature if fitted else 1.0,
    )
    done, total, cut_words = 0, sum(lengths), 0

    def tell(words: int) -> None:
        nonlocal done
        done += words
        if progress is not None:
            progress(done, total)

    for begin in range(0, len(sentences), PART):
        part = sentences[begin : begin + PART]
        scores.read(pieces.windows(part, begin), settings.token_budget, tell)
        cut_words += pieces.cut_words(part)
    found = scores.probabilities()
    for words, array in zip(sentences, found, strict=True):
        if np.isnan(array).any():
            raise ValueError(f"only {np.isfinite(array).all(axis=1).sum()} predictions for {len(words)} words")
    return Predictions(
        labels=student.labels.iob2,
        tags=decode(found, student.labels.iob2),
        probabilities=found,
        embeddings=scores.embeddings(),
        cut_words=cut_words,
        gradients=scores.gradients(),
        draws=scores.draws() if draws else None,
    )
