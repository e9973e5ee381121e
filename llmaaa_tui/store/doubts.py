"""Doubtful labels: which may be asked once more, which a round does ask, and how far students differed from them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from .database import Store
from .items import labels_of
from .verdicts import judged


@dataclass(frozen=True, slots=True)
class Doubt:
    """A labelled item that a round asks once more.

    Attributes:
        score: how far its label can be trusted; the lower, the more doubtful.
        neighbours: the demonstrations its request shows, most similar last.
        seq: of the transaction that wrote it; 0 before.
    """

    item: int
    score: float
    neighbours: tuple[int, ...]
    seq: int = 0


def write_doubts(store: Store, number: int, doubts: Sequence[Doubt], seq: int) -> None:
    """What a round asks once more; inside the open transaction of `seq`."""
    for one in doubts:
        neighbours = json.dumps(one.neighbours)
        store.insert("doubt", round=number, item_id=one.item, score=one.score, neighbours=neighbours, seq=seq)


def doubts_of(store: Store, number: int) -> list[Doubt]:
    """What a round asks once more, the most doubtful first."""
    return [
        Doubt(row["item_id"], row["score"], tuple(json.loads(row["neighbours"])), row["seq"])
        for row in store.rows("SELECT * FROM doubt WHERE round = ? ORDER BY score, item_id", number)
    ]


def askable(store: Store, number: int, annotator: str, most: int) -> list[int]:
    """Labelled items that a round may ask this annotator about once more.

    Its own is the last word so far (not a person's, not another model's). Each has fewer than `most` usable answers,
    enough of all its answers are usable for a vote, and it was doubted once at most, and not in the round before.
    """
    rows = store.rows(
        "WITH given AS (SELECT item_id, SUM(state <> 'failed') AS usable, SUM(state = 'failed') AS failed"
        " FROM annotation WHERE annotator = ?2 AND kind = 'llm' AND replaces IS NULL GROUP BY item_id)"
        " SELECT label.item_id FROM label_in_force AS label"
        " JOIN annotation ON annotation.id = label.annotation_id AND annotation.annotator = ?2"
        " AND annotation.kind IN ('llm', 'vote')"
        " JOIN visible_item ON visible_item.id = label.item_id AND visible_item.role = 'pool'"
        " AND visible_item.never_send = 0"
        " JOIN given ON given.item_id = label.item_id AND given.usable < ?3 AND given.failed <= given.usable + 1"
        " WHERE label.verdict IS NULL"
        " AND (SELECT COUNT(*) FROM doubt WHERE doubt.item_id = label.item_id) < 2"
        " AND NOT EXISTS (SELECT 1 FROM doubt WHERE doubt.item_id = label.item_id AND doubt.round >= ?1 - 1)"
        " ORDER BY label.item_id",
        number,
        annotator,
        most,
    )
    decided = judged(store)
    return [row["item_id"] for row in rows if row["item_id"] not in decided]


def asked_in(store: Store, number: int, items: Sequence[int], annotator: str) -> dict[int, str]:
    """Of a round's doubtful items those that were asked once more already, with the state of the answer."""
    return {
        row["item_id"]: row["state"]
        for row in store.rows(
            "SELECT item_id, state FROM annotation WHERE round = ? AND annotator = ? AND kind = 'llm'"
            " AND item_id IN (SELECT value FROM json_each(?)) ORDER BY id",
            number,
            annotator,
            json.dumps(list(items)),
        )
    }


def labels_before(store: Store, number: int, items: Sequence[int], annotator: str) -> dict[int, int]:
    """The annotation that was each item's label before a round asked about it once more."""
    return {
        row["item_id"]: row["label"]
        for row in store.rows(
            "SELECT item_id, MAX(id) AS label FROM annotation WHERE annotator = ? AND kind IN ('llm', 'vote')"
            " AND state <> 'failed' AND round IS NOT ? AND item_id IN (SELECT value FROM json_each(?))"
            " GROUP BY item_id",
            annotator,
            number,
            json.dumps(list(items)),
        )
    }


def dissent(store: Store) -> dict[int, float]:
    """By labelled item, how far its label is from what a student said first: 1 - F1, 0 where both say nothing.

    The first student asked has not learnt it, but in round 1, whose sentences only its own student was asked about.
    """
    rows = store.rows(
        "SELECT label.item_id, label.annotation_id AS label, MIN(student.id) AS student FROM label_in_force AS label"
        " JOIN annotation AS student ON student.item_id = label.item_id AND student.kind = 'student'"
        " GROUP BY label.item_id"
    )
    labels = labels_of(store, [annotation for row in rows for annotation in (row["label"], row["student"])])
    result = {}
    for row in rows:
        label, student = ({*labels[row[one]].spans, *labels[row[one]].classes} for one in ("label", "student"))
        size = len(label) + len(student)
        result[row["item_id"]] = 1 - 2 * len(label & student) / size if size else 0.0
    return result
