"""Accepting many answers at once, after a random sample of them was labelled blind."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content

from ...core.document import NOTHING
from ...core.review import Bulk, Filter, QueueRow, ReviewItem
from ..cells import ends, safe
from ..keys.bulk import KEYS
from ..keys.command import Command, bindings
from ..line import Line
from ..over import Over
from ..pages.bulk import found, offer, usable
from ..review.writer import Writer
from ..shapes import Mended
from ..view import View
from ..widgets.keybar import KeyBar
from ..widgets.lines import Lines
from ..words import count

if TYPE_CHECKING:
    from ...store.desk import Desk
    from ..review.serving import Serving

SETTLED_S = 0.7
"""So long after the last label enter accepts nothing: it may be the label's own key, pressed twice."""


class _Page(Lines):
    """The page in sight, scrolled."""

    def __init__(self) -> None:
        super().__init__()
        self.page: Sequence[Content] = ()
        self.first = 0

    def lines(self, width: int, height: int) -> list[Content]:
        """See the base class."""
        self.first = max(0, min(self.first, len(self.page) - height))
        return list(self.page[self.first : self.first + height])


class _Head(Lines):
    DEFAULT_CSS = "_Head { height: 2; }"
    right = ""

    def lines(self, width: int, height: int) -> list[Content]:
        """See the base class."""
        left = Content.styled(" Accept many at once", "$head bold")
        return [
            ends(left, Content.styled(f"{self.right} ", "$muted"), width),
            Content.styled(self.view.glyphs.line * width, "$line"),
        ]


