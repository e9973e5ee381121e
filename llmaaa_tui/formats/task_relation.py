"""The files of relations between two stretches of a text: an item is the text with one pair of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..core.document import Document, Labels, Offsets, Record
from ..core.tasks import RELATION
from ..errors import InputError
from . import semeval
from .json_rows import listed, objects
from .lines import BadLine, read_lines
from .relation_rows import EXAMPLE, pairs_of
from .semeval import write_semeval
from .tacred import write_tacred
from .tasks import TaskFile, Writer


class _Relations:
    files = "TACRED JSON, SemEval-2010 Task 8 text, or JSONL with head and tail or with spans and relations"
    exports: Mapping[str, Writer] = {"tacred": write_tacred, "semeval": write_semeval}

    def read(self, path: Path, negative: str = "") -> TaskFile:
        lines = read_lines(path)
        first = next(number for number, line in enumerate(lines) if line.strip())
        opening = lines[first].lstrip()
        notes: Counter[str] = Counter()
        if opening.startswith(("{", "[")):
            kind, records = _objects(str(path), lines, opening, negative or RELATION.negatives[0], notes)
        elif any(map(semeval.looks_numbered, lines[first : first + 50])):
            kind, records = "semeval", semeval.read(str(path), lines)
        else:
            reason = f"neither JSON nor numbered sentences with <e1> and <e2>: expected {EXAMPLE}"
            raise InputError(path, first + 1, reason)
        if not records:
            raise InputError(path, None, "no pair in the file: expected at least one whose relation is asked about")
        labels = dict.fromkeys(name for record in records for name in (record.gold or Labels()).classes)
        return TaskFile(records, kind, tuple(labels), dict(notes))

    def fields(self, document: Document, labels: Labels) -> dict[str, Any]:
        pair = document.pair
        if pair is None:
            raise ValueError("an item of this task has a pair")
        parts: dict[str, Any] = {"head": _part(pair.head, pair.head_type), "tail": _part(pair.tail, pair.tail_type)}
        return {**parts, "label": labels.classes[0]} if labels.classes else parts


def _objects(file: str, lines: list[str], opening: str, negative: str, notes: Counter[str]) -> tuple[str, list[Record]]:
    kind = ""
    records: list[Record] = []
    in_list = opening.startswith("[")  # often all on one line, where a line alone says nothing
    rows = (listed if in_list else objects)(file, lines, EXAMPLE)
    for place, (number, source) in enumerate(rows, 1):
        try:
            found, some = pairs_of(source, file, number, negative, notes)
        except BadLine as bad:
            raise InputError(file, number, f"object {place} of the list: {bad}" if in_list else str(bad)) from None
        kind = kind or found
        records += some
    return kind, records


def _part(place: Offsets, kind: str) -> dict[str, Any]:
    return {"start": place[0], "end": place[1], **({"type": kind} if kind else {})}


TASK = _Relations()
