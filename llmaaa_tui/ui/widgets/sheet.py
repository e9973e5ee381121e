"""A page made of framed blocks in one or two columns, longer than the screen where need be: it scrolls by lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from textual import events
from textual.content import Content
from textual.geometry import Region

from ..areas import TWO
from ..cells import fill
from ..glyphs import Glyphs
from .lines import Lines, edge

AROUND = 4
"""Cells of a block beside its lines: frame and padding."""


@dataclass(frozen=True, slots=True)
class Block:
    """One framed part of a page.

    Attributes:
        title: what it is.
        lines: what it says, made for the width it was asked for.
        note: short words for the right end of the title line.
        right: whether it stands in the right column, where there are two.
        named: what can be chosen in it, by the number of its line.
    """

    title: str
    lines: tuple[Content, ...]
    note: Content = field(default_factory=Content)
    right: bool = False
    named: tuple[tuple[int, str], ...] = ()


Draw = Callable[[int, int], Sequence[Block]]
"""Makes the blocks for the cells inside a block of the left and of the right column."""


class Sheet(Lines):
    """Draws the blocks that `draw` makes, from the line it is scrolled to.

    `top` makes the blocks that stand over all columns, for the cells inside them. `spots` says where what can be
    chosen stands, by name, in lines and columns of the whole page.
    """

    def __init__(
        self,
        id: str,  # noqa: A002 - Textual's own name
        draw: Draw,
        top: Callable[[int], Sequence[Block]] = lambda width: (),
    ) -> None:
        super().__init__(id=id)
        self._draw = draw
        self._over = top
        self._page: list[Content] = []
        self._top = 0
        self._rows = 0
        self.spots: dict[str, Region] = {}

    def lines(self, width: int, height: int) -> list[Content]:
        """See the base class: the part of the page in sight, with a mark at the right where it is longer."""
        self._page = self._laid(width - 1)
        self._rows = height
        self._top = max(0, min(self._top, len(self._page) - height))
        seen = self._page[self._top : self._top + height]
        if len(self._page) <= height:
            return seen
        length = max(1, height * height // len(self._page))
        first = (height - length) * self._top // max(1, len(self._page) - height)
        glyphs = self.view.glyphs
        return [
            Content.assemble(
                fill(line, width - 1),
                (glyphs.thumb, "$muted") if first <= row < first + length else (glyphs.side, "$line"),
            )
            for row, line in enumerate(seen)
        ]

    def _laid(self, width: int) -> list[Content]:
        """The whole page: blocks one under the other, in two columns where the screen is wide."""
        self.spots = {}
        page: list[Content] = []
        for block in self._over(width - AROUND):
            self._put(page, block, 0, 0, width)
        if width < TWO - 1:
            for block in self._draw(width - AROUND, width - AROUND):
                self._put(page, block, 0, 0, width)
            return page
        wide = (width * 11) // 20
        narrow = width - wide
        columns: tuple[list[Content], list[Content]] = [], []
        for block in self._draw(wide - AROUND, narrow - AROUND):
            if block.right:
                self._put(columns[1], block, wide, len(page), narrow)
            else:
                self._put(columns[0], block, 0, len(page), wide)
        blank = Content(" " * wide)
        pairs = zip_longest(*columns, fillvalue=None)
        return page + [Content.assemble(left or blank, right or Content()) for left, right in pairs]

    def _put(self, column: list[Content], block: Block, x: int, above: int, width: int) -> None:
        """A block at the end of a column, which begins `above` lines below the page's first."""
        for line, name in block.named:
            self.spots[name] = Region(x, above + len(column) + 1 + line, width, 1)
        column += framed(block, width, self.view.glyphs)

    # -- going about ------------------------------------------------------------------------------

    @property
    def longer(self) -> bool:
        """Whether the page is longer than the screen."""
        return len(self._page) > self._rows

    def scroll_by(self, lines: int) -> None:
        """Down, or up where negative; never past an end."""
        self._to(self._top + lines)

    def page_by(self, pages: int) -> None:
        """By whole screens, one line of which stays."""
        self._to(self._top + pages * max(1, self._rows - 1))

    def to_end(self, side: int) -> None:
        """To the first line, or the last."""
        self._to(0 if side < 0 else len(self._page))

    def reveal(self, name: str) -> None:
        """Scroll as far as it takes to have it in sight, with a line around it."""
        if name not in self.spots:
            return
        line = self.spots[name].y
        if line - 1 < self._top:
            self._to(line - 1)
        elif line + 2 > self._top + self._rows:
            self._to(line + 2 - self._rows)

    def places(self) -> dict[str, Region]:
        """What can be chosen and is in sight, by its place on the screen."""
        origin = self.region.offset
        return {
            name: spot.translate((origin.x, origin.y - self._top))
            for name, spot in self.spots.items()
            if self._top <= spot.y < self._top + self._rows
        }

    def _to(self, line: int) -> None:
        self._top = max(0, min(line, len(self._page) - self._rows))
        self.redraw()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Three lines a step."""
        self.scroll_by(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three lines a step."""
        self.scroll_by(-3)


def framed(block: Block, width: int, glyphs: Glyphs) -> list[Content]:
    """A block in its frame."""
    side = Content.styled(glyphs.side, "$line")
    title = Content.styled(block.title, "$head bold")
    return [
        edge(glyphs.corners[:2], title, block.note, width, glyphs.line),
        *(Content.assemble(side, " ", fill(line, width - AROUND), " ", side) for line in block.lines),
        edge(glyphs.corners[2:], Content(), Content(), width, glyphs.line),
    ]
