"""Write documents, items and gold; nothing of an import shows before its last row."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from ..core.document import Document, Record
from ..core.labels import LabelSet
from ..core.states import Kind, Role, State
from ..core.tokens import words_of
from .database import Store, now

ROWS_A_TRANSACTION = 2000


def create_project(store: Store, *, name: str, task: str, mode: str, labels: LabelSet, seed: int) -> str:
    """Write the project's one row, the negative label with the labels; gives its uuid."""
    identity = uuid.uuid4().hex
    with store.transaction() as seq:
        store.insert(
            "project",
            id=1,
            uuid=identity,
            name=name,
            task=task,
            mode=mode,
            labels=json.dumps(labels.names, ensure_ascii=False),
            **({} if labels.negative is None else {"negative": labels.negative}),
            seed=seed,
            created_utc=now(),
            seq=seq,
        )
    return identity


def write_import(
    store: Store, role: Role, records: Sequence[Record], *, file: str, format_name: str, report: Mapping[str, Any]
) -> int:
    """Store records as items of one role, their gold as annotations of kind gold (hidden, for the pool).

    Records that follow one another and have the same text share a document: the pairs of a sentence. Transactions
    hold at most 2,000 rows; the import becomes visible with its last one.
    """
    with store.transaction() as seq:
        import_id = store.insert("import", role=role, file=file, format=format_name, started_utc=now(), seq=seq)
    with _Batches(store) as batches:
        shared: tuple[Document, int] | None = None
        for record in records:
            document = replace(record.document, pair=None, name="", line=0)
            if shared is None or record.document.pair is None or shared[0] != document:
                shared = document, _write_document(batches, import_id, record.document)
            _write_item(batches, shared[1], role, record)
    with store.transaction() as seq:
        store.insert(
            "import_end",
            import_id=import_id,
            documents=len(records),
            report=json.dumps(report, ensure_ascii=False),
            ended_utc=now(),
            seq=seq,
        )
    return import_id


class _Batches:
    """Inserts rows, beginning a new transaction wherever one is full."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._open: AbstractContextManager[int] | None = None
        self._seq = 0
        self._rows = 0

    def __enter__(self) -> _Batches:
        return self

    def __exit__(self, *error: Any) -> None:
        if self._open is not None:
            self._open.__exit__(*error)

    def insert(self, table: str, **values: Any) -> int:
        if self._open is None or self._rows == ROWS_A_TRANSACTION:
            if self._open is not None:
                self._open.__exit__(None, None, None)
            self._open, self._rows = self._store.transaction(), 0
            self._seq = self._open.__enter__()
        self._rows += 1
        return self._store.insert(table, **values, seq=self._seq)


def _write_document(batches: _Batches, import_id: int, document: Document) -> int:
    return batches.insert(
        "document",
        import_id=import_id,
        name=document.name,
        text=document.text,
        tokens=None if document.tokens is None else json.dumps(document.tokens),
        words=len(words_of(document)),
        language=document.language,
        metadata=json.dumps(dict(document.metadata), ensure_ascii=False),
        file=document.file,
        line=document.line,
        sha256=document.sha256,
        never_send=int(document.never_send),
    )


def _write_item(batches: _Batches, document_id: int, role: Role, record: Record) -> None:
    pair, place = record.document.pair, {}
    if pair is not None:
        place = {
            "head_start": pair.head[0],
            "head_end": pair.head[1],
            "tail_start": pair.tail[0],
            "tail_end": pair.tail[1],
            "head_type": pair.head_type,
            "tail_type": pair.tail_type,
            "name": record.document.name,
        }
    item_id = batches.insert("item", document_id=document_id, role=role, **place)
    if record.gold is None:
        return
    annotation_id = batches.insert(
        "annotation",
        item_id=item_id,
        kind=Kind.GOLD,
        annotator="gold",
        state=State.LABELLED if record.gold else State.EMPTY,
        created_utc=now(),
    )
    for span in record.gold.spans:
        batches.insert("span", annotation_id=annotation_id, start=span.start, end=span.end, label=span.label)
    for label in record.gold.classes:
        batches.insert("class_label", annotation_id=annotation_id, label=label)
