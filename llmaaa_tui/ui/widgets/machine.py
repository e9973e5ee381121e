"""The graphics cards in one line."""

from __future__ import annotations

from textual.content import Content

from ...gpu import Gpu
from ..cells import cut, said
from ..pages.run import gpu_words
from .lines import Lines

RESTING = "asked while a worker runs"


class Machine(Lines):
    """One line about the graphics cards."""

    def __init__(self, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.cards: tuple[Gpu, ...] = ()
        self.words = RESTING

    def tell(self, cards: tuple[Gpu, ...], words: str = "") -> None:
        """Take what nvidia-smi says, or a sentence in its place."""
        self.cards, self.words = cards, words
        self.redraw()

    def lines(self, width: int, height: int) -> list[Content]:
        """See the base class."""
        head = Content.styled(" GPU ", "$head bold")
        room = width - head.cell_length - 1
        if self.cards:
            return [head + gpu_words(self.cards, room, self.view.glyphs)]
        return [head + cut(said(self.words).stylize("$muted"), room, self.view.glyphs.ellipsis)]
