"""One sentence of the project in full: its layers under one another, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static
from textual.worker import WorkType

from ...core.catalogue import Sentence
from ...core.review import ReviewItem
from ..cells import safe
from ..keys.command import Command, bindings
from ..keys.windows import SENTENCE
from ..layers import describe
from ..line import Line
from ..over import Window
from ..view import View

if TYPE_CHECKING:
    from ...store.desk import Desk

WIDEST, AROUND = 110, 7


class LookScreen(Window[None]):
    """Reads the sentence's layers in a thread of its own; j and k turn to its neighbours where there are any.

    Args:
        desk: opens the reader; None on made pictures, which have no layers.
        role: what the sentence serves for.
        turn: chooses the sentence so many places on and gives it; None where that is not possible (yet).
    """

    KEYS: ClassVar[tuple[Command, ...]] = SENTENCE
    BINDINGS: ClassVar[list[BindingType]] = list(bindings(SENTENCE))

    def __init__(
        self,
        view: View,
        sentence: Sentence,
        role: str,
        desk: Callable[[], Desk] | None,
        turn: Callable[[int], Sentence | None] | None = None,
    ) -> None:
        super().__init__()
        self._view = view
        self._sentence = sentence
        self._role = role
        self._desk = Line(desk) if desk is not None else None
        self._turn = turn
        self._item: ReviewItem | None = None
        self._shown = Content()

    def compose(self) -> ComposeResult:
        """See the base class."""
        with VerticalScroll(classes="box", id="sentence", can_focus=False) as box:
            keys = f"{self.key('sentence.next')} {self.key('sentence.previous')}"
            other = f"{keys} other {self._view.task.unit}, "
            box.border_subtitle = f"{other if self._turn else ''}{self.key('sentence.close')} closes"
            yield Static(id="sentence-text")

    def on_mount(self) -> None:
        """Draw what is known, and read the rest."""
        self._read()

    def on_unmount(self) -> None:
        """Give the reader back."""
        if self._desk is not None:
            self._desk.close()

    def on_resize(self, event: events.Resize) -> None:
        """Lines are made for a width."""
        self._draw()

    def show(self, view: View) -> None:
        """Another moment, or newer answers: read again."""
        old, self._view = self._view.snapshot, view
        if old is None or view.snapshot is None or (old.seq, old.past) != (view.snapshot.seq, view.snapshot.past):
            self._read()

    def _read(self) -> None:
        if self._desk is None or self._sentence.status is None:
            self._draw()
        else:
            job: WorkType[None] = self._reading
            self.run_worker(job, group="look", exclusive=True, exit_on_error=False)

    async def _reading(self) -> None:
        assert self._desk is not None
        number, as_of = self._sentence.item, self._view.as_of
        try:
            self._item = await self._desk.call(lambda desk: desk.item(number, as_of=as_of))
        except Exception as error:  # one sentence in place of a traceback
            self.notify(safe(str(error)), severity="error", markup=False)
        self._draw()

    def _draw(self) -> None:
        width = max(20, min(WIDEST, self.app.size.width * 84 // 100, self.app.size.width - 2) - AROUND)
        item = self._item if self._item is not None and self._item.item == self._sentence.item else None
        content = Content("\n").join(describe(self._sentence, item, self._role, self._view, width))
        if not content.is_same(self._shown):
            self._shown = content
            self.query_one("#sentence-text", Static).update(content)
            self.query_one("#sentence").border_title = f"{self._view.task.unit.capitalize()} #{self._sentence.item}"

    def action_turn(self, by: int) -> None:
        """Another sentence of the list."""
        other = self._turn(by) if self._turn else None
        if other is not None and other.item != self._sentence.item:
            self._sentence = other
            self._read()
            self.query_one("#sentence").scroll_home(animate=False)

    def action_page(self, by: int) -> None:
        """Scroll the sentence."""
        box = self.query_one("#sentence")
        box.scroll_page_down(animate=False) if by > 0 else box.scroll_page_up(animate=False)

    def action_copy(self, whole: bool) -> None:
        """The text to the clipboard."""
        from ..app import LoopApp

        if isinstance(self.app, LoopApp):
            self.app.copy(self._sentence.text)
