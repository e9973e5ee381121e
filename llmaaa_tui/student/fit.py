"""The optimisation itself: steps, schedule, early stopping, and smaller pieces where memory runs out."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from .batches import Corpus
from .decode import decode, entities
from .device import Device, out_of_memory, release
from .examples import TrainProgress
from .infer import FloatArray, infer
from .model import TokenClassifier, pad, pad_id, row_losses, targets
from .settings import StudentSettings
from .weigh import Step, Weigher
from .words import Window

_CLIP = 1.0
_EPSILON = 1e-6


class Fit:
    """One training under way.

    Args:
        settings: rates, epochs, patience, batch.
        model: on its device; trained in place.
        device: where it runs and in which precision.
        corpus: what is learnt, at least one example.
        watched: the stopping sample, may be empty.
        tags: the tag inventory.
        seed: of the order of batches.
        weigher: weighs the examples of a step.
        progress: told after each step and epoch.
    """

    def __init__(
        self,
        settings: StudentSettings,
        model: TokenClassifier,
        device: Device,
        corpus: Corpus,
        watched: Corpus,
        tags: Sequence[str],
        seed: int,
        weigher: Weigher,
        progress: Callable[[TrainProgress], None],
    ) -> None:
        self._settings, self._model, self._device = settings, model, device
        self._corpus, self._watched, self._tags, self._seed = corpus, watched, tags, seed
        self._weigher, self._progress = weigher, progress
        self._pad_id = pad_id(model.encoder)
        self._begun = time.monotonic()
        self._most_steps = settings.epochs * -(-len(corpus.examples) // settings.batch)
        self._optimizer = torch.optim.AdamW(
            [
                {
                    "params": [weight for weight in model.encoder.parameters() if weight.requires_grad],
                    "lr": settings.learning_rate,
                },
                {"params": list(model.head.parameters()), "lr": settings.head_learning_rate},
            ],
            eps=_EPSILON,
            fused=True,
        )
        self._peaks = [group["lr"] for group in self._optimizer.param_groups]
        self._dev_loss: float | None = None
        self._dev_f1: float | None = None
        self._best_rank: tuple[float, ...] = ()
        self.epoch = self.step = self.skipped = self.best_epoch = 0
        self.best_loss: float | None = None
        self.best_f1: float | None = None
        self.best_weights: dict[str, Tensor] = {}
        self.micro_batch = settings.batch

    def run(self, should_stop: Callable[[], bool]) -> bool:
        """Train until epochs or patience are used up; False where it was stopped before."""
        while self.epoch < self._settings.epochs:
            self.epoch += 1
            loss = self._one_epoch(should_stop)
            if loss is None:
                return False
            used_up = bool(self._watched.examples) and self._is_used_up()
            self._tell(loss)
            if used_up:
                break
        if not self.best_weights:
            self._keep_weights()
        return True

    def _set_rates(self) -> None:
        """Linear warm-up, then linear decay to 0 after the last step there can be."""
        rising = max(1, round(self._settings.warmup * self._most_steps))
        left = (self._most_steps - self.step) / max(1, self._most_steps - rising)
        for group, peak in zip(self._optimizer.param_groups, self._peaks, strict=True):
            group["lr"] = peak * min((self.step + 1) / rising, left)

    def _one_epoch(self, should_stop: Callable[[], bool]) -> float | None:
        """The epoch's mean training loss, or None where it was stopped."""
        self._model.train()
        total, seen = 0.0, 0
        order = random.Random(f"{self._seed} epoch {self.epoch}")
        for batch in self._corpus.epoch(self._settings.batch, order, mixed=self._weigher.mixed):
            if should_stop():
                return None
            total += self._one_step(batch) * len(batch)
            seen += len(batch)
            self._tell(total / seen)
        return total / seen

    def _one_step(self, batch: Sequence[int]) -> float:
        """One optimizer step on the effective batch; returns its mean unweighted loss."""
        weights = self._weigher.weigh(
            Step(
                self._model,
                self._device,
                self._corpus,
                batch,
                self.epoch,
                self._settings.epochs,
                (self._settings.learning_rate, self._settings.head_learning_rate),
            )
        )
        rows = [window for index in batch for window in self._corpus.windows[index]]
        shares = {
            index: weight / (len(self._corpus.classes[index]) * len(batch))
            for index, weight in zip(batch, weights, strict=True)
        }
        self._set_rates()
        loss = self._gradients(rows, shares, len(batch))
        self.step += 1
        # A loss of 0 would still apply momentum and decay.
        if any(weight > 0 for weight in weights):
            torch.nn.utils.clip_grad_norm_(self._model.parameters(), _CLIP)
            self._optimizer.step()
        else:
            self.skipped += 1
        self._optimizer.zero_grad()
        return loss

    def _gradients(self, rows: Sequence[Window], shares: dict[int, float], n: int) -> float:
        """Accumulate the gradients of all rows, in smaller pieces from now on where memory runs out."""
        while True:
            try:
                return sum(
                    self._backward(rows[at : at + self.micro_batch], shares, n)
                    for at in range(0, len(rows), self.micro_batch)
                )
            except torch.OutOfMemoryError:
                if self.micro_batch == 1:
                    raise out_of_memory(self._device) from None
            self._optimizer.zero_grad()
            release()
            self.micro_batch = max(1, min(self.micro_batch, len(rows)) // 2)

    def _backward(self, rows: Sequence[Window], shares: dict[int, float], n: int) -> float:
        losses = self._losses(rows)
        coefficients = torch.tensor([shares[row.sentence] for row in rows], device=losses.device)
        torch.autograd.backward((losses * coefficients).sum())
        plain = torch.tensor([1 / (len(self._corpus.classes[row.sentence]) * n) for row in rows], device=losses.device)
        return float((losses.detach() * plain).sum())

    def _losses(self, rows: Sequence[Window]) -> Tensor:
        device = self._device.torch_device
        ids, mask = pad(rows, self._pad_id, device)
        with self._device.autocast():
            logits, _ = self._model(ids, mask)
        return row_losses(logits, targets(rows, self._corpus.classes, ids.shape[1], device))

    def _is_used_up(self) -> bool:
        self._model.eval()
        watched = self._watched
        rows = [window for windows in watched.windows for window in windows]
        lengths = [len(example.words) for example in watched.examples]
        found, _ = infer(self._model, rows, lengths, self._device, budget=self._settings.token_budget)
        self._dev_loss, self._dev_f1 = mean_loss(found, watched.classes), span_f1(found, watched, self._tags)
        rank = (-self._dev_loss,) if self._settings.stop_on == "loss" else (self._dev_f1, -self._dev_loss)
        if not self.best_epoch or rank > self._best_rank:
            self._best_rank = rank
            self.best_loss, self.best_f1 = self._dev_loss, self._dev_f1
            self._keep_weights()
        return self.epoch - self.best_epoch >= self._settings.patience

    def _keep_weights(self) -> None:
        self.best_epoch = self.epoch
        self.best_weights = {name: value.detach().cpu().clone() for name, value in self._model.state_dict().items()}

    def _tell(self, loss: float) -> None:
        self._progress(
            TrainProgress(
                epoch=self.epoch,
                epochs=self._settings.epochs,
                step=self.step,
                steps=self._most_steps,
                loss=loss,
                dev_loss=self._dev_loss,
                dev_f1=self._dev_f1,
                best_epoch=self.best_epoch,
                seconds=time.monotonic() - self._begun,
            )
        )


def mean_loss(found: Sequence[FloatArray], classes: Sequence[Sequence[int]]) -> float:
    """The mean over sentences of the mean-over-word negative log-probability of the right tag."""
    losses = [
        -np.log(np.maximum(array[np.arange(len(right)), list(right)], 1e-12)).mean()
        for array, right in zip(found, classes, strict=True)
    ]
    return float(np.mean(losses))


def span_f1(found: Sequence[FloatArray], corpus: Corpus, tags: Sequence[str]) -> float:
    """Exact-span F1 over all labels; 0 where neither side has a span."""
    hits = said = right = 0
    for guessed, example in zip(decode(found, tags), corpus.examples, strict=True):
        mine, gold = entities(guessed), entities(example.tags)
        hits, said, right = hits + len(mine & gold), said + len(mine), right + len(gold)
    return 2 * hits / (said + right) if said + right else 0.0
