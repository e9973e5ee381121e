"""Recorded answers held against gold: the published measures, and spans counted as everywhere in this program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from ..core.document import Offsets
from ..core.labels import LabelSet
from ..core.recorded import ReadAnswer, RecordedRow
from ..core.snapshot import Measure
from ..core.states import Failure
from ..core.tokens import to_spans, to_tags
from .bootstrap import score
from .published import Tags, consistency, self_agreement, self_f1, strict_iob2, token_f1
from .resample import measure, rate, ratio


def recorded_row(
    name: str,
    words: Sequence[Sequence[Offsets]],
    gold: Sequence[Tags],
    answers: Sequence[Sequence[ReadAnswer]],
    labels: LabelSet,
    *,
    seed: int,
) -> RecordedRow:
    """All figures of one file.

    Args:
        name: of the file.
        words: of each sentence.
        gold: one tag a word of each.
        answers: to each, in the order they were given.
        labels: those whose tags count as known.
        seed: of every interval.

    Raises:
        ValueError: the three do not count the same sentences, or one has not as many tags as words.
    """
    repeats = max(len(item) for item in answers)
    said = [[one.said for one in item] for item in answers]
    first = [next((one.tags for one in item if one.tags is not None), None) for item in answers]
    outside = [["O"] * len(tags) for tags in gold]
    found = [list(tags or nothing) for tags, nothing in zip(first, outside, strict=True)]
    usable = [index for index, tags in enumerate(first) if tags is not None]
    taken = [next((one.answer for one in item if one.answer.failure is None), None) for item in answers]
    taken_tags = [
        to_tags([span.span for span in answer.spans], offsets) if answer else ["O"] * len(offsets)
        for answer, offsets in zip(taken, words, strict=True)
    ]
    kappa, kappa_entities = self_agreement(said, repeats, labels.iob2, seed)
    spans = [
        [to_spans(one.tags, offsets) for one in item if one.tags is not None]
        for item, offsets in zip(answers, words, strict=True)
    ]
    return RecordedRow(
        name=name,
        items=len(gold),
        answers=sum(len(item) for item in answers),
        repeats=repeats,
        usable=len(usable),
        taken=sum(answer is not None for answer in taken),
        consistency=consistency(gold, said, repeats, seed),
        token_f1_paper=token_f1(gold, said, seed),
        entity_token_accuracy=_on_entities(
            [_iob2(gold[index], words[index]) for index in usable],
            [_iob2(found[index], words[index]) for index in usable],
            seed,
        ),
        f1_usable=score([gold[index] for index in usable], [found[index] for index in usable], seed)
        if usable
        else None,
        f1_all=score(gold, found, seed),
        f1_strict=score([strict_iob2(tags) for tags in gold], [strict_iob2(tags) for tags in found], seed),
        f1_taken=score(gold, taken_tags, seed),
        self_f1=self_f1(spans, seed),
        fleiss_kappa=kappa,
        fleiss_kappa_entities=kappa_entities,
        failed=_failed(answers, repeats),
        ungrounded=_ungrounded(answers),
        unstable=_unstable(answers, repeats),
    )


def _iob2(tags: Tags, words: Sequence[Offsets]) -> list[str]:
    """The spans of the tags in the tags of strict IOB2: an I- that opened one is a B-."""
    return to_tags(to_spans(tags, words), words)


def _on_entities(gold: Sequence[Tags], said: Sequence[Tags], seed: int) -> Measure | None:
    rows = []
    for tags, answer in zip(gold, said, strict=True):
        inside = [(wanted, found) for wanted, found in zip(tags, answer, strict=True) if wanted != "O"]
        rows.append((sum(wanted == found for wanted, found in inside), len(inside)))
    return measure(np.array(rows, dtype=float), ratio, seed, n=len(rows))


def _failed(answers: Sequence[Sequence[ReadAnswer]], repeats: int) -> dict[str, int]:
    classes = Counter(str(one.answer.failure) for item in answers for one in item if one.answer.failure)
    missing = sum(repeats - len(item) for item in answers)
    if missing:
        classes[str(Failure.NO_ANSWER)] += missing
    return dict(classes.most_common())


def _ungrounded(answers: Sequence[Sequence[ReadAnswer]]) -> Measure | None:
    shares = []
    for item in answers:
        usable = [one.altered for one in item if one.tags is not None]
        if usable:
            shares.append(sum(usable) / len(usable))
    return rate(sum(shares), len(shares))


def _unstable(answers: Sequence[Sequence[ReadAnswer]], repeats: int) -> Measure | None:
    if repeats < 2:
        return None
    kinds = [{*(one.tags for one in item), *[None] * (repeats - len(item))} for item in answers]
    shaky = sum(len(kind) > 1 for kind in kinds)
    return rate(shaky, len(answers))
