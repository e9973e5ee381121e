"""Items of the project by page, for a pool of any size. Plain sqlite3, read only.

A search looks at every text, from where the page begins until the page is full: a million sentences take about half a
second, and no index is kept for it. Letters match in both cases. SQLite's LIKE does that for ASCII and for scripts
without case; a text with other letters that have a case (É, Ж, ß) is compared by `str.casefold`, at a third of the
pace. LIKE takes a sign U+0000 for the end of a text.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from ..core.catalogue import Counts, Page, Sentence, Status, Wanted
from ..core.hygiene import Copies
from ..core.review import Said
from ..core.states import Role, State
from .hygiene import copies_noted
from .last_words import SOME, stands
from .reading import Reading
from .saying import HAS_LABEL, pair, pair_columns, said
from .spending import FOREVER

CHUNK = 20_000
"""Ids looked at in one read transaction, so that a search keeps no writer's log from being emptied."""
STEPS = 20_000
"""SQLite's own steps between two looks at `cancelled`: well under a millisecond."""
LIKE_AT_MOST = 10_000
"""Signs; SQLite refuses patterns of 50,000 bytes."""
OPEN = (
    "NOT EXISTS (SELECT 1 FROM selection WHERE selection.item_id = item.id AND selection.seq <= :limit)"
    " AND NOT EXISTS (SELECT 1 FROM annotation WHERE annotation.item_id = item.id AND annotation.kind IN"
    " ('llm', 'gold', 'vote') AND annotation.round >= 0 AND annotation.seq <= :limit)"
    " AND NOT EXISTS (SELECT 1 FROM decision WHERE decision.item_id = item.id AND decision.verdict <> 'undo'"
    " AND decision.seq <= :limit AND NOT EXISTS"
    " (SELECT 1 FROM decision AS undo WHERE undo.undoes = decision.id AND undo.seq <= :limit))"
)
"""SQL of an item that `stands` has no row for, by three looks into an index."""


def _never() -> bool:
    return False


