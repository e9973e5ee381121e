"""One sentence in full: its spans and how they were found, what went wrong, why it was picked."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from ...core.snapshot import BatchItem
from ...core.states import State
from ..cells import said
from ..keys.command import Command, bindings
from ..keys.windows import SENTENCE
from ..over import Window
from ..shapes.classes import phrase
from ..spans import chips, tagged
from ..view import View
from ..words import RUNGS, f1, failure


def describe(item: BatchItem, view: View, total: int) -> Content:
    """Everything known about one sentence."""
    glyphs = view.glyphs
    score = f"{item.score:.3f}" if item.score is not None else "without a score"
    strategy = ""
    if view.snapshot and view.snapshot.rounds:
        strategy = said(view.snapshot.rounds[-1].strategy).plain.replace("_", " ")
    why = f"{strategy} {score}, rank {item.rank} of {total}".strip()
    lines = [tagged(item.text, item.spans, view.span_styles, glyphs, item.pair), Content()]
    lines.append(_fact("state", _state(item)))
    if item.classes:
        words = [spoken for one in item.classes if (spoken := phrase(one.label, item.text, item.pair, view))]
        label = chips(item.classes, view.span_styles, glyphs)
        lines.append(_fact("label", Content.assemble(label, (f"  {'; '.join(words)}" if words else "", "$muted"))))
    if item.detail:
        lines.append(_fact("detail", said(item.detail)))
    if item.flags:
        reasons = ", ".join(flag.replace("_", " ") for flag in item.flags)
        mark = Content.styled(f"{glyphs.warning} suspicious: ", "$warn bold")
        lines.append(_fact("look at it", mark + said(reasons)))
    if item.confidence is not None and item.confidence < 1:
        lines.append(_fact("confidence", Content(f"{f1(item.confidence)}, as far as several answers agree")))
    lines.append(_fact("attempts", Content(str(item.attempts))))
    lines.append(_fact("why picked", Content(why)))
    lines.append(_fact("item", Content(f"{item.item}, {len(item.text)} characters")))
    if item.spans:
        lines += [Content(), Content.styled("Spans", "$head bold")]
    for grounded in item.spans:
        span = grounded.span
        found = RUNGS.get(grounded.rung, "exact" if grounded.rung == 1 else f"rung {grounded.rung}")
        flags = ", ".join(flag.replace("_", " ") for flag in grounded.flags)
        sure = grounded.confidence
        unsure = f"  confidence {f1(sure)}" if sure is not None and sure < 1 else ""
        style = view.span_styles.get(span.label, "$span-8")
        lines.append(
            Content.assemble(
                "  ",
                said(span.label).stylize(f"{style} bold"),
                "  ",
                said(item.text[span.start : span.end]).stylize(f"{style} underline"),
                (f"  {span.start}{glyphs.dash}{span.end}  {found}", "$muted"),
                (unsure, "$warn"),
                (f"  {said(flags).plain}" if flags else "", "$warn"),
            )
        )
    return Content("\n").join(lines)


def _fact(name: str, value: Content) -> Content:
    return Content.styled(f"{name:<12}", "$muted") + value


def _state(item: BatchItem) -> Content:
    if item.state is State.FAILED:
        why = said(failure(item.failure or "failed")).stylize("$bad bold")
        return Content.assemble(why, ", neither labelled nor trained")
    words = {State.LABELLED: "labelled", State.EMPTY: "nothing in it", None: "waits for the annotator"}
    return Content(words[item.state])


class SentenceScreen(Window[None]):
    """Follows the sentence while it is open; j and k turn to its neighbours."""

    KEYS: ClassVar[tuple[Command, ...]] = SENTENCE
    BINDINGS: ClassVar[list[BindingType]] = list(bindings(SENTENCE))

    def __init__(self, view: View, item: int) -> None:
        super().__init__()
        self._view = view
        self._item = item
        self._shown = Content()

    def compose(self) -> ComposeResult:
        """See the base class."""
        with VerticalScroll(classes="box", id="sentence") as box:
            other = f"{self.key('sentence.next')} {self.key('sentence.previous')}"
            box.border_subtitle = f"{other} other {self._view.task.unit}, {self.key('sentence.close')} closes"
            yield Static(id="sentence-text")

    def on_mount(self) -> None:
        """Draw it."""
        self._draw()

    def show(self, view: View) -> None:
        """Take a new view; redraw only if this sentence changed."""
        self._view = view
        self._draw()

    def _draw(self) -> None:
        items = self._view.snapshot.batch if self._view.snapshot else ()
        place = next((place for place, item in enumerate(items) if item.item == self._item), None)
        if place is None:
            content = said(f"This {self._view.task.unit} is no longer in the newest batch.").stylize("$muted")
        else:
            content = describe(items[place], self._view, len(items))
        if not content.is_same(self._shown):
            self._shown = content
            self.query_one("#sentence-text", Static).update(content)
            unit = self._view.task.unit.capitalize()
            where = f"{unit} {place + 1} of {len(items)}" if place is not None else unit
            self.query_one("#sentence").border_title = where

    def action_turn(self, by: int) -> None:
        """Another sentence of the batch."""
        from ..widgets.batch import Batch

        batch = self.app.screen_stack[0].query_one_optional(Batch)
        items = batch.items if batch else ()
        place = next((place for place, item in enumerate(items) if item.item == self._item), None)
        if batch is None or place is None:
            return
        batch.cursor = place
        batch.move(by)
        self._item = items[batch.cursor].item
        self._draw()
        self.query_one("#sentence").scroll_home(animate=False)

    def action_page(self, by: int) -> None:
        """Scroll the sentence."""
        box = self.query_one("#sentence")
        box.scroll_page_down(animate=False) if by > 0 else box.scroll_page_up(animate=False)

    def action_copy(self, whole: bool) -> None:
        """The text to the clipboard."""
        from ..app import LoopApp

        items = self._view.snapshot.batch if self._view.snapshot else ()
        text = next((item.text for item in items if item.item == self._item), None)
        if text is not None and isinstance(self.app, LoopApp):
            self.app.copy(text)
