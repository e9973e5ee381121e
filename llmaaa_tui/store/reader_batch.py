"""The newest round's sentences in a snapshot, with what was answered. Plain sqlite3, read only."""

from __future__ import annotations

import json

from ..core.review import Said
from ..core.snapshot import BatchItem
from ..core.states import State
from .last_words import last_words, reads_again
from .reading import Reading, later
from .saying import pair, pair_columns, said


def batch(reading: Reading, number: int, limit: int) -> tuple[BatchItem, ...]:
    """The batch of round `number` by rank, as of `limit`."""
    last = last_words(reading)
    rows = reading.rows(f"SELECT * FROM ({last}) WHERE round = :number", {"limit": limit, "number": number})
    newest = {row["item_id"]: row for row in rows}
    labels = said(reading.connection, [row["id"] for row in rows])
    attempts = reading.count_by(
        "SELECT item_id, COUNT(*) FROM annotation WHERE round = ? AND kind IN ('llm', 'gold') AND seq <= ?"
        f"{' AND replaces IS NULL' if reads_again(reading) else ''} GROUP BY item_id",
        number,
        limit,
    )
    result = []
    for row in reading.rows(
        f"SELECT selection.item_id, selection.rank, selection.score, document.text, {pair_columns(reading)}"
        " FROM selection"
        " JOIN item ON item.id = selection.item_id JOIN document ON document.id = item.document_id"
        " WHERE selection.round = ? AND selection.seq <= ? ORDER BY selection.rank",
        number,
        limit,
    ):
        answer = newest.get(row["item_id"])
        found = labels[answer["id"]] if answer else Said()
        result.append(
            BatchItem(
                item=row["item_id"],
                rank=row["rank"],
                score=row["score"],
                text=row["text"],
                state=State(answer["state"]) if answer else None,
                spans=found.spans,
                classes=found.classes,
                pair=pair(row),
                failure=answer["failure"] if answer else None,
                detail=answer["detail"] if answer else "",
                attempts=attempts[row["item_id"]],
                flags=tuple(json.loads(later(answer, "flags") or "[]")),
                confidence=later(answer, "confidence"),
            )
        )
    return tuple(result)
