"""What stands behind a round's training set: whose label a person confirmed, and which answers a vote was taken over.

Both are read as of the moment the training set was written, so that a training that is repeated sees the same.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from .database import Store


def trusted(store: Store, number: int) -> set[int]:
    """Items of a round's training set whose label a person accepted or gave."""
    rows = store.rows(
        "SELECT seen.item_id FROM training_example AS seen WHERE seen.round = ? AND EXISTS ("
        "SELECT 1 FROM decision WHERE decision.item_id = seen.item_id AND decision.seq <= seen.seq"
        " AND ((decision.verdict = 'accept' AND decision.annotation_id = seen.annotation_id)"
        " OR (decision.verdict = 'mend' AND decision.human_annotation_id = seen.annotation_id))"
        " AND NOT EXISTS (SELECT 1 FROM decision AS undo WHERE undo.undoes = decision.id AND undo.seq <= seen.seq))",
        number,
    )
    return {row["item_id"] for row in rows}


def samples(store: Store, number: int) -> dict[int, list[int]]:
    """By item of a round's training set whose label is a vote, the usable answers it was taken over, as annotations."""
    found: dict[int, list[int]] = defaultdict(list)
    for row in store.rows(
        "SELECT seen.item_id, answer.id FROM training_example AS seen"
        " JOIN annotation AS vote ON vote.id = seen.annotation_id AND vote.kind = 'vote'"
        " JOIN annotation AS answer ON answer.item_id = seen.item_id AND answer.kind = 'llm'"
        " AND answer.annotator = vote.annotator AND answer.state <> 'failed' AND answer.seq <= seen.seq"
        " WHERE seen.round = ?1 AND answer.id NOT IN (SELECT replaces FROM annotation WHERE replaces IS NOT NULL"
        " AND seq <= (SELECT MAX(seq) FROM training_example WHERE round = ?1))"
        " ORDER BY seen.item_id, answer.sample, answer.id",
        number,
    ):
        found[row["item_id"]].append(row["id"])
    return dict(found)


def model_settings(store: Store, number: int) -> dict[str, Any] | None:
    """The settings a round's student was trained with, `warm` (the folder it went on from) among them; None before."""
    value = store.value("SELECT settings FROM model WHERE round = ? ORDER BY id DESC LIMIT 1", number)
    found: dict[str, Any] | None = None if value is None else json.loads(value)
    return found
