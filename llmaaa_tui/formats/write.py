"""Write labelled documents: JSONL for every task, and CoNLL; and report all that a format could not keep."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TextIO

from ..core.document import Document, Labels, Offsets, Span
from ..core.tasks import Shape, get
from ..core.tokens import snap, to_tags, words_of
from ..errors import SettingsError
from .conll import DOCUMENT_MARK
from .places import joined
from .tasks import LabelledDocument, Report, of

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)
# Would end a column, a line or the file for a reader.
_BREAKS = re.compile("[\t\n\r\0]+")


def refuse_misfit(task: str, format_name: str, *further: str) -> None:
    """A format that cannot hold the labels of a task is refused before anything is read.

    Args:
        further: names that are taken beside the formats of labels.

    Raises:
        SettingsError: there is no such task, or the format is none of its own; names those that are.
    """
    known = ("jsonl", *of(task).exports, *further)
    if format_name not in known:
        reason = f"cannot hold the labels of task {task}: choose {' or '.join(known)}"
        raise SettingsError(f"--format {format_name}: {reason}")


def write(task: str, format_name: str, rows: Iterable[LabelledDocument], out: TextIO) -> Report:
    """Write `rows` in one of the formats of a task: "jsonl", or one of its `exports`.

    Raises:
        SettingsError: there is no such task, or the format cannot hold its labels; names those that can.
    """
    refuse_misfit(task, format_name)
    if format_name != "jsonl":
        return of(task).exports[format_name](rows, out)
    kind = get(task)
    report = write_jsonl(rows, out, of(task).fields)
    return replace(report, units=kind.units, noun="spans" if kind.shape is Shape.SPANS else "labels")


def write_jsonl(
    rows: Iterable[LabelledDocument], out: TextIO, fields: Callable[[Document, Labels], Mapping[str, Any]]
) -> Report:
    """One object a line: id, text, language, tokens, what `fields` makes of labels and pair, the provenance keys,
    `never_send` where it is marked, and metadata under `meta`.

    Nothing is lost: the task's `read` gives the same documents and labels, and provenance as metadata. `out` should
    be UTF-8 with `newline="\\n"`.

    Raises:
        ValueError, TypeError: metadata or provenance holds something JSON has no word for.
    """
    documents = labels = 0
    for row in rows:
        out.write(_ENCODER.encode(_as_object(row, fields(row.document, row.labels))) + "\n")
        documents += 1
        labels += len(row.labels.names)
    return Report(documents, labels)


def _as_object(row: LabelledDocument, fields: Mapping[str, Any]) -> dict[str, Any]:
    document = row.document
    result: dict[str, Any] = {}
    if document.name:
        result["id"] = document.name
    result["text"] = document.text
    if document.language:
        result["language"] = document.language
    if document.tokens:
        result["tokens"] = [
            {
                "text": document.text[start:end],
                "start": start,
                "end": end,
                "id": place,
                "ws": document.text[end : end + 1] == " ",
            }
            for place, (start, end) in enumerate(document.tokens)
        ]
    result.update(fields)
    result.update(row.provenance)
    if document.never_send:
        result["never_send"] = True
    if document.metadata:
        result["meta"] = dict(document.metadata)
    return result


def write_conll(rows: Iterable[LabelledDocument], out: TextIO) -> Report:
    """Two columns, token TAB tag in IOB2, a blank line after every sentence.

    Where no live model gave some of the labels, a document mark stands first and says of how many: readers skip it,
    while a line with a hash is a token to most of them. The format holds tokens and flat labels alone: of overlapping
    spans the longest stays, a span inside a word takes the whole word, and text between tokens, ids, metadata and
    further provenance have no place in it. `out` should be UTF-8 with `newline="\\n"`.
    """
    documents = spans = 0
    sentences: list[str] = []
    marks: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    changed: Counter[str] = Counter()
    for row in rows:
        text = row.document.text
        words = [(start, end) for start, end in words_of(row.document) if text[start:end].strip()]
        if not words:
            dropped["documents (no word)"] += 1
            dropped.update({"spans (no word)": len(row.labels.spans)} if row.labels.spans else {})
            continue
        tokens = [_cell(text[start:end]) for start, end in words]
        if documents == 0:  # a reader takes a byte order mark there for the file's own
            tokens[0] = tokens[0].lstrip("\ufeff ") or "_"
        _count_changes(row.document, words, tokens, changed)
        kept = _flat(row.labels.spans, words, dropped, changed)
        tags = to_tags(kept, words)
        sentences.append("".join(f"{token}\t{_cell(tag)}\n" for token, tag in zip(tokens, tags, strict=True)) + "\n")
        marks.update([f"{row.mark} by {row.annotator or 'unknown'}"] if row.mark else [])
        changed.update("labels (blanks or line ends in the name)" for s in kept if _cell(s.label) != s.label)
        documents += 1
        spans += len(kept)
    if marks:
        said = "; ".join(f"{count} of {documents} sentences {mark}" for mark, count in marks.items())
        out.write(f"{DOCUMENT_MARK}\t{_cell(said)}\tO\n\n")
    out.writelines(sentences)
    return Report(documents, spans, dict(dropped), dict(changed))


def _cell(value: str) -> str:
    """A column that a reader gets back whole."""
    return _BREAKS.sub(" ", value).strip(" ") or "_"


def _count_changes(document: Document, words: Sequence[Offsets], tokens: Sequence[str], changed: Counter[str]) -> None:
    if document.never_send:
        changed["texts (the mark never_send has no place in this format)"] += 1
    as_they_stood = [document.text[start:end] for start, end in words]
    if joined(as_they_stood)[0] != document.text:
        changed["texts (words joined by single spaces)"] += 1
    for stood, token in zip(as_they_stood, tokens, strict=True):
        if stood != token:
            changed["tokens (blanks, line ends or other marks of the format in them)"] += 1
        if token == DOCUMENT_MARK:
            changed["tokens (read as the mark of a document)"] += 1


def _flat(spans: Sequence[Span], words: Sequence[Offsets], dropped: Counter[str], changed: Counter[str]) -> list[Span]:
    """The spans that IOB2 can hold: by the rule of `core.tokens.to_tags`, the longest first."""
    kept: list[Span] = []
    taken: set[int] = set()
    for span in sorted(spans, key=lambda s: (s.start - s.end, s.start)):
        touched = snap(span, words)
        if touched is None:
            dropped["spans (touch no word)"] += 1
        elif not taken.isdisjoint(range(*touched)):
            dropped["spans (overlap or share a word with a longer one)"] += 1
        else:
            taken.update(range(*touched))
            kept.append(span)
            if (words[touched[0]][0], words[touched[1] - 1][1]) != (span.start, span.end):
                changed["spans (moved to the bounds of whole words)"] += 1
    return kept
