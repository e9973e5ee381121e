"""The newest round's sentences in a snapshot, with what was answered. Plain sqlite3, read only."""

from __future__ import annotations

import json
from collections import defaultdict

from ..core.annotation import GroundedSpan
from ..core.document import Span
from ..core.snapshot import BatchItem
from ..core.states import State
from .last_words import last_words, reads_again
from .reading import Reading, later


def batch(reading: Reading, number: int, limit: int) -> tuple[BatchItem, ...]:
    """The batch of round `number` by rank, as of `limit`."""
    spans: dict[int, list[GroundedSpan]] = defaultdict(list)
    for row in reading.rows(
        "SELECT span.* FROM span JOIN annotation ON annotation.id = span.annotation_id"
        " WHERE annotation.round = ? AND annotation.kind IN ('llm', 'gold', 'vote') AND span.seq <= ?"
        " ORDER BY span.start",
        number,
        limit,
    ):
        spans[row["annotation_id"]].append(
            GroundedSpan(
                Span(row["start"], row["end"], row["label"]),
                row["rung"],
                tuple(json.loads(row["flags"])),
                later(row, "confidence"),
            )
        )
    last = last_words(reading)
    rows = reading.rows(f"SELECT * FROM ({last}) WHERE round = :number", {"limit": limit, "number": number})
    newest = {row["item_id"]: row for row in rows}
    attempts = reading.count_by(
        "SELECT item_id, COUNT(*) FROM annotation WHERE round = ? AND kind IN ('llm', 'gold') AND seq <= ?"
        f"{' AND replaces IS NULL' if reads_again(reading) else ''} GROUP BY item_id",
        number,
        limit,
    )
    result = []
    for row in reading.rows(
        "SELECT selection.item_id, selection.rank, selection.score, document.text FROM selection"
        " JOIN item ON item.id = selection.item_id JOIN document ON document.id = item.document_id"
        " WHERE selection.round = ? AND selection.seq <= ? ORDER BY selection.rank",
        number,
        limit,
    ):
        answer = newest.get(row["item_id"])
        result.append(
            BatchItem(
                item=row["item_id"],
                rank=row["rank"],
                score=row["score"],
                text=row["text"],
                state=State(answer["state"]) if answer else None,
                spans=tuple(spans[answer["id"]]) if answer else (),
                failure=answer["failure"] if answer else None,
                detail=answer["detail"] if answer else "",
                attempts=attempts[row["item_id"]],
                flags=tuple(json.loads(later(answer, "flags") or "[]")),
                confidence=later(answer, "confidence"),
            )
        )
    return tuple(result)
