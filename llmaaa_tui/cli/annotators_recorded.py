"""`llmaaa annotators --recorded FILE…`: the figures of recorded answers, which ask nobody and need no project."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..annotators.fold import visible
from ..annotators.ground import view_of
from ..annotators.recorded_tags import RecordedTags
from ..core.comparison_json import measured, scored
from ..core.document import Document, from_words
from ..core.labels import LabelSet
from ..core.recorded import RecordedRow
from ..core.seeds import derive
from ..core.snapshot import Measure
from ..core.tokens import words_of
from ..errors import InputError, SettingsError
from ..evaluation.recorded import recorded_row
from ..formats.recorded_tags import UNSEEN, RecordedSentence, read_recorded

PERCENT = 100


def report(files: Sequence[Path], labels: tuple[str, ...], *, as_json: bool) -> str:
    """The figures of every file, as JSON in the order of the files or as a table, best F1 over all first.

    Raises:
        InputError: a file is no file of recorded answers; says where.
        SettingsError: a label of gold is not among the labels given.
    """
    rows = [_row(name, path, labels) for name, path in zip(_names(files), files, strict=True)]
    if as_json:
        return json.dumps({"annotators": [as_values(row) for row in rows]}, ensure_ascii=False, indent=2)
    return table(sorted(rows, key=lambda row: (-row.f1_all.f1, row.name)))


def _row(name: str, path: Path, labels: tuple[str, ...]) -> RecordedRow:
    sentences = read_recorded(path)
    known = LabelSet.of(labels or _gold_labels(sentences, path))
    strange = sorted(set(_tag_labels(sentences)) - set(known.names))
    if strange:
        raise SettingsError(f"--labels does not name {', '.join(strange)}, which the gold of {path} has")
    documents = [_seen(sentence.document) for sentence in sentences]
    reader = RecordedTags(known)
    return recorded_row(
        name,
        [words_of(document) for document in documents],
        [sentence.gold for sentence in sentences],
        [reader.read(document, sentence.answers) for document, sentence in zip(documents, sentences, strict=True)],
        known,
        seed=derive(0, 0, "recorded"),
    )


def _seen(document: Document) -> Document:
    """With a sign for every token of characters that a reader is not shown, which has its tag like the others."""
    words = [document.text[start:end] for start, end in words_of(document)]
    if len(view_of(document).words) == len(words):
        return document
    text, tokens = from_words([word if visible(word).text else UNSEEN for word in words])
    return replace(document, text=text, tokens=tokens)


def _gold_labels(sentences: Sequence[RecordedSentence], path: Path) -> tuple[str, ...]:
    names = _tag_labels(sentences)
    if not names:
        raise InputError(path, None, "no gold tag but O in this file: name the labels with --labels")
    return tuple(sorted(names))


def _tag_labels(sentences: Sequence[RecordedSentence]) -> set[str]:
    return {tag[2:] for sentence in sentences for tag in sentence.gold if tag != "O"}


def _names(files: Sequence[Path]) -> list[str]:
    """Folder and file without its ending; the whole path where two would be called the same."""
    names = [f"{path.parent.name}/{path.stem}" if path.parent.name else path.stem for path in files]
    times = Counter(names)
    return [name if times[name] == 1 else str(path) for name, path in zip(names, files, strict=True)]


def as_values(row: RecordedRow) -> dict[str, Any]:
    """A row as plain JSON values; keys are stable. `consistency` is in percent, as the paper prints it, all other
    shares are between 0 and 1; null where there is nothing to work it out from."""
    return {
        "name": row.name,
        "simulated": "recorded",
        "items": row.items,
        "answers": row.answers,
        "repeats": row.repeats,
        "usable": row.usable,
        "taken": row.taken,
        **measured("consistency", row.consistency, PERCENT),
        **measured("token_f1_paper", row.token_f1_paper, items=True),
        **measured("entity_token_accuracy", row.entity_token_accuracy),
        **scored("span_f1_usable", row.f1_usable),
        **scored("span_f1_all", row.f1_all),
        **scored("span_f1_strict", row.f1_strict),
        **scored("span_f1_taken", row.f1_taken),
        **measured("self_f1", row.self_f1, items=True),
        **measured("fleiss_kappa", row.fleiss_kappa, items=True),
        **measured("fleiss_kappa_without_o", row.fleiss_kappa_entities, items=True),
        "failed": dict(row.failed),
        **measured("ungrounded", row.ungrounded, items=True),
        **measured("unstable", row.unstable),
    }


def table(rows: Sequence[RecordedRow]) -> str:
    """The rows for a person; what the columns are is said below them."""
    width = max(len(row.name) for row in rows)
    head = f"{'':<{width}}  {'usable':>8}  {'F1 all':<18}{'F1 usable':>9} {'strict':>7}"
    head += f" {'tokens':>7} {'entity':>7} {'kappa':>6} {'no O':>6} {'self':>6} {'failed':>7}"
    lines = [head, *(_line(row, width) for row in rows), ""]
    lines += [f"{row.name}: {_classes(row)}" for row in rows if row.failed]
    return "\n".join([*lines, *([""] if any(row.failed for row in rows) else []), *LEGEND])


LEGEND = (
    "Recorded answers: what was once answered, held against gold. 95 % intervals draw sentences.",
    "F1 all: exact spans of the first usable answer (one [word, tag] a word), a sentence without one found nothing;",
    "strict: the same in strict IOB2. tokens: the paper's consistency, token accuracy with O over all repeats, in %.",
    "entity: token accuracy within gold spans. kappa: Fleiss' of the repeats, with and without tokens that all call O:",
    "how far a model agrees with itself, not how good it is. self: F1 between repeats. failed: answers not taken here.",
)


def _line(row: RecordedRow, width: int) -> str:
    f1 = row.f1_all
    over_all = f"{_figure(f1.f1)} [{_figure(f1.low)}, {_figure(f1.high)}]"
    usable = _figure(row.f1_usable.f1 if row.f1_usable else None)
    asked = row.items * row.repeats
    return (
        f"{row.name:<{width}}  {row.usable:>3}/{row.items:<4}  {over_all:<18}{usable:>9} {_figure(row.f1_strict.f1):>7}"
        f" {_percent(row.consistency):>7} {_value(row.entity_token_accuracy):>7} {_value(row.fleiss_kappa):>6}"
        f" {_value(row.fleiss_kappa_entities):>6} {_value(row.self_f1):>6} {sum(row.failed.values()) / asked:>7.1%}"
    )


def _classes(row: RecordedRow) -> str:
    asked = f"{row.items * row.repeats:,} answers asked"
    return f"{asked}, " + ", ".join(f"{count:,} {name}" for name, count in row.failed.items())


def _value(found: Measure | None) -> str:
    return _figure(found.value if found else None)


def _percent(found: Measure | None) -> str:
    return "–" if found is None else f"{found.value * PERCENT:.1f}"


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}".replace("0.", ".", 1)
