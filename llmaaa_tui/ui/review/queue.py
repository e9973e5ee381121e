"""The queue of a review as one sitting sees it: where it stands, what comes next, what was decided here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ...core.review import QueueRow, ReviewItem, Verdict

AHEAD = 3
"""Items that are claimed and read before their turn."""


class Queue:
    """Rows keep their place while they are decided; `refill` takes what the store says since.

    A row is open until it was decided here. Rows that another screen serves are left out of everything but the total.

    Attributes:
        rows: all rows, those decided here too.
        items: what was read about rows, by item; only of claimed ones where claims are made.
        here: the index of the row looked at; `len(rows)` at the end.
    """

    def __init__(self, rows: Sequence[QueueRow] = ()) -> None:
        self.rows = list(rows)
        self.items: dict[int, ReviewItem] = {}
        self.here = 0
        self._done: dict[int, Verdict] = {}
        self._busy: set[int] = set()
        self._brought: set[int] = set()

    @property
    def row(self) -> QueueRow | None:
        """The row looked at; None at the end."""
        return self.rows[self.here] if self.here < len(self.rows) else None

    @property
    def item(self) -> ReviewItem | None:
        """What is known about it; None where there is none, or it is not read yet."""
        return self.items.get(self.row.item) if self.row else None

    @property
    def place(self) -> tuple[int, int]:
        """Which of how many, from 1."""
        return min(self.here + 1, len(self.rows)), len(self.rows)

    @property
    def busy(self) -> int:
        """How many open rows another screen serves."""
        return sum(row.item in self._busy for row in self.rows if row.item not in self._done)

    @property
    def left(self) -> int:
        """Open rows that nobody else serves."""
        return sum(self._open(row) for row in self.rows)

    def verdict(self, row: QueueRow) -> Verdict | None:
        """What was decided about a row, here or before."""
        return self._done.get(row.item, row.verdict)

    def is_open(self, item: int) -> bool:
        """Whether it was not decided here."""
        return item not in self._done

    def is_busy(self, item: int) -> bool:
        """Whether another screen serves it."""
        return item in self._busy

    def window(self) -> tuple[int, ...]:
        """The row looked at and the open ones that come next, as items: what is to be claimed and read."""
        found = [self.row.item] if self.row else []
        for index in (*range(self.here + 1, len(self.rows)), *range(min(self.here, len(self.rows)))):
            if len(found) > AHEAD:
                break
            if self._open(self.rows[index]):
                found.append(self.rows[index].item)
        return tuple(dict.fromkeys(found))

    def move(self, by: int) -> bool:
        """Look at another row, decided or not; False where there is none."""
        index = self.here + by
        while 0 <= index < len(self.rows):
            if self.rows[index].item not in self._busy:
                self.here = index
                return True
            index += by
        return False

    def look_at(self, item: int) -> bool:
        """Look at an item that is open; False where it is not here any more."""
        for index, row in enumerate(self.rows):
            if row.item == item and item not in self._done:
                self.here = index
                return True
        return False

    def end(self, side: int) -> None:
        """Look at the first or the last row."""
        self.here = 0 if side < 0 else max(0, len(self.rows) - 1)
        if self.row and self.row.item in self._busy:
            self.move(-side)

    def decide(self, verdict: Verdict) -> None:
        """The row looked at is decided; on to the next open one."""
        if self.row is not None:
            self._done[self.row.item] = verdict
            self.items.pop(self.row.item, None)
            self._next()

    def made_again(self, item: int, verdict: Verdict) -> None:
        """A decision that was undone stands again."""
        self._done[item] = verdict
        self.items.pop(item, None)
        if self.row and self.row.item == item:
            self._next()

    def bring_back(self, item: int) -> None:
        """An item is undecided again and is looked at, whether or not the filter holds it."""
        self._done.pop(item, None)
        self.items.pop(item, None)
        self._busy.discard(item)
        self._brought.add(item)
        for index, row in enumerate(self.rows):
            if row.item == item:
                self.rows[index] = replace(row, verdict=None)
                self.here = index
                return
        self.here = min(self.here, len(self.rows))
        self.rows.insert(self.here, QueueRow(item, None, None, 0.0))

    def claimed(self, wanted: Iterable[int], got: Iterable[int]) -> bool:
        """Of the items wanted these are ours, another screen serves the rest; whether that changed what is shown."""
        others = set(wanted) - set(got)
        self._busy = (self._busy - set(got)) | others
        for item in others:
            self.items.pop(item, None)
        if self.row and self.row.item in others:
            self._next()
        return bool(others)

    def read(self, item: int, found: ReviewItem | None, *, undecided: bool) -> bool:
        """Take what was read about a row; False where it has left the queue and is dropped.

        Args:
            undecided: the queue holds what nobody has decided, so that a row that somebody decided since is none.
        """
        elsewhere = found is not None and found.decided is not None and undecided and self.is_open(item)
        if found is None or (elsewhere and item not in self._brought):
            self._drop(item)
            return False
        self.items[item] = found
        return True

    def _drop(self, item: int) -> None:
        for index, row in enumerate(self.rows):
            if row.item == item:
                del self.rows[index]
                self.items.pop(item, None)
                if index < self.here:
                    self.here -= 1
                elif index == self.here:
                    self.here -= 1
                    self._next()
                return

    def refill(self, fresh: Sequence[QueueRow]) -> None:
        """Take the queue as the store has it now: rows keep their places, new ones come after the one looked at."""
        old = self.row
        there = {row.item: row for row in fresh}
        kept: list[QueueRow] = []
        here = 0
        for index, row in enumerate(self.rows):
            brought = row is old and row.item in self._brought
            if row.item in self._done or row.item in there or brought:
                kept.append(row if row.item in self._done else there.get(row.item, row))
            if index < self.here:
                here = len(kept)
        stays = here < len(kept) and old is not None and kept[here].item == old.item
        at = {row.item: place for place, row in enumerate(kept)}
        after: dict[int, list[QueueRow]] = {}
        last = here if stays else here - 1
        anchor = last
        for row in fresh:
            if row.item in at:
                anchor = max(last, at[row.item])
            else:
                after.setdefault(anchor, []).append(row)
        self.rows = after.get(-1, [])
        for place, row in enumerate(kept):
            self.rows += [row, *after.get(place, ())]
        self._busy.clear()
        for row in self.rows:
            known = self.items.get(row.item)
            if known is not None and row.annotation is not None and row.annotation != _judged(known):
                del self.items[row.item]
        self.here = here
        if not stays:
            self.here -= 1
            self._next()

    def _open(self, row: QueueRow) -> bool:
        return row.item not in self._done and row.item not in self._busy

    def _next(self) -> None:
        """To the next open row after this one, else the first of all, else the end."""
        for index in (*range(self.here + 1, len(self.rows)), *range(self.here + 1)):
            if 0 <= index < len(self.rows) and self._open(self.rows[index]):
                self.here = index
                return
        self.here = len(self.rows)


def _judged(item: ReviewItem) -> int | None:
    return item.llm.annotation if item.llm else None
