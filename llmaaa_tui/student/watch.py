"""Early stopping: what the student makes of dev after each epoch, and the weights of the best one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from ..core.labels import LabelSet
from .batches import Corpus
from .device import Device
from .infer import FloatArray, infer
from .model import Classifier
from .settings import StudentSettings
from .tasks import StudentTask


class Watch:
    """The score on the stopping sample, epoch by epoch.

    Args:
        settings: `stop_on` and `patience` count.
        device: where the model is.
        corpus: the stopping sample; where it is empty no epoch is better than another, and the last is kept.
        task: decodes and scores.
        labels: of the task.

    Attributes:
        loss, f1: of the last epoch looked at (nats a position; `StudentTask.score`), None before.
        best_epoch, best_loss, best_f1, best_weights: of the best one.
    """

    def __init__(
        self, settings: StudentSettings, device: Device, corpus: Corpus, task: StudentTask, labels: LabelSet
    ) -> None:
        self._settings, self._device, self._corpus = settings, device, corpus
        self._task, self._labels = task, labels
        self._best_rank: tuple[float, ...] = ()
        self.loss: float | None = None
        self.f1: float | None = None
        self.best_epoch = 0
        self.best_loss: float | None = None
        self.best_f1: float | None = None
        self.best_weights: dict[str, Tensor] = {}

    def look(self, model: Classifier, epoch: int) -> bool:
        """Score the model after an epoch; True where patience is used up."""
        if not self._corpus.examples:
            return False
        found = probabilities(model, self._corpus, self._device, self._settings.token_budget)
        said = self._task.decode(found, self._task.classes(self._labels))
        gold = [example.targets for example in self._corpus.examples]
        self.loss, self.f1 = mean_loss(found, self._corpus.classes), self._task.score(gold, said, self._labels)
        rank = (-self.loss,) if self._settings.stop_on == "loss" else (self.f1, -self.loss)
        if not self.best_epoch or rank > self._best_rank:
            self._best_rank = rank
            self.best_loss, self.best_f1 = self.loss, self.f1
            self.keep(model, epoch)
        return epoch - self.best_epoch >= self._settings.patience

    def keep(self, model: Classifier, epoch: int) -> None:
        """Take this epoch's weights for the best."""
        self.best_epoch = epoch
        self.best_weights = {name: value.detach().cpu().clone() for name, value in model.state_dict().items()}


def probabilities(model: Classifier, corpus: Corpus, device: Device, budget: int) -> list[FloatArray]:
    """What the model says of each item's positions, (positions, classes); it is put into evaluation mode."""
    model.eval()
    rows = [window for windows in corpus.windows for window in windows]
    found, _ = infer(model, rows, list(map(len, corpus.classes)), device, budget=budget)
    return found


def mean_loss(found: Sequence[FloatArray], classes: Sequence[Sequence[int]]) -> float:
    """The mean over items of the mean-over-position negative log-probability of the right class."""
    losses = [
        -np.log(np.maximum(array[np.arange(len(right)), list(right)], 1e-12)).mean()
        for array, right in zip(found, classes, strict=True)
    ]
    return float(np.mean(losses))
