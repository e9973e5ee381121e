"""Texts with labels as a table: CSV with a header; the sign between its columns is a comma, a tab or a semicolon.

Columns are found by name: `text`, `label` (one name; the column may stand several times) or `labels` (names with `|`
between them), `id`, `language`, `never_send`. Every other column becomes metadata.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TextIO

from ..core.document import Document, Record
from ..errors import InputError
from .classes import gold_of
from .json_rows import document_of
from .lines import BadLine, shown
from .tasks import LabelledDocument, Report

BETWEEN = "|"
"""Stands between the names in a cell of the column `labels`."""
_SIGNS = ("\t", ",", ";")
_LABELS = ("label", "labels")
_YES = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False, "": False}
csv.field_size_limit(2**31 - 1)  # a text may be longer than the 128 KiB that the module takes for a mistake


def sign_of(header: str) -> str | None:
    """The sign between the columns of a header that names `text`; None where it is no such header."""
    for sign in [sign for sign in _SIGNS if sign in header] or [","]:
        if "text" in (name.strip().strip('"').lower() for name in header.split(sign)):
            return sign
    return None


def read(file: str, lines: Sequence[str], *, several: bool) -> list[Record]:
    """Every row of a table whose first line is its header.

    Raises:
        InputError: the header names no text, or a row does not fit it.
    """
    sign = sign_of(lines[0])
    if sign is None:
        reason = f'the header {shown(lines[0])} names no column "text": expected a line such as text,label first'
        raise InputError(file, 1, reason)
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=sign, strict=True)
    columns = [name.strip() if name.strip().lower() not in _NAMED else name.strip().lower() for name in next(reader)]
    records = []
    for number, cells in _rows(file, reader):
        try:
            records.append(_record(columns, cells, file, number, several=several))
        except BadLine as bad:
            raise InputError(file, number, str(bad)) from None
    return records


_NAMED = ("text", *_LABELS, "id", "language", "never_send")


def _rows(file: str, reader: Any) -> Iterator[tuple[int, list[str]]]:
    """First line and cells of each row; a line that is all blank is none."""
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            reason = f"not a row of this table ({error}): put a cell that holds quotes into quotes and double them"
            raise InputError(file, number, reason) from None
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield number, cells


def _record(columns: Sequence[str], cells: Sequence[str], file: str, line: int, *, several: bool) -> Record:
    if len(cells) != len(columns):
        raise BadLine(f"{len(cells)} cells where the header has {len(columns)}: quote a text that holds the sign")
    rest: dict[str, Any] = {}
    names: list[str] = []
    for column, cell in zip(columns, cells, strict=True):
        if column == "labels":
            names += [name.strip() for name in cell.split(BETWEEN)]
        elif column == "label":
            names.append(cell.strip())
        elif column == "never_send":
            if cell.strip().lower() not in _YES:
                raise BadLine(f'"never_send" is {shown(cell)}: expected true or false')
            rest[column] = _YES[cell.strip().lower()]
        elif cell or column == "text":
            rest[column] = cell
    text = rest.pop("text")
    if not text.strip():
        raise BadLine('"text" is blank: leave this row out')
    gold = gold_of([name for name in names if name], several=several) if set(_LABELS) & set(columns) else None
    return Record(document_of(rest, text, None, file, line), gold)


def write_table(rows: Iterable[LabelledDocument], out: TextIO, *, several: bool) -> Report:
    """A header, then one row a text: text, label (or labels), and id, language and never_send where any row has them.

    Of provenance it holds `annotator` and `simulated`, each where any row says it, and reads them as metadata. Tokens
    have no place in it, metadata and further provenance none either. Line ends inside a text are written as LF.
    """
    rows = list(rows)
    changed: Counter[str] = Counter()
    documents = [row.document for row in rows]
    further: dict[str, list[str]] = {
        "id": [document.name for document in documents],
        "language": [document.language or "" for document in documents],
        "never_send": ["true" if document.never_send else "" for document in documents],
    }
    further = {name: cells for name, cells in further.items() if any(cells)}
    for name in ("annotator", "simulated"):  # an empty column says that no label is simulated
        if any(name in row.provenance for row in rows):
            further[name] = [str(row.provenance.get(name) or "") for row in rows]
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["text", "labels" if several else "label", *further])
    for number, row in enumerate(rows):
        _count_changes(row, changed, several)
        cells = [_cell(cells[number]) for cells in further.values()]
        names = [name.replace(BETWEEN, "¦") for name in row.labels.classes] if several else row.labels.classes
        writer.writerow([_cell(row.document.text), BETWEEN.join(map(_cell, names)), *cells])
    changed = Counter({reason: count for reason, count in changed.items() if count})
    return Report(len(rows), sum(len(row.labels.classes) for row in rows), {}, changed, units="texts", noun="labels")


def _cell(value: str) -> str:
    return value.replace("\r\n", "\n").replace("\r", "\n").replace("\0", " ")


def _count_changes(row: LabelledDocument, changed: Counter[str], several: bool) -> None:
    document: Document = row.document
    changed["texts (line ends other than LF, or a NUL in them)"] += any(
        _cell(value) != value for value in (document.text, document.name)
    )
    changed["texts (tokens have no place in this format)"] += document.tokens is not None
    written_otherwise = sum(BETWEEN in name for name in row.labels.classes) if several else 0
    changed[f"labels (the sign {BETWEEN} in the name is written ¦)"] += written_otherwise
