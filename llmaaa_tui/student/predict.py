"""Targets, probabilities, embeddings and gradients of many items in one pass of a trained student."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from . import checkpoint
from .calibrate import recorded
from .device import compile_for, pick, returning_memory, use_threads
from .examples import Text
from .infer import Scores, cast_once
from .markers import first_marker
from .settings import StudentSettings
from .stream import PART
from .words import pieces_of, position_limit

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Predictions:
    """What a student says about items, in the order they were given.

    Args:
        classes: of a position, in the order of the columns.
        targets: one a position, as `StudentTask.decode` allows them.
        probabilities: a (positions, classes) array an item, rows summing to 1.
        embeddings: (items, width), rows of length 1, where asked for.
        cut_words: words that were not read, or of which only the first sub-words were.
        gradients: (items, 384), where asked for: the gradient each item would give the linear layer, were the likeliest
            classes the right ones, sketched so that inner products are kept on average (see `sketch`).
        draws: of each pass with dropout what `probabilities` is of the plain one, where asked for.
    """

    classes: tuple[str, ...]
    targets: list[list[str]]
    probabilities: list[FloatArray]
    embeddings: FloatArray | None
    cut_words: int
    gradients: FloatArray | None = None
    draws: list[list[FloatArray]] | None = None


def predict(
    settings: StudentSettings,
    model_dir: Path,
    texts: Sequence[Text],
    *,
    embeddings: bool = False,
    gradients: bool = False,
    draws: int = 0,
    seed: int = 0,
    calibrated: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Predictions:
    """Label items with the student in `model_dir`, which knows its task.

    All that is asked for comes from one pass over the texts; each draw adds a forward pass to it. Texts are read in
    parts, so beside the results no more than a part's windows and a batch is held.

    Args:
        settings: where to compute; windows are cut as in the training the folder tells of.
        model_dir: a folder that `train` wrote.
        texts: of the items; one may have no words.
        embeddings: also give each item's L2-normalised vector: its mean encoder state, of a pair the states of its two
            markers.
        gradients: also give each item's gradient sketch.
        draws: passes with dropout (Gal & Ghahramani 2016); they hold `draws` times what the probabilities hold.
        seed: of the dropout: the same texts in the same order give the same draws (on one device, with the same token
            budget); an item's draws do depend on the items beside it.
        calibrated: divide logits by the temperature that the training fitted on dev, where it did.
        progress: called with (positions done, positions in all) after each batch.

    Raises:
        LlmaaaError: the folder holds no whole student, or memory does not hold one sentence.
        ValueError: an item did not get one prediction a position.
    """
    with returning_memory():
        return _predict(settings, model_dir, texts, embeddings, gradients, draws, seed, calibrated, progress)


def _predict(
    settings: StudentSettings,
    model_dir: Path,
    texts: Sequence[Text],
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
    limit = min(limit, position_limit(model.encoder) or limit)
    task = student.task
    pieces = pieces_of(student.tokenizer, limit, first_marker(model.encoder, task.readout.markers))
    fitted = recorded(student.record) if calibrated else None
    lengths = [task.positions(text, student.labels) for text in texts]
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

    def tell(positions: int) -> None:
        nonlocal done
        done += positions
        if progress is not None:
            progress(done, total)

    for begin in range(0, len(texts), PART):
        windows = task.readout.windows(pieces, texts[begin : begin + PART], begin)
        scores.read(windows, settings.token_budget, tell)
        cut_words += sum(window.cut for window in windows)
    found = scores.probabilities()
    for array in found:
        if np.isnan(array).any():
            raise ValueError(f"only {np.isfinite(array).all(axis=1).sum()} predictions for {len(array)} positions")
    classes = task.classes(student.labels)
    return Predictions(
        classes=classes,
        targets=task.decode(found, classes),
        probabilities=found,
        embeddings=scores.embeddings(),
        cut_words=cut_words,
        gradients=scores.gradients(),
        draws=scores.draws() if draws else None,
    )
