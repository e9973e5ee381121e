"""What annotations say and which pair an item is about, for readers and writers of the screens. Plain sqlite3."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable

from ..core.annotation import GroundedClass, GroundedSpan
from ..core.document import Labels, Pair, Span
from ..core.review import Said
from .reading import Reading, later

HAS_LABEL = (
    "(EXISTS (SELECT 1 FROM span WHERE span.annotation_id = {0} AND span.label = :label)"
    " OR EXISTS (SELECT 1 FROM class_label WHERE class_label.annotation_id = {0} AND class_label.label = :label))"
)
"""SQL of whether an annotation, named by its SQL, has the label `:label`."""
_OF_THESE = " WHERE annotation_id IN (SELECT value FROM json_each(?)) ORDER BY "


def said(connection: sqlite3.Connection, annotations: Iterable[int]) -> dict[int, Said]:
    """Labels by annotation: spans in text order with how they were found, classes as they were written.

    Args:
        connection: its rows are `sqlite3.Row`.
    """
    wanted = list(annotations)
    spans: dict[int, list[GroundedSpan]] = defaultdict(list)
    for row in connection.execute(f'SELECT * FROM span{_OF_THESE}start, "end", id', (json.dumps(wanted),)):
        span = Span(row["start"], row["end"], row["label"])
        flags = tuple(json.loads(row["flags"]))
        spans[row["annotation_id"]].append(GroundedSpan(span, row["rung"], flags, later(row, "confidence")))
    classes: dict[int, list[GroundedClass]] = defaultdict(list)
    for row in connection.execute(f"SELECT * FROM class_label{_OF_THESE}id", (json.dumps(wanted),)):
        classes[row["annotation_id"]].append(GroundedClass(row["label"], row["score"]))
    return {one: Said(tuple(spans[one]), tuple(classes[one])) for one in wanted}


def labels(connection: sqlite3.Connection, annotations: Iterable[int]) -> dict[int, Labels]:
    """The same without how sure or how exact they are."""
    return {annotation: one.labels for annotation, one in said(connection, annotations).items()}


def pair_columns(reading: Reading) -> str:
    """SQL of the columns of `item` that `pair` reads; a file of an earlier version lacks the types."""
    types = ", item.head_type, item.tail_type" if reading.has_column("item", "head_type") else ""
    return f"item.head_start, item.head_end, item.tail_start, item.tail_end{types}"


def pair(row: sqlite3.Row) -> Pair | None:
    """The pair that an item is about; None where it is about the whole text."""
    if row["head_start"] is None:
        return None
    head, tail = (row["head_start"], row["head_end"]), (row["tail_start"], row["tail_end"])
    return Pair(head, tail, later(row, "head_type") or "", later(row, "tail_type") or "")
