"""What a student learns from and what it reports while it does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Text:
    """What a student reads of an item.

    Args:
        words: of the text.
        head, tail: of a pair, the words [first, last) of each; they may be nested, overlap or (where the source's words
            leave a stretch out) be empty.
        kinds: what head and tail are, where the source says, in words: "person"; "" where it does not.
    """

    words: tuple[str, ...]
    head: tuple[int, int] | None = None
    tail: tuple[int, int] | None = None
    kinds: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled item.

    Args:
        text: what is read.
        targets: the class of each of its positions, see `tasks`: an IOB2 tag a word, one label, or "yes" or "no" a
            label.
        weight: how much it counts before any reweighting, 1 is plain.
        trusted: a person accepted or gave the label, so reweighting never counts it less than plain.
        answers: where the annotator was asked several times: the targets of each answer, else ().

    Raises:
        ValueError: an answer has another number of targets, or the weight is negative.
    """

    text: Text
    targets: tuple[str, ...]
    weight: float = 1.0
    trusted: bool = False
    answers: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        for targets in self.answers:
            if len(self.targets) != len(targets):
                raise ValueError(f"{len(targets)} targets in an answer where the example has {len(self.targets)}")
        if not self.weight >= 0:
            raise ValueError(f"the weight {self.weight} of an example is not 0 or more")


@dataclass(frozen=True, slots=True)
class TrainProgress:
    """Where a training stands, after an optimizer step or an epoch.

    Args:
        epoch: the epoch under way, from 1; `epochs` is the most there can be.
        step: optimizer steps done, of `steps` at most.
        loss: mean training loss of the epoch so far (nats a position).
        dev_loss: the last loss on the stopping sample, None before the first or without dev.
        dev_f1: the last F1 on it (`StudentTask.score`), 0 to 1, None likewise.
        best_epoch: the epoch with the best score on it so far, 0 before the first.
        seconds: since the training began.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    dev_loss: float | None
    dev_f1: float | None
    best_epoch: int
    seconds: float


@dataclass(frozen=True, slots=True)
class TrainResult:
    """How a training ended.

    Args:
        folder: the checkpoint, or None where the training was stopped before its end (nothing is written then).
        epochs: epochs done; `best_epoch` is the one the checkpoint holds.
        dev_loss: its loss on the stopping sample (nats a position), None without dev.
        dev_f1: its F1 there, None without dev.
        steps: optimizer steps done; `skipped` of them changed nothing because every weight was 0.
        seconds: wall time, loading and writing included.
        device: one sentence that says where it ran.
        cut_words: training words that were not read, or only their first sub-words, for want of room in a window.
        micro_batch: sentences (windows) a pass held at the end; below `settings.batch` where memory ran out.
        weights: how far reweighting trusted each example given, 1 on average; None of one without positions, and None
            altogether where nothing was reweighted.
        temperature: that makes its confidence true, fitted on all of dev; None with fewer than 5 sentences there.
        ece, ece_raw: its calibration error on dev with a cross-fitted temperature and without one, None likewise.
    """

    folder: Path | None
    epochs: int
    best_epoch: int
    dev_loss: float | None
    dev_f1: float | None
    steps: int
    skipped: int
    seconds: float
    device: str
    cut_words: int
    micro_batch: int
    weights: tuple[float | None, ...] | None = None
    temperature: float | None = None
    ece: float | None = None
    ece_raw: float | None = None
