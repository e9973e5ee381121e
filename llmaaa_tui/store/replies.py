"""Answers about items: written once, read by round, annotator and sample."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.annotation import ItemAnswer
from ..core.document import Labels
from ..core.exchange import Request
from ..core.review import Said
from ..core.states import Failure, Kind, State
from . import saying
from .database import Store, now
from .items import labels_of


@dataclass(frozen=True, slots=True)
class Written:
    """A stored answer of an LLM, or a vote over several, with where it came from; `annotation` is its row."""

    annotation: int
    item: int
    kind: Kind
    annotator: str
    request_key: str
    sample: int
    round: int | None
    answer: ItemAnswer


def answered(store: Store, items: Iterable[int], annotator: str) -> dict[int, dict[int, State]]:
    """By item and sample number, how an annotator's answers so far ended; a vote is no answer of its own."""
    found: dict[int, dict[int, State]] = {item: {} for item in items}
    for row in store.rows(
        "SELECT item_id, sample, state FROM annotation WHERE annotator = ? AND kind IN ('llm', 'gold')"
        " AND NOT (kind = 'gold' AND round IS NULL)"
        " AND item_id IN (SELECT value FROM json_each(?)) ORDER BY id",
        annotator,
        json.dumps(list(found)),
    ):
        found[row["item_id"]][row["sample"]] = State(row["state"])
    return found


def failed_requests(store: Store, items: Sequence[int], annotator: str) -> dict[int, list[str]]:
    """By item, the requests to an annotator that brought no usable answer about it."""
    found: dict[int, list[str]] = defaultdict(list)
    for row in store.rows(
        "SELECT item_id, request_key FROM annotation WHERE annotator = ? AND kind = 'llm' AND state = 'failed'"
        " AND request_key IS NOT NULL AND item_id IN (SELECT value FROM json_each(?)) ORDER BY id",
        annotator,
        json.dumps(list(items)),
    ):
        found[row["item_id"]].append(row["request_key"])
    return found


def map_requests(store: Store, requests: Sequence[Request], number: int | None, purpose: str) -> None:
    """Write down which items each request asks about, before it is sent."""
    with store.transaction() as seq:
        store.connection.executemany(
            "INSERT OR IGNORE INTO request_item (request_key, item_id, position, round, sample, purpose, seq)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (request.key, item, place, number, request.sample, purpose, seq)
                for request in requests
                for place, item in enumerate(request.items)
            ],
        )


def write_answers(
    store: Store,
    answers: Mapping[int, ItemAnswer],
    *,
    kind: Kind,
    annotator: str,
    number: int | None,
    request_key: str | None = None,
    sample: int = 0,
) -> None:
    """Answers about items, as annotations; one already written for this request is left alone."""
    with store.transaction() as seq:
        for item, answer in answers.items():
            if request_key is not None and store.value(
                "SELECT 1 FROM annotation WHERE item_id = ? AND annotator = ? AND request_key = ? AND sample = ?",
                item,
                annotator,
                request_key,
                sample,
            ):
                continue
            insert_answer(
                store,
                answer,
                seq,
                item_id=item,
                kind=kind,
                annotator=annotator,
                request_key=request_key,
                sample=sample,
                round=number,
            )


def write_student(store: Store, said: Mapping[int, ItemAnswer], student: int, number: int, seq: int) -> None:
    """What the student of round `student` says of items of round `number`; inside the open transaction of `seq`.

    It is an opinion beside the answers: nothing trains on it, and it closes no item.
    """
    name = f"student-round-{student:03}"
    for item, answer in said.items():
        insert_answer(store, answer, seq, item_id=item, kind=Kind.STUDENT, annotator=name, round=number)


def asked_student(store: Store, number: int) -> bool:
    """Whether a student has said what it makes of a round's items."""
    return bool(store.value("SELECT 1 FROM annotation WHERE kind = 'student' AND round = ? LIMIT 1", number))


