"""What the Data screen draws: sentences of the project by page, and how many there are of each status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from .annotation import GroundedClass, GroundedSpan
from .document import Pair
from .states import State


class Status(StrEnum):
    """Where a sentence stands. Gold roles (demonstration, meta, dev, test) are statuses of their own in the filter."""

    OPEN = "open"
    PICKED = "picked"
    LABELLED = "labelled"
    EMPTY = "empty"
    FAILED = "failed"
    ACCEPTED = "accepted"
    MENDED = "mended"
    REJECTED = "rejected"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which items: a status or None for all, a gold role or "pool", a part of the text in any script, a label.

    Letters of `text` stand for both cases; every other sign, `%` and `_` too, for itself. `label` is one of the label
    in force (of the newest answer where that failed), in gold roles of gold; "" for any."""

    status: Status | None = None
    role: str = "pool"
    text: str = ""
    label: str = ""

    @property
    def searches(self) -> bool:
        """Whether it narrows the list by more than a count of status or role could tell."""
        return bool(self.text or self.label)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One line of the Data screen; spans and classes are those of the label in force (gold for gold roles).

    `round` is the newest it was picked for; `state` that of the label in force, else of its newest answer."""

    item: int
    text: str
    status: Status | None
    round: int | None = None
    state: State | None = None
    spans: tuple[GroundedSpan, ...] = ()
    classes: tuple[GroundedClass, ...] = ()
    pair: Pair | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Sentences in the order of their ids. `after` continues behind the last one, None at the end of the list;
    `before` in front of the first, None at its beginning; the next page may turn out empty where the list is searched.
    A page that was cancelled holds what was found until then, and continues where it stopped.

    `scanned` is how many sentences were looked at for it: a search for something rare looks at many."""

    sentences: tuple[Sentence, ...]
    after: int | None
    scanned: int = 0
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many items of each status (pool) and of each gold role; `pool` is all of the pool.

    `texts` are the sentences of each role, where several items share one; empty where none do."""

    pool: int
    status: Mapping[Status, int] = field(default_factory=dict)
    roles: Mapping[str, int] = field(default_factory=dict)
    texts: Mapping[str, int] = field(default_factory=dict)
