"""A place that is one page of framed blocks, with figures read beside the picture, off the event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from textual.widget import Widget

from ..errors import LlmaaaError
from .cells import safe
from .line import Closes, Line
from .place import Place
from .view import View
from .widgets.sheet import Block, Sheet

R = TypeVar("R", bound=Closes)
D = TypeVar("D")


class Paged(Place, Generic[R, D], inherit_bindings=False):
    """Draws `blocks`; a subclass says how its reader is opened and what it reads.

    Attributes:
        PERIOD_S: seconds between two readings of the same moment, however often pictures come.
        data: what was read last, or None before that, and on made pictures.
    """

    PERIOD_S: ClassVar[float] = 1.0

    def __init__(self) -> None:
        super().__init__()
        self.data: D | None = None
        self._line: Line[R] | None = None
        self._wanted: tuple[object, ...] = ()
        self._read: tuple[object, ...] = ()
        self._read_at = 0.0
        self._read_past: int | None = None
        self._reading = False

    def body(self) -> Iterable[Widget]:
        """See the base class."""
        yield Sheet("sheet", self.blocks)

    # -- for subclasses ---------------------------------------------------------------------------

    def blocks(self, left: int, right: int) -> Sequence[Block]:
        """The page, for blocks of so many cells in the left and in the right column."""
        raise NotImplementedError

    def opener(self) -> Callable[[], R] | None:
        """What opens the reader; None where there is no store behind the pictures."""
        raise NotImplementedError

    def reads(self, view: View) -> Callable[[R], D]:
        """What is read for a view; runs in the reader's thread."""
        raise NotImplementedError

    def depends(self, view: View) -> tuple[object, ...]:
        """What the figures depend on: they are read again once it differs."""
        snapshot = view.snapshot
        return () if snapshot is None else (snapshot.seq, view.past, snapshot.budget, len(snapshot.rounds))

    # -- the figures ------------------------------------------------------------------------------

    @property
    def sheet(self) -> Sheet:
        """The page."""
        return self.query_one(Sheet)

    def on_mount(self) -> None:
        """Where the project rests no further picture comes that would have the figures read."""
        self.call_after_refresh(self._look)

    def show(self, view: View) -> None:
        """Take a new view, and read what belongs to it."""
        super().show(view)
        self._wanted = self.depends(view)
        self._look()

    def again(self) -> None:
        """Read now, for something was written."""
        self._read, self._read_at = (), 0.0
        self._look()

    def _look(self) -> None:
        if not self._reading and self._wanted and self._wanted != self._read and self.is_mounted:
            self._reading = True
            self.run_worker(self._load(), group="figures", exit_on_error=False)

    async def _load(self) -> None:
        """Read until what was read is what is wanted."""
        try:
            opened = self.opener()
            if opened is None:
                return
            if self._line is None:
                self._line = Line(opened)
            while self._wanted != self._read and self.is_mounted:
                if self.view.past == self._read_past:
                    await asyncio.sleep(max(0.0, self._read_at + self.PERIOD_S - time.monotonic()))
                self._read_at, self._read_past = time.monotonic(), self.view.past
                wanted = self._wanted
                self.data = await self._line.call(self.reads(self.view))
                self._read = wanted
                self.sheet.redraw()
        except Exception as error:  # one line in place of a traceback; the next picture tries again
            words = str(error) if isinstance(error, LlmaaaError) else f"the figures cannot be read: {error}"
            self.notify(safe(words), severity="error", markup=False)
            self._read = self._wanted
        finally:
            self._reading = False

    def on_unmount(self) -> None:
        """Close the reader."""
        if self._line is not None:
            self._line.close()

    def hidden(self) -> set[str]:
        """See the base class."""
        return super().hidden() if self.sheet.longer else super().hidden() | {"page.page_down"}

    # -- the keys ---------------------------------------------------------------------------------

    def action_scroll(self, by: int) -> None:
        """By lines."""
        self.sheet.scroll_by(by)

    def action_page(self, by: int) -> None:
        """By screens."""
        self.sheet.page_by(by)

    def action_end(self, side: int) -> None:
        """To an end."""
        self.sheet.to_end(side)

    def chosen(self) -> tuple[str, dict[str, Any]] | None:
        """Nothing can be chosen on a page, unless a subclass says so."""
        return None