def write_again(store: Store, answers: Iterable[tuple[Written, ItemAnswer]]) -> None:
    """Stored answers as they read now, each in the place of the row it was read from; all of them or none.

    Half of an item's would put its first answer behind its last, which would no longer count.
    """
    with store.transaction() as seq:
        for written, answer in answers:
            insert_answer(
                store,
                answer,
                seq,
                item_id=written.item,
                kind=written.kind,
                annotator=written.annotator,
                request_key=written.request_key or None,
                sample=written.sample,
                round=written.round,
                replaces=written.annotation,
            )


def insert_answer(store: Store, answer: ItemAnswer, seq: int, **columns: Any) -> None:
    """One answer with its labels, inside the open transaction of `seq`; `columns` say whose it is and about what."""
    annotation = store.insert(
        "annotation",
        **columns,
        state=answer.state,
        failure=answer.failure,
        detail=answer.detail,
        flags=json.dumps(answer.flags),
        confidence=answer.confidence,
        created_utc=now(),
        seq=seq,
    )
    for grounded in answer.spans:
        store.insert(
            "span",
            annotation_id=annotation,
            start=grounded.span.start,
            end=grounded.span.end,
            label=grounded.span.label,
            rung=grounded.rung,
            flags=json.dumps(grounded.flags),
            confidence=grounded.confidence,
            seq=seq,
        )
    for one in answer.classes:
        store.insert("class_label", annotation_id=annotation, label=one.label, score=one.confidence, seq=seq)


def final(store: Store, number: int) -> dict[int, State]:
    """How each item of a round ended: by its newest usable answer, else its newest; a vote stands for its samples."""
    return {item: State(state) for item, (_, state) in _newest(store, number).items()}


def sampled(store: Store, items: Sequence[int], annotator: str) -> dict[int, list[ItemAnswer]]:
    """Every answer of an annotator about items, by sample number."""
    found: dict[int, list[ItemAnswer]] = {item: [] for item in items}
    rows = store.rows(
        "SELECT * FROM annotation WHERE annotator = ? AND kind = 'llm'"
        " AND id NOT IN (SELECT replaces FROM annotation WHERE replaces IS NOT NULL)"
        " AND item_id IN (SELECT value FROM json_each(?)) ORDER BY sample, id",
        annotator,
        json.dumps(list(items)),
    )
    labels = saying.said(store.connection, [row["id"] for row in rows])
    for row in rows:
        found[row["item_id"]].append(_answer_of(row, labels[row["id"]]))
    return found


def _answer_of(row: sqlite3.Row, said: Said) -> ItemAnswer:
    return ItemAnswer(
        State(row["state"]),
        said.spans,
        None if row["failure"] is None else Failure(row["failure"]),
        row["detail"],
        flags=tuple(json.loads(row["flags"])),
        confidence=row["confidence"],
        classes=said.classes,
    )


def voted(store: Store, number: int, annotator: str) -> set[int]:
    """Items of a round that have a vote over this annotator's answers: it answered them, however many it gave."""
    rows = store.rows(
        "SELECT item_id FROM annotation WHERE kind = 'vote' AND round = ? AND annotator = ?", number, annotator
    )
    return {row["item_id"] for row in rows}


def unsure(store: Store, number: int, annotator: str, below: float) -> list[int]:
    """Items of a round whose last word from this annotator failed, is flagged, or has a confidence under `below`."""
    last = {
        row["item_id"]: row
        for row in store.rows(
            "SELECT * FROM annotation WHERE round = ? AND annotator = ? AND kind IN ('llm', 'vote')"
            " AND id NOT IN (SELECT replaces FROM annotation WHERE replaces IS NOT NULL)"
            " ORDER BY kind = 'vote', state <> 'failed', id",
            number,
            annotator,
        )
    }
    return [
        item
        for item, row in sorted(last.items())
        if row["state"] == State.FAILED
        or json.loads(row["flags"])
        or (row["confidence"] is not None and row["confidence"] < below)
    ]


