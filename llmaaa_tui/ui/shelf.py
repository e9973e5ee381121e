"""The part of a long list of sentences that is held: some pages around what is in sight, never all of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..core.catalogue import Page, Sentence, Wanted
from .line import Line

if TYPE_CHECKING:
    from ..store.catalogue import Catalogue

PAGE, PAGES = 256, 6
MARGIN = 64
"""A page is asked for when what is in sight comes this near to the end of what is held."""
SLICE_S = 0.06
"""A search is asked in slices of so many seconds, to say how far it is and to be called off."""
FAR = 2**63 - 1
"""Behind every id."""


class Shelf:
    """Sentences by their place in the list.

    Places count from 0 at the list's first sentence. After a jump into the middle they are estimates (`exact` is
    False) until an end of the list is reached; then all places move, and `moved` is told by how much.

    Args:
        line: the catalogue's thread.
        sight: gives the first place in sight and how many there are.
        changed: called when there is more to draw.
        moved: called with a number to add to every place kept outside.
    """

    def __init__(
        self,
        line: Line[Catalogue],
        sight: Callable[[], tuple[int, int]],
        changed: Callable[[], object],
        moved: Callable[[int], object],
    ) -> None:
        self._line = line
        self._sight = sight
        self._changed = changed
        self._moved = moved
        self._turn = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._fresh: set[int] | None = None
        self._slice = SLICE_S
        self.wanted = Wanted()
        self.as_of: int | None = None
        self.total: int | None = None
        self.rows: list[Sentence] = []
        self.first = 0
        self.at_start = self.at_end = True
        self.exact = True
        self.scanned = 0
        self._after, self._before = 0, 0

    @property
    def end(self) -> int:
        """One past the last place held."""
        return self.first + len(self.rows)

    @property
    def known(self) -> int | None:
        """How many sentences the list has, where that is known."""
        if self.at_end and self.exact:
            return self.end
        return None if self.wanted.searches else self.total

    @property
    def searching(self) -> bool:
        """Whether a search is under way that has not filled the screen."""
        return bool(self.wanted.searches) and self._need() is not None

    def at(self, place: int) -> Sentence | None:
        """The sentence at a place, if it is held."""
        return self.rows[place - self.first] if self.first <= place < self.end else None

    def place_of(self, item: int) -> int | None:
        """Where an item is held."""
        return next((self.first + n for n, row in enumerate(self.rows) if row.item == item), None)

    # -- asking -----------------------------------------------------------------------------------

    def open(self, wanted: Wanted, as_of: int | None, total: int | None, *, after: int = 0, place: int = 0) -> None:
        """Begin anew behind the id `after`, whose next sentence stands at `place`; FAR begins at the list's end."""
        self._turn += 1
        self._slice = SLICE_S
        self.wanted, self.as_of, self.total = wanted, as_of, total
        self.rows, self.first, self.scanned = [], place, 0
        self._fresh = None
        self._after, self._before = after, min(FAR, after + 1)
        self.at_start, self.at_end = after <= 0, after >= FAR
        self.exact = self.at_start or (self.at_end and total is not None)

    async def fill(self) -> None:
        """Ask for pages until what is in sight is held with a margin; returns at once where that goes on already.

        Raises:
            LlmaaaError: the project cannot be read; the list then ends where it is.
        """
        if not self._idle.is_set():
            return
        self._idle.clear()
        try:
            while (forward := self._need()) is not None:
                turn = self._turn
                try:
                    await self._load(forward)
                except Exception:
                    if turn == self._turn:
                        self.at_start = self.at_end = True
                        raise
                self._changed()
            if self._fresh is not None:
                await self._again(self._fresh)
        finally:
            self._idle.set()
            self._changed()

    async def refresh(self, total: int | None) -> None:
        """Read again what is held; of a search only what is in sight, now or later, for it may take long to repeat."""
        turn, self.total = self._turn, total
        await self._idle.wait()
        wanted, as_of = self.wanted, self.as_of
        if wanted.searches:
            self._fresh = set()
            await self._again(self._fresh)
            return
        after = 0 if self.at_start or not self.rows else self.rows[0].item - 1
        page = await self._line.call(
            lambda catalogue: catalogue.page(wanted, after, max(PAGE, len(self.rows)), as_of=as_of)
        )
        if turn == self._turn and self._idle.is_set():
            self.rows = list(page.sentences)
            self.at_end = page.after is None
            self._after = FAR if page.after is None else page.after
            self._changed()

    async def _again(self, fresh: set[int]) -> None:
        """Read the sentences in sight again, but for those that were since `fresh` was begun."""
        turn, as_of, alone = self._turn, self.as_of, Wanted(None, self.wanted.role)
        top, height = self._sight()
        seen = [row.item for row in self.rows[max(0, top - self.first) :][:height] if row.item not in fresh]
        pages = await self._line.call(
            lambda catalogue: [catalogue.page(alone, item - 1, 1, as_of=as_of) for item in seen]
        )
        if turn == self._turn:
            fresh.update(seen)
            newer = {row.item: row for page in pages for row in page.sentences}
            self.rows = [newer.get(row.item, row) for row in self.rows]
            self._changed()

    def _need(self) -> bool | None:
        """Whether the next page is wanted (True), the one before (False), or neither."""
        top, height = self._sight()
        if not self.at_end and top + height + MARGIN > self.end:
            return True
        if not self.at_start and top - MARGIN < self.first:
            return False
        return None

    async def _load(self, forward: bool) -> None:
        turn, wanted, as_of = self._turn, self.wanted, self.as_of
        after, before = self._after, None if forward else self._before
        sliced = bool(wanted.searches) and forward

        def work(catalogue: Catalogue) -> Page:
            over = time.monotonic() + self._slice if sliced else float("inf")
            return catalogue.page(
                wanted,
                after,
                PAGE,
                before=before,
                as_of=as_of,
                cancelled=lambda: turn != self._turn or time.monotonic() > over,
            )

        page = await self._line.call(work)
        if turn != self._turn:
            return
        self.scanned += page.scanned
        if forward:
            self._append(page)
            if sliced and page.after == after and not page.sentences:
                self._slice *= 4  # too short for the catalogue to get anywhere
        else:
            self._prepend(page)

    def _append(self, page: Page) -> None:
        self.rows += page.sentences
        self.at_end = page.after is None
        self._after = FAR if page.after is None else page.after
        spare = len(self.rows) - PAGE * PAGES
        if spare > 0:
            del self.rows[:spare]
            self.first += spare
            self.at_start, self._before = False, self.rows[0].item
        if self.at_end and not self.exact and self.total is not None and not self.wanted.searches:
            self._shift(self.total - self.end)

    def _prepend(self, page: Page) -> None:
        self.rows = [*page.sentences, *self.rows]
        self.first -= len(page.sentences)
        self.at_start = page.before is None
        self._before = page.before or 0
        spare = len(self.rows) - PAGE * PAGES
        if spare > 0:
            del self.rows[-spare:]
            self.at_end, self._after = False, self.rows[-1].item
        if self.at_start:
            self._shift(-self.first)

    def _shift(self, by: int) -> None:
        """An end of the list was reached: now all places are known."""
        self.exact = True
        if by:
            self.first += by
            self._moved(by)
