"""How well student and annotator do on one group of items and on another: by label, language or metadata."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .document import Document
from .snapshot import Measure, Score

LABEL, LANGUAGE = "label", "language"
MOST = 30
"""Values of a field that are told apart; the rest of them count together."""
OTHER = "other"
EVIDENCE = 0.05
"""A difference is evidence where its p, after Holm, is below."""


@dataclass(frozen=True, slots=True)
class GroupScore:
    """One group of items.

    Attributes:
        value: of the field; "other" where `rest` is true: all values beyond the 30 most frequent.
        score: F1 with its interval over the group's `n` items (of a label: over the items whose gold has it); a failed
            answer found nothing.
        failed: share of the annotator's answers that cannot be used, exact interval; None for a student.
    """

    value: str
    score: Score
    failed: Measure | None = None
    rest: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """The largest difference of F1 between two groups: bootstrap interval, p after Holm over all `pairs` looked at."""

    best: str
    worst: str
    difference: float
    low: float
    high: float
    p: float
    p_holm: float
    pairs: int

    @property
    def evidence(self) -> bool:
        """Whether it is more than chance would make of so many pairs."""
        return self.p_holm < EVIDENCE

    def sentence(self) -> str:
        """What it says, in words."""
        said = f"{self.best} over {self.worst}: F1 {self.difference:+.3f} [{self.low:+.3f}, {self.high:+.3f}]"
        looked = f"p = {self.p_holm:.2g} after Holm over {self.pairs} {'pair' if self.pairs == 1 else 'pairs'}"
        return f"{said}, {looked}: {'evidence of a difference' if self.evidence else 'no evidence of a difference'}"


@dataclass(frozen=True, slots=True)
class Grouped:
    """One subject on one split by one field.

    Attributes:
        subject: "student" or "annotator".
        split: "dev", "test", or "picked": all that was picked up to the round and has hidden gold.
        field: "label", "language" or a key of the metadata.
        round: after which; None for an annotator measured on a gold split, once a project.
        groups: the most frequent first.
        gap: the largest difference; None where fewer than two groups have enough to compare.
    """

    subject: str
    split: str
    field: str
    round: int | None
    groups: tuple[GroupScore, ...]
    gap: Gap | None = None

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "subject": self.subject,
            "split": self.split,
            "field": self.field,
            "round": self.round,
            "groups": [
                {
                    "value": one.value,
                    "rest": one.rest,
                    **asdict(one.score),
                    "failed": None if one.failed is None else asdict(one.failed),
                }
                for one in self.groups
            ],
            "gap": None if self.gap is None else {**asdict(self.gap), "evidence": self.gap.evidence},
        }


def fields_of(by: str) -> tuple[str, ...]:
    """The fields that `fairness.by` names, each once; labels go without saying."""
    named = dict.fromkeys(part.strip() for part in by.split(","))
    return tuple(name for name in named if name and name != LABEL)


def values_of(documents: Sequence[Document], field: str) -> list[str | None]:
    """What each document says of a field; None where nothing, or no plain value."""
    return [_plain(one.language if field == LANGUAGE else one.metadata.get(field)) for one in documents]


def _plain(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (str, int, float)) and str(value) else None


def gathered(values: Sequence[str | None]) -> list[tuple[str, bool, list[int]]]:
    """Each value with whether it stands for the rest and its places, the most frequent first; [] of one value alone.

    Items without a value are in no group.
    """
    counts = Counter(value for value in values if value is not None)
    if len(counts) < 2:
        return []
    kept = [value for value, _ in sorted(counts.items(), key=lambda one: (-one[1], one[0]))][:MOST]
    places: dict[str, list[int]] = {value: [] for value in kept}
    rest: list[int] = []
    for place, value in enumerate(values):
        if value is not None:
            places.get(value, rest).append(place)
    found = [(value, False, members) for value, members in places.items()]
    return [*found, (OTHER, True, rest)] if rest else found
