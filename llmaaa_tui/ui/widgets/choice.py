"""One of a few words in a form: left, right and space turn to another."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from ..cells import said
from ..glyphs import Glyphs


class Choice(Static, can_focus=True):
    """One of a few words; left, right and space turn to another.

    Attributes:
        place: which one is chosen.
    """

    def __init__(self, words: Sequence[str], place: int, glyphs: Glyphs, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._words = words
        self._glyphs = glyphs
        self.place = place

    class Changed(Message):
        """Another word was turned to."""

        def __init__(self, place: int) -> None:
            self.place = place
            super().__init__()

    def on_mount(self) -> None:
        """Draw it."""
        self._draw()

    def _draw(self) -> None:
        glyphs = self._glyphs
        self.update(
            Content.assemble(
                (f"{glyphs.open} ", "$focus bold"), said(self._words[self.place]), (f" {glyphs.close}", "$focus bold")
            )
        )

    def on_key(self, event: events.Key) -> None:
        """Another word."""
        by = {"left": -1, "h": -1, "right": 1, "l": 1, "space": 1}.get(event.key)
        if by is not None:
            event.stop()
            self.place = (self.place + by) % len(self._words)
            self._draw()
            self.post_message(self.Changed(self.place))