class BulkScreen(Over[int | None], inherit_bindings=False):
    """Dismissed with how many answers were accepted, or with None where none were.

    Args:
        queue: the answers that the filter lets through.
        wanted: the filter.
        labels: the project's labels in order.
        view: what to draw with.
        desk, decisions: the review's reading and writing lines; they stay the caller's.
        n: sentences that are labelled blind first.
    """

    KEYS: ClassVar[tuple[Command, ...]] = KEYS
    BINDINGS: ClassVar[list[BindingType]] = list(bindings(KEYS))
    HELP = "Accept many answers at once, after a random sample of them was labelled blind."

    def __init__(
        self,
        queue: tuple[QueueRow, ...],
        wanted: Filter,
        labels: tuple[str, ...],
        view: View,
        desk: Line[Desk],
        decisions: Writer,
        n: int,
    ) -> None:
        super().__init__()
        self.queue = queue
        self.wanted = wanted
        self.labels = labels
        self.view = view
        self.desk = desk
        self.decisions = decisions
        self.n = n
        self.bulk: Bulk | None = None
        self._items: dict[int, ReviewItem] = {}
        self._todo: list[int] = []
        self._held: frozenset[int] = frozenset()
        self._written: list[asyncio.Future[int]] = []
        self._reading = True
        self._settled = 0.0

    def compose(self) -> ComposeResult:
        """See the base class."""
        yield _Head()
        yield _Page()
        yield KeyBar("bulk-keys", self.commands)

    def on_mount(self) -> None:
        """Look whether one is open already."""
        for widget in self.query(Lines):
            widget.show(self.view)
        self._start(self._look())

    def on_resize(self, event: events.Resize) -> None:
        """Lines are made for a size."""
        self._draw()

    def _start(self, work: object) -> None:
        self.run_worker(work, group="bulk", exit_on_error=False)  # type: ignore[arg-type]

    @property
    def _mine(self) -> bool:
        """Whether the open bulk is of this filter."""
        return self.bulk is not None and self.bulk.filter == self.wanted

    @property
    def _complete(self) -> bool:
        return self.bulk is not None and self._mine and not self.bulk.open and not self._reading

    # -- drawing ----------------------------------------------------------------------------------

    def _draw(self) -> None:
        width = self.size.width
        if not width:
            return
        head, page = self.query_one(_Head), self.query_one(_Page)
        if self._reading:
            page.page = [Content(), Content.styled(f" reading {self.view.glyphs.ellipsis}", "$muted")]
        elif self._complete and self.bulk is not None:
            page.page = found(self.bulk, self._items, self.view, width)
        else:
            page.page = offer(self.queue, self.wanted, self.n, self.bulk, self.view, width)
        if self.bulk is not None and self._mine:
            head.right = f"blind sample {len(self.bulk.labelled)} of {len(self.bulk.sample)}"
        page.redraw()
        head.redraw()
        hidden = set()
        if not self._complete:
            hidden.add("bulk.accept")
        else:
            hidden.add("bulk.go")
        if self.bulk is None or not self._mine:
            hidden.add("bulk.drop")
        if self.bulk is None or self._mine:
            hidden.add("bulk.other")
        if not usable(self.queue) and not self._mine:
            hidden.add("bulk.go")
        if len(page.page) <= page.size.height:
            hidden.add("bulk.down")
        self.query_one(KeyBar).hide(frozenset(hidden))

    def action_scroll(self, by: int) -> None:
        """Other lines of the page."""
        page = self.query_one(_Page)
        page.first += by
        page.redraw()

    # -- reading and writing ----------------------------------------------------------------------

    async def _look(self) -> None:
        """Read the open bulk, with the sentences that differ once its sample is labelled."""
        reviewer = self.house.reviewer
        try:
            self.bulk = await self.desk.call(lambda desk: desk.open_bulk(reviewer))
            await self._read_errors()
        except Exception as error:
            self._refused(error)
        self._reading = False
        self._draw()

    async def _read_errors(self) -> None:
        if self.bulk is not None and not self.bulk.open:
            for item in self.bulk.errors:
                await self._read(item)

    async def _read(self, item: int) -> ReviewItem | None:
        if item not in self._items:
            read = await self.desk.call(lambda desk: desk.item(item))
            if read is not None:
                self._items[item] = read
        return self._items.get(item)

    def _refused(self, error: Exception) -> None:
        self.notify(safe(str(error).strip() or type(error).__name__), severity="error", markup=False)

    # -- the keys ---------------------------------------------------------------------------------

    def action_go(self) -> None:
        """Begin, or go on; once the sample is labelled: accept the rest."""
        if self._reading:
            return
        if self._complete:
            if time.monotonic() - self._settled > SETTLED_S:
                self.action_accept()
        elif self._mine or usable(self.queue):
            self._reading = True
            self._start(self._begin())

    def action_other(self) -> None:
        """Go on with the open one instead."""
        if self.bulk is not None and not self._mine and not self._reading:
            self.wanted = self.bulk.filter
            self._reading = True
            self._start(self._begin())

    async def _begin(self) -> None:
        """Draw a sample where there is none yet, dropping that of another filter; then serve it."""
        wanted, pairs, n = self.wanted, usable(self.queue), self.n
        # A sample drawn again after one was dropped must be another one, or it would not be blind.
        seed = random.SystemRandom().getrandbits(31)
        try:
            if not self._mine:
                if self.bulk is not None:
                    old = self.bulk.id
                    await self.decisions.submit(lambda decisions: decisions.end_bulk(old, False))
                    self.notify("The open one of another filter is dropped.", markup=False, timeout=4)
                name = await self.decisions.submit(
                    lambda decisions: decisions.begin_bulk(wanted, pairs, n=n, seed=seed)
                )
                self.bulk = await self.desk.call(lambda desk: desk.bulk(name))
            await self._serve()
        except Exception as error:
            self._refused(error)
            await self._look()

    async def _serve(self) -> None:
        assert self.bulk is not None
        self._todo = list(self.bulk.open)
        if not self._todo:
            await self._look()
            return
        await self._next()

    async def _next(self) -> None:
        """Show the next sampled sentence that no other screen serves.

        Raises:
            LookupError: there is none now.
        """
        await self._claim()
        if self._todo[0] not in self._held:
            raise LookupError("another screen serves what is left of the sample; A comes back to it")
        item = await self._read(self._todo[0])
        if item is None:
            raise LookupError(f"sentence {self._todo[0]} of the sample is no longer there")
        self._show(item)
        if len(self._todo) > 1 and self._todo[1] in self._held:
            await self._read(self._todo[1])

    async def _claim(self) -> None:
        """Claim what is left of the sample, so that nobody is served it meanwhile; what others have comes last."""
        wanted = tuple(self._todo)
        self._held = frozenset(await self.decisions.submit(lambda decisions: decisions.claim(wanted)))
        self._todo.sort(key=lambda item: item not in self._held)

    async def _ahead(self) -> None:
        """Claim anew and read what comes next: then it is there before the finger is up."""
        await self._claim()
        if len(self._todo) > 1 and self._todo[1] in self._held:
            await self._read(self._todo[1])

    def _show(self, item: ReviewItem) -> None:
        assert self.bulk is not None
        size = len(self.bulk.sample)
        heading = f"blind sample {size - len(self._todo) + 1} of {size}"
        screen = self.view.kind.editor(item, self.labels, self.view, begin=NOTHING, blind=True, heading=heading)
        self.app.push_screen(screen, partial(self._labelled, item.item))

    def _labelled(self, item: int, mended: Mended | None) -> None:
        """A blind label is written while the next sentence is shown already."""
        assert self.bulk is not None
        if mended is None:
            self._start(self._finish())
            return
        judged, name, answer = dict(self.bulk.items)[item], self.bulk.id, mended
        self._written.append(
            self.decisions.submit(
                lambda decisions: decisions.mend(
                    item, judged, answer.labels, seconds=answer.seconds, blind=True, bulk=name
                )
            )
        )
        self._todo.remove(item)
        if self._todo and self._todo[0] in self._items and self._todo[0] in self._held:
            self._show(self._items[self._todo[0]])
            self._start(self._ahead())
        else:
            self._start(self._go_on() if self._todo else self._finish())

    async def _go_on(self) -> None:
        try:
            await self._next()
        except Exception as error:
            self._refused(error)
            await self._finish()

    async def _finish(self) -> None:
        """Everything written, and what it says."""
        written, self._written = self._written, []
        for one in await asyncio.gather(*written, return_exceptions=True):
            if isinstance(one, Exception):
                self._refused(one)
        self._settled = time.monotonic()
        await self._look()

    def action_accept(self) -> None:
        """Accept all the rest as one step."""
        if self._complete:
            self._reading = True
            self._start(self._end(True))

    def action_drop(self) -> None:
        """Accept nothing."""
        if self._mine and not self._reading:
            self._reading = True
            self._start(self._end(False))

    async def _end(self, accept: bool) -> None:
        assert self.bulk is not None
        name = self.bulk.id
        try:
            number = await self.decisions.submit(lambda decisions: decisions.end_bulk(name, accept))
        except Exception as error:
            self._refused(error)
            await self._look()
            return
        if accept:
            words = "1 answer is" if number == 1 else f"{count(number)} answers are"
            undo = self.view.key("review.undo")
            self.notify(f"{words} accepted in one step; {undo} takes it back.", markup=False, timeout=6)
        else:
            self.notify("Dropped: nothing is accepted at once. The labels you gave stay.", markup=False, timeout=6)
        self.dismiss(number if accept else None)

    def action_leave(self) -> None:
        """Back; what was begun stays open."""
        if self.bulk is not None and self._mine:
            done, size = len(self.bulk.labelled), len(self.bulk.sample)
            words = f"It stays open, {done} of {size} labelled; {self.view.key('review.bulk')} comes back to it."
            self.notify(words, markup=False, timeout=5)
        self.dismiss(None)


def begin(review: Serving) -> None:
    """Open it over the review, for what the review's filter lets through now."""
    lists, items, writer, snapshot = review.lists, review.items, review.writer, review.view.snapshot
    if lists is None or items is None or writer is None or snapshot is None:
        return
    wanted, order = review.wanted, review.order
    doors = review.house.doors
    n = doors.sample if doors is not None else 0

    async def read() -> None:
        try:
            queue = await lists.call(lambda desk: desk.queue(wanted, order))
        except Exception as error:
            review.notify(safe(str(error)), severity="error", markup=False)
            return
        review.forget_claims()
        screen = BulkScreen(queue, wanted, snapshot.labels, review.view, items, writer, n)
        review.app.push_screen(screen, lambda _: review.reload(fresh=True))

    review.run_worker(read(), group="bulk", exclusive=True, exit_on_error=False)
