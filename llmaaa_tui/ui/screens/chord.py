"""After `g`: which letter goes where, in a small window that the next key closes."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from ..glyphs import Glyphs
from ..keys.common import PLACES


class Way(Static):
    """One way to go, for the mouse; its id is the screen's name."""

    def on_click(self) -> None:
        """The same as its letter."""
        self.screen.dismiss(self.id)


class ChordScreen(ModalScreen[str]):
    """Answers with a screen's name, "first" for the first line, or nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(f"{letter},f{place}", f"answer('{name}')", title, id=f"chord.{name}", tooltip=f"Go to {title}.")
            for place, (name, title, letter) in enumerate(PLACES, start=1)
        ),
        Binding("g", "answer('first')", "first line", id="chord.first", tooltip="Go to the first line."),
        Binding("escape,q", "answer('')", "stay", id="chord.stay", tooltip="Stay here."),
    ]

    def __init__(self, here: str, glyphs: Glyphs) -> None:
        super().__init__()
        self._here = here
        self._glyphs = glyphs

    def compose(self) -> ComposeResult:
        """See the base class."""
        with Vertical(classes="box", id="chord") as box:
            box.border_title = "Go to"
            for place, (name, title, letter) in enumerate(PLACES, start=1):
                here = f" {self._glyphs.dot} here" if name == self._here else ""
                yield Way(
                    Content.assemble((f" {letter} ", "$focus bold"), f" {title:<11}", (f"F{place}{here}", "$muted")),
                    id=name,
                )
            yield Way(Content.assemble((" g ", "$focus bold"), " first line"), id="first")

    def action_answer(self, answer: str) -> None:
        """Close with the answer."""
        self.dismiss(answer)