def bought(store: Store, number: int) -> dict[int, Labels | None]:
    """The answer that counts of each of a round's items; None where none is usable."""
    newest = _newest(store, number)
    labels = labels_of(store, [annotation for annotation, _ in newest.values()])
    return {item: None if state == State.FAILED else labels[annotation] for item, (annotation, state) in newest.items()}


def _newest(store: Store, number: int) -> dict[int, tuple[int, str]]:
    """Annotation and state by item of a round."""
    rows = store.rows("SELECT item_id, annotation_id, state FROM answer_in_round WHERE round = ?", number)
    return {row["item_id"]: (row["annotation_id"], row["state"]) for row in rows}


def taught(store: Store, ids: Sequence[int], annotator: str) -> dict[int, Labels | None]:
    """The annotator's newest answer about items of a gold split; None where it failed."""
    newest = {
        row["item_id"]: (row["id"], row["state"])
        for row in store.rows(
            "SELECT item_id, id, state FROM annotation WHERE annotator = ? AND NOT (kind = 'gold' AND round IS NULL)"
            " AND item_id IN (SELECT value FROM json_each(?)) ORDER BY id",
            annotator,
            json.dumps(list(ids)),
        )
    }
    labels = labels_of(store, [annotation for annotation, _ in newest.values()])
    return {
        item: None if newest[item][1] == State.FAILED else labels[newest[item][0]] for item in ids if item in newest
    }


def written(store: Store) -> list[Written]:
    """The answers of LLMs and the votes over them, in the order they were stored; of those read again the newest."""
    rows = store.rows(
        "SELECT * FROM annotation WHERE (kind = 'vote' OR (kind = 'llm' AND request_key IS NOT NULL))"
        " AND id NOT IN (SELECT replaces FROM annotation WHERE replaces IS NOT NULL) ORDER BY id"
    )
    labels = saying.said(store.connection, [row["id"] for row in rows])
    return [
        Written(
            row["id"],
            row["item_id"],
            Kind(row["kind"]),
            row["annotator"],
            row["request_key"] or "",
            row["sample"],
            row["round"],
            _answer_of(row, labels[row["id"]]),
        )
        for row in rows
    ]


def request_sizes(store: Store) -> dict[str, int]:
    """How many items each request asks about."""
    rows = store.rows("SELECT request_key, COUNT(DISTINCT item_id) AS items FROM request_item GROUP BY request_key")
    return {row["request_key"]: row["items"] for row in rows}


def twins(store: Store, items: Iterable[int], annotator: str) -> dict[int, str]:
    """Items whose very text, and pair with its types, this annotator has answered usably before, with the key of that
    request."""
    rows = store.rows(
        "SELECT item.id, MIN(annotation.request_key) AS key FROM item"
        " JOIN document ON document.id = item.document_id"
        " JOIN document AS same ON same.sha256 = document.sha256"
        " JOIN item AS twin ON twin.document_id = same.id AND twin.id <> item.id"
        " AND twin.head_start IS item.head_start AND twin.head_end IS item.head_end"
        " AND twin.tail_start IS item.tail_start AND twin.tail_end IS item.tail_end"
        " AND twin.head_type = item.head_type AND twin.tail_type = item.tail_type"
        " JOIN annotation ON annotation.item_id = twin.id AND annotation.annotator = ? AND annotation.kind = 'llm'"
        " AND annotation.state <> 'failed' AND annotation.sample = 0 AND annotation.request_key IS NOT NULL"
        " WHERE item.id IN (SELECT value FROM json_each(?)) GROUP BY item.id",
        annotator,
        json.dumps(list(items)),
    )
    return {row["id"]: row["key"] for row in rows}


def items_of_request(store: Store, key: str) -> tuple[int, ...]:
    """The items a request asks about, in their order."""
    rows = store.rows(
        "SELECT DISTINCT item_id, position FROM request_item WHERE request_key = ? ORDER BY position", key
    )
    return tuple(row["item_id"] for row in rows)