class Catalogue(Reading):
    """All sentences, by role, status and text."""

    def counts(self, as_of: int | None = None) -> Counts:
        """How many sentences there are of each status and role."""
        limit = FOREVER if as_of is None else as_of
        with self.still():
            roles = self._roles(limit)
            status = {
                Status(row["status"]): row["n"]
                for row in self.rows(
                    f"SELECT status, COUNT(*) AS n FROM ({stands(self)}) GROUP BY status", {"limit": limit}
                )
            }
            texts = self._texts(limit)
        pool = roles.pop(Role.POOL, 0)
        return Counts(pool, {Status.OPEN: pool - sum(status.values()), **status}, roles, texts)

    def page(
        self,
        wanted: Wanted,
        after: int = 0,
        limit: int = 256,
        *,
        before: int | None = None,
        as_of: int | None = None,
        cancelled: Callable[[], bool] = _never,
    ) -> Page:
        """Sentences with ids over `after`, or the last ones under `before`, at most `limit`.

        Args:
            cancelled: asked about a thousand times a second; True ends the search with what was found so far.
        """
        seq = FOREVER if as_of is None else as_of
        backwards = before is not None
        first, last = self._ends(wanted.role)
        start = min(before, last + 1) if before is not None else max(after, first - 1)
        here, end = start, first if backwards else last
        scans = wanted.status is Status.OPEN or (wanted.status is None and bool(wanted.text) and not wanted.label)
        step = CHUNK if scans else max(last - first + 1, 1)
        found: list[sqlite3.Row] = []
        while len(found) < limit and (here > end if backwards else here < end):
            to = max(here - step, end) if backwards else min(here + step, end)
            low, high = (to, here - 1) if backwards else (here + 1, to)
            rows = self._look(wanted, low, high, limit - len(found), backwards, seq, cancelled)
            if rows is None:
                break
            found.extend(rows)
            here = rows[-1]["id"] if len(found) == limit else to
        scanned = abs(here - start) if scans else len(found)
        if backwards:
            found.reverse()
        sentences = self._sentences(wanted.role, found, seq)
        if backwards:
            behind = sentences[-1].item if sentences else start - 1
            return Page(sentences, behind if start <= last else None, scanned, here if here > end else None)
        ahead = sentences[0].item if sentences else start + 1
        return Page(sentences, here if here < end else None, scanned, ahead if start >= first else None)

    def place(self, wanted: Wanted, fraction: float, *, as_of: int | None = None) -> int:
        """The `after` of a page that begins about `fraction` (0 to 1) down the list, searched texts or not."""
        seq = FOREVER if as_of is None else as_of
        if wanted.status not in (None, Status.OPEN):
            items = self.rows(
                f"SELECT item_id FROM ({stands(self)}) WHERE status = :status ORDER BY item_id",
                {"limit": seq, "status": wanted.status},
            )
            return int(items[_nth(fraction, len(items))][0]) - 1 if items else 0
        count = self._roles(seq).get(wanted.role, 0)
        if not count:
            return 0
        nth = _nth(fraction, count)
        return int(self.value("SELECT id FROM item WHERE role = ? ORDER BY id LIMIT 1 OFFSET ?", wanted.role, nth)) - 1

    def copies(self, as_of: int | None = None) -> tuple[Copies, ...] | None:
        """What the import noted of copies between roles; None where it noted nothing."""
        return copies_noted(self, as_of)

    def _roles(self, limit: int) -> dict[str, int]:
        rows = self.rows(
            "SELECT import.role, SUM(import_end.documents) FROM import_end"
            " JOIN import ON import.id = import_end.import_id WHERE import_end.seq <= ? GROUP BY 1",
            limit,
        )
        return dict(map(tuple, rows))

    def _texts(self, limit: int) -> dict[str, int]:
        """The documents of each role, where items are pairs, of which a document has several."""
        if self.value("SELECT head_start FROM item ORDER BY id LIMIT 1") is None:
            return {}
        rows = self.rows(
            "SELECT import.role, COUNT(*) FROM document JOIN import ON import.id = document.import_id"
            " WHERE document.import_id IN (SELECT import_id FROM import_end WHERE seq <= ?) GROUP BY 1",
            limit,
        )
        return dict(map(tuple, rows))

    def _ends(self, role: str) -> tuple[int, int]:
        """The first and the last item of a role; (1, 0) where there is none."""
        row = self.rows(
            "SELECT COALESCE((SELECT MIN(id) FROM item WHERE role = :role), 1),"
            " COALESCE((SELECT MAX(id) FROM item WHERE role = :role), 0)",
            {"role": role},
        )[0]
        return row[0], row[1]

    def _look(
        self,
        wanted: Wanted,
        low: int,
        high: int,
        most: int,
        backwards: bool,
        limit: int,
        cancelled: Callable[[], bool],
    ) -> list[sqlite3.Row] | None:
        """The ids and texts wanted from `low` to `high`; None where that was cancelled."""
        source = "item"
        condition = self._holds(wanted.text) if wanted.text else "1"
        pooled = wanted.role in (Role.POOL, Role.GENERATED)
        if wanted.status is Status.OPEN:
            condition = f"CASE WHEN {condition} THEN {OPEN} END"  # in this order: few texts hold what is searched for
            condition += " AND 0" if wanted.label else ""  # nobody has said anything of it
        elif wanted.status is not None or (wanted.label and pooled):
            source = f"({stands(self, role=wanted.role)}) AS stand CROSS JOIN item ON item.id = stand.item_id"
            source += " AND stand.status = :status" if wanted.status is not None else ""
            source += f" AND {HAS_LABEL.format('stand.annotation')}" if wanted.label else ""
        elif wanted.label:
            source = (
                "annotation AS gold CROSS JOIN item ON item.id = gold.item_id AND gold.kind = 'gold'"
                f" AND +gold.round IS NULL AND gold.seq <= :limit AND {HAS_LABEL.format('gold.id')}"
            )
        parameters = {
            "role": wanted.role,
            "low": low,
            "high": high,
            "most": most,
            "limit": limit,
            "status": wanted.status,
            "text": _pattern(wanted.text),
            "label": wanted.label,
        }
        with self.still(), self._until(cancelled):
            try:
                return self.rows(
                    f"SELECT item.id, document.text, {pair_columns(self)} FROM {source}"
                    " CROSS JOIN document ON document.id = item.document_id"
                    " WHERE item.role = :role AND item.id BETWEEN :low AND :high AND document.import_id IN"
                    f" (SELECT import_id FROM import_end WHERE seq <= :limit) AND {condition}"
                    f" ORDER BY item.id {'DESC' if backwards else ''} LIMIT :most",
                    parameters,
                )
            except sqlite3.OperationalError as error:
                if "interrupted" not in str(error):
                    raise
                return None

    @contextmanager
    def _until(self, cancelled: Callable[[], bool]) -> Iterator[None]:
        self.connection.set_progress_handler(cancelled, STEPS)
        try:
            yield
        finally:
            self.connection.set_progress_handler(None, 0)

    def _holds(self, text: str) -> str:
        """SQL of whether `document.text` holds a text."""
        if len(text) <= LIKE_AT_MOST and all(sign.isascii() or sign.upper() == sign.lower() for sign in text):
            return "document.text LIKE :text ESCAPE '\\'"
        folded = text.casefold()
        self.connection.create_function("holds", 1, lambda whole: folded in whole.casefold(), deterministic=True)
        return "holds(document.text)"

    def _sentences(self, role: str, found: Sequence[sqlite3.Row], limit: int) -> tuple[Sentence, ...]:
        items = json.dumps([row["id"] for row in found])
        if role in (Role.POOL, Role.GENERATED):
            sql, bare = stands(self, SOME, role), Status.OPEN
        else:
            bare = None
            sql = (
                "SELECT item_id, NULL AS status, NULL AS round, state, id AS annotation FROM annotation"
                f" WHERE kind = 'gold' AND +round IS NULL AND seq <= :limit{SOME}"
            )
        rows = {row["item_id"]: row for row in self.rows(sql, {"limit": limit, "items": items})}
        labels = said(self.connection, [row["annotation"] for row in rows.values() if row["annotation"]])
        sentences = []
        for one in found:
            row = rows.get(one["id"])
            found_labels = labels[row["annotation"]] if row and row["annotation"] else Said()
            sentences.append(
                Sentence(
                    one["id"],
                    one["text"],
                    Status(row["status"]) if row and row["status"] else bare,
                    row["round"] if row else None,
                    State(row["state"]) if row and row["state"] else None,
                    found_labels.spans,
                    found_labels.classes,
                    pair(one),
                )
            )
        return tuple(sentences)


def _pattern(text: str) -> str:
    for sign in "\\%_":
        text = text.replace(sign, f"\\{sign}")
    return f"%{text}%"


def _nth(fraction: float, count: int) -> int:
    return min(max(int(fraction * count), 0), count - 1)
