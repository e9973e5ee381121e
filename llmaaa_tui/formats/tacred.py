"""TACRED's JSON written: a list of objects with the words, and where subject and object stand among them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any, TextIO

from ..core.document import Offsets, Span
from ..core.tokens import snap, words_of
from .places import joined
from .tasks import LabelledDocument, Report

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def write_tacred(rows: Iterable[LabelledDocument], out: TextIO) -> Report:
    """A list with one object a line: id, relation, token, subj_start to obj_type, then language, provenance and meta.

    The words are the truth of this format: text between them has no place in it, and head and tail take whole words.
    """
    changed: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    written = labels = 0
    for row in rows:
        found = _as_object(row, changed, dropped)
        if found is None:
            continue
        out.write(("[\n" if not written else ",\n") + _ENCODER.encode(found))
        written += 1
        labels += len(row.labels.classes)
    out.write("\n]\n" if written else "[]\n")
    return Report(written, labels, dict(dropped), dict(changed), units="pairs", noun="labels")


def _as_object(row: LabelledDocument, changed: Counter[str], dropped: Counter[str]) -> dict[str, Any] | None:
    document, pair = row.document, row.document.pair
    if pair is None:
        dropped["texts (no pair)"] += 1
        return None
    words = [place for place in words_of(document) if document.text[slice(*place)].strip()]
    head, tail = _in_words(pair.head, words), _in_words(pair.tail, words)
    if head is None or tail is None or head == tail:
        dropped["pairs (head and tail are not words of their own)"] += 1
        return None
    tokens = [document.text[start:end] for start, end in words]
    if joined(tokens)[0] != document.text:
        changed["texts (words joined by single spaces)"] += 1
    if any((words[a][0], words[b - 1][1]) != place for (a, b), place in ((head, pair.head), (tail, pair.tail))):
        changed["pairs (moved to the bounds of whole words)"] += 1
    result: dict[str, Any] = {"id": document.name} if document.name else {}
    if row.labels.classes:
        result["relation"] = row.labels.classes[0]
    result["token"] = tokens
    result.update(subj_start=head[0], subj_end=head[1] - 1, obj_start=tail[0], obj_end=tail[1] - 1)
    result.update({key: kind for key, kind in (("subj_type", pair.head_type), ("obj_type", pair.tail_type)) if kind})
    if document.language:
        result["language"] = document.language
    result.update(row.provenance)
    if document.never_send:
        result["never_send"] = True
    if document.metadata:
        result["meta"] = dict(document.metadata)
    return result


def _in_words(place: Offsets, words: list[Offsets]) -> tuple[int, int] | None:
    return snap(Span(*place, "part"), words)
