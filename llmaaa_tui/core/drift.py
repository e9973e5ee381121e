"""Whether the annotator still is who it was, and whether the student still changes its mind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from .snapshot import Measure, Score

EVIDENCE = 0.05
"""A change is evidence of drift where its p, after Holm, is below."""


@dataclass(frozen=True, slots=True)
class Change:
    """F1 now less F1 then over the `n` sentinels asked in both: bootstrap interval, p by swapping then and now within
    sentences, `p_holm` over all rounds looked at so far."""

    difference: float
    low: float
    high: float
    p: float
    p_holm: float
    n: int

    @property
    def evidence(self) -> bool:
        """Whether it is more than chance would make of so many looks."""
        return self.p_holm < EVIDENCE


@dataclass(frozen=True, slots=True)
class Occasion:
    """A round in which the sentinels were asked.

    Attributes:
        asked: sentinels put to the annotator; answered: of these, usable answers.
        first_round: in which it was asked first, and whose answers these are held against.
        score: against gold, a failed answer found nothing.
        kappa, agreement_f1: with its own first answers, over sentinels usable both times; None in the first round.
        change: None in the first round.
    """

    round: int
    annotator: str
    asked: int
    answered: int
    first_round: int
    score: Score | None = None
    kappa: Measure | None = None
    agreement_f1: Measure | None = None
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class StudentDrift:
    """A student beside the one of the round before, on the stop set: kappa over all, and of each label the share of
    what either of the two calls so that the other does not."""

    round: int
    agreement: Measure | None
    disagreement: Mapping[str, Measure] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Drift:
    """All of it by round."""

    annotator: tuple[Occasion, ...] = ()
    student: tuple[StudentDrift, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "annotator": [
                {**asdict(one), "evidence": one.change is not None and one.change.evidence} for one in self.annotator
            ],
            "student": [
                {
                    "round": one.round,
                    "agreement": None if one.agreement is None else asdict(one.agreement),
                    "disagreement": {label: asdict(measure) for label, measure in one.disagreement.items()},
                }
                for one in self.student
            ],
        }

    def sentence(self) -> str:
        """What the newest asking of the sentinels says; "" before there was one."""
        if not self.annotator:
            return ""
        last = self.annotator[-1]
        head = f"sentinels after round {last.round}: {last.answered} of {last.asked} answered by {last.annotator}"
        if last.score is not None:
            score = last.score
            head += f", F1 {score.f1:.3f} [{score.low:.3f}, {score.high:.3f}] n={score.n}"
        if last.change is None:
            return f"{head}; its first answers, nothing to hold them against yet"
        if last.kappa is not None and last.kappa.low is not None and last.kappa.high is not None:
            kappa = last.kappa
            head += f", kappa {kappa.value:.3f} [{kappa.low:.3f}, {kappa.high:.3f}] with round {last.first_round}"
        change = last.change
        said = f"{head}; F1 {change.difference:+.3f} [{change.low:+.3f}, {change.high:+.3f}] since then"
        verdict = "evidence of drift" if change.evidence else f"no evidence of drift at n = {change.n}"
        return f"{said}, p = {change.p_holm:.2g} after Holm: {verdict}"
