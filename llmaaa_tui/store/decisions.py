"""What people decide, written as they decide it: verdicts, undo and redo, bulk acceptance, claims. Plain sqlite3."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..core import tasks
from ..core.document import Labels
from ..core.labels import LabelSet
from ..core.review import Again, Filter, Verdict
from ..core.states import Kind, State
from ..errors import ProjectError
from ..process import this_process
from . import bulk, claims
from .log import DecisionLog
from .writing import Writing, moment

SAMPLE = 59
"""Sentences labelled blind before a bulk is accepted: none wrong of 59 says that under 5 % are, with 95 % certainty."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step that was taken back or made again: its verdict, its items, and the bulk it was, or ""."""

    verdict: Verdict
    items: tuple[int, ...]
    bulk: str


class Decisions:
    """One person's writing connection; its methods are called one after the other.

    A file that an older version made is upgraded first, by `store.upgrade`.

    Args:
        database: the project's SQLite file.
        reviewer: the person's name.
        screen: a name of its own for the screen that decides; claims are made in it.

    Raises:
        ProjectError: of every method too: in one sentence why nothing was written.
    """

    def __init__(self, database: Path, reviewer: str, screen: str) -> None:
        self._reviewer = reviewer
        self._screen = screen
        self._me = this_process()
        self._file = Writing(database)
        self._connection = self._file.connection
        self._log = DecisionLog(self._connection, reviewer)
        try:
            project = self._connection.execute("SELECT task, labels FROM project").fetchone()
            labels = json.loads(project["labels"])
            self._connection.execute("SELECT 1 FROM claim LIMIT 1")
        except (sqlite3.Error, TypeError) as error:
            self._file.close()
            raise self._file.unwritable(error) from None
        self._labels = LabelSet.of(tuple(labels))
        self._task: str = project["task"]

    def close(self) -> None:
        """Free what this screen holds and close."""
        with suppress(ProjectError):
            self.release()
        self._file.close()

    def accept(self, item: int, annotation: int, *, seconds: float | None = None, demonstration: bool = False) -> int:
        """The answer is right as it is; gives the decision's id. A failed answer cannot be accepted.

        Args:
            demonstration: the item is made a demonstration with it, and is none when the decision is taken back.
        """
        with self._file.transaction() as seq:
            if self._judged(item, annotation) == State.FAILED:
                raise ProjectError("a failed answer says nothing that could be accepted; label the sentence, or reject")
            if demonstration:
                self._mark(seq, item, made=True)
            return self._decide(seq, Verdict.ACCEPT, item, annotation, seconds=seconds)

    def reject(self, item: int, annotation: int | None, *, seconds: float | None = None) -> int:
        """The answer is wrong, and the item shall have no label; gives the decision's id."""
        with self._file.transaction() as seq:
            self._judged(item, annotation)
            return self._decide(seq, Verdict.REJECT, item, annotation, seconds=seconds)

    def skip(self, item: int, annotation: int | None, *, seconds: float | None = None) -> int:
        """The person does not say; the item keeps the answer it has. Gives the decision's id."""
        with self._file.transaction() as seq:
            self._judged(item, annotation)
            return self._decide(seq, Verdict.SKIP, item, annotation, seconds=seconds)

    def mend(
        self,
        item: int,
        annotation: int | None,
        labels: Labels,
        *,
        seconds: float | None = None,
        blind: bool = False,
        bulk: str = "",
    ) -> int:
        """The person's own labels, none for "nothing here"; gives the decision's id.

        Args:
            annotation: the answer that was judged, if any.
            blind: no answer was seen.
            bulk: the bulk acceptance whose sample the item is of, or "".
        """
        with self._file.transaction() as seq:
            self._judged(item, annotation)
            self._check(item, labels)
            if bulk:
                self._check_sampled(bulk, item)
            state = State.LABELLED if labels else State.EMPTY
            human = self._file.insert(
                "annotation",
                item_id=item,
                kind=Kind.HUMAN,
                annotator=self._reviewer,
                state=state,
                created_utc=moment(),
                seq=seq,
            )
            for label in self._labels.in_order(labels.classes):
                self._file.insert("class_label", annotation_id=human, label=label, seq=seq)
            for span in sorted(set(labels.spans)):
                self._file.insert(
                    "span", annotation_id=human, start=span.start, end=span.end, label=span.label, seq=seq
                )
            return self._decide(
                seq, Verdict.MEND, item, annotation, human=human, seconds=seconds, blind=blind, bulk_id=bulk or None
            )

    def undo(self) -> Step | None:
        """Take this reviewer's newest step back; None where there is none.

        Raises:
            ProjectError: somebody has decided on one of its items since; nothing is taken back then.
        """
        with self._file.transaction() as seq:
            rows = self._decisions(self._log.history().newest)
            for row in rows:
                last = self._standing(row["item_id"])
                if last is None or last["id"] != row["id"]:
                    raise self._decided_since(last, "taken back")
            for row in rows:
                self._file.insert(
                    "decision",
                    item_id=row["item_id"],
                    verdict="undo",
                    undoes=row["id"],
                    reviewer=self._reviewer,
                    bulk_id=row["bulk_id"],
                    created_utc=moment(),
                    seq=seq,
                )
            for item in self._marked_with(rows, newest=True):
                self._mark(seq, item, made=False)
            return _step(rows)

    def redo(self) -> Step | None:
        """Make the step again that was last taken back; None where there is none.

        Raises:
            ProjectError: somebody has decided on one of its items since; nothing is made again then.
        """
        with self._file.transaction() as seq:
            rows = self._decisions(self._log.history().undone)
            for row in rows:
                last = self._standing(row["item_id"])
                # A decision of one's own can only be another step made again before this one.
                if last is not None and last["id"] > row["id"] and last["reviewer"] != self._reviewer:
                    raise self._decided_since(last, "made again")
            for row in rows:
                again = {
                    name: row[name]
                    for name in (
                        "item_id",
                        "annotation_id",
                        "verdict",
                        "human_annotation_id",
                        "seconds",
                        "bulk_id",
                        "blind",
                    )
                }
                made = self._file.insert(
                    "decision", **again, redoes=row["id"], reviewer=self._reviewer, created_utc=moment(), seq=seq
                )
                if row["verdict"] == Verdict.REJECT:
                    self._wait_again(seq, row["id"], made)
            for item in self._marked_with(rows):
                self._mark(seq, item, made=True)
            return _step(rows)

    def mark_demonstration(self, item: int, made: bool) -> None:
        """Make a pool item a demonstration, or no longer; one that must never be sent cannot be one."""
        with self._file.transaction() as seq:
            self._mark(seq, item, made=made)

    def ask_again(self, item: int, decision: int, how: Again) -> None:
        """Have a rejected item asked again; `decision` is its rejection, which must stand."""
        with self._file.transaction() as seq:
            if self._item(item)["never_send"]:
                raise ProjectError("this sentence must never be sent, so it cannot be asked again")
            last = self._standing(item)
            if last is None or last["id"] != decision or last["verdict"] != Verdict.REJECT:
                raise ProjectError("only a rejected sentence is asked again, and this rejection does not stand")
            self._file.insert(
                "reask",
                item_id=item,
                decision_id=decision,
                how=how,
                reviewer=self._reviewer,
                created_utc=moment(),
                seq=seq,
            )

    def begin_bulk(self, filter: Filter, pairs: Sequence[tuple[int, int]], *, n: int = SAMPLE, seed: int) -> str:  # noqa: A002
        """Write down (item, annotation) pairs to be accepted at once, and draw their blind sample; gives its name."""
        with self._file.transaction() as seq:
            return bulk.begin(
                self._connection, filter, pairs, n=n, seed=seed, reviewer=self._reviewer, moment=moment(), seq=seq
            )

    def end_bulk(self, id: str, accept: bool) -> int:  # noqa: A002
        """Accept the pairs that are still undecided and still in force, or drop them all; gives how many."""
        with self._file.transaction() as seq:
            return bulk.end(self._connection, id, accept=accept, reviewer=self._reviewer, moment=moment(), seq=seq)

    def claim(self, items: Sequence[int]) -> tuple[int, ...]:
        """Claim for this screen those of the items that no other living screen holds; gives what it holds now."""
        with self._file.transaction(counts=False):
            return claims.claim(self._connection, items, self._screen, self._reviewer, self._me)

    def release(self) -> None:
        """Free all that this screen holds."""
        with self._file.transaction(counts=False):
            claims.drop_own(self._connection, self._screen, self._me)

    def assume(self, name: str, value: str) -> None:
        """Write down a figure that the person assumes; the newest of a name counts."""
        with self._file.transaction() as seq:
            self._file.insert(
                "assumption", name=name, value=value, reviewer=self._reviewer, created_utc=moment(), seq=seq
            )

    def _decide(
        self,
        seq: int,
        verdict: Verdict,
        item: int,
        annotation: int | None,
        *,
        human: int | None = None,
        seconds: float | None = None,
        blind: bool = False,
        bulk_id: str | None = None,
    ) -> int:
        return self._file.insert(
            "decision",
            item_id=item,
            annotation_id=annotation,
            verdict=verdict,
            human_annotation_id=human,
            reviewer=self._reviewer,
            seconds=seconds,
            bulk_id=bulk_id,
            blind=int(blind),
            created_utc=moment(),
            seq=seq,
        )

    def _mark(self, seq: int, item: int, *, made: bool) -> None:
        if self._item(item)["never_send"] and made:
            raise ProjectError("this sentence must never be sent, so it cannot be shown as a demonstration")
        self._file.insert(
            "demonstration_mark",
            item_id=item,
            made=int(made),
            reviewer=self._reviewer,
            created_utc=moment(),
            seq=seq,
        )

    def _wait_again(self, seq: int, undone: int, made: int) -> None:
        """What waited to be asked again does so for the rejection made again; what was answered does not."""
        self._connection.execute(
            "INSERT INTO reask (item_id, decision_id, how, reviewer, created_utc, seq)"
            " SELECT DISTINCT item_id, ?, how, reviewer, ?, ? FROM reask WHERE decision_id = ? AND NOT EXISTS"
            " (SELECT 1 FROM annotation WHERE annotation.item_id = reask.item_id AND annotation.kind = 'llm'"
            " AND annotation.round IS NULL AND annotation.replaces IS NULL AND annotation.seq > reask.seq)",
            (made, moment(), seq, undone),
        )

    def _marked_with(self, rows: Sequence[sqlite3.Row], *, newest: bool = False) -> list[int]:
        """Items that these decisions made demonstrations as well; `newest`: where nobody said otherwise since."""
        found = self._connection.execute(
            "SELECT mark.item_id FROM demonstration_mark AS mark JOIN decision ON decision.item_id = mark.item_id"
            " AND decision.seq = mark.seq AND decision.id IN (SELECT value FROM json_each(?1)) WHERE mark.made = 1"
            " AND NOT (?2 AND EXISTS (SELECT 1 FROM demonstration_mark AS later WHERE later.item_id = mark.item_id"
            " AND later.id > mark.id))",
            (json.dumps([row["id"] for row in rows]), newest),
        )
        return [row["item_id"] for row in found]

    def _item(self, item: int) -> sqlite3.Row:
        row: sqlite3.Row | None = self._connection.execute(
            "SELECT id, text, never_send FROM visible_item WHERE id = ? AND role IN ('pool', 'generated')", (item,)
        ).fetchone()
        if row is None:
            raise ProjectError(f"sentence {item} is not of the pool; only those are reviewed")
        return row

    def _judged(self, item: int, annotation: int | None) -> str:
        """The state of the answer that is judged, "" for none; refuses one about another item."""
        self._item(item)
        if annotation is None:
            return ""
        row = self._connection.execute(
            "SELECT item_id, state, kind = 'student' OR kind = 'gold' AND round IS NULL AS other FROM annotation"
            " WHERE id = ?",
            (annotation,),
        ).fetchone()
        if row is None or row["item_id"] != item:
            raise ProjectError(f"answer {annotation} is not about sentence {item}")
        if row["other"]:
            raise ProjectError("only an annotator's answer is judged: no student's opinion, and no gold that is hidden")
        return str(row["state"])

    def _check(self, item: int, labels: Labels) -> None:
        length = len(self._item(item)["text"])
        try:
            shape = tasks.get(self._task).shape
        except tasks.UnknownTaskError as error:
            raise ProjectError(f"nothing can be labelled in this project: {error}") from None
        if labels.classes if shape is tasks.Shape.SPANS else labels.spans:
            what = "stretches of the text, not the whole of it" if shape is tasks.Shape.SPANS else "the whole item"
            raise ProjectError(f"the labels of this project are of {what}")
        if shape is tasks.Shape.ONE and len(set(labels.classes)) != 1:
            raise ProjectError(f"it needs exactly one label, and {len(set(labels.classes))} were given")
        for span in labels.spans:
            if not 0 <= span.start < span.end <= length:
                raise ProjectError(
                    f"a label from {span.start} to {span.end} does not lie on the text of {length} characters"
                )
        for name in labels.names:
            if name not in self._labels.names:
                raise ProjectError(
                    f"{name}: is no label of this project; it has {', '.join(sorted(self._labels.names))}"
                )

    def _check_sampled(self, name: str, item: int) -> None:
        found = bulk.read_bulk(self._connection, name)
        if found is None or item not in found.sample:
            raise ProjectError(f"sentence {item} is not of the sample that is labelled blind")

    def _decisions(self, ids: Sequence[int]) -> list[sqlite3.Row]:
        return self._connection.execute(
            "SELECT * FROM decision WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id", (json.dumps(ids),)
        ).fetchall()

    def _standing(self, item: int) -> sqlite3.Row | None:
        """The last decision on an item that was not undone, by anybody."""
        row: sqlite3.Row | None = self._connection.execute(
            "SELECT id, verdict, reviewer FROM decision WHERE item_id = ? AND verdict <> 'undo'"
            " AND NOT EXISTS (SELECT 1 FROM decision AS undo WHERE undo.undoes = decision.id) ORDER BY id DESC LIMIT 1",
            (item,),
        ).fetchone()
        return row

    def _decided_since(self, last: sqlite3.Row | None, what: str) -> ProjectError:
        who = "somebody else" if last is None or last["reviewer"] in ("", self._reviewer) else last["reviewer"]
        return ProjectError(f"{who} has decided on this sentence since, so your step is not {what}")


def _step(rows: Sequence[sqlite3.Row]) -> Step | None:
    if not rows:
        return None
    bulk_id = rows[0]["bulk_id"] if rows[0]["verdict"] == Verdict.ACCEPT else None
    return Step(Verdict(rows[0]["verdict"]), tuple(row["item_id"] for row in rows), bulk_id or "")
