"""The files of text classification: a text with one label, or with any number of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ..core.document import Document, Labels, Record
from ..errors import InputError
from . import table
from .classes import EXAMPLE, record_of
from .json_rows import is_object, listed, objects
from .lines import BadLine, read_lines
from .tasks import TaskFile, Writer

_TABLES = (".csv", ".tsv")
_TEXTS = (".txt", ".text")


class _Classes:
    files = "JSONL with text (or tokens) and label or labels, CSV or TSV with a header, or .txt lines without labels"

    def __init__(self, *, several: bool) -> None:
        self._several = several
        self.exports: Mapping[str, Writer] = {"csv": partial(table.write_table, several=several)}

    def read(self, path: Path, negative: str = "") -> TaskFile:
        lines = read_lines(path)
        first = next(line for line in lines if line.strip()).strip()
        suffix = path.suffix.lower()
        if first.startswith("{") and (suffix not in _TEXTS or is_object(first)):
            kind, records = "jsonl-classes", self._objects(str(path), lines, objects)
        elif first.startswith("[") and suffix not in _TEXTS:
            kind, records = "json-classes", self._objects(str(path), lines, listed)
        elif suffix in _TABLES or _names_labels(first):
            kind, records = "table", table.read(str(path), lines, several=self._several)
        elif suffix in _TEXTS:
            sentences = ((number, line.strip()) for number, line in enumerate(lines, 1))
            kind, records = "text", [Record(Document(text, file=str(path), line=n)) for n, text in sentences if text]
        else:
            reason = (
                f"neither JSONL nor a table: expected {EXAMPLE} a line, or a header such as text,label; "
                "plain text, one text a line, needs a name that ends in .txt"
            )
            raise InputError(path, 1, reason)
        if not records:
            raise InputError(path, None, "no text in the file: expected at least one")
        labels = dict.fromkeys(name for record in records for name in (record.gold or Labels()).classes)
        return TaskFile(records, kind, tuple(labels))

    def _objects(self, file: str, lines: Sequence[str], rows: Any) -> list[Record]:
        records = []
        for number, source in rows(file, lines, EXAMPLE):
            try:
                records.append(record_of(source, file, number, several=self._several))
            except BadLine as bad:
                raise InputError(file, number, str(bad)) from None
        return records

    def fields(self, document: Document, labels: Labels) -> dict[str, Any]:
        if self._several:
            return {"labels": list(labels.classes)}
        return {"label": labels.classes[0]} if labels.classes else {}


def _names_labels(header: str) -> bool:
    """Whether a line reads as the header of a table with texts and labels."""
    sign = table.sign_of(header)
    return sign is not None and not {"label", "labels"}.isdisjoint(name.strip().lower() for name in header.split(sign))


SINGLE = _Classes(several=False)
SEVERAL = _Classes(several=True)
