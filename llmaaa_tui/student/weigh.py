"""How much each example of a batch counts: the seam where automatic reweighting takes the place of fixed weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from .batches import Corpus
from .device import Device
from .model import Classifier


@dataclass(frozen=True, slots=True)
class Step:
    """What a weigher sees of an optimizer step before it is taken.

    Args:
        model: as the step finds it; it must be left so (mode, weights, gradients).
        device: where it is.
        corpus: what is learnt.
        batch: the indices of the whole effective batch.
        epoch: from 1, of `epochs` at most.
        rates: the base rates of the encoder and the head.
    """

    model: Classifier
    device: Device
    corpus: Corpus
    batch: Sequence[int]
    epoch: int
    epochs: int
    rates: tuple[float, float]


class Weigher(Protocol):
    """A strategy that weighs the examples of an optimizer step before it is taken."""

    @property
    def mixed(self) -> bool:
        """Whether batches are to be drawn without regard to length."""
        ...

    def weigh(self, step: Step) -> Sequence[float]:
        """The weights of the whole effective batch, one an index of `batch`, 0 or more, around 1 on average.

        The step's loss is `Σ wᵢ lᵢ / n` over the mean-over-position losses `lᵢ`; if all are 0, no step is taken.
        """
        ...

    def weights(self) -> tuple[float, ...] | None:
        """One number an example of the corpus, 1 on average: how far the training trusted it; None where it does not
        judge."""
        ...


class ExampleWeights:
    """The plain strategy: every example counts as its own `weight` says."""

    mixed = False

    def weigh(self, step: Step) -> Sequence[float]:
        """The examples' own weights."""
        return [step.corpus.examples[index].weight for index in step.batch]

    def weights(self) -> None:
        """It does not judge."""
