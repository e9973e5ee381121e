"""A panel of more lines than it has room for, one of them chosen."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.message import Message

from ..cells import fill
from ..words import count
from .lines import Panel


class Scrolled(Panel):
    """Shows a part of its lines; the keys go to the panel in front, which its title marks.

    Attributes:
        name_: what stands in the title.
        lines_: all lines, made for the width inside the frame.
        cursor: the chosen line.
        follows: stand at the last line, and stay there when more come.
        foot: words at the left of the bottom line.
    """

    class Pressed(Message):
        """The mouse chose this panel."""

        def __init__(self, panel: Scrolled) -> None:
            self.panel = panel
            super().__init__()

    class Reached(Message):
        """The last line is in sight."""

        def __init__(self, panel: Scrolled) -> None:
            self.panel = panel
            super().__init__()

    def __init__(self, id: str, name: str, *, follows: bool = False) -> None:  # noqa: A002
        super().__init__(id=id)
        self.name_ = name
        self.follows = follows
        self.foot = Content()
        self.figures = Content()
        self.in_front = False
        self.offset_ = 0
        self.cursor = 0
        self._lines: list[Content] = []

    @property
    def room(self) -> int:
        """Cells of a line inside the frame."""
        return max(10, self.size.width - 4)

    @property
    def rows(self) -> int:
        """Lines inside the frame."""
        return max(1, self.size.height - 2)

    @property
    def text(self) -> str:
        """The chosen line, for copying."""
        return self._lines[self.cursor].plain.strip() if self.cursor < len(self._lines) else ""

    def tell(self, lines: list[Content], *, above: int = 0) -> None:
        """Take other lines; `above` of them are new before the first, and move what is in sight only at the top."""
        at_end = self.cursor >= len(self._lines) - 1
        self._lines = lines
        if self.follows and at_end:
            self.cursor = len(lines)
        elif self.cursor:
            self.offset_ += above if self.offset_ else 0
            self.cursor += above
        self.move(0)

    def move(self, by: int) -> None:
        """Choose another line. The panel turns by half its height, for each turn repaints all of it."""
        last = len(self._lines) - 1
        self.cursor = max(0, min(last, self.cursor + by))
        if not self.offset_ <= self.cursor < self.offset_ + self.rows:
            self.offset_ += by if abs(by) > 1 else self.rows // 2 * (1 if by > 0 else -1)
        self.offset_ = max(self.cursor - self.rows + 1, min(self.offset_, self.cursor))
        self.offset_ = max(0, min(last + 1 - self.rows, self.offset_))
        self.redraw()
        if self.cursor >= last - self.rows:
            self.post_message(self.Reached(self))

    def front(self, in_front: bool) -> None:
        """Whether the keys go here."""
        if in_front != self.in_front:
            self.in_front = in_front
            self.redraw()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel turns what it is over."""
        event.stop()
        self.move(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel turns what it is over."""
        event.stop()
        self.move(-3)

    def on_click(self, event: events.Click) -> None:
        """The keys go to what was clicked."""
        if 1 <= event.y <= self.rows:
            self.move(self.offset_ + event.y - 1 - self.cursor)
        self.post_message(self.Pressed(self))

    def title(self) -> Content:
        """See the base class."""
        mark = Content.styled(f"{self.view.glyphs.cursor} ", "$focus bold") if self.in_front else Content()
        return mark + Content(self.name_)

    def note(self) -> Content:
        """See the base class."""
        return self.figures

    def legend(self, width: int) -> tuple[Content, Content]:
        """See the base class."""
        total = len(self._lines)
        if total <= self.rows:
            return self.foot, Content()
        last = min(total, self.offset_ + self.rows)
        place = f"{count(self.offset_ + 1)}{self.view.glyphs.dash}{count(last)} of {count(total)}"
        return self.foot, Content.styled(place, "$muted")

    def thumb(self, height: int) -> tuple[int, int]:
        """See the base class."""
        total = len(self._lines)
        if total <= height:
            return 0, 0
        length = max(1, height * height // total)
        return round(self.offset_ / (total - height) * (height - length)), length

    def body(self, width: int, height: int) -> list[Content]:
        """See the base class."""
        lines = self._lines[self.offset_ : self.offset_ + height]
        place = self.cursor - self.offset_
        if self.in_front and len(self._lines) > 1 and 0 <= place < len(lines):
            lines[place] = fill(lines[place], width).stylize("on $cursor")
        return lines
