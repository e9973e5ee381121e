"""One item whose labels a person picks from a list; without having seen anybody's, where that is asked."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.style import Style

from ...core.document import Labels
from ...core.review import ReviewItem
from ..cells import cut, ends, fill, said
from ..keys.command import Command, bindings
from ..keys.pick import KEYS
from ..over import Over
from ..review.text import DIGITS, others
from ..shapes import Mended, Page
from ..shapes.classes import phrase
from ..view import View
from ..widgets.keybar import KeyBar
from ..widgets.lines import Lines
from .labels import matching

LEAST = 7
"""Lines that a long text leaves for labels and keys."""


class _Head(Lines):
    DEFAULT_CSS = "_Head { height: 1; }"
    words, right = "", ""

    def lines(self, width: int, height: int) -> list[Content]:
        """See the base class."""
        left = Content(" ") + said(self.words).stylize("$head bold")
        return [ends(left, Content.styled(f"{self.right} ", "$muted"), width)]


class _Text(Lines):
    """The item with what others say of it."""

    DEFAULT_CSS = "_Text { height: 1; }"

    def __init__(self) -> None:
        super().__init__()
        self.page: Page | None = None
        self.first = 0

    def lines(self, width: int, height: int) -> list[Content]:
        """See the base class."""
        if self.page is None:
            return []
        self.first = max(0, min(self.first, self.page.height - height))
        return [Content(" ") + line for line in self.page.lines(self.first, height)]


class _List(Lines):
    """The labels that match, with their digits; one is marked, those given have a sign before them."""

    DEFAULT_CSS = "_List { height: 1fr; }"

    def __init__(self, labels: tuple[str, ...], several: bool) -> None:
        super().__init__()
        self.labels = self.found = labels
        self.several = several
        self.given: frozenset[str] = frozenset()
        self.marked = 0
        self.typed = ""
        self.words: dict[str, str] = {}

    def search(self, typed: str) -> None:
        """Show the labels that hold what was typed; the first is marked."""
        self.typed, self.found, self.marked = typed, matching(self.labels, typed), 0

    @property
    def label(self) -> str | None:
        """The marked one."""
        return self.found[self.marked] if self.found else None

    def lines(self, width: int, height: int) -> list[Content]:
        """See the base class: a rule with what was typed, then the labels."""
        glyphs, styles = self.view.glyphs, self.view.span_styles
        typed = Content.assemble((" search ", "$muted"), said(self.typed).stylize("bold"), ("_ ", "$focus"))
        hint = Content.styled(" letters search ", "$muted")
        room = height - 1
        where = f" {self.marked + 1} of {len(self.found)} " if len(self.found) > room else ""
        head = typed if self.typed else hint
        rule = glyphs.line * (width - head.cell_length - len(where))
        lines = [cut(Content.assemble(head, (rule, "$line"), (where, "$muted")), width, glyphs.ellipsis)]
        if not self.found:
            return [*lines, Content.styled("  no label has that in its name", "$muted")]
        first = max(0, min(self.marked - room // 2, len(self.found) - room))
        widest = max(said(label).cell_length for label in self.labels)
        for place, label in enumerate(self.found[first : first + room], start=first):
            number = self.labels.index(label)
            digit = str((number + 1) % 10) if number < DIGITS and not self.typed else " "
            own = label in self.given
            sign = ("[x] " if own else "[ ] ") if self.several else f"{glyphs.labelled} " if own else "  "
            name = said(label).stylize(f"{styles.get(label, '')}{' bold' if own else ''}".strip())
            line = Content.assemble(
                (f" {glyphs.cursor if place == self.marked else ' '} ", "$focus bold"),
                (f"{digit} ", "$focus bold"),
                (sign, "$good bold"),
                name.pad_right(widest + 2 - name.cell_length),
                (self.words.get(label, ""), "$muted"),
            )
            line = (
                fill(line, width).stylize("on $cursor") if place == self.marked else cut(line, width, glyphs.ellipsis)
            )
            lines.append(line.stylize(Style.from_meta({"@click": f"screen.point({number})"})))
        return lines


class PickScreen(Over[Mended | None], inherit_bindings=False):
    """Dismissed with the person's labels, or with None where the item was left as it was.

    Args:
        item: the item with everybody's answers.
        labels: the project's labels in order; the first ten have digits.
        view: what to draw with.
        several: any number of labels can apply; else exactly one does, and its digit is the whole answer.
        blind: nobody's answers are shown, and `classes` are not either.
        classes: the labels to begin with.
        heading: the words of the first line; the item's name by default.
        label: the one whose key opened it.
    """

    KEYS: ClassVar[tuple[Command, ...]] = KEYS
    BINDINGS: ClassVar[list[BindingType]] = list(bindings(KEYS))
    HELP = "Pick the label of an item from a list, by its digit or by typing a part of its name."

    def __init__(
        self,
        item: ReviewItem,
        labels: tuple[str, ...],
        view: View,
        *,
        several: bool,
        blind: bool = False,
        classes: Sequence[str] = (),
        heading: str = "",
        label: str = "",
    ) -> None:
        super().__init__()
        self.item = item
        self.labels = labels
        self.view = view
        self.several = several
        self._ways = others(item, blind=blind)
        self._shown = 0
        dot = view.glyphs.dot
        self._head = _Head()
        self._head.words = heading or f"Label {dot} {item.name or f'{view.task.unit} {item.item}'}"
        if blind:
            self._head.words += f" {dot} nobody's labels are shown"
        self._text = _Text()
        self._list = _List(labels, several)
        self._list.words = {one: phrase(one, item.text, item.pair, view) for one in labels}
        given = {one for one in classes if one in labels} if not blind else set()
        if given:
            self._list.marked = min(map(labels.index, given))
        if label:
            given ^= {label}
            self._list.marked = labels.index(label)
        self._list.given = frozenset(given)
        self._since = time.monotonic()

    def compose(self) -> ComposeResult:
        """See the base class."""
        yield self._head
        yield self._text
        yield self._list
        yield KeyBar("pick-keys", self.commands)

    def on_mount(self) -> None:
        """Draw it; the clock of this item runs from here."""
        self._since = time.monotonic()
        for widget in self.query(Lines):
            widget.show(self.view)
        keys = self.query_one(KeyBar)
        keys.hide(frozenset() if self.several else frozenset({"pick.turn"}))
        self._draw()

    def on_resize(self, event: events.Resize) -> None:
        """Lines are made for a size."""
        self._draw()

    def _draw(self) -> None:
        width, height = self.size.width, self.size.height
        if not width:
            return
        item = self.item
        self._text.page = self.view.kind.page(
            item.text, item.tokens, item.pair, self._ways[self._shown], width - 2, self.view
        )
        self._text.styles.height = max(1, min(self._text.page.height + 1, height // 2, height - LEAST))
        number = len(self._list.given)
        if self.several:
            self._head.right = f"{number} label{'s' * (number != 1)}" if number else "none of the labels"
        for widget in (self._head, self._text, self._list):
            widget.redraw()

    # -- the keys ---------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        """Letters search; in a search digits and, for one label, blanks do too."""
        character = event.character or ""
        free = character not in "0123456789 ?" if not self._list.typed else character != "?"
        if event.is_printable and free and not (character == " " and self.several):
            event.stop()
            event.prevent_default()
            self._search(self._list.typed + character)

    def _search(self, typed: str) -> None:
        self._list.search(typed)
        self._draw()

    def action_erase(self) -> None:
        """One letter less."""
        self._search(self._list.typed[:-1])

    def action_move(self, by: int) -> None:
        """Mark another label."""
        if self._list.found:
            self._list.marked = (self._list.marked + by) % len(self._list.found)
            self._draw()

    def action_label(self, place: int) -> None:
        """A label by its digit."""
        if place < len(self.labels):
            self._say(self.labels[place])

    def action_point(self, place: int) -> None:
        """A label by the mouse."""
        self.action_label(place)

    def action_turn(self) -> None:
        """The marked label applies, or not."""
        if self.several and self._list.label is not None:
            self._say(self._list.label)

    def _say(self, label: str) -> None:
        if not self.several:
            self._give((label,))
            return
        self._list.given ^= {label}
        self._list.search("")
        self._list.marked = self.labels.index(label)
        self._draw()

    def action_others(self) -> None:
        """What others say, with gold, without anybody: gold is in sight only when it is asked for."""
        self._shown = (self._shown + 1) % len(self._ways)
        self._draw()

    def action_page(self, by: int) -> None:
        """Scroll a long text."""
        self._text.first += by * max(1, self._text.size.height - 1)
        self._text.redraw()

    # -- leaving ----------------------------------------------------------------------------------

    def action_done(self) -> None:
        """The marked label is the answer; where several can apply, those that were given are."""
        if not self.several or self._list.typed:
            if self._list.label is not None:
                self._say(self._list.label)
        else:
            self._give(tuple(label for label in self.labels if label in self._list.given))

    def _give(self, classes: tuple[str, ...]) -> None:
        self.dismiss(Mended(Labels(classes=classes), round(time.monotonic() - self._since, 2)))

    def action_leave(self) -> None:
        """Drop the search; else leave the item as it was."""
        if self._list.typed:
            self._search("")
        else:
            self.dismiss(None)

    def marks(self) -> list[Content]:
        """See the base class."""
        several = "[x] it applies  [ ] it does not  none at all: none of the labels applies"
        return [
            Content.styled("Marks", "$head bold"),
            Content(several if self.several else f"{self.view.glyphs.labelled} what was said before"),
            *([Content("[1 the head] and [2 the tail] of the pair that is asked about")] if self.item.pair else []),
        ]
