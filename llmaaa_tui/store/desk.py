"""What the review screen reads: the queue, an item with everything around it, the tally. Plain sqlite3, read only."""

from __future__ import annotations

import json
import sqlite3
import statistics
from bisect import bisect_left, bisect_right
from collections import Counter
from pathlib import Path

from ..core.difference import difference
from ..core.history import History
from ..core.review import (
    Bulk,
    Decided,
    Exchange,
    Filter,
    Layer,
    Order,
    QueueRow,
    ReviewItem,
    Tally,
    Verdict,
)
from ..core.states import State
from ..core.tokens import word_offsets
from .bulk import open_bulk, read_bulk
from .judged import asked_again, judged, standing
from .layers import cost, exchanges, layers
from .log import DecisionLog, entries
from .queueing import queue
from .reading import Reading, later
from .saying import pair, pair_columns
from .spending import FOREVER, Spending
from .suspicion import Signs, reasons


class Desk(Reading):
    """The reading side of the review.

    Args:
        database: the project's SQLite file.
        ledger: the ledger's file (the same by default).

    Raises:
        ProjectError: a file cannot be read, or holds no project.
    """

    def __init__(self, database: Path, ledger: Path) -> None:
        super().__init__(database, ledger)
        self._logs: dict[str, DecisionLog] = {}
        self._batches: dict[int, int] = {}
        self._weights: tuple[int, tuple[float, ...]] = (0, ())

    def queue(
        self,
        filter: Filter,  # noqa: A002
        order: Order,
        *,
        seed: int = 0,
        as_of: int | None = None,
    ) -> tuple[QueueRow, ...]:
        """Answered pool items, also those whose answer failed: the undecided ones, or those decided before.

        Args:
            seed: of the random order; the same seed keeps the order of those that stay.
        """
        with self.still():
            limit = FOREVER if as_of is None else as_of
            return queue(self, filter, order, seed=seed, limit=limit, weighed=self._weighed(limit)[0])

    def item(self, item: int, *, as_of: int | None = None) -> ReviewItem | None:
        """One pool item with every layer, why to look, why it was picked and what it cost; None for any other."""
        with self.still():
            return self._item(item, FOREVER if as_of is None else as_of)

    def tally(self, reviewer: str, *, as_of: int | None = None) -> Tally:
        """Where the review stands, and this reviewer's own pace."""
        with self.still():
            return self._tally(reviewer, as_of)

    def exchanges(self, item: int, *, as_of: int | None = None) -> tuple[Exchange, ...]:
        """Every request about the item with its raw answer, the newest first."""
        with self.still():
            limit = FOREVER if as_of is None else as_of
            return exchanges(self, item, limit, self._paid(limit))

    def bulk(self, id: str) -> Bulk | None:  # noqa: A002
        """A bulk acceptance with its blind labels so far."""
        with self.still():
            return read_bulk(self.connection, id) if self.has_table("bulk") else None

    def open_bulk(self, reviewer: str) -> Bulk | None:
        """The bulk acceptance that this reviewer has begun and neither accepted nor dropped."""
        with self.still():
            name = open_bulk(self.connection, reviewer) if self.has_table("bulk") else None
            return None if name is None else read_bulk(self.connection, name)

    def history(self, reviewer: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The undo and the redo stack: of each step its newest decision, the newest step last."""
        made = self._log(reviewer).history()
        return tuple(step[-1] for step in made.undo), tuple(step[-1] for step in made.redo)

    def _item(self, item: int, limit: int) -> ReviewItem | None:
        document = self._document(item)
        if document is None:
            return None
        named = {"limit": limit, "item": item}
        answer = self.one(judged(self, "annotation.item_id = :item"), named)
        decision = self.one(standing(self, "decision.item_id = :item"), named)
        picked = self.one(
            "SELECT * FROM selection WHERE item_id = :item AND seq <= :limit ORDER BY round DESC LIMIT 1", named
        )
        number = picked["round"] if picked else None
        newest = "SELECT * FROM annotation WHERE item_id = :item AND seq <= :limit AND {} ORDER BY id DESC LIMIT 1"
        llm, student, gold, human = layers(
            self,
            (
                answer,
                self.one(newest.format("kind = 'student'"), named),
                self.one(newest.format("kind = 'gold' AND round IS NULL"), named),
                self.one(
                    "SELECT * FROM annotation WHERE id = ?", decision["human_annotation_id"] if decision else None
                ),
            ),
            number,
        )
        weighed, weights = self._weighed(limit)
        sql = "SELECT weight, low FROM example_weight WHERE round = ? AND item_id = ?"
        weight, low = (weighed and self.one(sql, weighed, item)) or (None, 0)
        again = self.value(f"{asked_again(self)} AND item_id = :item", named) is not None
        text = document["text"]
        return ReviewItem(
            item=item,
            text=text,
            tokens=_words(document),
            llm=llm,
            student=student,
            gold=gold,
            human=human,
            reasons=reasons(_signs(text, llm, student, low=bool(low), weight=weight, again=again)),
            name=later(document, "item_name") or document["name"],
            file=document["file"],
            line=document["line"],
            round=number,
            strategy=picked["strategy"] if picked else "",
            score=picked["score"] if picked else None,
            rank=picked["rank"] if picked else 0,
            batch=self._batch(number) if number else 0,
            neighbours=self._texts(json.loads(picked["neighbours"])) if picked else (),
            weight=weight,
            weight_place=None if weight is None else _place(weights, weight),
            cost=None if answer is None else cost(self, answer, limit, self._paid(limit)),
            decided=None if decision is None else _decided(decision),
            demonstration=self._is_demonstration(item, limit),
            pair=pair(document),
        )

    def _document(self, item: int) -> sqlite3.Row | None:
        name = ", item.name AS item_name" if self.has_column("item", "name") else ""
        return self.one(
            f"SELECT document.*, {pair_columns(self)}{name} FROM item JOIN document ON document.id = item.document_id"
            " JOIN import_end ON import_end.import_id = document.import_id"
            " WHERE item.id = ? AND item.role IN ('pool', 'generated')",
            item,
        )

    def _texts(self, items: list[int]) -> tuple[tuple[int, str], ...]:
        texts = {
            row["id"]: row["text"]
            for row in self.rows(
                "SELECT item.id, document.text FROM item JOIN document ON document.id = item.document_id"
                " WHERE item.id IN (SELECT value FROM json_each(?))",
                json.dumps(items),
            )
        }
        return tuple((item, texts[item]) for item in items if item in texts)

    def _paid(self, limit: int) -> int:
        """The ledger's seq at that moment of the project's."""
        return Spending(self, self.value("SELECT uuid FROM project"), 0).until(limit)

    def _weighed(self, limit: int) -> tuple[int, tuple[float, ...]]:
        """The newest round whose training weighed its labels (0 for none), and all its weights, ascending; a round is
        written once."""
        if not self.has_table("example_weight"):
            return 0, ()
        number = self.value("SELECT MAX(round) FROM example_weight WHERE seq <= ?", limit) or 0
        if number != self._weights[0]:
            rows = self.rows("SELECT weight FROM example_weight WHERE round = ? ORDER BY weight", number)
            self._weights = (number, tuple(row["weight"] for row in rows))
        return self._weights

    def _batch(self, number: int) -> int:
        """How many items a round picked; they are written all at once."""
        if number not in self._batches:
            self._batches[number] = self.value("SELECT COUNT(*) FROM selection WHERE round = ?", number)
        return self._batches[number]

    def _is_demonstration(self, item: int, limit: int) -> bool:
        if not self.has_table("demonstration_mark"):
            return False
        return bool(
            self.value(
                "SELECT made FROM demonstration_mark WHERE item_id = ? AND seq <= ? ORDER BY id DESC LIMIT 1",
                item,
                limit,
            )
        )

    def _tally(self, reviewer: str, as_of: int | None) -> Tally:
        limit = FOREVER if as_of is None else as_of
        named = {"limit": limit}
        decided = Counter(row["verdict"] for row in self.rows(f"SELECT verdict FROM ({standing(self)})", named))
        undecided = self.value(
            f"SELECT COUNT(*) FROM ({judged(self)}) AS answer"
            f" WHERE item_id NOT IN (SELECT item_id FROM ({standing(self)}))",
            named,
        )
        seconds = [
            row["seconds"]
            for row in self.rows(
                "SELECT seconds FROM decision WHERE reviewer = ? AND seq <= ? AND seconds IS NOT NULL"
                " AND bulk_id IS NULL AND verdict IN ('accept', 'mend', 'reject')"
                f"{' AND redoes IS NULL' if self.has_column('decision', 'redoes') else ''}",
                reviewer,
                limit,
            )
        ]
        past = as_of is not None
        made = History(entries(self.connection, reviewer, until=limit)) if past else self._log(reviewer).history()
        waiting_round, waiting = self._waiting(limit)
        return Tally(
            undecided=undecided,
            accepted=decided[Verdict.ACCEPT],
            mended=decided[Verdict.MEND],
            rejected=decided[Verdict.REJECT],
            skipped=decided[Verdict.SKIP],
            undo=made.depths[0],
            redo=made.depths[1],
            seconds=statistics.median(seconds) if seconds else None,
            timed=len(seconds),
            waiting=waiting,
            waiting_round=waiting_round,
        )

    def _waiting(self, limit: int) -> tuple[int | None, int | None]:
        """The round whose review the run waits for, and how many of its items are undecided."""
        row = self.one(
            "SELECT round, state, detail FROM phase WHERE name = 'review' AND seq <= ? ORDER BY id DESC LIMIT 1", limit
        )
        if row is None or row["state"] == "done":
            return None, None
        items = json.dumps(json.loads(row["detail"]).get("items", []))
        where = "decision.item_id IN (SELECT value FROM json_each(:items))"
        named = {"limit": limit, "items": items}
        done = self.value(f"SELECT COUNT(*) FROM ({standing(self, where)})", named)
        return row["round"], self.value("SELECT COUNT(DISTINCT value) FROM json_each(?)", items) - done

    def _log(self, reviewer: str) -> DecisionLog:
        return self._logs.setdefault(reviewer, DecisionLog(self.connection, reviewer))


def _words(document: sqlite3.Row) -> tuple[tuple[int, int], ...]:
    if document["tokens"] is None:
        return word_offsets(document["text"])
    return tuple((start, end) for start, end in json.loads(document["tokens"]))


def _place(weights: tuple[float, ...], weight: float) -> float:
    """Where a weight stands among all of its training: 0 the lowest, 1 the highest, equal ones in their middle."""
    below, above = bisect_left(weights, weight), len(weights) - bisect_right(weights, weight)
    return below / (below + above) if below + above else 0.5


def _decided(row: sqlite3.Row) -> Decided:
    return Decided(
        row["id"],
        Verdict(row["verdict"]),
        row["reviewer"],
        row["created_utc"],
        row["bulk_id"] or "",
        bool(later(row, "blind")),
    )


def _signs(
    text: str, llm: Layer | None, student: Layer | None, *, low: bool, weight: float | None, again: bool
) -> Signs:
    if llm is None:
        return Signs(low=low, weight=weight, again=again)
    flags = (*llm.flags, *(flag for span in llm.spans for flag in span.flags))
    disputed: tuple[str, ...] = ()
    instead: tuple[str, ...] | None = None
    sure = None
    if student is not None and State.FAILED not in (llm.state, student.state):
        ours, theirs = llm.said.labels, student.said.labels
        _, mine, other = difference(ours.spans, theirs.spans)
        places = sorted({(span.start, span.end) for span in (*mine, *other)})
        disputed = tuple(text[start:end] for start, end in places)
        if set(ours.classes) != set(theirs.classes):
            instead = theirs.classes
        if places or instead is not None:
            sure = 1.0 if student.confidence is None else student.confidence
    return Signs(
        failure=llm.failure,
        flags=tuple(dict.fromkeys(flags)),
        confidence=llm.confidence,
        student=sure,
        in_sample=student is not None and student.in_sample,
        disputed=disputed,
        instead=instead,
        low=low,
        weight=weight,
        again=again,
    )
