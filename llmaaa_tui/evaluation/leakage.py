"""What the answers to leakage probes come to: rates with exact intervals, each tested against its control, one-sided.

Source: LLMs in the Loop (arXiv 2404.02261), data leakage, which has no control; Golchin & Surdeanu (arXiv 2308.08493,
guided against general instruction; arXiv 2311.06233, quiz); bootstrap tests: Efron & Tibshirani 1993, chapter 16.

Units are items: the repeats of one are averaged first. What failed or refused is in no rate. Without a control there is
no p, and so no verdict.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np

from ..core.bound import upper_bound
from ..core.leakage import Finding, Probe
from ..core.snapshot import Measure
from .rates import Answers, Averaged, averaged
from .resample import Array, drawn_sums
from .rouge import Likeness
from .spans import ratios

RESAMPLES = 10_000
NONE_OF_THEM = -1
"""Picked in a quiz where no option is said to be the original."""

_QUANTILES = (0.025, 0.975)
_MANY = 0.1
"""A rate of the arm or texts that should not be known from which on a person is told."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Who was asked about what; see `Finding`."""

    annotator: str
    dataset: str
    simulated: str = ""
    round: int | None = None


class Pick(NamedTuple):
    """One answer to a quiz: the place picked and the place of the original, counted from 0."""

    picked: int
    original: int


Counts = tuple[int, int, int]
"""Correct, predicted and gold spans (or labels) of one item."""


def source(about: Subject, answers: Answers, control: Answers = (), *, rule: str = "alias") -> Finding:
    """Whether the dataset is named for its items more often than for control texts: Fisher's exact test.

    Parts of a hit (repeats that differ) are taken off the dataset's sum and made whole in the control's, so that the
    test stays exact or errs on the annotator's side.

    Args:
        answers: of each item, whether each repeat named the dataset.
        control: the same of texts that cannot be in it; none: no verdict.
        rule: how an answer was counted, see `Finding`.

    Raises:
        ValueError: there is no item.
    """
    found = averaged(answers)
    made = _finding(about, Probe.SOURCE, rule, found)
    if not len(control):
        return made
    beside = averaged(control)
    return _against(made, found, beside, "the control texts are named so too: it may be a guess from their looks")


def continuation(
    about: Subject,
    asked: Sequence[Sequence[Likeness | None]],
    general: Sequence[Sequence[Likeness | None]] = (),
    control: Sequence[Sequence[Likeness | None]] = (),
    *,
    seed: int,
    rule: Literal["near", "exact"] = "near",
    resamples: int = RESAMPLES,
) -> Finding:
    """Whether texts are finished as they were published.

    With both arms: is ROUGE-L higher where the dataset is named? A paired bootstrap test of the mean difference, its
    distribution moved to a mean of 0. Without a general arm: are they finished (near) exactly more often than control
    texts? Fisher's exact test.

    Args:
        asked: of each item its repeats: of the guided arm, or of the only one where the texts have no published name.
        general: of the same items in the same order, asked without the name; items that one arm did not answer are in
            no difference.
        control: of texts that cannot be known.
        seed: of the bootstrap.
        rule: what counts in the rate.

    Raises:
        ValueError: there is no item, or the two arms have not the same items.
    """
    found = averaged(_counted(asked, rule))
    made = replace(
        _finding(about, Probe.CONTINUATION, rule, found),
        rouge_l=_mean(averaged(_rouge(asked)), seed, resamples),
        exact=_ever(asked, "exact"),
        near=_ever(asked, "near"),
    )
    hint = _golchin(made)
    if len(general):
        if len(general) != len(asked):
            raise ValueError(f"{len(asked)} items in one arm, {len(general)} in the other: they must be the same")
        beside = averaged(_counted(general, rule))
        made = _compared(made, averaged(_rouge(asked)), averaged(_rouge(general)), seed, resamples)
        against = beside.measure() if beside.n else None
        if against is not None and against.value >= _MANY:
            hint += " Without the dataset's name as well: the text may be known from elsewhere, or easy to guess."
        made = replace(made, against=against, unanswered=made.unanswered + beside.unanswered)
    elif len(control):
        beside = averaged(_counted(control, rule))
        made = _against(made, found, beside, "control texts come out so too: they may be easy to guess")
        hint = f"{hint} {made.hint}"
    return replace(made, hint=hint.strip())


