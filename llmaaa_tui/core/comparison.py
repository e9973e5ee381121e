"""Annotators on one sample of gold, side by side: the figures, and what they say about whom to take.

Source: LLMs in the Loop (arXiv 2404.02261), annotator choice; what its own measures are is said where they stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .snapshot import Measure, Score


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One contender: an annotator in one manner of asking, the student, or people.

    A failed answer found nothing; `f1` is over all items and is what rows are sorted by.

    Attributes:
        name: the contender's own, e.g. "gpt-x" or "gpt-x, inline, 0 shown"; never twice in a comparison.
        kind: "annotator", "student" or "people".
        manner: how it was asked, in words: form of answer, demonstrations; "" for student and people.
        simulated: "simulated", "recorded" or "".
        items: in the sample; answers: asked of it altogether (items × repeats); usable: items whose first answer is.
        f1: exact spans of the first answers over all items (relations and classes: as the task scores).
        f1_usable: the same over the items whose first answer can be used.
        f1_strict: as `f1`, where a tag sequence counts only as strict IOB2 has it (conlleval lets an I- open a span).
        accuracy: share of items that are right, for tasks that label whole items.
        token_accuracy: share of tokens with the right tag, O among them, averaged over all repeats, a failed answer 0:
            the paper's "consistency", which is none; not an F1.
        token_f1_paper: the same of the first usable answers alone: the paper's "F1 micro".
        entity_token_accuracy: the same over tokens that are entities in gold.
        self_f1: mean F1 between every two repeats of an item: how far it agrees with itself.
        fleiss_kappa: Fleiss' kappa over tokens (items, where these are labelled), repeats as raters, items with any
            unusable repeat left out (`n` counts the items); fleiss_kappa_entities: over tokens that any repeat tags.
        failed: failed answers by class, of `answers`.
        ungrounded: share of usable answers that said words that are not in the text.
        unstable: share of items whose repeats are not all alike.
        seconds_per_1000, nanousd_per_1000: per 1,000 items with one answer each; nanousd_per_correct: per right label
            (span or class). None where nobody knows.
        requests: settled ones behind the seconds.
        leakage: why its figures are in doubt, one sentence; "" where nothing says so.
        annotator: as its answers and findings about it name it, whatever the manner; "" for student and people.
    """

    name: str
    kind: str
    manner: str = ""
    simulated: str = ""
    items: int = 0
    answers: int = 0
    usable: int = 0
    f1: Score | None = None
    f1_usable: Score | None = None
    f1_strict: Score | None = None
    accuracy: Measure | None = None
    token_accuracy: Measure | None = None
    token_f1_paper: Measure | None = None
    entity_token_accuracy: Measure | None = None
    self_f1: Measure | None = None
    fleiss_kappa: Measure | None = None
    fleiss_kappa_entities: Measure | None = None
    failed: Mapping[str, int] = field(default_factory=dict)
    ungrounded: Measure | None = None
    unstable: Measure | None = None
    seconds_per_1000: float | None = None
    nanousd_per_1000: int | None = None
    nanousd_per_correct: int | None = None
    requests: int = 0
    leakage: str = ""
    annotator: str = ""

    @property
    def failures(self) -> int:
        """Failed answers of all classes."""
        return sum(self.failed.values())


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two contenders, or one and the gold ("human"), on the items both answered: Cohen's kappa and Krippendorff's alpha
    (nominal) over tokens (items where these are labelled), and pairwise span F1."""

    first: str
    second: str
    cohen_kappa: Measure | None = None
    krippendorff_alpha: Measure | None = None
    f1: Measure | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """F1 of `first` minus F1 of `second` on the same items: paired bootstrap by sentence, two-sided p."""

    first: str
    second: str
    value: float
    low: float
    high: float
    p: float
    n: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison as it was measured.

    Attributes:
        split: the gold split the sample is of; draw: "random" or "paper" (sentences with 5 to 50 % entity tokens, drawn
            bell-shaped over the rank of their number of entities); items, repeats: how many.
        rows: best F1 over all items first.
        agreements: between every two, and each with the gold, whose name is "gold".
        difference: between the first two annotators; None with one.
        pareto: names that no other beats in both F1 and dollars per 1,000 items, cheapest first.
        recommendation: one sentence: whom to take, and why.
        spent_nanousd: what this comparison cost.
    """

    split: str
    draw: str
    items: int
    repeats: int
    rows: tuple[ComparedRow, ...]
    agreements: tuple[Agreement, ...] = ()
    difference: Difference | None = None
    pareto: tuple[str, ...] = ()
    recommendation: str = ""
    spent_nanousd: int = 0
    created_utc: str = ""
