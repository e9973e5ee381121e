"""One sentence whose labels a person changes, or gives without having seen anybody's."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content

from ...core.document import Labels, Span
from ...core.mending import Mending, Side
from ...core.review import ReviewItem
from ..keys.command import Command, bindings
from ..keys.mend import KEYS
from ..over import Over
from ..review.text import DIGITS, others
from ..shapes import Mended
from ..spans import colours
from ..view import View
from ..widgets.keybar import KeyBar
from ..widgets.lanes import Layers, Sheet
from ..widgets.lines import Lines
from ..widgets.paper import COLUMN, Foot, Heading, Paper
from ..wrapping import Layout
from .help import own


class MendScreen(Over[Mended | None], inherit_bindings=False):
    """Dismissed with the person's labels, or with None where the sentence was left as it was.

    Args:
        item: the sentence with everybody's answers.
        labels: the project's labels in order; the first nine have digits.
        view: what to draw with.
        blind: nobody's answers are shown, and `spans` is not either.
        spans: the labels to begin with.
        heading: the words of the first line; the sentence's name by default.
        label: the label that `.` gives before any other was given.
    """

    KEYS: ClassVar[tuple[Command, ...]] = KEYS
    BINDINGS: ClassVar[list[BindingType]] = list(bindings(KEYS))
    HELP = "Change the labels of one sentence by keys."

    def __init__(
        self,
        item: ReviewItem,
        labels: tuple[str, ...],
        view: View,
        *,
        blind: bool = False,
        spans: Sequence[Span] = (),
        heading: str = "",
        label: str = "",
    ) -> None:
        super().__init__()
        self.item = item
        self.labels = labels
        self.view = view
        self.blind = blind
        whole = Layout(item.text, (), 1_000_000)
        self.mending = Mending.begin(item.text, item.tokens, whole.borders, () if blind else spans)
        self._shown = 0
        self._ways: tuple[Layers, ...] = tuple(
            tuple((name, said.spans) for name, said in way) for way in others(item, blind=blind)
        )
        self._label = label
        if label:
            self.mending = replace(self.mending, note=f"{label} is chosen: . gives it to the word or the selection")
        words = heading or f"Mend {view.glyphs.dot} {item.name or f'{view.task.unit} {item.item}'}"
        self._heading = Heading(f"{words} {view.glyphs.dot} nobody's labels are shown" if blind else words)
        self._paper = Paper(self._pointed)
        self._foot = Foot(labels)
        self._since = time.monotonic()

    def compose(self) -> ComposeResult:
        """See the base class."""
        yield self._heading
        yield self._paper
        yield self._foot
        yield KeyBar("mend-keys", self.commands)

    def on_mount(self) -> None:
        """Draw it; the clock of this sentence runs from here."""
        self._since = time.monotonic()
        for widget in self.query(Lines):
            widget.show(self.view)
        self._paper.keys = own(self.commands, COLUMN)
        keys = self.query_one(KeyBar)
        keys.hide(frozenset() if len(self.labels) > DIGITS else frozenset({"label.search"}))
        self._draw()

    def on_resize(self, event: events.Resize) -> None:
        """Lines are made for a size."""
        self._draw()

    def _draw(self) -> None:
        self._heading.state = self._foot.state = self.mending
        self._heading.redraw()
        self._foot.redraw()
        self._paper.draw(self.mending, self._ways[self._shown], colours(self.labels))

    def _to(self, state: Mending) -> None:
        self.mending = state
        self._draw()

    # -- moving -----------------------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        """Another word."""
        self._to(self.mending.move(by))

    def action_line(self, by: int) -> None:
        """The word above or below."""
        sheet = self._paper.sheet
        if sheet is not None and self.mending.word is not None:
            row = sheet.layout.row_of(self.mending.word[0]) + by
            if 0 <= row < len(sheet.layout.rows):
                cell = sheet.cell_of(self.mending.word[0])[0] - sheet.gutter
                self._to(self.mending.go_to(sheet.layout.offset_at(row, cell)))

    def action_line_end(self, side: int) -> None:
        """The first or last word of the line."""
        sheet = self._paper.sheet
        if sheet is not None and self.mending.word is not None:
            layout = sheet.layout
            row = layout.rows[layout.row_of(self.mending.word[0])]
            state = self.mending.go_to(row.start if side < 0 else row.end - 1)
            inside = state.word is not None and state.word[0] >= row.start
            self._to(state if inside else state.move(1))

    def action_text_end(self, side: int) -> None:
        """The first or last word."""
        self._to(self.mending.go(side * len(self.mending.words)))

    def action_span(self, by: int) -> None:
        """Another span."""
        self._to(self.mending.next_span(by))

    def action_select(self) -> None:
        """Begin a selection, or let go of it."""
        self._to(self.mending.select())

    def action_extend(self, by: int) -> None:
        """A longer or shorter selection."""
        self._to(self.mending.extend(by))

    def _pointed(self, offset: int, pulled: bool) -> None:
        """The mouse: a click sets the cursor, pulling selects."""
        state = self.mending if pulled else self.mending.let_go()
        to = state.go_to(offset)
        if not pulled:
            self._to(to)
        elif to.cursor != self.mending.cursor:
            self._to(state.extend(to.cursor - state.cursor))

    # -- changing ---------------------------------------------------------------------------------

    def action_label(self, place: int) -> None:
        """Give a label by its digit."""
        if place < len(self.labels):
            self._give(self.labels[place])

    def action_again(self) -> None:
        """Give the last label once more."""
        if self._label:
            self._give(self._label)

    def action_search(self) -> None:
        """Give a label by its name."""
        from .labels import LabelsScreen

        self.app.push_screen(LabelsScreen(self.labels, self.view.glyphs), self._give)

    def _give(self, label: str | None) -> None:
        if label is not None:
            self._label = label
            self._to(self.mending.label(label))

    def action_edge(self, side: str, outwards: bool) -> None:
        """Move an edge of the span under the cursor."""
        self._to(self.mending.edge(Side(side), outwards))

    def action_fine(self) -> None:
        """Edges by characters, or by words."""
        self._to(self.mending.toggle_fine())

    def action_split(self) -> None:
        """Cut the span in two."""
        self._to(self.mending.split())

    def action_delete(self) -> None:
        """Delete the span."""
        self._to(self.mending.delete())

    def action_delete_all(self) -> None:
        """Delete every span."""
        self._to(self.mending.delete_all())

    def action_everywhere(self) -> None:
        """Show where the same words stand."""
        self._to(self.mending.same_mention())

    def action_undo(self) -> None:
        """The last change back."""
        self._to(self.mending.undo())

    def action_redo(self) -> None:
        """The change again."""
        self._to(self.mending.redo())

    def action_others(self) -> None:
        """What others say, with gold, without anybody: gold is in sight only when it is asked for."""
        self._shown = (self._shown + 1) % len(self._ways)
        self._draw()

    # -- leaving ----------------------------------------------------------------------------------

    def action_done(self) -> None:
        """Over a preview: label it. Else these labels are the answer."""
        if self.mending.preview is not None:
            self._to(self.mending.confirm())
        else:
            self.dismiss(Mended(Labels(self.mending.spans), round(time.monotonic() - self._since, 2)))

    def action_leave(self) -> None:
        """Let go of what is selected; else leave the sentence as it was, and say so."""
        if self.mending.preview is not None or self.mending.anchor is not None:
            self._to(self.mending.let_go())
            return
        if self.mending.changed:
            self.notify("The sentence is left as it was; your changes to it are dropped.", markup=False, timeout=4)
        self.dismiss(None)

    def marks(self) -> list[Content]:
        """See the base class."""
        glyphs = self.view.glyphs
        left, right = glyphs.corners[2], glyphs.corners[3]
        cursor, marked, also = Sheet.pointing(glyphs)
        return [
            Content.styled("Marks", "$head bold"),
            Content(f"{cursor * 3} the word under the cursor  {marked * 3} selected  {also * 3} the same mention"),
            Content(f"{left}PER{right} a span  PER? loosely found  PER .58 as far as several answers agree"),
            Content("Spans may lie in one another: select (v) and label. On the very borders of one: relabelled."),
        ]
