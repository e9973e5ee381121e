"""The review without its keys: reads the queue, claims and reads what comes next, writes what is decided."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.content import Content
from textual.timer import Timer

from ...core.review import Filter, Order, Tally, Verdict
from ..cells import safe
from ..line import Line
from ..messages import Ask
from ..place import Place
from ..view import View
from ..widgets.review_head import ReviewHead
from ..widgets.review_list import ReviewList
from ..widgets.review_sheet import ReviewSheet
from . import reads
from .clock import Clock
from .queue import Queue
from .text import VERDICTS, nothing
from .writer import Writer

if TYPE_CHECKING:
    from ...store.decisions import Decisions, Step
    from ...store.desk import Desk

READ_EVERY_S, READ_SHARE, COUNT_SHARE = 1.0, 20, 4
"""The queue is read again once a second at most; reading it takes a twentieth of the time at most, counting a fifth."""
CLAIM_EVERY_S, BUSY_EVERY_S = 600.0, 2.0
"""Claims are made again long before they lapse; where others serve all that is left, so often it is looked again."""
UNREAD_S = 0.3
"""So long the last sentence stays in sight while the next one is read."""


class Serving(Place, inherit_bindings=False):
    """The machinery: one line for items, one for the queue, one for decisions; the newest key is drawn at once."""

    def __init__(self) -> None:
        super().__init__()
        self.queue = Queue()
        self.wanted = Filter()
        self.order = Order.SUSPICIOUS
        self.seed = 0
        self.tally: Tally | None = None
        self.clock = Clock()
        self.note = Content()
        self.items: Line[Desk] | None = None
        self.lists: Line[Desk] | None = None
        self.writer: Writer | None = None
        self.decisions: dict[int, int] = {}
        """The newest decision on an item that was made here; filled by the writer's thread."""
        self._known: tuple[int | None, int | None] = (None, None)
        self._shown: int | None = None
        self._loaded = False
        self._dirty = self._fresh = self._reading = False
        self._recount = self._counting = False
        self._hurry = asyncio.Event()
        self._held: set[int] = set()
        self._steps = 0
        self._later: list[Callable[[], object]] = []
        self._unread: Timer | None = None
        self._decided_here = False
        self._started: int | None = None

    # -- coming and going -------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Open the store, as far as there is one."""
        doors = self.house.doors
        if doors is not None:
            self.items, self.lists = Line(doors.desk), Line(doors.desk)
            self.order = Order(doors.order) if doors.order in list(Order) else Order.SUSPICIOUS
            if not self.house.readonly:
                self.writer = Writer(doors.decisions)
            self.set_interval(CLAIM_EVERY_S, self._claim_again)
            self.set_interval(BUSY_EVERY_S, self._look_for_freed)

    def on_unmount(self) -> None:
        """Let what was decided be written, then give everything back."""
        for line in (self.items, self.lists, self.writer):
            if line is not None:
                line.close()

    def on_screen_suspend(self) -> None:
        """Another place is in front: its time is not this item's, and others may have what is claimed here."""
        if isinstance(self.app.screen, Place):
            self.clock.pause(time.monotonic())
            if self.writer is not None and self._held:
                self._held = set()
                self.writer.submit(lambda decisions: decisions.release())

    def on_screen_resume(self) -> None:
        """Here again."""
        if self.is_mounted:
            self.clock.resume(time.monotonic())
            if self._dirty:
                self.reload(fresh=self._fresh)
            self.serve()

    # -- the view ---------------------------------------------------------------------------------

    def show(self, view: View) -> None:
        """Take a new view; read again where the project or the moment changed."""
        super().show(view)
        if view.snapshot is None or self.lists is None:
            self.draw()
            return
        known = (view.snapshot.seq, view.as_of)
        if known != self._known:
            fresh = not self._loaded or known[1] != self._known[1]
            self._known = known
            self.reload(fresh=fresh)

    @property
    def in_front(self) -> bool:
        """Whether nothing lies over it; meanwhile the queue stays as it is, and so do its claims."""
        return self.app.screen is self

    @property
    def decides(self) -> bool:
        """Whether anything can be decided: not on made pictures, not read-only, not in the past."""
        return self.writer is not None and not self.view.readonly and self.view.past is None

    def soon(self, work: Callable[[], Coroutine[Any, Any, None]], group: str, *, alone: bool = False) -> None:
        """Run it in the background; `alone` cancels what runs of its group.

        The function is given, not its coroutine: one that is cancelled before it began was never made.
        """
        self.run_worker(work, group=group, exclusive=alone, exit_on_error=False)  # type: ignore[arg-type]

    def reload(self, *, fresh: bool = False) -> None:
        """Read the queue again, soon; `fresh` at once, and from its beginning."""
        self._dirty = True
        if fresh:
            self._fresh = True
            self._hurry.set()
        if not self._reading and self.lists is not None and self.in_front:
            self._reading = True
            self.soon(self._read_queue, "review-queue")

    async def _read_queue(self) -> None:
        assert self.lists is not None
        pause = 0.0
        try:
            while self._dirty:
                if pause and not self._fresh:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._hurry.wait(), pause)
                self._hurry.clear()
                if not self.in_front:
                    break  # what lies over it is about a sentence of this queue
                fresh, self._dirty, self._fresh = self._fresh, False, False
                if fresh:
                    self._held = set()
                begun, as_of = time.monotonic(), self.view.as_of
                read = partial(reads.queue, wanted=self.wanted, order=self.order, seed=self.seed, as_of=as_of)
                rows = await self.lists.call(read)
                tally = await self.lists.call(partial(reads.tally, reviewer=self.house.reviewer, as_of=as_of))
                pause = max(READ_EVERY_S, READ_SHARE * (time.monotonic() - begun))
                moved = self._fresh or as_of != self.view.as_of
                if moved or not self.in_front:
                    self._dirty, self._fresh = True, moved or fresh
                    continue
                if fresh:
                    self.queue, self._shown = Queue(rows), None
                else:
                    self.queue.refill(rows)
                self._loaded = True
                self._take(tally)
                self.draw()
                self.serve()
        except Exception as error:  # the store cannot be read now; the next change asks again
            self._refused(error)
        finally:
            self._reading = False

    def _take(self, tally: Tally) -> None:
        """A new tally; the run that waited goes on by itself once everything is reviewed."""
        self.tally = tally
        done = tally.waiting == 0 and self._started != tally.waiting_round
        if done and self._decided_here and self.decides and not self.worker_lives:
            self._started = tally.waiting_round
            self.notify(f"Round {tally.waiting_round} is reviewed: the run goes on.", markup=False)
            self.post_message(Ask("start"))

    def recount(self) -> None:
        """The tally after a decision; several decisions may share one reading."""
        self._recount = True
        if not self._counting and self.lists is not None:
            self._counting = True
            self.soon(self._count, "review-tally")

    async def _count(self) -> None:
        assert self.lists is not None
        try:
            while self._recount:
                self._recount = False
                begun = time.monotonic()
                read = partial(reads.tally, reviewer=self.house.reviewer, as_of=self.view.as_of)
                self._take(await self.lists.call(read))
                self.draw()
                await asyncio.sleep(min(READ_EVERY_S, COUNT_SHARE * (time.monotonic() - begun)))
        except Exception as error:
            self._refused(error)
        finally:
            self._counting = False

    # -- serving ----------------------------------------------------------------------------------

    def serve(self) -> None:
        """Claim and read what is looked at and what comes next."""
        if self.items is not None and self._loaded and self.in_front:
            self.soon(self._serving, "review-serve", alone=True)

    def forget_claims(self) -> None:
        """Another screen claims with the same name from now on, until this one is in front again."""
        self._held = set()

    async def _serving(self) -> None:
        try:
            while await self._serve_once():
                self.draw()
        except Exception as error:
            self._refused(error)
        await self._read_texts()

    async def _serve_once(self) -> bool:
        """One go at the window; True where it turned out to be another one."""
        assert self.items is not None
        queue, window, as_of = self.queue, self.queue.window(), self.view.as_of
        if self.decides and self.writer is not None and not self._held.issuperset(window):
            self._held = set()  # whoever cancels us does not know what is claimed
            got = await self.writer.submit(lambda decisions: decisions.claim(window))
            self._held = set(got)
            if queue.claimed(window, got):
                return True
        for item in window:
            if item not in queue.items:
                found = await self.items.call(partial(reads.item, item=item, as_of=as_of))
                if not queue.read(item, found, undecided=not self.wanted.decided and self.decides):
                    return True
                if queue.row and queue.row.item == item:
                    self.draw()
        return False

    async def _read_texts(self) -> None:
        """Texts for the list beside the sentence, where it is shown."""
        listed, as_of = self.query_one(ReviewList), self.view.as_of
        for item in listed.missing(self.queue):
            assert self.lists is not None
            found = await self.lists.call(partial(reads.item, item=item, as_of=as_of))
            listed.texts[item] = found.text if found else ""
        listed.put(self.queue)

    def _claim_again(self) -> None:
        self._held = set()
        if self.decides and self.app.screen is self and self.queue.row:
            self.serve()

    def _look_for_freed(self) -> None:
        if self.decides and self._loaded and not self.queue.row and self.queue.busy:
            self.reload(fresh=True)

    # -- deciding ---------------------------------------------------------------------------------

    def judge(self, verdict: Verdict, work: Callable[[Decisions], int], note: Content | None = None) -> None:
        """Decide the item looked at: the next one is drawn now, the writing follows; one that fails comes back."""
        row = self.queue.row
        if row is None or self.writer is None:
            return
        item, made = row.item, self.decisions
        self.queue.decide(verdict)
        self._decided_here = True
        self.note = note or Content()
        self.draw()

        def written(decisions: Decisions) -> None:
            made[item] = work(decisions)

        self._write(written, partial(self.bring_back, item))
        self.serve()

    def _write(self, work: Callable[[Decisions], object], failed: Callable[[], object]) -> None:
        assert self.writer is not None
        future = self.writer.submit(work)

        async def wait() -> None:
            try:
                await future
            except Exception as error:
                self._refused(error)
                failed()
            self.recount()

        self.soon(wait, "review-write")

    def bring_back(self, item: int) -> None:
        """An item is undecided again: look at it."""
        self.queue.bring_back(item)
        self.note = Content()
        self.draw()
        self.serve()

    def step(self, work: Callable[[Decisions], Step | None], back: bool) -> None:
        """Undo or redo; keys that are pressed before it is known which item that is wait for it."""
        if self.writer is None:
            return
        self._steps += 1
        future = self.writer.submit(work)

        async def wait() -> None:
            try:
                self._stepped(await future, back)
            except Exception as error:
                self._later.clear()  # they were meant for what would have come back
                self._refused(error)
            self._steps -= 1
            self.recount()

        self.soon(wait, "review-step")

    def _stepped(self, step: Step | None, back: bool) -> None:
        if step is None or len(step.items) > 1:
            self._later.clear()  # no one sentence comes back that they could be about
        if step is None:
            self.note = Content("   Nothing to take back." if back else "   Nothing to make again.")
            self.draw()
            return
        many = VERDICTS[step.verdict]
        if len(step.items) > 1:
            many = f"{self.view.task.count(len(step.items))} were {many}"
            self.reload(fresh=True)
        elif back:
            self.bring_back(step.items[0])
        else:
            self.queue.made_again(step.items[0], step.verdict)
            self.serve()
        again = f" {self.view.key('review.redo')} makes it again."
        self.note = Content(f"   Taken back: {many}.{again}" if back else f"   Made again: {many}.")
        self.draw()

    def waits(self, action: Callable[[], object]) -> bool:
        """Whether a key has to wait until an undo before it is through."""
        if self._steps:
            self._later.append(action)
        return bool(self._steps)

    def _refused(self, error: Exception) -> None:
        self.notify(safe(str(error).strip() or type(error).__name__), severity="error", markup=False)

    # -- drawing ----------------------------------------------------------------------------------

    def draw(self, late: bool = False) -> None:
        """Everything as it is now; only lines that differ are sent.

        What is being read is left out for a moment, or the screen would be emptied and filled again.
        """
        item = self.queue.item
        if not self.query(ReviewSheet):
            return  # it is being closed
        if item is None and self.queue.row is not None and self._loaded and not late:
            self._unread = self._unread or self.set_timer(UNREAD_S, partial(self.draw, late=True))
            return
        if self._unread is not None:
            self._unread.stop()
            self._unread = None
        if (number := item.item if item else None) != self._shown:
            self._shown = number
            if number is not None:
                self.clock.start(time.monotonic())
        head, sheet = self.query_one(ReviewHead), self.query_one(ReviewSheet)
        head.wanted, head.order, head.tally, head.reviewer = self.wanted, self.order, self.tally, self.house.reviewer
        head.unweighed = self.order is Order.WEIGHT and item is not None and item.weight is None
        head.place = self.queue.place if self._loaded and self.queue.row else None
        head.redraw()
        sheet.tally = self.tally
        sheet.put(item, [] if item else self._nothing(), self.note)
        self.query_one(ReviewList).put(self.queue)
        if item and self._later and not self._steps:
            self.call_next(self._later.pop(0))

    def _nothing(self) -> list[Content]:
        """What to do where there is no sentence."""
        if self.house.doors is None:
            return [Content.styled("There is nothing to decide on made pictures.", "$muted")]
        if not self._loaded or self.queue.row is not None:
            return [Content.styled(f"reading {self.view.glyphs.ellipsis}", "$muted")]
        return nothing(self.queue, self.view, filtered=self.wanted != Filter())
