"""What the review screen draws and what a person decides: queue, item with its layers, verdict, history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from .annotation import GroundedClass, GroundedSpan
from .document import Labels, Pair
from .states import State


class Verdict(StrEnum):
    """What a person says about a whole item."""

    ACCEPT = "accept"
    REJECT = "reject"
    MEND = "mend"
    SKIP = "skip"


class Order(StrEnum):
    """In which order undecided items are served."""

    SUSPICIOUS = "suspicious"
    NEWEST = "newest"
    RANDOM = "random"
    WEIGHT = "weight"


class Again(StrEnum):
    """How a rejected item is asked again."""

    SAMPLE = "sample"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which items the queue holds; two equal filters over one store hold the same items.

    Attributes:
        round: of this round alone, or None for all.
        label: items whose answer in force has this label, or "".
        suspicious: True only items with a reason to look, False only those without, None both.
        surer_than: only answers whose confidence is at least this (an answer without a vote has none and stays out).
        text: a part of the text, or "".
        decided: True serves what was decided before (to look again), False what was not.
    """

    round: int | None = None
    label: str = ""
    suspicious: bool | None = None
    surer_than: float | None = None
    text: str = ""
    decided: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a person should look: a code, a sentence for people, and its weight, the highest first."""

    code: str
    words: str
    weight: float


@dataclass(frozen=True, slots=True)
class Said:
    """The labels of one answer, with how sure and how exact they are: spans, or classes of the whole item."""

    spans: tuple[GroundedSpan, ...] = ()
    classes: tuple[GroundedClass, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.spans or self.classes)

    @property
    def labels(self) -> Labels:
        """The labels alone."""
        return Labels(tuple(one.span for one in self.spans), tuple(one.label for one in self.classes))

    @classmethod
    def of(cls, labels: Labels) -> Said:
        """Labels of which nobody says how sure they are."""
        return cls(tuple(map(GroundedSpan, labels.spans)), tuple(map(GroundedClass, labels.classes)))


@dataclass(frozen=True, slots=True)
class Layer:
    """One source's answer about the item.

    `kind` is llm, vote, student, gold or human; `annotation` its row; `in_sample` True for a student that had been
    trained on this very item.
    """

    annotation: int
    kind: str
    annotator: str
    state: State
    spans: tuple[GroundedSpan, ...] = ()
    failure: str | None = None
    detail: str = ""
    flags: tuple[str, ...] = ()
    confidence: float | None = None
    round: int | None = None
    in_sample: bool = False
    classes: tuple[GroundedClass, ...] = ()

    @property
    def said(self) -> Said:
        """Its labels."""
        return Said(self.spans, self.classes)


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that stands."""

    id: int
    verdict: Verdict
    reviewer: str
    created_utc: str
    bulk: str = ""
    blind: bool = False


@dataclass(frozen=True, slots=True)
class Cost:
    """What the request behind an answer cost.

    Tokens are of the whole request (`cached` is a part of `input`), which asked about `items` sentences; `nanousd` is
    this sentence's even share of its price. Of a vote all its samples' requests are added up.
    """

    input: int
    cached: int
    output: int
    nanousd: int
    items: int


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """One item as the review screen serves it.

    Attributes:
        tokens: the words as (start, end) code points, which the cursor goes by.
        llm: the answer that is judged (newest vote or unvoted answer, also a failed one), or None.
        student, gold, human: further layers where there are any.
        reasons: why to look, the weightiest first.
        strategy, score, rank, batch: why it was picked, and the size of its round's batch.
        neighbours: (item, text) of the demonstrations shown, most similar last.
        weight: how far the newest training that weighed its labels trusted it, 1 on average; None where none did.
        weight_place: its place among that training's weights, 0 the lowest and 1 the highest.
        demonstration: a person made it one.
        pair: the two stretches of the text that are asked about, where it is a pair.
    """

    item: int
    text: str
    tokens: tuple[tuple[int, int], ...]
    llm: Layer | None = None
    student: Layer | None = None
    gold: Layer | None = None
    human: Layer | None = None
    reasons: tuple[Reason, ...] = ()
    name: str = ""
    file: str = ""
    line: int = 0
    round: int | None = None
    strategy: str = ""
    score: float | None = None
    rank: int = 0
    batch: int = 0
    neighbours: tuple[tuple[int, str], ...] = ()
    weight: float | None = None
    weight_place: float | None = None
    cost: Cost | None = None
    decided: Decided | None = None
    demonstration: bool = False
    pair: Pair | None = None


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One place of the queue: the item, the answer that would be judged, how suspicious it is, its decision."""

    item: int
    annotation: int | None
    state: State | None
    suspicion: float
    round: int | None = None
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """Where the review stands, over the whole project: how many of each, and the reviewer's own pace.

    `seconds` is the median of this reviewer's seconds an item over `timed` decisions (bulk and undo left out);
    `waiting` the undecided items that the run waits for (None where it does not wait)."""

    undecided: int = 0
    accepted: int = 0
    mended: int = 0
    rejected: int = 0
    skipped: int = 0
    undo: int = 0
    redo: int = 0
    seconds: float | None = None
    timed: int = 0
    waiting: int | None = None
    waiting_round: int | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request of an item as it was sent, and the raw answer; "" for what is not there (or was purged)."""

    request_key: str
    model: str
    sample: int
    body: str
    answer: str
    state: str
    created_utc: str


@dataclass(frozen=True, slots=True)
class Bulk:
    """A bulk acceptance under way: exactly the answers it would accept, and the sample to be labelled blind first.

    `labelled` holds the blind labels so far, {item: labels}; `errors` the sampled items that the annotator had
    otherwise; `upper` the exact one-sided 95 % bound of its error rate (None before the first label)."""

    id: str
    filter: Filter
    items: tuple[tuple[int, int], ...]
    sample: tuple[int, ...]
    labelled: Mapping[int, Labels] = field(default_factory=dict)
    errors: tuple[int, ...] = ()
    upper: float | None = None

    @property
    def open(self) -> tuple[int, ...]:
        """Sampled items that wait for their blind label, in the order drawn."""
        return tuple(item for item in self.sample if item not in self.labelled)
