"""Annotators on one sample of gold: every figure of a contender, and what they say of two.

The first answer to an item is what it is scored by; repeats tell how steady an annotator is. A failed answer found
nothing. Source of the measures: LLMs in the Loop (arXiv 2404.02261), named here as what they are.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np

from ..core.annotation import ItemAnswer
from ..core.comparison import Agreement, ComparedRow, Difference
from ..core.document import Document, Labels
from ..core.labels import LabelSet
from ..core.snapshot import Measure
from ..core.tasks import Task
from .agreement import between, fleiss_kappa
from .bootstrap import f1_intervals
from .published import self_f1
from .recommend import recommendation
from .resample import Array, by_text, drawn_sums, measure, rate, ratio
from .sample import Sample, f1_of

GOLD = "gold"
"""The name of the sample's own labels among those who are held against each other."""
ANNOTATOR = "annotator"
RESAMPLES = 10_000
"""Of a difference, whose p needs more draws than an interval."""
_UNGROUNDED = "ungrounded_words"  # as annotators.suspicion flags it


@dataclass(frozen=True, slots=True)
class Contender:
    """One whose answers are compared.

    Attributes:
        name: never twice in a comparison, and not "gold".
        kind: "annotator", "student" or "people".
        manner: how it was asked, in words.
        simulated: "simulated", "recorded" or "".
        answers: of each item its repeats, in order; None for one that was never asked, which is no failure.
        nanousd: what all answers cost; None where nobody knows.
        seconds: of all settled requests together; None where nobody knows.
        requests: how many these are.
    """

    name: str
    kind: str
    manner: str
    simulated: str
    answers: Sequence[Sequence[ItemAnswer | None]]
    nanousd: int | None = None
    seconds: float | None = None
    requests: int = 0

    def first(self) -> list[Labels | None]:
        """What the first answer says of each item; None where it failed or was never asked."""
        return [_labels(item[0]) if item else None for item in self.answers]


class Compared(NamedTuple):
    """What a comparison found; see `core.comparison.Comparison`."""

    rows: tuple[ComparedRow, ...]
    agreements: tuple[Agreement, ...]
    difference: Difference | None
    pareto: tuple[str, ...]
    recommendation: str


def compare(
    task: Task,
    gold: Sequence[Labels],
    documents: Sequence[Document],
    labels: LabelSet,
    contenders: Sequence[Contender],
    *,
    seed: int,
) -> Compared:
    """Compare on the same items; every figure draws its intervals with the same seed.

    Args:
        task: what the items are labelled for.
        gold: of each item.
        documents: the items.
        labels: of the task.
        contenders: who answered about all of them.
        seed: of the intervals.

    Raises:
        ValueError: a contender has not as many items as the sample, or two have one name.
    """
    sample = Sample(task, gold, documents, labels)
    if len({GOLD, *(one.name for one in contenders)}) != len(contenders) + 1:
        raise ValueError(f"contenders need names of their own, and none may be called {GOLD!r}")
    for one in contenders:
        if len(one.answers) != len(sample):
            raise ValueError(f"{one.name} has answers about {len(one.answers)} items, the sample has {len(sample)}")
    rows = sorted((_row(sample, one, seed) for one in contenders), key=_rank)
    said = {one.name: one.first() for one in contenders}
    people = [(row.name, said[row.name]) for row in rows] + [(GOLD, list(gold))]
    asked = [row for row in rows if row.kind == ANNOTATOR]
    live = [row for row in asked if not row.simulated]
    return Compared(
        tuple(rows),
        tuple(_agreement(sample, *one, *other, seed) for one, other in combinations(people, 2)),
        _difference(sample, asked[0].name, asked[1].name, said, seed) if len(asked) > 1 and len(sample) else None,
        pareto(rows),
        recommendation(
            asked, [_difference(sample, live[0].name, other.name, said, seed) for other in live[1:]], task.units
        ),
    )


def pareto(rows: Sequence[ComparedRow]) -> tuple[str, ...]:
    """Names that no other beats in F1 without costing more, or in cost without a lower F1; cheapest first.

    Rows without an F1 or a known cost take no part.
    """
    known = [
        (row.nanousd_per_1000, -row.f1.f1, row.name)
        for row in rows
        if row.f1 is not None and row.nanousd_per_1000 is not None
    ]
    return tuple(
        name
        for cost, missed, name in sorted(known)
        if not any(a <= cost and b <= missed and (a, b) != (cost, missed) for a, b, _ in known)
    )


def _rank(row: ComparedRow) -> tuple[float, float, str]:
    cost = row.nanousd_per_1000
    return (-row.f1.f1 if row.f1 else 0.0, math.inf if cost is None else cost, row.name)


def _labels(answer: ItemAnswer | None) -> Labels | None:
    return None if answer is None or answer.failure is not None else answer.labels


