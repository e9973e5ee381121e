"""The sentences of the newest round, their answers arriving live."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.message import Message

from ...core.snapshot import BatchItem
from ...core.states import State
from ...core.tasks import Shape
from ..cells import cut, said
from ..spans import row
from ..view import View
from ..words import count, f1, failure
from .lines import Panel

PERIOD = 0.4


class Batch(Panel):
    """One line a sentence. Follows the answers as they come, until a key or a click chooses a sentence."""

    class Opened(Message):
        """A sentence was asked for in full."""

        def __init__(self, item: int) -> None:
            self.item = item
            super().__init__()

    def __init__(self, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.cursor: int | None = None
        self._top = 0

    @property
    def items(self) -> tuple[BatchItem, ...]:
        """The sentences, in the order in which they were picked."""
        return self.view.snapshot.batch if self.view.snapshot else ()

    @property
    def rows(self) -> int:
        """How many sentences are in sight."""
        return max(1, self.size.height - 2)

    def show(self, view: View) -> None:
        """See the base class; another batch begins at its top."""
        before = {item.item for item in self.items}
        batch = view.snapshot.batch if view.snapshot else ()
        if before and before.isdisjoint(item.item for item in batch):
            self.cursor, self._top = None, 0
        super().show(view)

    def period(self, old: View, new: View) -> float:
        """See the base class: answers come in small bundles, which is calmer and shares the cost of the title."""
        same = old.snapshot is not None and new.snapshot is not None and old.snapshot is not new.snapshot
        return PERIOD if same else 0.0

    # -- what the keys do -------------------------------------------------------------------------

    def move(self, by: int) -> None:
        """Choose the sentence `by` places on; the first press chooses one in sight."""
        if not self.items:
            return
        if self.cursor is None:
            here = self._newest()
            in_sight = self._top <= here < self._top + self.rows
            self.cursor = here if in_sight else self._top
        else:
            self.cursor = max(0, min(len(self.items) - 1, self.cursor + by))
        self.redraw()

    def follow(self) -> None:
        """Let go of the chosen sentence and follow the answers again."""
        self.cursor = None
        self.redraw()

    def open(self) -> None:
        """Ask for the chosen sentence, else the newest answered one, in full."""
        if self.items:
            self.cursor = self._newest() if self.cursor is None else self.cursor
            self.redraw()
            self.post_message(self.Opened(self.items[self.cursor].item))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the choice, as the keys do."""
        self.move(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the choice, as the keys do."""
        self.move(-3)

    def on_click(self, event: events.Click) -> None:
        """A click chooses, a second one on the same line opens."""
        row = self._top + event.y - 1
        if 0 <= row < len(self.items) and 1 <= event.y <= self.rows:
            again, self.cursor = self.cursor == row, row
            self.redraw()
            if again:
                self.open()

    # -- drawing ----------------------------------------------------------------------------------

    def title(self) -> Content:
        """See the base class."""
        rounds = self.view.snapshot.rounds if self.view.snapshot else ()
        return Content(f"This batch {self.view.glyphs.dot} round {rounds[-1].round}" if rounds else "This batch")

    def note(self) -> Content:
        """See the base class."""
        items = self.items
        if not items:
            return Content()
        waiting = sum(item.state is None for item in items)
        failed = sum(item.state is State.FAILED for item in items)
        suspicious = sum(bool(item.flags) for item in items)
        dot = f" {self.view.glyphs.dot} "
        parts = [Content.styled(f"{len(items) - waiting} in", "$muted")]
        if waiting:
            parts.append(Content.styled(f"{waiting} to come", "$muted"))
        if failed:
            parts.append(Content.styled(f"{failed} failed", "$bad"))
        if suspicious:
            parts.append(Content.styled(f"{suspicious} suspicious", "$warn"))
        return Content.styled(dot, "$faint").join(parts)

    def legend(self, width: int) -> tuple[Content, Content]:
        """See the base class."""
        items, glyphs = self.items, self.view.glyphs
        if not items:
            return Content(), Content()
        marks = f"{glyphs.labelled} labelled  {glyphs.empty} empty  {glyphs.failed} failed  {glyphs.waiting} waiting"
        last = min(len(items), self._top + self.rows)
        place = f"{self._top + 1}{glyphs.dash}{last} of {count(len(items))}"
        return Content.styled(marks, "$faint"), Content.styled(place, "$muted")

    def thumb(self, height: int) -> tuple[int, int]:
        """See the base class."""
        total = len(self.items)
        if total <= height:
            return 0, 0
        length = max(1, height * height // total)
        return round(self._top / (total - height) * (height - length)), length

    def body(self, width: int, height: int) -> list[Content]:
        """See the base class."""
        items = self.items
        if not items:
            if self.view.snapshot is None:
                return []
            return self._hints()
        self._scroll(height)
        return [self._line(place, width) for place in range(self._top, min(len(items), self._top + height))]

    def _hints(self) -> list[Content]:
        """What a newcomer will see here."""
        glyphs = self.view.glyphs
        example = "Arusha LOC" if self.view.task.shape is Shape.SPANS else "its label"
        steps = (
            ("pick", f"the {self.view.task.units} that teach the student most"),
            ("annotate", f"ask the annotator: {glyphs.open}{example}{glyphs.close} appears as it answers"),
            ("train", "the student on every answer that did not fail"),
            ("evaluate", f"F1 on {self.view.task.units} kept apart, then the next round"),
        )
        lines = [
            Content(),
            Content.styled(f"No {self.view.task.unit} picked yet. A round is four steps:", "$muted"),
            Content(),
        ]
        lines += [
            Content.assemble((f"  {number} ", "$focus"), f"{name:<9} ", (words, "$muted"))
            for number, (name, words) in enumerate(steps, start=1)
        ]
        return lines

    def _scroll(self, height: int) -> None:
        """Keep the chosen sentence in sight; following turns whole pages, for each scroll repaints all."""
        last = max(0, len(self.items) - height)
        if self.cursor is not None:
            self.cursor = min(self.cursor, len(self.items) - 1)
            self._top = max(self.cursor - height + 1, min(self._top, self.cursor))
        else:
            newest = self._newest()
            awaited = any(item.state is None for item in self.items)
            if awaited and not self._top <= newest < self._top + height:
                near = self._top < newest < self._top + height * 3 // 2
                self._top = newest - (2 if near else height // 2)
        self._top = max(0, min(self._top, last))

    def _newest(self) -> int:
        """The last answered place in the list, or 0."""
        return max((place for place, item in enumerate(self.items) if item.state is not None), default=0)

    def _line(self, place: int, width: int) -> Content:
        item, glyphs = self.items[place], self.view.glyphs
        chosen = place == self.cursor
        mark, style = {
            State.LABELLED: (glyphs.labelled, "$good"),
            State.EMPTY: (glyphs.empty, "$muted bold"),
            State.FAILED: (glyphs.failed, "$bad bold"),
            None: (glyphs.waiting, "$faint"),
        }[item.state]
        score = f1(item.score) if item.score is not None else glyphs.dash
        head = Content.assemble(
            (glyphs.cursor if chosen else " ", "$focus bold"), (mark, style), (f" {score:>4}  ", "$muted")
        )
        line = cut(head + self._words(item), width, glyphs.ellipsis)
        return line.pad_right(width - line.cell_length).stylize("on $cursor") if chosen else line

    def _words(self, item: BatchItem) -> Content:
        words = self._answer(item)
        if not item.flags:
            return words
        glyphs = self.view.glyphs
        mark = (f"{glyphs.warning} suspicious", "$warn bold")
        return Content.assemble(mark, (f" {glyphs.dot} ", "$muted"), words)

    def _answer(self, item: BatchItem) -> Content:
        glyphs = self.view.glyphs
        text = row(item, self.view.span_styles, glyphs)
        if item.state is State.LABELLED:
            return text
        if item.state is not State.FAILED:
            return text.stylize("$muted")
        dot = f" {glyphs.dot} "
        said_why = said(failure(item.failure or "failed")).stylize("$bad")
        tries = f", {item.attempts} tries" if item.attempts > 1 else ""
        return Content.assemble(said_why, (f", not trained{tries}{dot}", "$muted"), text.stylize("$muted"))
