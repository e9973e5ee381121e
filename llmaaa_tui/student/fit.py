"""The optimisation itself: steps, schedule, gradients added up over smaller passes where memory or a setting wants."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from ..errors import LlmaaaError
from .batches import Corpus
from .device import Device, out_of_memory, release
from .examples import TrainProgress
from .model import Classifier, losses, pad, pad_id
from .settings import StudentSettings
from .watch import Watch
from .weigh import Step, Weigher
from .words import Window

_CLIP = 1.0
_EPSILON = 1e-6


class Fit:
    """One training under way.

    Args:
        settings: rates, epochs, batch.
        model: on its device; trained in place.
        device: where it runs and in which precision.
        corpus: what is learnt, at least one example.
        watch: early stopping; keeps the best weights.
        seed: of the order of batches.
        weigher: weighs the examples of a step.
        progress: told after each step and epoch.

    Attributes:
        epoch, step: done so far.
        skipped: steps that changed nothing because every weight was 0.
        micro_batch: windows a pass holds.
    """

    def __init__(
        self,
        settings: StudentSettings,
        model: Classifier,
        device: Device,
        corpus: Corpus,
        watch: Watch,
        seed: int,
        weigher: Weigher,
        progress: Callable[[TrainProgress], None],
    ) -> None:
        self._settings, self._model, self._device = settings, model, device
        self._corpus, self._watch, self._seed = corpus, watch, seed
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
        # float16 has so small a range that gradients are scaled up on the way back (arXiv 1710.03740).
        self._scaler = torch.amp.GradScaler(device.torch_device.type, enabled=device.precision is torch.float16)
        self.epoch = self.step = self.skipped = 0
        self.micro_batch = settings.micro_batch or settings.batch

    def run(self, should_stop: Callable[[], bool]) -> bool:
        """Train until epochs or patience are used up; False where it was stopped before.

        Raises:
            LlmaaaError: the loss is no number any more.
        """
        while self.epoch < self._settings.epochs:
            self.epoch += 1
            loss = self._one_epoch(should_stop)
            if loss is None:
                return False
            used_up = self._watch.look(self._model, self.epoch)
            self._tell(loss)
            if used_up:
                break
        if not self._watch.best_weights:
            self._watch.keep(self._model, self.epoch)
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
            if not math.isfinite(total):
                raise self._ran_away()
            self._tell(total / seen)
        return total / seen

    def _ran_away(self) -> LlmaaaError:
        wider = "" if self._device.precision is torch.float32 else ', or set student.precision = "float32"'
        return LlmaaaError(
            f"student: the training ran away in epoch {self.epoch}, its loss is no number any more; lower "
            f"student.learning_rate and student.head_learning_rate{wider}"
        )

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
            self._scaler.unscale_(self._optimizer)
            torch.nn.utils.clip_grad_norm_(self._model.parameters(), _CLIP)
            self._scaler.step(self._optimizer)
            self._scaler.update()
        else:
            self.skipped += 1
        self._optimizer.zero_grad()
        return loss

    def _gradients(self, rows: Sequence[Window], shares: dict[int, float], n: int) -> float:
        """Add up the gradients of all rows, in smaller passes from now on where memory runs out."""
        while True:
            try:
                return sum(self._backward(part, shares, n) for part in self._passes(rows))
            except torch.OutOfMemoryError:
                if self.micro_batch == 1:
                    raise out_of_memory(self._device) from None
            self._optimizer.zero_grad()
            release()
            self.micro_batch = max(1, min(self.micro_batch, len(rows)) // 2)

    def _passes(self, windows: Sequence[Window]) -> Iterator[Sequence[Window]]:
        """Parts of at most `micro_batch` rows; a window of more is a part of its own."""
        part: list[Window] = []
        held = 0
        for window in windows:
            rows = 1 + len(window.more)
            if part and held + rows > self.micro_batch:
                yield part
                part, held = [], 0
            part.append(window)
            held += rows
        if part:
            yield part

    def _backward(self, rows: Sequence[Window], shares: dict[int, float], n: int) -> float:
        found = self._losses(rows)
        coefficients = torch.tensor([shares[row.sentence] for row in rows], device=found.device)
        torch.autograd.backward(self._scaler.scale((found * coefficients).sum()))
        plain = torch.tensor([1 / (len(self._corpus.classes[row.sentence]) * n) for row in rows], device=found.device)
        return float((found.detach() * plain).sum())

    def _losses(self, rows: Sequence[Window]) -> Tensor:
        ids, mask = pad(rows, self._pad_id, self._device.torch_device)
        with self._device.autocast():
            logits = self._model(ids, mask, rows).logits
        return losses(logits, rows, self._corpus)

    def _tell(self, loss: float) -> None:
        self._progress(
            TrainProgress(
                epoch=self.epoch,
                epochs=self._settings.epochs,
                step=self.step,
                steps=self._most_steps,
                loss=loss,
                dev_loss=self._watch.loss,
                dev_f1=self._watch.f1,
                best_epoch=self._watch.best_epoch,
                seconds=time.monotonic() - self._begun,
            )
        )
