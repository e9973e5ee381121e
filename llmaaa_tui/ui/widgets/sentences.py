"""The long list of sentences: one line each, drawn from what the shelf holds."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.geometry import Region
from textual.message import Message

from ...core.catalogue import Sentence, Status, Wanted
from ...core.states import State
from ..cells import cut, said
from ..glyphs import Glyphs
from ..shelf import Shelf
from ..spans import row
from ..words import count
from .lines import Panel

BEFORE_HIT = 24
"""Cells of text that stand before a hit which would else lie beyond the edge."""
NUMBERS_FROM = 96
"""Columns from which each sentence shows its number."""


def mark(status: Status | None, glyphs: Glyphs) -> tuple[str, str]:
    """The mark of a status and its style; decisions of people are letters. None is a sentence with gold."""
    return {
        None: (glyphs.labelled, "$muted"),
        Status.OPEN: (glyphs.none, "$faint"),
        Status.PICKED: (glyphs.waiting, "$focus"),
        Status.LABELLED: (glyphs.labelled, "$good"),
        Status.EMPTY: (glyphs.empty, "$muted bold"),
        Status.FAILED: (glyphs.failed, "$bad bold"),
        Status.ACCEPTED: ("A", "$good bold"),
        Status.MENDED: ("M", "$warn bold"),
        Status.REJECTED: ("R", "$bad bold"),
        Status.SKIPPED: ("S", "$muted bold"),
    }[status]


class Sentences(Panel):
    """Chooses a place in the list; asks for more when what is in sight comes near the end of what is held."""

    class Opened(Message):
        """A sentence was asked for in full."""

        def __init__(self, sentence: Sentence) -> None:
            self.sentence = sentence
            super().__init__()

    class Wants(Message):
        """More of the list is needed."""

    class Jumped(Message):
        """The scrollbar was put somewhere: a fraction from 0 to 1."""

        def __init__(self, fraction: float) -> None:
            self.fraction = fraction
            super().__init__()

        def can_replace(self, message: Message) -> bool:
            """Only where it came to rest counts."""
            return isinstance(message, Sentences.Jumped)

    def __init__(self, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.shelf: Shelf | None = None
        self.cursor = 0
        self.top = 0
        self.problem = ""
        self.texts: int | None = None
        self._dragging = False

    @property
    def rows(self) -> int:
        """How many sentences fit."""
        return max(1, self.size.height - 2)

    @property
    def chosen(self) -> Sentence | None:
        """The sentence under the cursor, if it is here yet."""
        return self.shelf.at(self.cursor) if self.shelf else None

    def sight(self) -> tuple[int, int]:
        """The first place in sight, and how many there are."""
        return self.top, self.rows

    def begin(self, place: int = 0) -> None:
        """Stand at a place of a list that was opened anew."""
        self.cursor = self.top = max(0, place)

    def moved(self, by: int) -> None:
        """All places have become others."""
        self.cursor = max(0, self.cursor + by)
        self.top = max(0, self.top + by)

    # -- what the keys do -------------------------------------------------------------------------

    def move(self, by: int) -> None:
        """Choose the sentence `by` places on. The list turns by half a screen, for each turn repaints all of it."""
        if self.shelf is None:
            return
        self.cursor = self._within(self.cursor + by)
        if not self.top <= self.cursor < self.top + self.rows:
            # A page keeps the line on which the cursor stands; a step over the edge shows half a screen more.
            ahead = by if abs(by) > 1 else self.rows // 2 * (1 if by > 0 else -1)
            self.top = max(0, self.top + ahead)
        self.settle()

    def settle(self) -> None:
        """Keep the cursor on the list and in sight, draw, and ask for what lacks."""
        self.cursor = self._within(self.cursor)
        last = self._last
        if last is not None:
            self.top = min(self.top, max(0, last + 1 - self.rows))
        self.top = max(0, self.cursor - self.rows + 1, min(self.top, self.cursor))
        self.redraw()
        self.post_message(self.Wants())

    @property
    def _last(self) -> int | None:
        """The last place of the list; None where that is not known."""
        if self.shelf is None:
            return 0
        known = self.shelf.known
        if known is not None:
            return max(0, known - 1)
        return max(0, self.shelf.end - 1) if self.shelf.at_end or self.shelf.wanted.searches else None

    def _within(self, place: int) -> int:
        last = self._last
        return max(0, place if last is None else min(place, last))

    def open(self) -> None:
        """Ask for the chosen sentence in full."""
        if self.chosen is not None:
            self.post_message(self.Opened(self.chosen))

    def choose(self, place: int) -> None:
        """Choose a place in sight."""
        self.cursor = place
        self.settle()

    def in_sight(self) -> list[tuple[int, Region]]:
        """The places in sight that hold a sentence, and where on the screen they are."""
        x, y, width, _ = self.region
        places = range(self.top, self.top + self.rows)
        return [
            (place, Region(x + 1, y + 1 + place - self.top, width - 2, 1))
            for place in places
            if self.shelf is not None and self.shelf.at(place) is not None
        ]

    # -- the mouse --------------------------------------------------------------------------------

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the choice, as the keys do."""
        self.move(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the choice, as the keys do."""
        self.move(-3)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """The right edge is the scrollbar."""
        if event.x >= self.size.width - 2 and self.thumb(self.rows)[1]:
            self._dragging = True
            self.capture_mouse()
            self._drag(event.y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """The scrollbar goes with the mouse."""
        if self._dragging:
            self._drag(event.y)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let go of the scrollbar."""
        if self._dragging:
            self._dragging = False
            self.release_mouse()

    def _drag(self, y: int) -> None:
        self.post_message(self.Jumped(min(1.0, max(0.0, (y - 1) / max(1, self.rows - 1)))))

    def on_click(self, event: events.Click) -> None:
        """A click chooses, a second one on the same line opens."""
        place = self.top + event.y - 1
        if self.shelf is None or not 1 <= event.y <= self.rows or event.x >= self.size.width - 2:
            return
        if self.shelf.at(place) is not None:
            again = self.cursor == place
            self.choose(place)
            if again:
                self.open()

    # -- drawing ----------------------------------------------------------------------------------

    def title(self) -> Content:
        """See the base class."""
        return said(self.view.task.units.capitalize())

    def note(self) -> Content:
        """See the base class: how many there are, where several share a sentence."""
        shelf = self.shelf
        if self.texts is None or shelf is None or shelf.known is None or shelf.wanted != Wanted(role=shelf.wanted.role):
            return Content()
        sentences = "1 sentence" if self.texts == 1 else f"{count(self.texts)} sentences"
        return said(f"{self.view.task.count(shelf.known)} in {sentences}").stylize("$muted")

    def legend(self, width: int) -> tuple[Content, Content]:
        """See the base class: what the marks mean, and where in the list this is."""
        shelf, glyphs = self.shelf, self.view.glyphs
        if shelf is None or not shelf.rows:
            return Content(), Content()
        about = "" if shelf.exact else f"{glyphs.about} "
        last = min(shelf.end, self.top + self.rows)
        known = shelf.known
        of = "" if known is None else f" of {count(known)}"
        place = f"{about}{count(self.top + 1)}{glyphs.dash}{count(last)}{of}"
        return Content(), Content.styled(place, "$muted")

    def thumb(self, height: int) -> tuple[int, int]:
        """See the base class."""
        known = self.shelf.known if self.shelf else None
        if known is None or known <= height:
            return 0, 0
        length = max(1, height * height // known)
        share = min(1.0, self.top / (known - height))
        return round(share * (height - length)), length

    def body(self, width: int, height: int) -> list[Content]:
        """See the base class."""
        shelf = self.shelf
        if shelf is None:
            return [Content(), Content.styled(self.problem, "$muted")] if self.problem else []
        if not shelf.rows and shelf.at_end:
            return [Content(), said(self.problem or self._nothing()).stylize("$muted")]
        last = self._last
        stop = self.top + height if last is None else min(self.top + height, last + 1)
        numbers = len(str(max((row.item for row in shelf.rows[-1:]), default=0))) if width >= NUMBERS_FROM else 0
        return [self._line(place, width, numbers) for place in range(self.top, max(stop, self.top))]

    def _nothing(self) -> str:
        assert self.shelf is not None
        wanted, unit = self.shelf.wanted, self.view.task.unit
        if wanted.text:
            return f"No {unit} holds this."
        if wanted.label:
            return f"No {unit} has the label {wanted.label} here. l chooses another."
        if wanted.status is not None:
            return f"No {unit} is {wanted.status.value} now. f shows others."
        return f"No {unit} here. t shows others."

    def _line(self, place: int, width: int, numbers: int) -> Content:
        assert self.shelf is not None
        glyphs, sentence = self.view.glyphs, self.shelf.at(place)
        chosen = place == self.cursor
        cursor = (glyphs.cursor if chosen else " ", "$focus bold")
        if sentence is None:
            line = Content.assemble(cursor, (glyphs.dash, "$faint"))
        else:
            gold_empty = sentence.status is None and sentence.state is State.EMPTY
            sign, style = mark(Status.EMPTY if gold_empty else sentence.status, glyphs)
            round_ = "" if sentence.round is None else str(sentence.round)
            number = (f" {sentence.item:>{numbers}}", "$faint") if numbers else ""
            head = Content.assemble(cursor, (sign, style), number, (f" {round_:>3}  ", "$muted"))
            room = width - head.cell_length
            line = cut(head + self._words(sentence, room), width, glyphs.ellipsis)
        return line.pad_right(width - line.cell_length).stylize("on $cursor") if chosen else line

    def _words(self, sentence: Sentence, room: int) -> Content:
        """The text with its spans; what was searched for is marked and in sight."""
        assert self.shelf is not None
        glyphs = self.view.glyphs
        content = row(sentence, self.view.span_styles, glyphs)
        if sentence.status in (Status.OPEN, Status.PICKED, Status.FAILED):
            content = content.stylize_before("$muted")
        needle = said(self.shelf.wanted.text).plain.casefold()
        shown = content.plain.casefold()
        place = shown.find(needle) if needle and len(shown) == len(content.plain) else -1
        if place < 0:
            return content
        content = content.stylize("reverse", place, place + len(needle))
        if content[: place + len(needle)].cell_length > room - 1:
            start = max(0, place - BEFORE_HIT)
            return Content.styled(glyphs.ellipsis, "$muted") + content[start:]
        return content
