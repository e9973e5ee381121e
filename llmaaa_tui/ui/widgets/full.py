"""The chosen sentence in full, beside the list, where the screen is wide enough for both."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import events
from textual.content import Content
from textual.timer import Timer
from textual.worker import WorkType

from ...core.catalogue import Sentence
from ...core.review import ReviewItem
from ..cells import cut, safe, said
from ..layers import describe
from ..line import Line
from .lines import Panel

if TYPE_CHECKING:
    from ...store.desk import Desk

REST_S = 0.2
"""It is read and drawn once the choice has rested for so long: a key held down sends nothing for it."""


class FullSentence(Panel):
    """Every answer about one sentence; `look` says which, the panel reads it when it is in sight."""

    def __init__(self, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.desk: Line[Desk] | None = None
        self._wanted: Sentence | None = None
        self._role = "pool"
        self._sentence: Sentence | None = None
        self._item: ReviewItem | None = None
        self._resting: Timer | None = None

    def look(self, sentence: Sentence | None, role: str) -> None:
        """Another sentence is chosen, or the same is known better."""
        if sentence == self._wanted:
            return
        self._wanted, self._role = sentence, role
        if self._resting is not None:
            self._resting.stop()
        self._resting = self.set_timer(REST_S, self._rested)

    def on_unmount(self) -> None:
        """Give the reader back."""
        if self.desk is not None:
            self.desk.close()

    def on_resize(self, event: events.Resize) -> None:
        """It was not read while it was out of sight."""
        if self._wanted is not None and self._sentence is None:
            self._rested()

    def _rested(self) -> None:
        if self._wanted is not None and self.size.width:
            job: WorkType[None] = partial(self._reading, self._wanted)
            self.run_worker(job, group="full", exclusive=True, exit_on_error=False)

    async def _reading(self, sentence: Sentence) -> None:
        item, as_of = None, self.view.as_of
        if self.desk is not None and sentence.status is not None:
            try:
                item = await self.desk.call(lambda desk: desk.item(sentence.item, as_of=as_of))
            except Exception as error:  # one sentence in place of a traceback
                self.notify(safe(str(error)), severity="error", markup=False)
        if sentence == self._wanted:
            self._sentence, self._item = sentence, item
            self.redraw()

    def title(self) -> Content:
        """See the base class."""
        unit = self.view.task.unit.capitalize()
        return said(f"{unit} #{self._sentence.item}" if self._sentence else unit)

    def legend(self, width: int) -> tuple[Content, Content]:
        """See the base class."""
        where = f"{self._item.file}:{self._item.line}" if self._item is not None and self._item.file else ""
        return said(where).stylize("$faint"), Content()

    def body(self, width: int, height: int) -> list[Content]:
        """See the base class: as many lines as fit; enter shows the rest."""
        if self._sentence is None:
            return []
        lines = describe(self._sentence, self._item, self._role, self.view, width)
        if len(lines) > height:
            more = Content.styled(f"{self.view.glyphs.ellipsis} enter shows {len(lines) - height + 1} more", "$muted")
            lines = [*lines[: height - 1], more]
        return [cut(line, width, self.view.glyphs.ellipsis) for line in lines]
