"""What each item's answer came to, and what people said of it, as of any moment; the views say it of the present."""

from __future__ import annotations

from .reading import Reading


def last_words(reading: Reading) -> str:
    """SQL of one annotation an item and round, as of the named parameter `limit`.

    The newest usable answer, else the newest; a vote stands for its samples; of an answer that was read again
    the newest reading counts. (`round >= 0`, for SQLite uses no index to find what is not null; hidden gold of a large
    pool is many rows.)
    """
    replaced = (
        " AND id NOT IN (SELECT replaces FROM annotation WHERE replaces IS NOT NULL AND seq <= :limit)"
        if reads_again(reading)
        else ""
    )
    return (
        "SELECT * FROM (SELECT *, ROW_NUMBER() OVER"
        " (PARTITION BY round, item_id ORDER BY state = 'failed', id DESC) AS age FROM annotation"
        f" WHERE round >= 0 AND kind IN ('llm', 'gold', 'vote') AND seq <= :limit{replaced}"
        " AND NOT (kind = 'llm' AND (round, item_id, annotator) IN"
        " (SELECT round, item_id, annotator FROM annotation WHERE kind = 'vote' AND round >= 0 AND seq <= :limit)))"
        " WHERE age = 1"
    )


def standing_decisions(reading: Reading) -> str:
    """SQL of one decision an item, the one that stands, as of the named parameter `limit`.

    The last that was not undone, unless it is a rejection that an answer has overtaken which was asked for after it.
    """
    overtaken = (
        " AND NOT EXISTS (SELECT 1 FROM reask JOIN annotation ON annotation.item_id = reask.item_id"
        " AND annotation.seq > reask.seq AND annotation.seq <= :limit AND annotation.kind IN ('llm', 'vote')"
        " AND annotation.state <> 'failed' AND annotation.replaces IS NULL"
        " WHERE reask.decision_id = newest.id AND reask.seq <= :limit)"
        if reading.has_table("reask")
        else ""
    )
    return (
        "SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY item_id ORDER BY id DESC) AS age FROM decision"
        " WHERE verdict <> 'undo' AND seq <= :limit AND id NOT IN"
        " (SELECT undoes FROM decision WHERE undoes IS NOT NULL AND seq <= :limit)) AS newest"
        f" WHERE age = 1{overtaken}"
    )


def reads_again(reading: Reading) -> bool:
    """Whether answers can have been read again: a database no worker of this version has opened lacks the column."""
    return reading.has_column("annotation", "replaces")


def answered_words(reading: Reading, limit: int) -> int:
    """Words of all sentences that the annotator has answered usably."""
    return int(
        reading.value(
            "SELECT COALESCE(SUM(words), 0) FROM document JOIN item ON item.document_id = document.id WHERE item.id IN"
            " (SELECT item_id FROM annotation WHERE round >= 0 AND state <> 'failed' AND seq <= ?)",
            limit,
        )
    )
