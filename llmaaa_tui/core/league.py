"""The annotators, the student and the people side by side: what each has answered, how well, for how much."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .bound import upper_bound
from .snapshot import Measure, Score

_Z = 1.959964
SIMULATED = ("simulated", "recorded")
"""Names of annotators that are no live models begin with one of these words and a hyphen."""


@dataclass(frozen=True, slots=True)
class Share:
    """`k` of `n`, with the 95 % interval of the rate (Wilson)."""

    k: int
    n: int
    low: float
    high: float

    @property
    def rate(self) -> float:
        """The share itself."""
        return self.k / self.n


@dataclass(frozen=True, slots=True)
class LeagueRow:
    """One row: an annotator, the student, or a person.

    Attributes:
        name: the annotator's, the encoder's, or the reviewer's.
        kind: "annotator", "student" or "people".
        labelled, empty, failed: pool sentences by what the last answer came to; a person's are those decided.
        flagged: answers with something a person should look at, by what it is; one answer can count under several.
        picked: F1 of its usable answers against the pool's hidden gold, where the pool has any.
        measured: F1 on the gold split named by `split`.
        confidence: mean of how far several answers agreed, over `confident` answers.
        cost_nanousd: confirmed, for all its requests about the pool; None where the ledger does not know it.
        seconds: a request's mean over `requests` for annotators, an item's median over `requests` items for people.
        accepted, mended, rejected: what people said of its answers one by one, having seen them; of a person, what
            that person said.
        in_bulk: answers accepted many at once; they say nothing of the single ones.
        accuracy: share of its usable answers that are exactly the hidden gold, where labels are of whole items.
        measured_accuracy: share of all items of `split` that it labels exactly; a failed answer is a wrong one.
        measured_failed: items of `split` on which it failed.
    """

    name: str
    kind: str
    labelled: int = 0
    empty: int = 0
    failed: Mapping[str, int] = field(default_factory=dict)
    flagged: Mapping[str, int] = field(default_factory=dict)
    picked: Score | None = None
    measured: Score | None = None
    split: str = ""
    confidence: float | None = None
    confident: int = 0
    cost_nanousd: int | None = None
    seconds: float | None = None
    requests: int = 0
    accepted: int = 0
    mended: int = 0
    rejected: int = 0
    in_bulk: int = 0
    accuracy: Measure | None = None
    measured_accuracy: Measure | None = None
    measured_failed: int = 0

    @property
    def simulated(self) -> str:
        """The word for an annotator that is no live model, or ""."""
        word = self.name.partition("-")[0]
        return word if self.kind == "annotator" and word in SIMULATED else ""

    @property
    def usable(self) -> int:
        """Sentences with a label, or with the statement that there is nothing."""
        return self.labelled + self.empty

    @property
    def failures(self) -> int:
        """Sentences whose last answer says nothing."""
        return sum(self.failed.values())

    @property
    def each_nanousd(self) -> int | None:
        """Nano-USD a usable label, rounded up."""
        return None if self.cost_nanousd is None or not self.usable else -(-self.cost_nanousd // self.usable)

    @property
    def share(self) -> Share | None:
        """An annotator's accepted answers of those that people judged; None where they judged none."""
        judged = self.accepted + self.mended + self.rejected
        return wilson(self.accepted, judged) if self.kind == "annotator" else None


def wilson(k: int, n: int) -> Share | None:
    """`k` of `n` with Wilson's 95 % interval; None of none."""
    if n == 0:
        return None
    return Share(k, n, *_between(k / n, n))


def _between(rate: float, n: float) -> tuple[float, float]:
    """Wilson's ends of a rate seen in `n` independent draws."""
    square = _Z * _Z
    middle = (rate + square / (2 * n)) / (1 + square / n)
    half = _Z * math.sqrt(rate * (1 - rate) / n + square / (4 * n * n)) / (1 + square / n)
    return max(0.0, middle - half) if rate > 0 else 0.0, min(1.0, middle + half) if rate < 1 else 1.0


def pooled_accuracy(counts: Iterable[tuple[int, int]]) -> Measure | None:
    """The share of items that are right, over sentences of (right items, items); None of no items.

    The interval is Wilson's with the effective number of draws (Korn and Graubard 1998): items of one sentence are
    right or wrong together, so 421 pairs of a sentence are fewer draws than 421. Where sentences do not differ there
    is one draw each. With one item a sentence it is Wilson's own.
    """
    each = [(right, items) for right, items in counts if items]
    if not each:
        return None
    right, n = (sum(column) for column in zip(*each, strict=True))
    spread = sum((k * n - right * items) ** 2 for k, items in each)  # whole numbers: 0 is 0
    drawn = min(n, right * (n - right) * n * n / spread) if spread else len(each)
    return Measure(right / n, n, *_between(right / n, drawn))


def pooled_score(counts: Iterable[tuple[int, int, int]], items: int | None = None) -> Score | None:
    """F1 over sentences of (right, wrong, missed) labels, with a 95 % interval; None of no sentences.

    The interval is the linearised one of a ratio of sums over sentences, which are drawn, not labels; where all is
    right or all wrong the exact one (Clopper-Pearson). Where no sentence holds a label at all F1 is 0, as nothing was
    shown.

    Args:
        items: how many items the sentences hold, which the score counts; one each by default.
    """
    each = [(2 * right, 2 * right + wrong + missed, right, wrong, missed) for right, wrong, missed in counts]
    if not each:
        return None
    n = len(each)
    counted = n if items is None else items
    top, bottom, right, wrong, missed = (sum(column) for column in zip(*each, strict=True))
    if not bottom:
        return Score(0.0, 0.0, 0.0, counted, 0.0, 1.0)
    f1 = top / bottom
    precision = right / (right + wrong) if right + wrong else 0.0
    recall = right / (right + missed) if right + missed else 0.0
    if top in (0, bottom):  # no sentence differs: what a rate of 0 or 1 can be over those that hold anything
        doubt = upper_bound(0, sum(y > 0 for _, y, *_rest in each), 0.975)
        return Score(f1, precision, recall, counted, *((1.0 - doubt, 1.0) if top else (0.0, doubt)))
    spread = sum((x - f1 * y) ** 2 for x, y, *_rest in each)
    half = _Z * math.sqrt(spread * n / (n - 1)) / bottom if n > 1 else 1.0
    return Score(f1, precision, recall, counted, max(0.0, f1 - half), min(1.0, f1 + half))
