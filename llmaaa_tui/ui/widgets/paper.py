"""A sentence under a person's hands: its heading, the text in lanes with cursor and mouse, labels and status."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from textual import events
from textual.content import Content
from textual.style import Style

from ...core.annotation import GroundedSpan
from ...core.mending import Mending
from ..areas import MIN_HEIGHT, MIN_WIDTH
from ..cells import ends, said
from ..review.text import DIGITS
from ..spans import colours
from ..wrapping import Layout
from .lanes import Layers, Sheet, gutter
from .lines import Lines

MARGIN = 1
COLUMN = 38
"""Cells of a column of keys, where there is room for them under the text."""


class Heading(Lines):
    """Which sentence this is, and how many spans it has now."""

    DEFAULT_CSS = "Heading { height: 1; }"

    def __init__(self, words: str) -> None:
        super().__init__()
        self.words = words
        self.state: Mending | None = None

    def lines(self, width: int, height: int) -> list[Content]:
        """See the base class."""
        if self.state is None:
            return []
        count = len(self.state.spans)
        spans = "1 span" if count == 1 else f"{count} spans" if count else "no span"
        right = Content.styled(f"{spans}, changed " if self.state.changed else f"{spans} ", "$muted")
        return [ends(Content.styled(" ", "") + said(self.words).stylize("$head bold"), right, width)]


class Paper(Lines):
    """The sentence with its lanes; keeps the cursor in sight, and takes the mouse where there is one."""

    def __init__(self, went: Callable[[int, bool], None]) -> None:
        super().__init__()
        self.state: Mending | None = None
        self.others: Layers = ()
        self.keys: Sequence[Content] = ()
        self.sheet: Sheet | None = None
        self._went = went
        self._labels: dict[str, str] = {}
        self._first = 0
        self._drags = False
        self._layout = lru_cache(maxsize=2)(Layout)
        self._laid: tuple[object, Sheet] | None = None

    def draw(self, state: Mending, others: Layers, styles: dict[str, str]) -> None:
        """Take the new state and draw what differs."""
        self.state, self.others, self._labels = state, others, styles
        self.redraw()

    def lines(self, width: int, height: int) -> list[Content]:
        """See the base class."""
        if self.state is None:
            return []
        if self.app.size.width < MIN_WIDTH or self.app.size.height < MIN_HEIGHT:
            words = ("This terminal is too small.", f"It needs {MIN_WIDTH} columns and {MIN_HEIGHT} lines.")
            return [Content(line) for line in words]
        self.sheet = self._sheet(self.state, width).pointed(
            self.state.word, self.state.selection, self.state.preview.places if self.state.preview else ()
        )
        top, block = self.sheet.block_of(self.state.word[0]) if self.state.word else (0, 0)
        if top < self._first or block >= height:
            self._first = top
        elif top + block > self._first + height:
            self._first = top + block - height
        self._first = max(0, min(self._first, self.sheet.height - height))
        drawn = [Content(" " * MARGIN) + line for line in self.sheet.lines(self._first, height)]
        return drawn + self._legend(width, height - len(drawn))

    def _legend(self, width: int, room: int) -> list[Content]:
        """All keys at the foot of the page, if the text leaves that much of it."""
        columns = width // COLUMN
        rows = -(-len(self.keys) // columns)
        if columns < 3 or room < rows + 2:
            return []
        lines = []
        for row in range(rows):
            cells = self.keys[row::rows]
            lines.append(Content().join([cell.pad_right(COLUMN - cell.cell_length) for cell in cells]))
        return [*[Content()] * (room - rows), *lines]

    def _sheet(self, state: Mending, width: int) -> Sheet:
        """Laid out anew only where more than the cursor changed: a long text has many spans."""
        key = (state.text, state.spans, self.others, width)
        if self._laid is None or self._laid[0] != key:
            layers = (("you", tuple(GroundedSpan(span) for span in state.spans)), *self.others)
            layout = self._layout(state.text, state.words, width - 2 * MARGIN - gutter(layers))
            self._laid = key, Sheet(layout, layers, self.view.glyphs, self._labels, pointers=True)
        return self._laid[1]

    def _offset(self, event: events.MouseEvent) -> int:
        assert self.sheet is not None
        return self.sheet.offset_at(event.x - MARGIN, event.y + self._first)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """The cursor goes where the mouse is."""
        if self.sheet is not None and event.button == 1:
            self._drags = True
            self.capture_mouse()
            self._went(self._offset(event), False)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Pulling selects."""
        if self._drags and self.sheet is not None:
            self._went(self._offset(event), True)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Enough pulled."""
        if self._drags:
            self._drags = False
            self.release_mouse()


class Foot(Lines):
    """The labels with their digits, and what is under the cursor or what was done."""

    DEFAULT_CSS = "Foot { height: 3; }"

    def __init__(self, labels: tuple[str, ...]) -> None:
        super().__init__()
        self.labels = labels
        self.state: Mending | None = None

    def lines(self, width: int, height: int) -> list[Content]:
        """See the base class."""
        if self.state is None:
            return []
        return [Content.styled(self.view.glyphs.line * width, "$line"), self._legend(width), self._status(width)]

    def _legend(self, width: int) -> Content:
        styles, here = colours(self.labels), self.state.here if self.state else None
        parts = []
        for place, label in enumerate(self.labels[:DIGITS]):
            name = said(label).stylize(styles[label])
            if here is not None and here.label == label:
                name = name.stylize("bold reverse")
            entry = Content.assemble((str((place + 1) % 10), "$focus bold"), " ", name)
            parts.append(entry.stylize(Style.from_meta({"@click": f"screen.label({place})"})))
        more = len(self.labels) - DIGITS
        rest = Content()
        if more > 0:
            rest = Content.assemble((self.view.key("label.search"), "$focus bold"), (f" {more} more", "$muted"))
        return ends(Content(" ") + Content("   ").join(parts), rest + Content(" "), width)

    def _status(self, width: int) -> Content:
        assert self.state is not None
        glyphs, state = self.view.glyphs, self.state
        if state.note:
            note = state.note.replace("…", glyphs.ellipsis)
            words = said(note).stylize("bold" if state.preview else "")
        elif state.selection is not None:
            free = self.view.key("cursor.select")
            words = said(f"selected {state.quote(*state.selection)}: a digit labels it, {free} lets go")
        elif state.here is not None:
            here = state.here
            words = said(f"{here.label} {state.quote(here.start, here.end)} {here.start}{glyphs.dash}{here.end}")
            if len(state.under) > 1:
                which = f"  {state.under.index(here) + 1} of {len(state.under)} here, "
                words += Content.styled(f"{which}{self.view.key('cursor.next_span')} goes on", "$muted")
        elif state.word is not None:
            words = said(state.quote(*state.word)).stylize("$muted")
        else:
            words = Content.styled("this text has no words: enter says that nothing is here", "$muted")
        right = Content.styled("edges by character ", "$warn") if state.fine else Content()
        return ends(Content(" ") + words, right, width)
