"""What the settled answers to leakage probes come to: read by the one reader, counted by the statistics."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import Any

from ..annotators.contracts import Request, Settled
from ..annotators.probe_reader import Probed, read
from ..annotators.probes import NONE, OPTIONS, Arm, ProbeQuestion
from ..core.document import Document, Labels, Span
from ..core.leakage import Finding, Probe
from ..core.seeds import derive
from ..core.states import State
from ..evaluation import leakage
from ..evaluation.aliases import names
from ..evaluation.leakage import NONE_OF_THEM, Counts, Pick, Subject
from ..evaluation.rouge import Likeness, liken
from ..store.leakage_rows import ProbeRow
from .context import Context
from .probing import CHANGED

_UNKNOWN = ("\x00 not known",)
"""What stands for the labels of somebody who says that he does not know them; no row has these."""

_Answers = dict[int | str, list[tuple[ProbeRow, Any]]]
"""Of each subject its repeats: the question, and what was said (None where it refused or failed)."""


def findings(context: Context, rows: Iterable[ProbeRow], failed: Collection[str], about: Subject) -> list[Finding]:
    """A finding for each probe that any of these questions is of; not corrected yet.

    Args:
        rows: what was asked. A question that is neither answered nor `failed` was never put, and is left out.
        failed: keys of requests that brought no answer.
    """
    said: dict[Probe, dict[str, _Answers]] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for row in rows:
        settled = context.ledger.settled(row.request_key)
        if settled is None and row.request_key not in failed:
            continue
        value = None if settled is None else _said(context, row, settled)
        said[row.probe][row.arm][row.subject].append((row, value))
    made = (_finding(context, probe, said[probe], about) for probe in Probe if probe in said)
    return [one for one in made if one is not None]


def _finding(context: Context, probe: Probe, arms: Mapping[str, _Answers], about: Subject) -> Finding | None:
    seed = derive(context.settings.project.seed, about.round or 0, "leakage", probe)
    main, control = arms.get(Arm.DATASET, {}), arms.get(Arm.CONTROL, {})
    match probe:
        case Probe.CONTINUATION:
            return _continuation(arms, about, seed)
        case Probe.PERTURBED:
            both = [item for item in main if item in arms.get(CHANGED, {})]
            if not both:
                return None
            pairs = [_paired(main[item], arms[CHANGED][item]) for item in both]
            return leakage.perturbed(about, [one for one, _ in pairs], [other for _, other in pairs], seed=seed)
    if not main:
        return None
    if probe is Probe.SOURCE:
        return leakage.source(about, _values(main), _values(control))
    if probe is Probe.QUIZ:
        return leakage.quiz(about, _picks(main), _values(arms.get(Arm.BIAS, {})), _picks(control))
    wanted = [tuple(repeats[0][0].held["labels"]) for repeats in main.values()]
    return leakage.label_order(about, _values(main), wanted, seed=seed)


def _continuation(arms: Mapping[str, _Answers], about: Subject, seed: int) -> Finding | None:
    guided, general = arms.get(Arm.GUIDED, {}), arms.get(Arm.GENERAL, {})
    if guided:
        both = [item for item in guided if item in general]
        if not both:
            return None
        likened: list[list[list[Likeness | None]]] = [
            [[value for _, value in one[item]] for item in both] for one in (guided, general)
        ]
        return leakage.continuation(about, likened[0], likened[1], seed=seed)
    if not general:
        return None
    return leakage.continuation(about, _values(general), control=_values(arms.get(Arm.CONTROL, {})), seed=seed)


def _values(answers: _Answers) -> list[list[Any]]:
    return [[value for _, value in repeats] for repeats in answers.values()]


def _picks(answers: _Answers) -> list[list[Pick | None]]:
    return [
        [None if value is None else Pick(value, OPTIONS.index(row.held["wanted"])) for row, value in repeats]
        for repeats in answers.values()
    ]


def _paired(
    first: list[tuple[ProbeRow, Counts | None]], second: list[tuple[ProbeRow, Counts | None]]
) -> tuple[Counts | None, Counts | None]:
    """What was counted over the repeats that both sides answered."""
    other = {row.repeat: value for row, value in second}
    both = [(value, other.get(row.repeat)) for row, value in first]
    usable = [(one, two) for one, two in both if one is not None and two is not None]
    if not usable:  # which side it was that failed is told
        (one, two), *_ = both
        return one, two
    return _sum(one for one, _ in usable), _sum(two for _, two in usable)


def _sum(counts: Iterable[Counts]) -> Counts:
    correct, said, gold = map(sum, zip(*counts, strict=True))
    return correct, said, gold


def _said(context: Context, row: ProbeRow, settled: Settled) -> Any:
    """A hit (0 or 1), a likeness, a place, labels or counts, by probe; None where it refused or cannot be read."""
    about = (row.subject,) if isinstance(row.subject, int) else ()
    request = context.ledger.request(row.request_key, about)
    assert request is not None
    if row.probe is Probe.PERTURBED:
        return _counted(context, row, settled, request)
    question = ProbeQuestion(
        row.probe,
        Arm(row.arm),
        request,
        shown=row.held["shown"],
        wanted=row.held["wanted"],
        labels=tuple(row.held["labels"]),
        unordered=row.held["unordered"],
    )
    found = read(settled.answer, question, context.labels)
    return None if found.state is State.FAILED else _value(context, row, found)


def _value(context: Context, row: ProbeRow, found: Probed) -> float | Likeness | int | Hashable:
    known = found.state is State.LABELLED
    match row.probe:
        case Probe.SOURCE:
            given = context.settings.leakage.aliases
            aliases = [one.strip() for one in given.split(",") if one.strip()]
            return float(known and names(found.text, row.dataset, aliases))
        case Probe.CONTINUATION:
            return liken(found.text, row.held["wanted"]) if known else Likeness(0.0, False, False)
        case Probe.QUIZ:
            return NONE_OF_THEM if found.choice in ("", NONE) else OPTIONS.index(found.choice)
        case _:
            return _UNKNOWN if found.labels is None else found.labels


def _counted(context: Context, row: ProbeRow, settled: Settled, request: Request) -> Counts | None:
    """Right, said and gold spans of a sentence with or without other names."""
    assert context.kit.annotator is not None
    assert isinstance(row.subject, int)
    held = row.held
    tokens = None if held["tokens"] is None else tuple((start, end) for start, end in held["tokens"])
    document = Document(held["text"], tokens)
    gold = Labels(tuple(Span(*one) for one in held["spans"]))
    answer = context.kit.annotator.read(settled.answer, request, {row.subject: document})[row.subject]
    if answer.state is State.FAILED:
        return None
    said = set(answer.labels.spans)
    return len(said & set(gold.spans)), len(said), len(gold.spans)
