"""What people decided, as the worker reads it: what is left to look at, to ask again, to show as a demonstration."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..core.document import Labels
from ..core.states import State
from . import saying
from .database import Store
from .items import gold_of, labels_of

FOREVER = 2**63 - 1
"""A seq that no transaction reaches."""


@dataclass(frozen=True, slots=True)
class Reask:
    """An item that a person wants asked again, the demonstrations it was picked with, and when (a seq)."""

    item: int
    neighbours: tuple[int, ...]
    seq: int


def to_look_at(store: Store, number: int) -> list[int]:
    """Items of a round with a reason for a person to look: their answer failed, is flagged (as a whole or in a span),
    was voted on without agreement, or the student that had not learned it says otherwise."""
    rows = store.rows("SELECT * FROM answer_in_round WHERE round = ? ORDER BY item_id", number)
    students = {
        row["item_id"]: row["id"]
        for row in store.rows("SELECT id, item_id FROM annotation WHERE kind = 'student' AND round = ?", number)
    }
    every = [*(row["annotation_id"] for row in rows), *students.values()]
    said = saying.said(store.connection, every)

    def plain(annotation: int) -> set[object]:
        labels = said[annotation].labels
        return {*labels.spans, *labels.classes}

    return [
        row["item_id"]
        for row in rows
        if row["state"] == State.FAILED
        or json.loads(row["flags"])
        or any(one.flags for one in said[row["annotation_id"]].spans)
        or (row["confidence"] is not None and row["confidence"] < 1)
        or (row["item_id"] in students and plain(students[row["item_id"]]) != plain(row["annotation_id"]))
    ]


def made_demonstrations(store: Store) -> list[int]:
    """Pool items that people made demonstrations and that may be shown to an annotator, in order of import."""
    return [
        row["id"]
        for row in store.rows(
            "SELECT id FROM visible_item WHERE never_send = 0 AND id IN (SELECT item_id FROM made_demonstration)"
            " ORDER BY id"
        )
    ]


def shown_labels(store: Store, items: Iterable[int], as_of: int = FOREVER) -> dict[int, Labels]:
    """The labels that demonstrations are shown with: their gold, or what a person accepted or gave up to a seq.

    An item that people made a demonstration is never shown with its hidden gold; one without such a label is left out.
    """
    wanted = list(items)
    gold = [
        row["id"]
        for row in store.rows(
            "SELECT id FROM item WHERE role = 'demonstration' AND id IN (SELECT value FROM json_each(?))",
            json.dumps(wanted),
        )
    ]
    made = {
        row["item_id"]: row["label"]
        for row in store.rows(
            "SELECT last.item_id, label FROM (SELECT item_id, verdict,"
            " COALESCE(human_annotation_id, annotation_id) AS label,"
            " ROW_NUMBER() OVER (PARTITION BY item_id ORDER BY id DESC) AS age FROM decision"
            " WHERE verdict IN ('accept', 'reject', 'mend') AND seq <= ?1"
            " AND NOT EXISTS (SELECT 1 FROM decision AS undo WHERE undo.undoes = decision.id AND undo.seq <= ?1)"
            " AND item_id IN (SELECT value FROM json_each(?2))) AS last"
            " JOIN annotation ON annotation.id = label AND annotation.state <> 'failed'"
            " WHERE age = 1 AND verdict <> 'reject'",
            as_of,
            json.dumps(wanted),
        )
    }
    labels = labels_of(store, made.values())
    shown = {**{item: labels[label] for item, label in made.items()}, **gold_of(store, gold)}
    return {item: shown[item] for item in wanted if item in shown}


def unreviewed(store: Store, items: Iterable[int]) -> list[int]:
    """Those of these items that no decision stands for; a skip counts as one."""
    wanted = list(items)
    decided = {
        row["item_id"]
        for row in store.rows(
            "SELECT item_id FROM standing_decision WHERE item_id IN (SELECT value FROM json_each(?))",
            json.dumps(wanted),
        )
    }
    return [item for item in wanted if item not in decided]


def answered_again(store: Store) -> list[int]:
    """Items whose rejection an answer has overtaken that a person asked for, and that nobody has looked at since."""
    rows = store.rows(
        "SELECT DISTINCT decision.item_id FROM overtaken JOIN decision ON decision.id = overtaken.decision_id"
        " WHERE decision.item_id NOT IN (SELECT item_id FROM standing_decision) ORDER BY 1"
    )
    return [row["item_id"] for row in rows]


def judged(store: Store) -> set[int]:
    """Items that people decided on, so that nothing more has to be bought for them; a skip decides nothing."""
    return {row["item_id"] for row in store.rows("SELECT item_id FROM standing_decision WHERE verdict <> 'skip'")}


def reasks(store: Store, how: str, annotator: str) -> list[Reask]:
    """Items rejected and to be asked again ("sample" or "model") that this annotator has not answered about since.

    What was undone, or decided otherwise since, is not asked. One an item: the newest. "" stands for any annotator.
    """
    rows = store.rows(
        "SELECT reask.item_id, MAX(reask.seq) AS seq, (SELECT neighbours FROM selection"
        " WHERE selection.item_id = reask.item_id ORDER BY selection.id DESC LIMIT 1) AS neighbours FROM reask"
        " JOIN decision ON decision.id = reask.decision_id AND decision.verdict = 'reject'"
        " JOIN visible_item ON visible_item.id = reask.item_id AND visible_item.never_send = 0"
        " WHERE reask.how = ?1 AND NOT EXISTS (SELECT 1 FROM decision AS undo WHERE undo.undoes = decision.id)"
        " AND NOT EXISTS (SELECT 1 FROM decision AS later WHERE later.item_id = decision.item_id"
        " AND later.id > decision.id AND later.verdict IN ('accept', 'reject', 'mend')"
        " AND NOT EXISTS (SELECT 1 FROM decision AS undo WHERE undo.undoes = later.id))"
        " AND NOT EXISTS (SELECT 1 FROM annotation WHERE annotation.item_id = reask.item_id"
        " AND annotation.kind = 'llm' AND annotation.round IS NULL AND (?2 = '' OR annotation.annotator = ?2)"
        " AND annotation.seq > reask.seq"
        " AND annotation.replaces IS NULL) GROUP BY reask.item_id ORDER BY reask.item_id",
        how,
        annotator,
    )
    return [Reask(row["item_id"], tuple(json.loads(row["neighbours"] or "[]")), row["seq"]) for row in rows]


def next_samples(store: Store, items: Sequence[int], annotator: str) -> dict[int, int]:
    """By item, the first sample number that this annotator was never asked for."""
    used = {
        row["item_id"]: row["used"] + 1
        for row in store.rows(
            "SELECT item_id, MAX(sample) AS used FROM annotation WHERE kind = 'llm' AND annotator = ?"
            " AND item_id IN (SELECT value FROM json_each(?)) GROUP BY item_id",
            annotator,
            json.dumps(list(items)),
        )
    }
    return {item: used.get(item, 0) for item in items}
