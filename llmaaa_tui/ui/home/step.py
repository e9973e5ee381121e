"""What the wizard's steps share: a box with lines, a line for errors, keys at its foot."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from ..cells import said
from ..glyphs import Glyphs
from ..keys.command import bindings
from ..keys.home import STEP
from .draft import Draft

WIDEST = 100
LOW = 30
"""Lines of a screen under which fields stand closer."""
AROUND = 6
"""Cells of the box beside its text: frame, padding, scroll bar."""


class Step(Screen[bool]):
    """One step; gives True to go on, False to go back. Its page is scrolled by the arrow keys."""

    HEADING: ClassVar[str] = ""
    HINTS: ClassVar[tuple[tuple[str, str], ...]] = (("enter", "next"), ("esc", "back"))
    BINDINGS: ClassVar[list[BindingType]] = list(bindings(STEP))

    def __init__(self, draft: Draft, glyphs: Glyphs) -> None:
        super().__init__()
        self.draft = draft
        self.glyphs = glyphs

    def compose(self) -> ComposeResult:
        """See the base class."""
        with Vertical(classes="box step") as box:
            box.border_title = self.glyphs.own(self.HEADING)
            with VerticalScroll(classes="step-scroll", can_focus=False):
                yield Static(classes="step-page")
                yield from self.fields()
                yield Static(classes="step-below")
            yield Static(classes="step-error")
            keys = [
                Content.assemble((self.glyphs.own(key), "$focus bold"), (f" {word}", "$muted"))
                for key, word in self.HINTS
            ]
            yield Static(Content("   ").join(keys), classes="step-keys")

    def fields(self) -> Iterable[Widget]:
        """What is typed into."""
        return ()

    def page(self, width: int) -> list[Content]:
        """The lines above the fields."""
        return []

    def on_mount(self) -> None:
        """Draw it."""
        self.draw()

    def on_resize(self, event: events.Resize) -> None:
        """Lines are made for a width."""
        self.draw()

    @property
    def room(self) -> int:
        """Cells of a line."""
        return max(20, min(WIDEST, self.app.size.width) - AROUND)

    def draw(self) -> None:
        """Make the lines again; the keys stay in sight, whatever the page holds."""
        self.set_class(self.app.size.height < LOW, "-low")
        self.query_one(".step-scroll").styles.max_height = max(3, self.app.size.height - AROUND)
        self.query_one(".step-page", Static).update(Content("\n").join(self.page(self.room)))

    def problem(self, words: str) -> None:
        """One sentence in the error's place; "" takes it away."""
        mark = Content.styled(f"{self.glyphs.failed} ", "$bad bold") + said(words) if words else Content()
        self.query_one(".step-error", Static).update(mark)

    def action_answer(self, on: bool) -> None:
        """Close with the answer."""
        self.dismiss(on)
