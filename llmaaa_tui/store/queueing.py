"""Which answers a person is to look at, with how suspicious each is: one pass over all of them. Plain sqlite3."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..core.review import Filter, Verdict
from ..core.states import State
from .judged import asked_again, judged, standing
from .layers import in_sample
from .reading import Reading
from .suspicion import Signs, suspicion, weigh

_trained_on = lru_cache(maxsize=4096)(in_sample)
_Spans = dict[int, set[tuple[int, int, str]]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One answered item: the answer to be judged, how suspicious it is, and the decision that stands."""

    item: int
    annotation: int
    state: str
    suspicion: float
    round: int | None
    verdict: Verdict | None
    decision: int | None


def candidates(reading: Reading, wanted: Filter, limit: int, low: float | None) -> list[Candidate]:
    """The items that a filter asks for, by item.

    Args:
        limit: the seq up to which rows count.
        low: the weight at or under which a training example is among the lowest, or None.
    """
    rows = _answers(reading, wanted, limit)
    spotted = _Spotted(reading, [(row[0], row[1], row[2]) for row in rows], limit, low)
    found = []
    for item, annotation, state, failure, confidence, flags, number, verdict, decision in rows:
        weights = spotted.weights(item, annotation, failure, confidence, flags, number)
        if wanted.suspicious is None or wanted.suspicious == bool(weights):
            found.append(
                Candidate(
                    item,
                    annotation,
                    state,
                    suspicion(weights) if weights else 0.0,
                    number,
                    Verdict(verdict) if verdict else None,
                    decision,
                )
            )
    return found


def _answers(reading: Reading, wanted: Filter, limit: int) -> list[tuple[Any, ...]]:
    """(item, annotation, state, failure, confidence, flags, round picked, verdict, decision) of each answer."""
    votes = reading.has_column("annotation", "confidence")
    conditions = ["last.id IS NOT NULL" if wanted.decided else "last.id IS NULL"]
    named: dict[str, Any] = {"limit": limit}
    if wanted.round is not None:
        conditions.append("number = :round")
        named["round"] = wanted.round
    if wanted.label:
        # Of a mended item the person's own labels count.
        conditions.append(
            "EXISTS (SELECT 1 FROM span WHERE span.label = :label AND span.annotation_id ="
            " COALESCE(last.human_annotation_id, answer.id))"
        )
        named["label"] = wanted.label
    if wanted.surer_than is not None:
        conditions.append("answer.confidence >= :surer" if votes else "FALSE")
        named["surer"] = wanted.surer_than
    if wanted.text:
        needle = wanted.text.casefold()
        reading.connection.create_function("holds", 1, lambda text: needle in text.casefold(), deterministic=True)
        conditions.append(
            "(SELECT holds(document.text) FROM item JOIN document ON document.id = item.document_id"
            " WHERE item.id = answer.item_id)"
        )
    cursor = reading.connection.cursor()
    cursor.row_factory = None
    return cursor.execute(
        "SELECT answer.item_id, answer.id, answer.state, answer.failure,"
        f" {'answer.confidence, answer.flags' if votes else 'NULL, NULL'},"
        " (SELECT MAX(selection.round) FROM selection WHERE selection.item_id = answer.item_id"
        " AND selection.seq <= :limit) AS number, last.verdict, last.id"
        f" FROM ({judged(reading)}) AS answer"
        f" LEFT JOIN ({standing(reading)}) AS last ON last.item_id = answer.item_id"
        f" WHERE {' AND '.join(conditions)} ORDER BY answer.item_id",
        named,
    ).fetchall()


class _Spotted:
    """Everything that can make an answer suspicious, read once for all of them."""

    def __init__(self, reading: Reading, answers: list[tuple[int, int, str]], limit: int, low: float | None) -> None:
        cursor = reading.connection.cursor()
        cursor.row_factory = None
        named = {"limit": limit}
        self._flagged = {
            row[0]
            for row in cursor.execute("SELECT annotation_id FROM span WHERE flags <> '[]' AND seq <= :limit", named)
        }
        self._again = {row[0] for row in cursor.execute(asked_again(reading), named)}
        self._low: set[int] = set()
        if low is not None:
            self._low = {
                row[0]
                for row in cursor.execute(
                    "SELECT item_id FROM training_example WHERE weight <= ?"
                    " AND round = (SELECT MAX(round) FROM training_example WHERE seq <= ?)",
                    (low, limit),
                )
            }
        self._students = {
            row[0]: (row[1], row[2], row[3], row[4])
            for row in cursor.execute(
                "SELECT item_id, id, annotator, state,"
                f" {'confidence' if reading.has_column('annotation', 'confidence') else 'NULL'}, MAX(id)"
                " FROM annotation WHERE kind = 'student' AND seq <= :limit GROUP BY item_id",
                named,
            )
        }
        self._dissent = self._disputes(reading, answers)

    def weights(
        self, item: int, annotation: int, failure: str | None, confidence: float | None, flags: str | None, number: Any
    ) -> list[float]:
        """The weights of the reasons to look at an answer, the highest first."""
        flagged = annotation in self._flagged or (flags is not None and flags != "[]")
        dissent = self._dissent.get(item)
        low, again = item in self._low, item in self._again
        if failure is None and not flagged and dissent is None and not low and not again and confidence in (None, 1.0):
            return []
        signs = Signs(
            failure=failure,
            flags=("flagged",) if flagged else (),
            confidence=confidence,
            student=dissent[1] if dissent else None,
            in_sample=dissent is not None and _trained_on(dissent[0], number),
            low=low,
            again=again,
        )
        return [weight for _, weight in weigh(signs)]

    def _disputes(self, reading: Reading, answers: Iterable[tuple[int, int, str]]) -> dict[int, tuple[str, float]]:
        """By item the student that says otherwise than the answer, and how sure it is."""
        found: dict[int, tuple[str, float]] = {}
        compare: list[tuple[int, int, int]] = []
        for item, annotation, state in answers:
            student = self._students.get(item)
            if student is None or State.FAILED in (state, student[2]):
                continue
            if state == student[2] == State.LABELLED:
                compare.append((item, annotation, student[0]))
            elif state != student[2]:
                found[item] = (student[1], 1.0 if student[3] is None else student[3])
        spans = _spans(reading, [annotation for _, *pair in compare for annotation in pair])
        for item, annotation, other in compare:
            if spans[annotation] != spans[other]:
                _, name, _, sure = self._students[item]
                found[item] = (name, 1.0 if sure is None else sure)
        return found


def _spans(reading: Reading, annotations: list[int]) -> _Spans:
    found: _Spans = defaultdict(set)
    cursor = reading.connection.cursor()
    cursor.row_factory = None
    for annotation, start, end, label in cursor.execute(
        'SELECT annotation_id, start, "end", label FROM span WHERE annotation_id IN (SELECT value FROM json_each(?))',
        (json.dumps(annotations),),
    ):
        found[annotation].add((start, end, label))
    return found
