"""What lies behind one answer: its layers' labels, the requests, the raw bytes and what they cost. Plain sqlite3."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Sequence

from ..core.review import Cost, Exchange, Layer, Said
from ..core.states import Kind, State
from .reading import Reading, later
from .saying import said

_STUDENT = re.compile(r"student-round-(\d+)$")


def layers(reading: Reading, rows: Sequence[sqlite3.Row | None], selected: int | None) -> list[Layer | None]:
    """Annotations with their labels; `selected` is the round in which their item was picked."""
    labels = said(reading.connection, [row["id"] for row in rows if row is not None])
    return [None if row is None else _layer(row, labels[row["id"]], selected) for row in rows]


def _layer(row: sqlite3.Row, labels: Said, selected: int | None) -> Layer:
    return Layer(
        annotation=row["id"],
        kind=row["kind"],
        annotator=row["annotator"],
        state=State(row["state"]),
        spans=labels.spans,
        classes=labels.classes,
        failure=row["failure"],
        detail=row["detail"],
        flags=tuple(json.loads(later(row, "flags") or "[]")),
        confidence=later(row, "confidence"),
        round=row["round"],
        in_sample=row["kind"] == Kind.STUDENT and in_sample(row["annotator"], selected),
    )


def in_sample(student: str, selected: int | None) -> bool:
    """Whether a student, named by its round, was trained on what was picked in round `selected`."""
    named = _STUDENT.search(student)
    return selected is not None and named is not None and int(named[1]) >= selected


def cost(reading: Reading, answer: sqlite3.Row, limit: int, paid: int) -> Cost | None:
    """What the request behind an answer cost; of a vote all requests of its samples. None where no bill is known.

    Args:
        limit, paid: the project's and the ledger's seq up to which rows count.
    """
    if not reading.has_table("attempt_end", reading.ledger):
        return None
    if answer["kind"] == Kind.VOTE:
        keys = [
            row["request_key"]
            for row in reading.rows(
                "SELECT DISTINCT request_key FROM annotation WHERE item_id = ? AND kind = 'llm' AND annotator = ?"
                " AND id < ? AND request_key IS NOT NULL AND seq <= ?",
                answer["item_id"],
                answer["annotator"],
                answer["id"],
                limit,
            )
        ]
    else:
        keys = [answer["request_key"]] if answer["request_key"] else []
    total = Cost(0, 0, 0, 0, 0)
    for key in keys:
        items = max(1, reading.value("SELECT COUNT(DISTINCT item_id) FROM request_item WHERE request_key = ?", key))
        for row in reading.rows(
            f"SELECT done.* FROM {reading.ledger}.attempt AS attempt JOIN {reading.ledger}.attempt_end AS done"
            " ON done.attempt_id = attempt.id AND done.state = 'settled' AND done.seq <= ?"
            " WHERE attempt.request_key = ?",
            paid,
            key,
        ):
            if later(row, "unconfirmed_nanousd"):
                return None
            total = Cost(
                total.input + (row["input_tokens"] or 0),
                total.cached + (row["cached_tokens"] or 0),
                total.output + (row["output_tokens"] or 0),
                total.nanousd + round(row["cost_nanousd"] / items),
                max(total.items, items),
            )
    return total if total.items else None


def exchanges(reading: Reading, item: int, limit: int, paid: int) -> tuple[Exchange, ...]:
    """Every request about an item as it was sent, with its raw answer, the newest first.

    Args:
        limit, paid: the project's and the ledger's seq up to which rows count.
    """
    ledger = reading.ledger
    if not reading.has_table("response", ledger):
        return ()
    rows = reading.rows(
        "SELECT asked.request_key, request.model, asked.sample, request.body AS question, attempt.id AS attempt,"
        " done.state, response.body AS answer, COALESCE(attempt.created_utc, request.created_utc) AS at"
        " FROM (SELECT request_key, MAX(id) AS id, MAX(sample) AS sample FROM request_item"
        " WHERE item_id = :item AND seq <= :limit GROUP BY request_key) AS asked"
        f" JOIN {ledger}.request AS request ON request.key = asked.request_key AND request.seq <= :paid"
        f" LEFT JOIN {ledger}.attempt AS attempt ON attempt.request_key = request.key AND attempt.seq <= :paid"
        f" LEFT JOIN {ledger}.attempt_end AS done ON done.attempt_id = attempt.id AND done.seq <= :paid"
        f" LEFT JOIN {ledger}.response AS response ON response.attempt_id = attempt.id AND response.seq <= :paid"
        " ORDER BY asked.id DESC, attempt.id DESC",
        {"item": item, "limit": limit, "paid": paid},
    )
    return tuple(
        Exchange(
            request_key=row["request_key"],
            model=row["model"],
            sample=row["sample"],
            body="" if row["question"] == "{}" else row["question"],  # a purge leaves these two signs
            answer=bytes(row["answer"] or b"").decode("utf-8", "replace"),
            state=row["state"] or ("in flight" if row["attempt"] is not None else ""),
            created_utc=row["at"],
        )
        for row in rows
    )
