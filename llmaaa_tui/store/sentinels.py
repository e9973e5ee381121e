"""Sentinels: gold items that the annotator is asked about again and again, and what it said of them each time.

A sentinel is an item of its own that shares its document with the item of meta it was drawn from: its answers are no
answers about that one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from ..core.document import Labels
from ..core.states import Kind, Role, State
from .database import Store, now
from .items import gold_of, items_of, labels_of


def sentinels(store: Store) -> list[int]:
    """The project's sentinels, in the order they were drawn; [] before."""
    return items_of(store, Role.SENTINEL)


def write_sentinels(store: Store, drawn: Sequence[int]) -> list[int]:
    """Make sentinels of items with gold, once a project; gives their ids."""
    gold = gold_of(store, drawn)
    with store.transaction() as seq:
        for item in drawn:
            (row,) = store.rows("SELECT * FROM item WHERE id = ?", item)
            columns = {name: row[name] for name in row.keys() if name not in ("id", "role", "seq")}  # noqa: SIM118
            made = store.insert("item", **columns, role=Role.SENTINEL, seq=seq)
            labels = gold[item]
            state = State.LABELLED if labels else State.EMPTY
            annotation = store.insert(
                "annotation", item_id=made, kind=Kind.GOLD, annotator="gold", state=state, created_utc=now(), seq=seq
            )
            for span in labels.spans:
                store.insert(
                    "span", annotation_id=annotation, start=span.start, end=span.end, label=span.label, seq=seq
                )
            for label in labels.classes:
                store.insert("class_label", annotation_id=annotation, label=label, seq=seq)
    return sentinels(store)


def said_at(store: Store, items: Sequence[int], annotator: str, sample: int) -> dict[int, Labels | None]:
    """What an annotator answered about items at one sample number; None where that failed."""
    rows = store.rows(
        "SELECT item_id, id, state FROM annotation WHERE annotator = ? AND kind = 'llm' AND sample = ?"
        " AND id NOT IN (SELECT replaces FROM annotation WHERE replaces IS NOT NULL)"
        " AND item_id IN (SELECT value FROM json_each(?)) ORDER BY id",
        annotator,
        sample,
        json.dumps(list(items)),
    )
    labels = labels_of(store, [row["id"] for row in rows])
    return {row["item_id"]: None if row["state"] == State.FAILED else labels[row["id"]] for row in rows}


def looks(store: Store, annotator: str) -> list[tuple[int, float | None]]:
    """The rounds in which an annotator was asked about the sentinels, each with its p, in their order."""
    rows = store.rows("SELECT round, p FROM drift WHERE annotator = ? ORDER BY id", annotator)
    return [(row["round"], row["p"]) for row in rows]