def _row(sample: Sample, one: Contender, seed: int) -> ComparedRow:
    first = one.first()
    everywhere = list(range(len(sample)))
    asked = [[answer for answer in item if answer is not None] for item in one.answers]
    said = [[_labels(answer) for answer in item] for item in asked]
    answers = sum(map(len, asked))
    whole = sample.evaluate(first, everywhere, seed) if everywhere else None
    usable = [place for place, labels in enumerate(first) if labels is not None]
    f1 = whole.overall if whole else None
    right = int(sample.counts(first)[:, 0].sum())
    averaged, first_usable, on_entities = _of_tokens(sample, said, seed) if sample.spans else (None, None, None)
    kappa, kappa_entities = _kappas(sample, said, seed)
    return ComparedRow(
        name=one.name,
        kind=one.kind,
        manner=one.manner,
        simulated=one.simulated,
        items=len(sample),
        answers=answers,
        usable=len(usable),
        f1=f1,
        f1_usable=sample.score(first, usable, seed),
        f1_strict=f1 if sample.spans else None,
        accuracy=whole.accuracy if whole else None,
        token_accuracy=averaged,
        token_f1_paper=first_usable,
        entity_token_accuracy=on_entities,
        self_f1=self_f1(
            [[sample.found(place, labels) for labels in item if labels is not None] for place, item in enumerate(said)],
            seed,
        ),
        fleiss_kappa=kappa,
        fleiss_kappa_entities=kappa_entities,
        failed=Counter(str(answer.failure) for item in asked for answer in item if answer.failure is not None),
        ungrounded=_ungrounded(asked),
        unstable=_unstable(sample, said),
        seconds_per_1000=None if one.seconds is None or not answers else one.seconds * 1000 / answers,
        nanousd_per_1000=None if one.nanousd is None or not answers else -(-one.nanousd * 1000 // answers),
        nanousd_per_correct=None
        if one.nanousd is None or not right
        else -(-one.nanousd * len(sample) // (answers * right)),
        requests=one.requests,
    )


def _of_tokens(
    sample: Sample, said: Sequence[Sequence[Labels | None]], seed: int
) -> tuple[Measure | None, Measure | None, Measure | None]:
    """The paper's measures of tokens, of answers as this program takes them: of all repeats, of the first usable
    answers, and of these within gold spans."""
    averaged, right, inside = [], [], []
    for place, item in enumerate(said):
        gold = np.array(sample.targets(place, sample.gold[place]))
        tags = [None if labels is None else np.array(sample.targets(place, labels)) for labels in item]
        if item and len(gold):
            averaged.append((float(np.mean([0.0 if one is None else (one == gold).mean() for one in tags])), 1.0))
        known = next((one for one in tags if one is not None), None)
        if known is not None:
            right.append((float((known == gold).sum()), float(len(gold))))
            inside.append((float(((known == gold) & (gold != "O")).sum()), float((gold != "O").sum())))
    found = [measure(np.array(rows), ratio, seed, n=len(rows)) for rows in (averaged, right, inside)]
    return found[0], found[1], found[2]


def _kappas(
    sample: Sample, said: Sequence[Sequence[Labels | None]], seed: int
) -> tuple[Measure | None, Measure | None]:
    """Over all positions, and over those of which any repeat says something."""
    repeats = max(map(len, said), default=0)
    kept = [
        [sample.targets(place, labels) for labels in item if labels is not None]
        for place, item in enumerate(said)
        if len(item) == repeats and None not in item
    ]
    inside = None if sample.outside is None else fleiss_kappa(kept, seed, without=sample.outside)
    return fleiss_kappa(kept, seed), inside


def _ungrounded(asked: Sequence[Sequence[ItemAnswer]]) -> Measure | None:
    shares = []
    for item in asked:
        flagged = [_UNGROUNDED in answer.flags for answer in item if answer.failure is None]
        if flagged:
            shares.append(sum(flagged) / len(flagged))
    return rate(sum(shares), len(shares))


def _unstable(sample: Sample, said: Sequence[Sequence[Labels | None]]) -> Measure | None:
    several = [(place, item) for place, item in enumerate(said) if len(item) > 1]
    kinds = [
        {None if labels is None else tuple(sample.targets(place, labels)) for labels in item} for place, item in several
    ]
    return rate(sum(len(kind) > 1 for kind in kinds), len(several))


def _agreement(
    sample: Sample,
    first: str,
    one: Sequence[Labels | None],
    second: str,
    other: Sequence[Labels | None],
    seed: int,
) -> Agreement:
    """On the items that both answered; F1 as if one were the other's gold."""
    both = [
        (place, a, b) for place, (a, b) in enumerate(zip(one, other, strict=True)) if a is not None and b is not None
    ]
    places = [place for place, _, _ in both]
    texts = sample.texts(places)
    kappa, alpha = between(
        [sample.targets(place, a) for place, a, _ in both],
        [sample.targets(place, b) for place, _, b in both],
        seed,
        texts,
    )
    found = [(sample.found(place, a), sample.found(place, b)) for place, a, b in both]
    counts = np.array([(len(a & b), len(a), len(b)) for a, b in found], dtype=float).reshape(len(found), 3)
    return Agreement(first, second, kappa, alpha, _f1(by_text(counts, texts), len(both), seed))


def _f1(counts: Array, n: int, seed: int) -> Measure | None:
    if not counts[:, 1:].any():
        return None
    low, high = f1_intervals(counts[:, None, :].astype(np.int64), seed)[0]
    return Measure(float(f1_of(counts.sum(axis=0)[None])[0]), n, float(low), float(high))


def _difference(sample: Sample, first: str, second: str, said: dict[str, list[Labels | None]], seed: int) -> Difference:
    """Paired bootstrap: both are scored on the same drawn sentences; p is twice the smaller share beyond zero."""
    counts = np.concatenate([sample.counts(said[first]), sample.counts(said[second])], axis=1)
    counts = by_text(counts, sample.texts(range(len(sample))))

    def apart(sums: Array) -> Array:
        return f1_of(sums[:, :3]) - f1_of(sums[:, 3:])

    drawn = apart(drawn_sums(counts, seed, RESAMPLES))
    low, high = np.quantile(drawn, (0.025, 0.975))
    tail = min((drawn <= 0).sum(), (drawn >= 0).sum())
    return Difference(
        first=first,
        second=second,
        value=float(apart(counts.sum(axis=0)[None])[0]),
        low=float(low),
        high=float(high),
        p=min(1.0, 2 * (1 + int(tail)) / (1 + len(drawn))),
        n=len(sample),
    )
