"""The first screen: the loop, round by round."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any, ClassVar

from textual import events, on
from textual.binding import BindingType
from textual.content import Content
from textual.layout import Layout
from textual.widget import Widget

from ..areas import Areas, Wish, plan
from ..keys.command import bindings
from ..keys.loop import KEYS
from ..marks import marks
from ..place import Place
from ..view import View
from ..widgets.batch import Batch
from ..widgets.curve import Curve
from ..widgets.keybar import KeyBar
from ..widgets.leak import Leak, shown
from ..widgets.log import Log
from ..widgets.money import Money, MoneyStrip
from ..widgets.notice import Notice, warning
from ..widgets.progress import ProgressLine
from ..widgets.rounds import Rounds


class LoopScreen(Place, inherit_bindings=False):
    """Draws one view; every widget compares and redraws only what changed."""

    NAME = "loop"
    HEADING = "llmaaa"
    KEYS = KEYS
    BINDINGS: ClassVar[list[BindingType]] = list(bindings(KEYS))
    HELP = "The loop: who was picked, what the annotator said, what the student learnt, what it cost."

    def __init__(self) -> None:
        self._areas = Areas()
        super().__init__()
        self._panel = "batch"
        self._shared: tuple[str, ...] = ()

    def body(self) -> Iterable[Widget]:
        """See the base class."""
        yield ProgressLine("progress")
        yield Notice("notice")
        yield Rounds("rounds")
        yield Curve("curve")
        yield Batch("batch")
        yield Leak("leak")
        yield Money("money")
        yield MoneyStrip("strip")
        yield Log("log")

    @property
    def layout(self) -> Layout:
        """Our own layout, in place of the one in the styles."""
        return self._areas

    def on_resize(self, event: events.Resize) -> None:
        """Another size, another plan."""
        self._arrange()

    # -- the view ---------------------------------------------------------------------------------

    def show(self, view: View) -> None:
        """Take a new view and draw what differs."""
        self.view = replace(view, panel=self._panel)
        self._arrange()
        super().show(self.view)

    def _arrange(self) -> None:
        """Ask for another layout only if a wish changed, for a layout repaints everything."""
        snapshot = self.view.snapshot
        wish = Wish(
            rounds=len(snapshot.rounds) if snapshot else 0,
            notice=len(warning(snapshot.encoder_warning, self.app.size.width, self.view.glyphs)) if snapshot else 0,
            panel=self.view.panel,
            leak=len(shown(snapshot)),
        )
        planned = plan(*self.app.size, wish)
        if wish != self._areas.wish:
            before = plan(*self.app.size, self._areas.wish)
            self._areas.wish = wish
            if planned.regions != before.regions:
                # Asked of a child, for only that makes the screen forget how it arranged its children.
                self.query_one(KeyBar).refresh(layout=True)
        self._shared = planned.shared

    def hidden(self) -> set[str]:
        """See the base class."""
        hidden = super().hidden()
        if not self._shared:
            hidden.add("panel.next")
        if not self.view.snapshot or not self.view.snapshot.batch:
            hidden.add("sentence.open")
        return hidden

    @property
    def _batch_in_sight(self) -> bool:
        return not self._shared or "batch" not in self._shared or self._panel == "batch"

    def let_go(self) -> bool:
        """Follow the answers again."""
        batch = self.query_one(Batch)
        if batch.cursor is None:
            return False
        batch.follow()
        return True

    def marks(self) -> list[Content]:
        """See the base class."""
        return marks(self.view.glyphs)

    def chosen(self) -> tuple[str, dict[str, Any]] | None:
        """The chosen sentence."""
        batch = self.query_one(Batch)
        if batch.cursor is None or batch.cursor >= len(batch.items):
            return None
        item = batch.items[batch.cursor]
        return item.text, asdict(item)

    # -- the keys ---------------------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        """Choose a sentence."""
        if self._batch_in_sight:
            self.query_one(Batch).move(by)

    def action_page(self, by: int) -> None:
        """A page of sentences."""
        if self._batch_in_sight:
            batch = self.query_one(Batch)
            batch.move(by * max(1, batch.rows - 1))

    def action_end(self, side: int) -> None:
        """The first or the last sentence."""
        if self._batch_in_sight:
            batch = self.query_one(Batch)
            batch.move(0)
            batch.move(side * len(batch.items))

    def action_open(self) -> None:
        """The chosen sentence in full."""
        if self._batch_in_sight:
            self.query_one(Batch).open()

    def action_panel(self, by: int) -> None:
        """Turn to another panel where several share one place."""
        if self._shared:
            here = self._shared.index(self._panel) if self._panel in self._shared else 0
            self._panel = self._shared[(here + by) % len(self._shared)]
            self.show(self.view)

    @on(Batch.Opened)
    def _opened(self, message: Batch.Opened) -> None:
        from .sentence import SentenceScreen

        self.app.push_screen(SentenceScreen(self.view, message.item))