def quiz(
    about: Subject,
    picks: Sequence[Sequence[Pick | None]],
    bias: Sequence[Sequence[int | None]] = (),
    control: Sequence[Sequence[Pick | None]] = (),
    *,
    places: int = 4,
) -> Finding:
    """Whether the original is picked among other wordings more often than by chance: the exact binomial test.

    Chance is what the annotator's favourite places give for the places the originals stood at, taken from a round in
    which no option is the original, and never less than one in `places`: originals stand at random places. Where the
    original can be told by its sound, chance is more than that; with control texts p is the larger one of this test
    and Fisher's exact test against them.

    Args:
        picks: of each item its repeats.
        bias: of each item of that round the places picked (`NONE_OF_THEM` where none was); none: chance is one in
            `places`, which the draw of places makes right on average.
        control: the same quiz on control texts.
        places: options that are texts.

    Raises:
        ValueError: there is no item, or a place is none.
    """
    from scipy.stats import binomtest

    found = averaged(_right(picks, places))
    made = _finding(about, Probe.QUIZ, "right", found)
    chance, known, hint = 1 / places, 0, "no round was asked for the favourite place."
    if len(bias):
        by_place = [averaged([[_equal(one, place) for one in item] for item in bias]) for place in range(places)]
        known, hint = by_place[0].n, ""
        favourite = [one.total / max(1, one.n) for one in by_place]
        stood = [favourite[one.original] for item in picks for one in item if one is not None]
        chance = max(chance, sum(stood) / len(stood)) if stood else chance
        made = replace(made, unanswered=made.unanswered + by_place[0].unanswered)
    p = float(binomtest(_whole(found.total), found.n, chance, "greater").pvalue) if found.n else None
    made = replace(made, against=Measure(chance, known), p=p, hint=hint)
    if not len(control):
        return made
    beside = _against(made, found, averaged(_right(control, places)), f"chance is {chance:.2f}, beside control texts")
    return replace(beside, p=None if p is None or beside.p is None else max(p, beside.p))


def _right(picks: Sequence[Sequence[Pick | None]], places: int) -> Answers:
    for pick in (pick for item in picks for pick in item if pick is not None):
        if not (0 <= pick.original < places and NONE_OF_THEM <= pick.picked < places):
            raise ValueError(f"{pick} among {places} places")
    return [[None if one is None else float(one.picked == one.original) for one in item] for item in picks]


def label_order(
    about: Subject,
    answers: Sequence[Sequence[Hashable | None]],
    rows: Sequence[Hashable],
    *,
    seed: int,
    resamples: int = RESAMPLES,
) -> Finding:
    """Whether the labels said for a row are its own rather than another's: a permutation test over the rows.

    Args:
        answers: of each item what each repeat said the next row's labels are.
        rows: of each item what they are.

    Raises:
        ValueError: there is no item, or there are not as many rows as items.
    """
    if len(answers) != len(rows):
        raise ValueError(f"{len(answers)} items, {len(rows)} rows: each item has one")
    own = [[_equal(one, row) for one in item] for item, row in zip(answers, rows, strict=True)]
    found = averaged(own)
    made = _finding(about, Probe.LABEL_ORDER, "right", found)
    if found.n < 2:
        return made
    # hits[i, j]: how often item i was given the labels of row j.
    kept = [rows[place] for place in found.places]
    code = {row: number for number, row in enumerate(dict.fromkeys(kept))}
    said = np.zeros((found.n, len(code)))
    for line, place in zip(said, found.places, strict=True):
        known = [one for one in answers[place] if one is not None]
        for one in known:
            if one in code:
                line[code[one]] += 1 / len(known)
    hits = said[:, [code[row] for row in kept]]
    rng = np.random.default_rng(seed)
    order = rng.permuted(np.tile(np.arange(found.n), (resamples, 1)), axis=1)
    drawn = hits[np.arange(found.n), order].sum(axis=1)
    others = (float(hits.sum()) - found.total) / (found.n * (found.n - 1))
    return replace(made, against=Measure(others, found.n), p=_share(drawn, found.total))


def perturbed(
    about: Subject,
    original: Sequence[Counts | None],
    changed: Sequence[Counts | None],
    *,
    seed: int,
    resamples: int = RESAMPLES,
) -> Finding:
    """How much micro F1 is lost with other names in the same sentences: a paired bootstrap test by sentence.

    Args:
        original, changed: of each sentence what was counted (over its repeats), None where it failed; a sentence that
            failed on one side is on neither.
        seed: of the bootstrap.

    Raises:
        ValueError: there is no sentence, or there are not as many on both sides.
    """
    if not len(original) or len(original) != len(changed):
        raise ValueError(f"{len(original)} sentences as they are, {len(changed)} changed: at least one, and as many")
    both = [(one, other) for one, other in zip(original, changed, strict=True) if one is not None and other is not None]
    unanswered = sum(one is None for one in (*original, *changed))
    if not both:
        return Finding(
            about.annotator, about.dataset, Probe.PERTURBED, "f1", 0, 0.0, -1.0, 1.0,
            unanswered=unanswered, simulated=about.simulated, round=about.round,
        )  # fmt: skip
    counted = np.array(both, dtype=float)
    before, after = (float(f1) for f1 in ratios(counted.sum(axis=0))[2])
    f1 = ratios(drawn_sums(counted, seed, resamples))[2]
    drawn, gap = f1[:, 0] - f1[:, 1], before - after
    low, high = _interval(drawn, len(both))
    return Finding(
        annotator=about.annotator,
        dataset=about.dataset,
        probe=Probe.PERTURBED,
        rule="f1",
        n=len(both),
        rate=gap,
        low=low,
        high=high,
        p=_share(drawn - gap, gap),
        unanswered=unanswered,
        simulated=about.simulated,
        round=about.round,
        hint=f"F1 {before:.3f} as it is, {after:.3f} with other names; rarer names are harder for anybody.",
    )


