"""The queue beside the sentence, on screens that are wide enough."""

from __future__ import annotations

from textual.content import Content
from textual.geometry import Region

from ...core.review import QueueRow, Verdict
from ...core.states import State
from ..cells import fit, safe
from ..review.queue import Queue
from ..words import count, f1
from .lines import Panel

_VERDICTS = {Verdict.ACCEPT: "accepted", Verdict.MEND: "mended", Verdict.REJECT: "rejected", Verdict.SKIP: "skipped"}
_ABOVE = 4


class ReviewList(Panel):
    """A window of the queue about the row looked at.

    Attributes:
        texts: texts of rows, by item, as far as they were read.
    """

    DEFAULT_CSS = "ReviewList { width: 52; height: 1fr; }"

    def __init__(self, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.texts: dict[int, str] = {}
        self._queue = Queue()

    def put(self, queue: Queue) -> None:
        """Draw the queue as it is now."""
        self._queue = queue
        self.texts_of(queue)
        if self.display:
            self.redraw()

    def texts_of(self, queue: Queue) -> None:
        """Take the texts that were read for the sentence."""
        for number, item in queue.items.items():
            self.texts[number] = item.text[:200]

    def missing(self, queue: Queue) -> list[int]:
        """Items in sight whose text was not read; none where the list is not shown."""
        rows = [row for _, row in self._window(queue)] if self.display else []
        return [row.item for row in rows if row.item not in self.texts]

    def rows_in_sight(self) -> list[tuple[Region, int]]:
        """Where each row stands on the screen, with its index."""
        left, top = self.region.x + 2, self.region.y + 1
        window = self._window(self._queue) if self.display else []
        return [(Region(left, top + y, self.size.width - 4, 1), index) for y, (index, _) in enumerate(window)]

    def _window(self, queue: Queue) -> list[tuple[int, QueueRow]]:
        height = max(1, self.size.height - 2)
        first = max(0, min(queue.here - _ABOVE, len(queue.rows) - height))
        return list(enumerate(queue.rows[first : first + height], start=first))

    def title(self) -> Content:
        """See the base class."""
        return Content("Queue")

    def note(self) -> Content:
        """See the base class."""
        return Content(f"{count(self._queue.left)} left")

    def body(self, width: int, height: int) -> list[Content]:
        """See the base class."""
        return [self._line(index, row, width) for index, row in self._window(self._queue)]

    def _line(self, index: int, row: QueueRow, width: int) -> Content:
        glyphs = self.view.glyphs
        here = index == self._queue.here
        verdict = self._queue.verdict(row)
        if verdict is not None:
            mark, style = f"{_VERDICTS[verdict]:<9}", "$good"
        elif self._queue.is_busy(row.item):
            mark, style = "elsewhere", "$muted"
        elif row.state is State.FAILED:
            mark, style = f"{glyphs.failed} failed ", "$bad"
        elif row.suspicion:
            mark, style = f"{glyphs.warning} {f1(row.suspicion):<7}", "$warn"
        else:
            mark, style = " " * 9, "$muted"
        text = safe(self.texts.get(row.item, "").replace("\n", " "))
        return Content.assemble(
            (f"{glyphs.cursor if here else ' '} ", "$focus bold"),
            (mark, style),
            " ",
            (fit(text, width - 13, glyphs.ellipsis), "bold" if here else ""),
        )
