"""Which answers a person is to look at, with how suspicious each is: one pass over all of them. Plain sqlite3.

The weights are those of `suspicion`, reckoned by SQLite, for a queue may hold tens of thousands.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from ..core.review import Filter, Order, QueueRow, Verdict
from ..core.states import State
from . import suspicion
from .judged import asked_again, judged, standing
from .reading import Reading
from .saying import HAS_LABEL

_STATES = {state.value: state for state in State}
_VERDICTS = {None: None} | {verdict.value: verdict for verdict in Verdict}

_NUMBER = "(SELECT MAX(round) FROM selection WHERE selection.item_id = answer.item_id AND selection.seq <= :limit)"
_STUDENT = (
    " LEFT JOIN annotation AS student ON student.id = (SELECT id FROM annotation WHERE item_id = answer.item_id"
    " AND kind = 'student' AND seq <= :limit ORDER BY id DESC LIMIT 1)"
)
_LABELS = (
    "(SELECT COUNT(*) FROM span WHERE annotation_id = {0}.id)"
    " + (SELECT COUNT(*) FROM class_label WHERE annotation_id = {0}.id)"
)
_DISSENT = (
    "CASE WHEN student.id IS NULL OR 'failed' IN (student.state, answer.state) THEN FALSE"
    " WHEN student.state <> answer.state THEN TRUE WHEN answer.state = 'empty' THEN FALSE"
    f" ELSE {_LABELS.format('answer')} <> {_LABELS.format('student')}"
    " OR EXISTS (SELECT 1 FROM span AS mine WHERE mine.annotation_id = answer.id AND NOT EXISTS"
    " (SELECT 1 FROM span AS other WHERE other.annotation_id = student.id AND other.start = mine.start"
    ' AND other."end" = mine."end" AND other.label = mine.label))'
    " OR EXISTS (SELECT 1 FROM class_label AS mine WHERE mine.annotation_id = answer.id AND NOT EXISTS"
    " (SELECT 1 FROM class_label AS other WHERE other.annotation_id = student.id AND other.label = mine.label)) END"
)
_IN_SAMPLE = (
    "COALESCE(student.annotator GLOB 'student-round-[0-9]*' AND CAST(substr(student.annotator, 15) AS INTEGER)"
    f" >= {_NUMBER}, FALSE)"
)
_TRUST = "(SELECT weight FROM example_weight WHERE round = :weighed AND item_id = answer.item_id)"


def queue(
    reading: Reading, wanted: Filter, order: Order, *, seed: int, limit: int, weighed: int
) -> tuple[QueueRow, ...]:
    """The items that a filter asks for, in the order wanted.

    Args:
        seed: of the random order.
        limit: the seq up to which rows count.
        weighed: the round whose training weighed the labels, 0 where none did.
    """
    conditions, named = _conditions(reading, wanted)
    columns = "item_id, annotation.id, state" + (", confidence, flags" if _has_votes(reading) else "")
    cursor = reading.connection.cursor()
    cursor.row_factory = None
    rows = cursor.execute(
        # Materialised, or every weight would be reckoned twice.
        f"WITH weighed AS MATERIALIZED (SELECT answer.item_id AS item, answer.id AS annotation, answer.state,"
        f" {_NUMBER} AS number, last.verdict, last.id AS decision, {_weights(reading, weighed)},"
        f" {_TRUST if weighed and order is Order.WEIGHT else 'NULL'} AS trust"
        f" FROM ({judged(reading, columns=columns)}) AS answer"
        f" LEFT JOIN ({standing(reading)}) AS last ON last.item_id = answer.item_id{_STUDENT}"
        f" WHERE {' AND '.join(conditions)})"
        " SELECT item, annotation, state, 0.9 * MAX(failed, flagged, vote, student, low, again)"
        " + 0.1 * (failed + flagged + vote + student + low + again) AS suspicion, number, verdict, decision, trust"
        " FROM weighed" + {None: "", True: " WHERE suspicion > 0", False: " WHERE suspicion = 0"}[wanted.suspicious],
        {**named, "limit": limit, "weighed": weighed},
    ).fetchall()
    rows.sort(key=_key(order, seed))
    return tuple(
        QueueRow(item, annotation, _STATES[state], weight, number, _VERDICTS[verdict])
        for item, annotation, state, weight, number, verdict, _, _ in rows
    )


def _conditions(reading: Reading, wanted: Filter) -> tuple[list[str], dict[str, Any]]:
    conditions = ["last.id IS NOT NULL" if wanted.decided else "last.id IS NULL"]
    named: dict[str, Any] = {}
    if wanted.round is not None:
        conditions.append(f"{_NUMBER} = :round")
        named["round"] = wanted.round
    if wanted.label:
        # Of a mended item the person's own labels count.
        conditions.append(HAS_LABEL.format("COALESCE(last.human_annotation_id, answer.id)"))
        named["label"] = wanted.label
    if wanted.surer_than is not None:
        conditions.append("answer.confidence >= :surer" if _has_votes(reading) else "FALSE")
        named["surer"] = wanted.surer_than
    if wanted.text:
        needle = wanted.text.casefold()
        reading.connection.create_function("holds", 1, lambda text: needle in text.casefold())
        conditions.append(
            "(SELECT holds(document.text) FROM item JOIN document ON document.id = item.document_id"
            " WHERE item.id = answer.item_id)"
        )
    return conditions, named


def _weights(reading: Reading, weighed: int) -> str:
    """SQL of the weight of every reason to look, 0 for none."""
    votes = _has_votes(reading)
    flagged = "answer.id IN (SELECT annotation_id FROM span WHERE flags <> '[]' AND seq <= :limit)"
    if votes:
        flagged += " OR answer.flags <> '[]'"
    said = {
        "failed": f"(answer.state = 'failed') * {suspicion.FAILED}",
        "flagged": f"({flagged}) * {suspicion.FLAGGED}",
        "vote": "CASE WHEN answer.confidence < 1"
        f" THEN {suspicion.VOTE} * (1 - answer.confidence) + {suspicion.VOTE_AT_LEAST} ELSE 0 END"
        if votes
        else "0",
        "student": f"CASE WHEN NOT ({_DISSENT}) THEN 0 WHEN {_IN_SAMPLE} THEN {suspicion.IN_SAMPLE}"
        f" ELSE {suspicion.STUDENT} * {'COALESCE(student.confidence, 1)' if votes else '1'} END",
        "low": "(answer.item_id IN (SELECT item_id FROM example_weight WHERE low = 1 AND round = :weighed))"
        f" * {suspicion.LOW}"
        if weighed
        else "0",
        "again": f"(answer.item_id IN ({asked_again(reading)})) * {suspicion.AGAIN}",
    }
    return ", ".join(f"{sql} AS {name}" for name, sql in said.items())


def _has_votes(reading: Reading) -> bool:
    return reading.has_column("annotation", "confidence")


def _key(order: Order, seed: int) -> Callable[[tuple[Any, ...]], Any]:
    """What the rows are sorted by; a random place is an item's own, so that those that stay keep their order."""
    match order:
        case Order.SUSPICIOUS:
            return lambda row: (-row[3], -row[1])
        case Order.WEIGHT:
            return lambda row: (row[7] is None, row[7] or 0.0, -row[1])
        case Order.NEWEST:
            return lambda row: (-(row[6] or 0), -row[1])
        case _:
            return lambda row: hashlib.blake2b(f"{seed} {row[0]}".encode(), digest_size=8).digest()
