"""The sentence with its answers in lanes, and under it everything that helps to decide."""

from __future__ import annotations

from textual import events
from textual.content import Content

from ...core.review import ReviewItem, Tally
from ..cells import cut
from ..review.text import asks_gold, drawn, facts, layers, shots
from ..shapes import Page
from ..words import count
from .lines import Lines

WIDE = 120
"""Columns of the screen from which all layers stand under one another."""
_ROOMY = 26
_LEAST, _SENTENCE = 3, 4
_SHOTS = 16


class ReviewSheet(Lines):
    """Draws one item; a long sentence scrolls under the facts.

    Attributes:
        item: what is shown, or None.
        chosen: the name of the layer drawn in the sentence.
        tally: for the reviewer's own pace.
        words: what is said where there is no item.
        note: a line at the foot: what may be done about the last decision.
    """

    DEFAULT_CSS = "ReviewSheet { width: 1fr; height: 1fr; }"

    def __init__(self, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.item: ReviewItem | None = None
        self.chosen = ""
        self.tally: Tally | None = None
        self.words: list[Content] = []
        self.note = Content()
        self._top = 0
        self._laid: tuple[ReviewItem, object, Page] | None = None
        self._room, self._height = 1, 0

    def put(self, item: ReviewItem | None, words: list[Content], note: Content) -> None:
        """Show another item, or what is said in its place; draws at once."""
        if item is None or self.item is None or item.item != self.item.item:
            self._top = 0
            if asks_gold(self.chosen):
                self.chosen = ""  # the solution is asked for sentence by sentence
        self.item, self.words, self.note = item, words, note
        self.redraw()

    def choose(self, by: int) -> None:
        """Another layer in the sentence."""
        names = [shown.name for shown in layers(self.item)] if self.item else []
        if names:
            here = names.index(self.chosen) if self.chosen in names else 0
            self.chosen = names[(here + by) % len(names)]
            self.redraw()

    def scroll_by(self, pages: int) -> None:
        """A page of a sentence that does not fit."""
        self._top = max(0, min(self._top + pages * max(1, self._room - 1), self._height - self._room))
        self.redraw()

    def on_resize(self, event: events.Resize) -> None:
        """Another width wraps otherwise."""
        self._top = 0

    def lines(self, width: int, height: int) -> list[Content]:
        """See the base class."""
        foot = [cut(self.note, width, self.view.glyphs.ellipsis)] if self.note else []
        rule = Content.styled(self.view.glyphs.line * width, "$line")
        if self.item is None:
            body = [rule, Content(), *(Content("   ") + line for words in self.words for line in words.wrap(width - 4))]
            return [*body[: height - len(foot)], *[Content()] * (height - len(body) - len(foot)), *foot]
        named = [shown.name for shown in layers(self.item)]
        chosen = self.chosen if self.chosen in named else (named[0] if named else "")
        told = facts(self.item, chosen, self.view, self.tally, width, roomy=height >= _ROOMY)
        air = [Content()] if height >= _ROOMY else []
        room = max(_LEAST, height - len(told) - 3 - 2 * len(air) - len(foot))
        sentence = self._sentence(chosen, width, room)
        # What helps to decide stands still from one sentence to the next, so that little is drawn anew.
        sentence += [Content()] * (min(room, height // _SENTENCE) - len(sentence))
        more = self._more(width) if self._height > room else rule
        body = [rule, *air, *sentence, *air, more, *told, rule]
        rest = height - len(foot)
        if rest - len(body) > _SHOTS and self.item.neighbours:
            body += [Content(), *(Content("   ") + line for line in shots(self.item, width - 6))]
        return [*body[:rest], *[Content()] * (rest - len(body)), *foot]

    def _sentence(self, chosen: str, width: int, room: int) -> list[Content]:
        """The lines of the sentence in sight; only they are drawn, however long it is."""
        assert self.item is not None
        wide = self.app.size.width >= WIDE
        key = (chosen, wide, width, self.view.glyphs, self.view.span_styles)
        if self._laid is None or self._laid[0] is not self.item or self._laid[1] != key:
            shown = drawn(self.item, chosen, wide)
            item, kind = self.item, self.view.kind
            page = kind.page(item.text, item.tokens, item.pair, shown, width - 6, self.view)
            self._laid = (item, key, page)
        sheet = self._laid[2]
        self._room, self._height = room, sheet.height
        self._top = max(0, min(self._top, sheet.height - room))
        return [Content("   ") + line for line in sheet.lines(self._top, room)]

    def _more(self, width: int) -> Content:
        line = self.view.glyphs.line
        last = min(self._top + self._room, self._height)
        where = f"{count(self._top + 1)}{self.view.glyphs.dash}{count(last)} of {count(self._height)}"
        words = f" lines {where}, {self.view.key('review.page_down')} {self.view.key('review.page_up')} "
        return Content.assemble((line * 3, "$line"), (words, "$warn"), (line * max(0, width - 3 - len(words)), "$line"))
