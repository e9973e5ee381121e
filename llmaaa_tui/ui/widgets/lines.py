"""Widgets made of lines: only a line that changed is drawn again, and nothing that is idle writes a byte."""

from __future__ import annotations

import time
from collections.abc import Callable

from rich.cells import split_graphemes
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual import events
from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.style import Style
from textual.timer import Timer
from textual.widget import Widget

from ..cells import cut, ends, fill
from ..view import View

Drawn = tuple[Content, ...]
Cells = list[tuple[str, Style, int]]


class Lines(Widget):
    """Draws the lines that `lines` makes of the view.

    Textual sends a dirty widget whole; here the new lines are compared with the drawn ones and only the columns
    that differ are marked dirty, which is what keeps a training view within its bytes on a slow link.
    """

    ALLOW_SELECT = False
    DEFAULT_CSS = "Lines { height: 1fr; width: 1fr; }"

    def __init__(self, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.view = View()
        self._drawn: Drawn = ()
        self._drawn_at = 0.0
        self._waiting: Timer | None = None

    def period(self, old: View, new: View) -> float:
        """Seconds that must lie between two drawings of what arrives by itself; keys are answered at once."""
        return 0.0

    def lines(self, width: int, height: int) -> list[Content]:
        """The lines to draw on `width` x `height` cells, at most `height` of them."""
        raise NotImplementedError

    def show(self, view: View) -> None:
        """Take the new state and draw what differs, now or when the period is over."""
        wait = self._drawn_at + self.period(self.view, view) - time.monotonic()
        self.view = view
        if self._waiting is not None:
            self._waiting.stop()
            self._waiting = None
        if wait > 0:
            self._waiting = self.set_timer(wait, self.redraw)
        else:
            self.redraw()

    def redraw(self) -> None:
        """Make the lines again and mark those that changed."""
        self._drawn_at = time.monotonic()
        width, height = self.size
        if not width or not height:
            self._drawn = ()
            return
        new = tuple(self.lines(width, height)[:height])
        old, self._drawn = self._drawn, new
        blank = Content.blank(width)
        parse = self.app.stylesheet.parse_style
        regions = []
        for y in range(max(len(old), len(new))):
            before, after = (lines[y] if y < len(lines) else blank for lines in (old, new))
            if not before.is_same(after):
                left, right = changed(_cells(before, parse), _cells(after, parse))
                if left < right:
                    regions.append(Region(left, y, min(right, width) - left, 1))
        if regions:
            self.refresh(*regions)

    def on_resize(self, event: events.Resize) -> None:
        """Lines are made for a size."""
        self._drawn = ()
        self.redraw()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """See the base class."""
        style = self.visual_style
        width = self.size.width
        if y >= len(self._drawn):
            return Strip.blank(width, style.rich_style)
        content = self._drawn[y]
        parse = self.app.stylesheet.parse_style
        segments = [Segment(text, drawn.rich_style) for text, drawn in content.render(style, "", parse)]
        return Strip(merged(segments), content.cell_length).adjust_cell_length(width, style.rich_style)


class Panel(Lines):
    """Lines in a frame with a title, a note at its right and a legend at its foot."""

    def title(self) -> Content:
        """What the panel is, in a word or two."""
        raise NotImplementedError

    def note(self) -> Content:
        """Short figures for the right end of the title line."""
        return Content()

    def legend(self, width: int) -> tuple[Content, Content]:
        """What stands at the two ends of the bottom line."""
        return Content(), Content()

    def body(self, width: int, height: int) -> list[Content]:
        """The lines inside the frame, at most `height` of at most `width` cells."""
        raise NotImplementedError

    def thumb(self, height: int) -> tuple[int, int]:
        """First row and length of the mark that says where a scrolled list stands; length 0 for none."""
        return 0, 0

    def lines(self, width: int, height: int) -> list[Content]:
        """See the base class: the body within its frame."""
        glyphs = self.view.glyphs
        inner, rows = width - 4, height - 2
        if inner < 1 or rows < 1:
            return []
        body = self.body(inner, rows)[:rows]
        body += [Content()] * (rows - len(body))
        first, length = self.thumb(rows)
        side = Content.styled(glyphs.side, "$line")
        marked = Content.styled(glyphs.thumb, "$muted")
        left, right = self.legend(inner)
        return [
            edge(glyphs.corners[:2], self.title().stylize("$head bold"), self.note(), width, glyphs.line),
            *(
                Content.assemble(side, " ", fill(line, inner), " ", marked if first <= y < first + length else side)
                for y, line in enumerate(body)
            ),
            edge(glyphs.corners[2:], left, right, width, glyphs.line),
        ]


def edge(corners: str, left: Content, right: Content, width: int, line: str) -> Content:
    """A horizontal edge of a frame with words at its two ends."""
    room = width - 4
    right = cut(right, room * 2 // 3 if left else room)
    left = cut(left, room - right.cell_length - 3)
    said_left = Content.assemble(" ", left, " ") if left else Content()
    said_right = Content.assemble(" ", right, " ") if right else Content()
    rest = room + 2 - said_left.cell_length - said_right.cell_length
    tail = 1 if said_right else 0
    return Content.assemble(
        (corners[0], "$line"),
        said_left,
        (line * (rest - tail), "$line"),
        said_right,
        (line * tail, "$line"),
        (corners[1], "$line"),
    )


def pairs(rows: list[tuple[Content, Content]], width: int) -> list[Content]:
    """Lines with a name at the left end and a figure at the right one."""
    return [ends(name, figure, width) for name, figure in rows]


def merged(segments: list[Segment]) -> list[Segment]:
    """Blanks take the style of what stands before them, and equal styles become one: a style costs 25 bytes."""
    short: list[Segment] = []
    for segment in segments:
        if short:
            text, style, _ = short[-1]
            if segment.style == style or (segment.text.isspace() and _blank_alike(segment.style, style)):
                short[-1] = Segment(text + segment.text, style)
                continue
        short.append(segment)
    return short


def _blank_alike(one: RichStyle | None, other: RichStyle | None) -> bool:
    """Whether a blank looks the same in both styles."""
    if one is None or other is None:
        return False
    marked = one.underline or one.reverse or other.underline or other.reverse or one.meta or other.meta
    return not marked and one.bgcolor == other.bgcolor


def changed(old: Cells, new: Cells) -> tuple[int, int]:
    """The first and one past the last column in which two lines differ; equal where they do not."""
    left = right = 0
    for before, after in zip(old, new, strict=False):
        if before != after:
            break
        left += after[2]
    else:
        if len(old) == len(new):
            return 0, 0
    width_old, width_new = sum(cell[2] for cell in old), sum(cell[2] for cell in new)
    if width_old == width_new:
        for before, after in zip(reversed(old), reversed(new), strict=False):
            if before != after:
                break
            right += after[2]
    return left, max(left, max(width_old, width_new) - right)


def _cells(content: Content, parse: Callable[[str | Style], Style]) -> Cells:
    """A line as (grapheme, style, cells), as the terminal sees it."""
    cells: Cells = []
    for text, style in content.render(Style.null(), "", parse):
        if text.isascii():
            cells += [(character, style, 1) for character in text]
        else:
            cells += [(text[start:end], style, wide) for start, end, wide in split_graphemes(text)[0]]
    return cells
