"""The ledger: holds before sends, raw answers with their price, the cap that holds under every crash.

Implements `annotators.contracts.Ledger` without knowing it. All amounts are integer nano-USD. Every call is one
transaction on the disk; `together` shares one among many callers.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from ..core.exchange import RawAnswer, Request, Settled, Usage
from ..core.standing import Standing
from ..process import ProcessIdentity, is_alive, this_process
from .database import WORKER_PATIENCE_S, Store, now
from .ledger_batches import OpenBatch, hold_batch, note_batch, open_batches, request_of
from .ledger_book import IN_FLIGHT, Book, free_of, settled_of, standing_of
from .ledger_group import Entry, GroupWriter, commit
from .ledger_rulings import Unconfirmed, rule, unconfirmed

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Totals:
    """The cap and what is taken of it, in nano-USD."""

    cap_nanousd: int
    spent_nanousd: int
    held_nanousd: int
    unconfirmed_nanousd: int

    @property
    def free_nanousd(self) -> int:
        """What further holds may take; never below 0."""
        return max(0, self.cap_nanousd - self.spent_nanousd - self.held_nanousd - self.unconfirmed_nanousd)


class LedgerStore:
    """The ledger in a SQLite file, opened by path; several projects may share one.

    Args:
        path: the file.
        project: uuid of the project that asks.
    """

    def __init__(self, path: Path, project: str) -> None:
        self._store = self._open(path)
        self.project = project
        self._me = this_process()
        self._group: GroupWriter | None = None
        self._parses: list[Entry] = []
        self._parses_lock = threading.Lock()

    async def together(self, entry: Callable[[Book], T]) -> T:
        """Make an entry in the next commit, shared with whoever else waits; returns once it is on the disk."""
        if self._group is None:
            self._group = GroupWriter(self._open(self._store.path), self._book, self._take_parses)
        result: T = await self._group.post(entry)
        return result

    def set_cap(self, nanousd: int) -> None:
        """Raise or lower the cap; what is spent stays spent. Of several projects the last to say counts."""

        def entry(book: Book) -> None:
            book.store.insert("cap", cap_nanousd=nanousd, project=self.project, created_utc=now(), seq=book.seq)
            book.store.connection.execute("UPDATE budget SET cap_nanousd = ? WHERE id = 1", (nanousd,))

        self._commit(entry)

    def caps_set(self) -> int:
        """How many times a cap was set so far; `lowest_cap` goes by it."""
        return int(self._store.value("SELECT COALESCE(MAX(id), 0) FROM cap"))

    def lowest_cap(self, since: int) -> int | None:
        """The lowest cap that was set after so many; None where none was."""
        lowest: int | None = self._store.value("SELECT MIN(cap_nanousd) FROM cap WHERE id > ?", since)
        return lowest

    def recover(self) -> int:
        """Attempts in flight of processes that are gone become unconfirmed: their holds stay counted. How many.

        Those of provider batches are nobody's to lose: they are at the provider.
        """
        return self._commit(Book.recover)

    def settled(self, key: str) -> Settled | None:
        """The stored answer to this request, whoever asked it."""
        return settled_of(self._store, key)

    def standing(self, key: str) -> Standing:
        """Where a request stands: settled, under way, at a provider, unknown (and ruled on), or never sent."""
        return standing_of(self._store, key)

    def hold(self, request: Request, nanousd: int, purpose: str) -> int | None:
        """Hold the worst case against the cap; None where it does not fit now, or is settled or under way."""
        attempts = self._commit(lambda book: book.hold_each([(request, nanousd)], purpose))
        return attempts[0] if attempts else None

    def settle(self, attempt: int, answer: RawAnswer, usage: Usage | None, cost_nanousd: int) -> None:
        """The raw bytes and their price, in one transaction; a bill over its hold is stored as it is.

        A bill that the provider did not say (`usage` is None or estimated) books nothing as spent: the whole hold
        stays, as unconfirmed.
        """
        self._commit(lambda book: book.settle(attempt, answer, usage, cost_nanousd))

    def release(self, attempt: int, failure: str, detail: str, answer: RawAnswer | None = None) -> None:
        """The attempt certainly cost nothing."""
        self._commit(lambda book: book.release(attempt, failure, detail, answer))

    def unknown(self, attempt: int, failure: str, detail: str) -> None:
        """Nobody knows whether it was billed: the whole hold stays, as unconfirmed."""
        self._commit(lambda book: book.unknown(attempt, failure, detail))

    def unconfirmed(self) -> list[Unconfirmed]:
        """Every attempt that keeps its hold because it may have been billed, the oldest first."""
        return unconfirmed(self._store)

    def rule(self, attempts: Sequence[int], verdict: str, reason: str, made_by: str) -> None:
        """Store what a person decided about unconfirmed attempts: all of them or, where it raises, none.

        Args:
            verdict: "resend" or "skip" (what becomes of the request), or "release" (its hold is freed).

        Raises:
            LlmaaaError: one is not unconfirmed, or cannot be ruled on so; the sentence says which and why.
        """
        self._commit(lambda book: rule(book, attempts, verdict, reason, made_by))

    def hold_batch(self, requests: Sequence[Request], holds: Sequence[int], purpose: str, ref: str) -> int | None:
        """Hold a whole provider batch and note its attempts; its number, or None where it does not fit.

        Args:
            requests: of one endpoint and model, no key twice.
            holds: their worst cases in nano-USD.
            ref: our own name for the batch, never used before.

        Raises:
            ProjectError: a request of it is settled or under way already; plan the batch anew.
        """
        return self._commit(lambda book: hold_batch(book, requests, holds, purpose, ref))

    def note_batch(self, batch: int, kind: str, provider_id: str = "", detail: str = "") -> None:
        """Write down what is known of a batch: "created" (with the provider's id), "seen", "ended" or "lost".

        Settle, release or give up its attempts first: those without an end when it ends become unconfirmed.
        """
        self._commit(lambda book: note_batch(book, batch, kind, provider_id, detail))

    def open_batches(self, project: str) -> list[OpenBatch]:
        """The batches of a project that have not ended, with their attempts without an end, the oldest first."""
        return open_batches(self._store, project)

    def outstanding(self) -> int:
        """Holds that are out now, of every project on this ledger whose process still lives; without batches."""
        rows = self._store.rows(f"SELECT DISTINCT pid, process_start, boot_id FROM attempt WHERE {IN_FLIGHT}")
        if not all(is_alive(ProcessIdentity(row[0], row[1], row[2], "")) for row in rows):
            self.recover()  # else a project would wait for ever for another's dead worker
        return int(self._store.value(f"SELECT COUNT(*) FROM attempt WHERE {IN_FLIGHT}"))

    def spent(self) -> int:
        """Settled spend of everybody on this ledger."""
        return int(self._store.value("SELECT spent_nanousd FROM budget WHERE id = 1"))

    def totals(self) -> Totals:
        """The budget's row, of everybody on this ledger."""
        row = self._store.rows("SELECT * FROM budget WHERE id = 1")[0]
        return Totals(row["cap_nanousd"], row["spent_nanousd"], row["held_nanousd"], row["unconfirmed_nanousd"])

    def written(self, model: str) -> dict[str, int]:
        """Output tokens of this project's settled requests to a model, by request."""
        rows = self._store.rows(
            "SELECT attempt.request_key, done.output_tokens FROM attempt"
            " JOIN attempt_end AS done ON done.attempt_id = attempt.id AND done.state = 'settled'"
            " JOIN request ON request.key = attempt.request_key"
            " WHERE attempt.project = ? AND request.model = ? AND done.usage_source = 'provider'",
            self.project,
            model,
        )
        return {row["request_key"]: row["output_tokens"] for row in rows}

    def overbilled(self, model: str) -> tuple[int, int, str] | None:
        """Bill, hold and time of this project's newest answer of a model, where its bill was over its hold."""
        rows = self._store.rows(
            "SELECT done.cost_nanousd, attempt.hold_nanousd, done.ended_utc FROM attempt"
            " JOIN attempt_end AS done ON done.attempt_id = attempt.id AND done.state = 'settled'"
            " JOIN request ON request.key = attempt.request_key"
            " WHERE attempt.project = ? AND request.model = ? AND done.cost_nanousd > attempt.hold_nanousd"
            " ORDER BY attempt.id DESC LIMIT 1",
            self.project,
            model,
        )
        return (rows[0][0], rows[0][1], rows[0][2]) if rows else None

    def request(self, key: str, items: tuple[int, ...]) -> Request | None:
        """A request as it was sent, about these items; its token bounds are not kept (0). None where it is not here."""
        rows = self._store.rows("SELECT * FROM request WHERE key = ?", key)
        return replace(request_of(rows[0]), items=items) if rows else None

    def free(self) -> int:
        """What is left under the cap for further holds; never below 0."""
        return max(0, free_of(self._store))

    def parsed(self, attempt: int, parser: str, result: Any, failure: str | None) -> None:
        """What a parser made of a stored answer; kept beside it, never instead of it.

        It is written with the next commit of others, at `flush` or at `close`: it can be made again from the answer.
        """
        text = json.dumps(result, ensure_ascii=False)
        with self._parses_lock:
            self._parses.append(lambda book: book.parsed(attempt, parser, text, failure))

    def flush(self) -> None:
        """Write the parses that wait for a commit."""
        entries = self._take_parses()
        if entries:
            for done in commit(self._store, entries, self._book):
                done.unwrap()

    def close(self) -> None:
        """Finish what is queued, and close."""
        try:
            if self._group is not None:
                self._group.close()
            self.flush()
        finally:
            self._store.close()

    def _take_parses(self) -> list[Entry]:
        with self._parses_lock:
            entries, self._parses = self._parses, []
        return entries

    def _commit(self, entry: Callable[[Book], T]) -> T:
        result: T = commit(self._store, [entry], self._book)[0].unwrap()
        return result

    def _book(self, store: Store, seq: int) -> Book:
        return Book(store, seq, self.project, self._me)

    @staticmethod
    def _open(path: Path) -> Store:
        return Store(path, ("ledger",), durable=True, patience_s=WORKER_PATIENCE_S)
