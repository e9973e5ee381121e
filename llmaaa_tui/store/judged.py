"""The answer that a person judges and the decision that stands, one an item, as of any moment. Plain sqlite3.

The views `label_in_force` and `standing_decision` say the same of the present; here a failed answer is one too where
there is no other. All SQL takes the named parameter `limit`, a seq.
"""

from __future__ import annotations

from .last_words import answered_again, reads_again
from .reading import Reading

_USABLE_FIRST = 2**60  # more than any id


def judged(reading: Reading, where: str = "TRUE", columns: str = "annotation.*") -> str:
    """SQL of the annotation of each answered pool item: the newest usable one, else the newest.

    A vote stands for the answers it was taken over, and of an answer that was read again the newest reading counts.
    """
    replaced = (
        " AND annotation.id NOT IN (SELECT replaces FROM annotation WHERE replaces IS NOT NULL AND seq <= :limit)"
        if reads_again(reading)
        else ""
    )
    # With one MAX, SQLite takes all other columns from the row that has it.
    return (
        f"SELECT {columns}, MAX((annotation.state <> 'failed') * {_USABLE_FIRST} + annotation.id) AS age"
        " FROM annotation CROSS JOIN item ON item.id = annotation.item_id AND item.role IN ('pool', 'generated')"
        " WHERE (annotation.kind IN ('llm', 'vote') OR (annotation.kind = 'gold' AND annotation.round IS NOT NULL))"
        f" AND annotation.seq <= :limit{replaced} AND {where}"
        " AND NOT (annotation.kind = 'llm' AND EXISTS (SELECT 1 FROM annotation AS vote WHERE vote.kind = 'vote'"
        " AND vote.item_id = annotation.item_id AND vote.annotator = annotation.annotator"
        " AND +vote.round = annotation.round AND vote.seq <= :limit))"
        " GROUP BY annotation.item_id"
    )


def standing(reading: Reading, where: str = "TRUE") -> str:
    """SQL of the decision that stands on each item: the last not undone, but no rejection that was overtaken."""
    overtaken = (
        f" WHERE last.verdict <> 'reject' OR NOT EXISTS ({answered_again('last.id')})"
        if reading.has_table("reask")
        else ""
    )
    return (
        "SELECT * FROM (SELECT decision.*, MAX(decision.id) AS age FROM decision"
        f" WHERE decision.verdict <> 'undo' AND decision.seq <= :limit AND {where}"
        " AND NOT EXISTS (SELECT 1 FROM decision AS undo WHERE undo.undoes = decision.id AND undo.seq <= :limit)"
        f" GROUP BY decision.item_id) AS last{overtaken}"
    )


def asked_again(reading: Reading) -> str:
    """SQL of the items that a person had asked again, after a rejection that was not undone."""
    if not reading.has_table("reask"):
        return "SELECT NULL AS item_id WHERE FALSE"
    return (
        "SELECT reask.item_id FROM reask WHERE reask.seq <= :limit"
        " AND NOT EXISTS (SELECT 1 FROM decision AS undo WHERE undo.undoes = reask.decision_id AND undo.seq <= :limit)"
    )
