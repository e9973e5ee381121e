"""What an annotator said about one item, grounded on its text."""

from __future__ import annotations

from dataclasses import dataclass

from .document import Labels, Span
from .states import Failure, State


@dataclass(frozen=True, slots=True)
class GroundedSpan:
    """A span with the rung of the grounding ladder that found it.

    Attributes:
        span: where it is and what it is.
        rung: 1 exact, 2 NFC, 3 quotes and spaces, 4 case, 5 diacritics (6 fuzzy is off).
        flags: e.g. "occurrence_conflict", "partial_token".
        confidence: share of the samples that gave this very span, 0 to 1; None where there was one answer.
    """

    span: Span
    rung: int = 1
    flags: tuple[str, ...] = ()
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class GroundedClass:
    """A label of the whole item that an answer gave.

    Attributes:
        label: its name.
        confidence: share of the samples that gave it, or the student's probability, 0 to 1; None where nobody said.
    """

    label: str
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class ItemAnswer:
    """One answer about one item: labelled, empty or failed, never in between.

    Attributes:
        state: labelled when at least one span was grounded or one class was named; empty only when the annotator
            said "nothing here"; failed when anything it said could not be used.
        spans: the grounded spans in text order; without overlap where the task trains on them.
        failure: the class of a failed answer.
        detail: one sentence about what went wrong or was repaired.
        flags: why a person should look at it, e.g. "ungrounded_words"; the names are those of `annotators.suspicion`.
        confidence: how far the samples agreed about this item, 0 to 1; None where there was one answer.
        classes: the labels of the whole item, in the order of the label set, for tasks that label items.
    """

    state: State
    spans: tuple[GroundedSpan, ...] = ()
    failure: Failure | None = None
    detail: str = ""
    flags: tuple[str, ...] = ()
    confidence: float | None = None
    classes: tuple[GroundedClass, ...] = ()

    @property
    def labels(self) -> Labels:
        """What it says, without how sure or how exact it is."""
        return Labels(tuple(one.span for one in self.spans), tuple(one.label for one in self.classes))

    def __post_init__(self) -> None:
        if (self.state is State.FAILED) != (self.failure is not None):
            raise ValueError("a failed answer, and only a failed one, names its failure")
        if (self.state is State.LABELLED) != bool(self.spans or self.classes):
            raise ValueError("a labelled answer, and only a labelled one, has spans or classes")