def holm(findings: Sequence[Finding]) -> list[Finding]:
    """The findings in their order, `p_holm` set: Holm's correction over the probes of one annotator and dataset."""
    from statsmodels.stats.multitest import multipletests

    families: dict[tuple[str, str], list[int]] = {}
    for place, one in enumerate(findings):
        if one.p is not None:
            families.setdefault((one.annotator, one.dataset), []).append(place)
    made = [replace(one, p_holm=None) for one in findings]
    for places in families.values():
        corrected = multipletests([findings[place].p for place in places], method="holm")[1]
        for place, p in zip(places, corrected, strict=True):
            made[place] = replace(made[place], p_holm=float(p))
    return made


def _finding(about: Subject, probe: Probe, rule: str, found: Averaged) -> Finding:
    share = found.measure()
    assert share.low is not None
    assert share.high is not None
    return Finding(
        annotator=about.annotator,
        dataset=about.dataset,
        probe=probe,
        rule=rule,
        n=found.n,
        rate=share.value,
        low=share.low,
        high=share.high,
        repeats=found.repeats,
        unanswered=found.unanswered,
        simulated=about.simulated,
        round=about.round,
    )


def _against(made: Finding, found: Averaged, control: Averaged, if_many: str) -> Finding:
    """Fisher's exact test against a control group."""
    from scipy.stats import fisher_exact

    made = replace(made, unanswered=made.unanswered + control.unanswered)
    if not control.n:
        return replace(made, hint=f"{made.hint} no control text was answered.".strip())
    against = control.measure()
    hits, other = _whole(found.total), math.ceil(round(control.total, 9))
    table = [[hits, found.n - hits], [other, control.n - other]]
    p = float(fisher_exact(table, alternative="greater").pvalue) if found.n else None
    return replace(made, against=against, p=p, hint=f"{if_many}." if against.value >= _MANY else "")


def _compared(made: Finding, guided: Averaged, general: Averaged, seed: int, resamples: int) -> Finding:
    """The paired test of two arms, over the items that both answered."""
    _, one, other = np.intersect1d(guided.places, general.places, return_indices=True)
    if not len(one):
        return made
    differences = guided.hits[one] - general.hits[other]
    mean = float(differences.mean())
    drawn = drawn_sums(differences[:, None], seed, resamples)[:, 0] / len(differences)
    low, high = _interval(drawn, len(differences))
    return replace(made, effect=Measure(mean, len(differences), low, high), p=_share(drawn - mean, mean))


def _mean(found: Averaged, seed: int, resamples: int) -> Measure | None:
    """A mean between 0 and 1 with its bootstrap interval."""
    if not found.n:
        return None
    drawn = drawn_sums(found.hits[:, None], seed, resamples)[:, 0] / found.n
    low, high = _interval(drawn, found.n)
    return Measure(found.total / found.n, found.n, max(0.0, low), min(1.0, high))


def _interval(drawn: Array, n: int) -> tuple[float, float]:
    """The percentile interval; where every draw says the same, as wide as the exact one of a rate of 0."""
    low, high = (float(end) for end in np.quantile(drawn, _QUANTILES))
    if high - low > 1e-12:
        return low, high
    width = upper_bound(0, n, _QUANTILES[1])
    return low - width, high + width


def _share(drawn: Array, value: float) -> float:
    """The share of draws under the null hypothesis that come to the value or more, the value among them: never 0."""
    return float((1 + (drawn >= value - 1e-12).sum()) / (1 + len(drawn)))


def _whole(hits: float) -> int:
    return math.floor(round(hits, 9))


def _equal(said: Hashable | None, wanted: Hashable) -> float | None:
    return None if said is None else float(said == wanted)


def _counted(items: Sequence[Sequence[Likeness | None]], rule: Literal["near", "exact"]) -> Answers:
    return [
        [None if one is None else float(one.near if rule == "near" else one.exact) for one in item] for item in items
    ]


def _rouge(items: Sequence[Sequence[Likeness | None]]) -> Answers:
    return [[None if one is None else one.rouge_l for one in item] for item in items]


def _ever(items: Sequence[Sequence[Likeness | None]], rule: Literal["near", "exact"]) -> int:
    """Items of which any repeat counts."""
    return sum(any(one for one in item) for item in _counted(items, rule))


def _golchin(made: Finding) -> str:
    """What the rule of arXiv 2308.08493 would say; it has no control, so it is told and decides nothing."""
    would = "would" if made.exact >= 1 or made.near >= 2 else "would not"
    return (
        f"{made.exact:,} exact and {made.near - made.exact:,} near exact: by Golchin & Surdeanu's rule (one exact or "
        f"two near exact) the split {would} count as seen."
    )
