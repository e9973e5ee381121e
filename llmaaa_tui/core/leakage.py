"""What probes say about whether an annotator has seen a dataset before: figures with their controls, never a verdict of
"clean".

Source: LLMs in the Loop (arXiv 2404.02261), data leakage; Golchin & Surdeanu (arXiv 2308.08493, guided instruction;
arXiv 2311.06233, data contamination quiz); Sainz et al. 2023 (labels and order of a published file).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .snapshot import Measure

ALPHA = 0.01
"""A probe is flagged below this p, after Holm's correction over the probes that were run."""


class Probe(StrEnum):
    """What is asked."""

    SOURCE = "source"
    """Which dataset is this sample of? Against control texts."""
    CONTINUATION = "continuation"
    """Finish this sample; with the dataset's name (guided) against without it (general)."""
    QUIZ = "quiz"
    """Which of four is the dataset's own wording? Against chance, corrected for the model's favourite place."""
    LABEL_ORDER = "label_order"
    """Given rows of the file, what are the labels of the row after them? Against the labels of other rows."""
    PERTURBED = "perturbed"
    """F1 on the sample against F1 on the same with other names of the same kind."""


class Verdict(StrEnum):
    """What a probe came to."""

    EVIDENCE = "evidence"
    NONE = "none"
    NO_CONTROL = "no_control"
    """There is nothing to hold it against: no verdict."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One probe of one annotator on one dataset.

    Attributes:
        annotator, dataset: who was asked, about what.
        rule: how an answer was counted: "alias" (any usual name of the set), "paper" (its regular expressions),
            "exact", "near" (near exact), "right" or "f1".
        n: items, the repeats of each averaged; repeats: answers an item got.
        rate, low, high: the share that hit, with its 95 % interval; of `perturbed` the gap in F1.
        against: the same of the control: control texts, the general arm, chance, other rows. None without one.
        effect: what is tested beside the rate, where it is another figure: mean difference of ROUGE-L.
        p, p_holm: one-sided; None where there is no control. Of rounds the correction is that for every look.
        unanswered: answers that refused or failed; they are in no rate.
        simulated: "simulated", "recorded" or "".
        round: of the round whose selection was probed, all rounds before it counted in; None otherwise.
        hint: what else a person should know, in sentences, e.g. that naming it can be a guess from the language.
        rouge_l: mean ROUGE-L of the continuations (of the guided arm, where there are two); None for other probes.
        exact, near: items whose continuation is the text itself in any repeat, or all but it (the exact among them).
        split: whose items of the project were probed: "test", "dev", "meta" or "pool"; "" for rounds and recordings.
    """

    annotator: str
    dataset: str
    probe: Probe
    rule: str
    n: int
    rate: float
    low: float
    high: float
    repeats: int = 1
    against: Measure | None = None
    effect: Measure | None = None
    p: float | None = None
    p_holm: float | None = None
    unanswered: int = 0
    simulated: str = ""
    round: int | None = None
    hint: str = ""
    rouge_l: Measure | None = None
    exact: int = 0
    near: int = 0
    split: str = ""

    @property
    def verdict(self) -> Verdict:
        """Evidence, none, or no verdict for want of a control."""
        if self.p is None:
            return Verdict.NO_CONTROL
        p = self.p if self.p_holm is None else self.p_holm
        return Verdict.EVIDENCE if p < ALPHA else Verdict.NONE


def sentence(found: Finding) -> str:
    """The verdict in words: "evidence of …", "no evidence at n = …, excludes a rate above …", or "no verdict"."""
    match found.verdict:
        case Verdict.EVIDENCE:
            p = found.p if found.p_holm is None else found.p_holm
            assert p is not None
            said = f"p {'< .001' if p < 0.001 else f'= {p:.3f}'.replace('0.', '.', 1)}"
            by = "" if found.p_holm is None else " (Holm)" if found.round is None else " (for every round looked at)"
            return f"evidence of leakage, n = {found.n:,}, {said}{by}"
        case Verdict.NONE if found.probe is Probe.PERTURBED:
            return f"no evidence at n = {found.n:,}, excludes a gap above {found.high:.2f}"
        case Verdict.NONE:
            return f"no evidence at n = {found.n:,}, excludes a rate above {found.high:.2f}"
        case _ if not found.n:
            return f"nothing was answered ({found.unanswered:,} failed or refused): no verdict"
        case _:
            return f"no control: no verdict, n = {found.n:,}"


def as_dict(one: Finding) -> dict[str, Any]:
    """A finding under its stable keys, as `llmaaa leakage --json` and `status --json` print it."""
    return {
        "model": one.annotator,
        "dataset": one.dataset,
        "split": one.split,
        "probe": one.probe.value,
        "rule": one.rule,
        "n": one.n,
        "rate": one.rate,
        "low": one.low,
        "high": one.high,
        "repeats": one.repeats,
        "unanswered": one.unanswered,
        "against": _measure(one.against),
        "effect": _measure(one.effect),
        "p": one.p,
        "p_holm": one.p_holm,
        "verdict": one.verdict.value,
        "sentence": sentence(one),
        "rouge_l": _measure(one.rouge_l),
        "exact": one.exact if one.rouge_l else None,
        "near": one.near if one.rouge_l else None,
        "hint": one.hint,
        "simulated": one.simulated,
        "round": one.round,
    }


def _measure(one: Measure | None) -> dict[str, Any] | None:
    return None if one is None else {"value": one.value, "n": one.n, "low": one.low, "high": one.high}


def suspected(findings: Iterable[Finding], annotator: str) -> Finding | None:
    """The finding that puts this annotator's scores in doubt, the surest one; None where there is none."""
    flagged = [one for one in findings if one.annotator == annotator and one.verdict is Verdict.EVIDENCE]
    return min(flagged, key=lambda one: one.p_holm or one.p or 0.0, default=None)
