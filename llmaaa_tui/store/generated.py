"""Sentences that an annotator wrote: stored with their labels in the transaction that ends the round's asking."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.annotation import ItemAnswer
from ..core.document import Document
from ..core.split import STRICTNESS
from ..core.states import Kind, Phase, Role
from ..core.tokens import words_of
from .database import Store, now
from .replies import insert_answer


@dataclass(frozen=True, slots=True)
class Generated:
    """One sentence that is kept, with the request that brought it and the demonstrations that showed."""

    document: Document
    answer: ItemAnswer
    request_key: str
    sample: int
    request: int
    neighbours: tuple[int, ...]


def known_texts(store: Store) -> Iterator[tuple[str, Role]]:
    """Every text of the project with its role, the strictest role first, what was generated last."""
    for role in (*STRICTNESS, Role.GENERATED):
        for row in store.rows("SELECT text FROM visible_item WHERE role = ? ORDER BY id", role):
            yield row["text"], role


def write_generated(
    store: Store,
    number: int,
    source: str,
    annotator: str,
    kept: Sequence[Generated],
    seconds: float,
    detail: Mapping[str, Any],
) -> None:
    """Documents, items of role generated, their labels and the end of the step, all of it or nothing.

    Args:
        source: "zerogen" or "fewgen".
        annotator: as it is stored with every answer.
        detail: what is noted with the end of the step.
    """
    with store.transaction() as seq:
        import_id = store.insert(
            "import", role=Role.GENERATED, file=annotator, format=source, started_utc=now(), seq=seq
        )
        for rank, one in enumerate(kept, start=1):
            item = _write_item(store, import_id, f"{source}-{number}-{rank}", one.document, seq)
            store.insert(
                "request_item",
                request_key=one.request_key,
                item_id=item,
                position=rank,
                round=number,
                sample=one.sample,
                purpose="generate",
                seq=seq,
            )
            store.insert(
                "selection",
                round=number,
                item_id=item,
                strategy=source,
                rank=rank,
                neighbours=json.dumps(one.neighbours),
                bundle=one.request,
                seq=seq,
            )
            insert_answer(
                store,
                one.answer,
                seq,
                item_id=item,
                kind=Kind.LLM,
                annotator=annotator,
                request_key=one.request_key,
                sample=one.sample,
                round=number,
            )
        report = json.dumps({"round": number, **detail}, ensure_ascii=False)
        store.insert("import_end", import_id=import_id, documents=len(kept), report=report, ended_utc=now(), seq=seq)
        store.insert(
            "phase",
            round=number,
            name=Phase.ANNOTATE,
            state="done",
            seconds=seconds,
            detail=json.dumps(detail),
            created_utc=now(),
            seq=seq,
        )


def _write_item(store: Store, import_id: int, name: str, document: Document, seq: int) -> int:
    written = store.insert(
        "document",
        import_id=import_id,
        name=name,
        text=document.text,
        words=len(words_of(document)),
        metadata=json.dumps({"generated": True}),
        file="",
        line=0,
        sha256=document.sha256,
        seq=seq,
    )
    return store.insert("item", document_id=written, role=Role.GENERATED, seq=seq)
