"""A text with several answers' spans under it, each in a lane of its own: readable without colour.

    Mkutano wa Arusha utafanyika jijini Dodoma .
LLM        ╰LOC─╯                  ╰LOC─╯
student    ╰────╯ORG .58           ╰LOC─╯
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field

from rich.cells import cell_len
from textual.content import Content

from ...core.annotation import GroundedSpan
from ...core.document import Offsets
from ..cells import fit, safe
from ..glyphs import Glyphs
from ..spans import doubtful
from ..words import f1
from ..wrapping import Layout, Row

Layers = Sequence[tuple[str, Sequence[GroundedSpan]]]
"""(name, spans) from top to bottom; the spans of the first one are marked in the text too. A name may be ""."""

NAME = 12
"""Cells of a layer's name at most."""
LABEL = 24
"""Cells of a label at most."""


@dataclass(slots=True)
class _Lane:
    """One line of marks of a layer: (first cell, cell behind the last, drawn, style), from left to right."""

    pieces: list[tuple[int, int, str, str]] = field(default_factory=list)

    def free(self, start: int, end: int) -> bool:
        return all(end <= first or start >= last for first, last, _, _ in self.pieces)


class Sheet:
    """The lines of a text with its layers; only those asked for are drawn.

    Under each line of the text stand the lanes of each layer that has a span there, above it a line of its own for
    the cursor (▾, in ASCII v), what is marked (═, =) and further marks (∗, *).

    Args:
        layout: the text, wrapped to the width that `gutter` leaves.
        layers: the answers.
        styles: each label's theme variable.
        cursor: the word under the cursor, as offsets.
        marked: what is selected, as offsets.
        also: further stretches to point at, e.g. a preview.
        pointers: whether the first line of the text has its line for the cursor too.

    Attributes:
        height: how many lines there are.
        gutter: cells of the layers' names at the left.
    """

    def __init__(
        self,
        layout: Layout,
        layers: Layers,
        glyphs: Glyphs,
        styles: Mapping[str, str],
        *,
        cursor: Offsets | None = None,
        marked: Offsets | None = None,
        also: Sequence[Offsets] = (),
        pointers: bool = False,
    ) -> None:
        self.layout = layout
        self._layers = layers
        self._glyphs = glyphs
        self._styles = styles
        self._cursor, self._marked, self._also = cursor, marked, also
        self._names = [fit(safe(name), NAME, glyphs.ellipsis) for name, _ in layers]
        self.gutter = gutter(layers)
        self._pointers = pointers or cursor is not None or marked is not None or bool(also)
        self._lanes: dict[int, list[tuple[int, _Lane]]] = {}
        self._coloured: dict[int, list[tuple[Offsets, str]]] = {}
        for place, (_, spans) in enumerate(layers):
            self._lay(place, spans)
        tops, top = [], 0
        for row in range(len(layout.rows)):
            tops.append(top)
            top += self._above(row) + 1 + len(self._below(row))
        self._tops = tops
        self.height = top

    def pointed(self, cursor: Offsets | None, marked: Offsets | None = None, also: Sequence[Offsets] = ()) -> Sheet:
        """The same sheet with other pointers, without laying it out again; made with `pointers` it is as high."""
        other = copy(self)
        other._cursor, other._marked, other._also = cursor, marked, also
        return other

    def _above(self, row: int) -> int:
        return 1 if row or self._pointers else 0

    def _below(self, row: int) -> list[tuple[int, _Lane]]:
        """The lanes under a line, each with its layer; an answer without spans has one under the first line."""
        lanes = self._lanes.get(row, [])
        if row == 0:
            empty = [(n, _Lane()) for n, (_, spans) in enumerate(self._layers) if not spans and self._names[n]]
            lanes = sorted([*lanes, *empty], key=lambda lane: lane[0])
        return lanes

    # -- laying out -------------------------------------------------------------------------------

    def _lay(self, layer: int, spans: Sequence[GroundedSpan]) -> None:
        for grounded in sorted(spans, key=lambda s: (s.span.start, -s.span.end)):
            start, end = self.layout.snap(grounded.span.start, grounded.span.end)
            if start >= end:
                continue
            words = fit(safe(grounded.span.label), LABEL, self._glyphs.ellipsis) + ("?" if doubtful(grounded) else "")
            if grounded.confidence is not None and grounded.confidence < 1:
                words += f" {f1(grounded.confidence)}"
            style = self._styles.get(grounded.span.label, "$span-8")
            first, last = self.layout.row_of(start), self.layout.row_of(end - 1)
            for number in range(first, last + 1):
                row = self.layout.rows[number]
                if layer == 0:
                    self._coloured.setdefault(number, []).append(((start, end), f"{style} underline"))
                left, right = max(start, row.start), min(end, row.cut)
                if end > row.end:
                    right = self.layout.without_blanks(left, right)
                if left >= right and first != last:
                    continue
                at = min(self.layout.cells(row.start, min(left, row.cut)), self.layout.width - 1)
                to = max(at + 1, at + self.layout.cells(left, right) if left < right else 0)
                self._place(number, layer, at, to, words, style, (start >= row.start, end <= row.end))

    def _place(self, row: int, layer: int, at: int, to: int, words: str, style: str, ends: tuple[bool, bool]) -> None:
        """Put one mark into the first lane of its layer that has room, its label inside, else beside it."""
        glyphs, wide, width = self._glyphs, to - at, cell_len(words)
        left = glyphs.corners[2] if ends[0] else glyphs.ellipsis
        right = glyphs.corners[3] if ends[1] else glyphs.ellipsis
        if wide == 1:
            mark = "^" if all(ends) else glyphs.ellipsis
        elif width <= wide - 2:
            mark = left + words + glyphs.line * (wide - 2 - width) + right
        else:
            mark = left + glyphs.line * (wide - 2) + right
        first, last = at, to
        if wide == 1 or width > wide - 2:
            if to + width <= self.layout.width:
                mark, last = mark + words, to + width + 1
            elif width <= at:
                mark, first = words + mark, at - width
            else:
                words = fit(words, self.layout.width - to, glyphs.ellipsis)
                mark, last = mark + words, to + cell_len(words)
        lanes = self._lanes.setdefault(row, [])
        for place, lane in lanes:
            if place == layer and lane.free(first, last):
                break
        else:
            lane = _Lane()
            lanes.append((layer, lane))
        lane.pieces.append((first, last, mark, style))
        lane.pieces.sort()

    # -- drawing ----------------------------------------------------------------------------------

    def lines(self, first: int = 0, height: int | None = None) -> list[Content]:
        """The lines from `first` on, at most `height` of them."""
        last = self.height if height is None else min(self.height, first + height)
        drawn: list[Content] = []
        number = max(0, first)
        while number < last:
            row = bisect_right(self._tops, number) - 1
            block = self._block(row)[number - self._tops[row] :]
            drawn += block[: last - number]
            number += len(block)
        return drawn

    def _block(self, row: int) -> list[Content]:
        blank = " " * self.gutter
        block = [Content(blank) + self._pointed(row)] if self._above(row) else []
        block.append(Content(blank) + self._text(row))
        named = -1
        for layer, lane in self._below(row):
            name = self._names[layer] if layer != named else ""
            named = layer
            block.append(Content.styled(name + " " * (self.gutter - cell_len(name)), "$muted") + self._marks(lane))
        return block

    def _text(self, row: int) -> Content:
        line = self.layout.rows[row]
        content = Content(self.layout.shown[line.start : line.cut])
        for stretch, style in self._coloured.get(row, ()):
            content = self._stylize(content, line, stretch, style)
        for stretch in self._also:
            content = self._stylize(content, line, stretch, "bold underline")
        if self._marked is not None:
            content = self._stylize(content, line, self._marked, "bold reverse")
        if self._cursor is not None:
            content = self._stylize(content, line, self._cursor, "reverse")
        return content

    def _stylize(self, content: Content, line: Row, stretch: Offsets, style: str) -> Content:
        start, end = self.layout.snap(*stretch)
        left, right = max(start, line.start), min(end, line.cut)
        return content.stylize(style, left - line.start, right - line.start) if left < right else content

    def _pointed(self, row: int) -> Content:
        """The line above: what is marked, what else is meant, and over both the cursor."""
        cells = [" "] * self.layout.width
        cursor, marked, also = self.pointing(self._glyphs)
        stretches = [(stretch, also) for stretch in self._also]
        if self._marked is not None:
            stretches.append((self._marked, marked))
        if self._cursor is not None:
            stretches.append((self._cursor, cursor))
        line = self.layout.rows[row]
        for stretch, mark in stretches:
            start, end = self.layout.snap(*stretch)
            left, right = max(start, line.start), min(end, line.cut)
            if left >= right:
                continue
            at = min(self.layout.cells(line.start, left), self.layout.width - 1)
            to = max(at + 1, self.layout.cells(line.start, right))
            cells[at:to] = mark * (to - at)
        return Content.styled("".join(cells[: self.layout.width]).rstrip(), "$focus bold")

    @staticmethod
    def pointing(glyphs: Glyphs) -> tuple[str, str, str]:
        """What stands over the word under the cursor, over what is marked, and over what else is meant."""
        return ("▾", "═", "∗") if glyphs.braille else ("v", "=", "*")

    def _marks(self, lane: _Lane) -> Content:
        if not lane.pieces:
            return Content.styled(fit(f"{self._glyphs.dash} nothing", self.layout.width), "$muted")
        parts: list[str | tuple[str, str]] = []
        used = 0
        for first, _, mark, style in lane.pieces:
            parts += [" " * (first - used), (mark, style)]
            used = first + cell_len(mark)
        return Content.assemble(*parts)

    # -- where things stand -----------------------------------------------------------------------

    def block_of(self, offset: int) -> tuple[int, int]:
        """The first line that belongs to a code point's line of text, and how many do."""
        row = self.layout.row_of(offset)
        following = self._tops[row + 1] if row + 1 < len(self._tops) else self.height
        return self._tops[row], following - self._tops[row]

    def offset_at(self, cell: int, line: int) -> int:
        """The code point nearest to a cell of a line: what a click means."""
        row = bisect_right(self._tops, max(0, line)) - 1
        return self.layout.offset_at(row, cell - self.gutter)

    def cell_of(self, offset: int) -> tuple[int, int]:
        """Cell and line in which a code point is drawn."""
        row = self.layout.row_of(offset)
        line = self.layout.rows[row]
        cell = self.layout.cells(line.start, max(line.start, min(offset, line.cut)))
        return self.gutter + min(cell, self.layout.width - 1), self._tops[row] + self._above(row)


def gutter(layers: Layers) -> int:
    """Cells that the layers' names take at the left; 0 where none has a name."""
    widest = max((min(NAME, cell_len(safe(name))) for name, _ in layers), default=0)
    return widest + 2 if widest else 0


def lanes(
    text: str,
    tokens: Sequence[Offsets],
    layers: Layers,
    width: int,
    glyphs: Glyphs,
    styles: Mapping[str, str],
    *,
    cursor: int | None = None,
    marked: Offsets | None = None,
) -> list[Content]:
    """The whole text with its layers, in lines of at most `width` cells.

    For long texts make a `Layout` once and a `Sheet` of it, and ask that for the lines in sight.

    Args:
        tokens: the words, as offsets.
        layers: (name, spans) of each answer, from top to bottom.
        cursor: the index of the word under the cursor.
        marked: offsets to point at.
    """
    layout = Layout(text, tokens, width - gutter(layers))
    word = tokens[cursor] if cursor is not None and 0 <= cursor < len(tokens) else None
    return Sheet(layout, layers, glyphs, styles, cursor=word, marked=marked).lines()
