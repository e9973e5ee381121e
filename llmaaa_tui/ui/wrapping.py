"""A text wrapped at its words: which code points stand in which cells of which line, made once for a width."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import category

from rich.cells import split_graphemes

from ..core.document import Offsets
from ..core.tokens import is_unspaced
from .cells import safe

_BLANKS = re.compile(r"[^\S\n]+|\n")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the text: code points [start, end), of which those from `cut` on are blanks that are not drawn."""

    start: int
    end: int
    cut: int


class Layout:
    """A text wrapped at its words into lines of `width` cells, made once; never inside a grapheme.

    Attributes:
        text: the original.
        shown: the same cleaned one to one.
        rows: its lines, which hold every code point; never none.
        borders: where graphemes begin, and the text's length.
    """

    def __init__(self, text: str, tokens: Sequence[Offsets], width: int) -> None:
        self.text = text
        self.shown = safe(text)
        self.width = max(1, width)
        self._before: Sequence[int] = range(len(text) + 1)
        self.borders: Sequence[int] = self._before
        if not text.isascii():
            self._measure()
        self.rows = self._wrapped(tokens)
        self._starts = [row.start for row in self.rows]

    def _measure(self) -> None:
        """Cells before each code point (those inside a grapheme stand where it begins), and the graphemes' borders."""
        before, borders, used = [], [], 0
        for start, end, cells in split_graphemes(self.shown)[0]:
            before.append(used)
            if end - start > 1:
                before += [used] * (end - start - 1)
            borders.append(start)
            used += cells
        self._before = [*before, used]
        self.borders = [*borders, len(self.shown)]

    def _wrapped(self, tokens: Sequence[Offsets]) -> tuple[Row, ...]:
        rows: list[Row] = []
        start = 0
        at = 0
        for end, forced in self._chances(tokens):
            visible = self.without_blanks(at, end)
            if self.cells(start, visible) > self.width:
                if at > start:
                    rows.append(self._row(start, at))
                    start = at
                while self.cells(start, visible) > self.width:
                    part = self._part(start)
                    rows.append(Row(start, part, part))
                    start = part
            at = end
            if forced:
                rows.append(self._row(start, end))
                start = end
        if start < len(self.text) or not rows:
            rows.append(self._row(start, len(self.text)))
        return tuple(rows)

    def _chances(self, tokens: Sequence[Offsets]) -> list[tuple[int, bool]]:
        """Where a line may end, and whether it must: after blanks, and before words of scripts without spaces."""
        text = self.text
        chances = {found.end(): found.group() == "\n" for found in _BLANKS.finditer(text)}
        if not text.isascii():
            borders = set(self.borders)
            chances = {place: forced for place, forced in chances.items() if place in borders}
            for start, _ in tokens:
                if 0 < start < len(text) and start in borders and start not in chances:
                    unspaced = is_unspaced(text[start - 1]) or is_unspaced(text[start])
                    # Signs that close stay with what they close.
                    if unspaced and category(text[start]) not in ("Pe", "Pf", "Po"):
                        chances[start] = False
        chances.setdefault(len(text), False)
        return sorted(chances.items())

    def without_blanks(self, start: int, end: int) -> int:
        """The end of the code points [start, end) without the blanks that they end with; never inside a grapheme."""
        while end > start and self.text[end - 1].isspace():
            end -= 1
        return self.borders[bisect_left(self.borders, end)]

    def _part(self, start: int) -> int:
        """The end of as many graphemes from `start` on as fit; one at least."""
        place = bisect_left(self.borders, start)
        last = bisect_right(self._before, self._before[start] + self.width) - 1
        fitting = bisect_right(self.borders, last) - 1
        return self.borders[max(place + 1, fitting)]

    def _row(self, start: int, end: int) -> Row:
        cut = end
        while cut > start and self.cells(start, cut) > self.width and self.text[cut - 1].isspace():
            cut -= 1
        return Row(start, end, cut)

    def cells(self, start: int, end: int) -> int:
        """How many cells the code points [start, end) of one line take."""
        return self._before[end] - self._before[start]

    def row_of(self, offset: int) -> int:
        """The line that a code point stands in."""
        return max(0, bisect_right(self._starts, offset) - 1)

    def offset_at(self, row: int, cell: int) -> int:
        """The beginning of what is drawn in a cell of a line; the nearest one where there is nothing."""
        line = self.rows[row]
        base = self._before[line.start]
        found = bisect_right(self._before, base + max(0, cell), line.start, max(line.start + 1, line.cut)) - 1
        found = min(max(line.start, found), max(line.start, line.cut - 1))
        return self.borders[max(0, bisect_right(self.borders, found) - 1)]

    def snap(self, start: int, end: int) -> Offsets:
        """The offsets moved onto the text and outwards to grapheme borders."""
        size = len(self.text)
        start, end = max(0, min(start, size)), max(0, min(end, size))
        borders = self.borders
        start = borders[max(0, bisect_right(borders, start) - 1)] if size else 0
        return start, borders[min(len(borders) - 1, bisect_left(borders, end))]
