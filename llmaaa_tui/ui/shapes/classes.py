"""Labels of a whole item: one, or several. Drawn under the text, a line an answer; picked from a list.

    Waziri [1 Kassim Majaliwa PER] wa [2 Benki Kuu ORG] amesema …
LLM        ‹Work_For›       Kassim Majaliwa works for Benki Kuu
student    ‹Live_In .58›
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content

from ...core.document import Labels, Offsets, Pair
from ...core.labels import verbalise
from ...core.review import ReviewItem, Said
from ..cells import cut, fit, safe
from ..spans import GLUE, chips, marked
from ..view import View
from ..wrapping import Layout
from . import Layers, Mended

if TYPE_CHECKING:
    from ..over import Over

NAME = 12
"""Cells of an answer's name at most."""
SURFACE = 28
"""Cells of a head or tail in a sentence at most."""
_PLACES = re.compile(r"\{e[12]\}")


def phrase(label: str, text: str, pair: Pair | None, view: View) -> str:
    """A label in words, with head and tail where they have places for them; "" where its name says as much."""
    words = view.snapshot.words.get(label, "") if view.snapshot else ""
    if words in ("", label, verbalise(label)):
        return ""
    if pair is not None:
        found = {
            place: fit(safe(text[start:end]), SURFACE, view.glyphs.ellipsis)
            for place, (start, end) in (("{e1}", pair.head), ("{e2}", pair.tail))
        }
        words = _PLACES.sub(lambda place: found[place[0]], words)  # in one go: a head may read "{e2}"
    return safe(words)


class Paragraph:
    """A text with its pair marked, and under it the answers, which stay in sight while it scrolls.

    Attributes:
        height: how many lines there are.
    """

    def __init__(
        self, text: str, tokens: Sequence[Offsets], pair: Pair | None, layers: Layers, width: int, view: View
    ) -> None:
        self._marked = marked(text, (), view.span_styles, view.glyphs, pair)
        moved = self._marked.moved
        words = tuple((moved(start), moved(start) + end - start) for start, end in tokens)
        self._layout = Layout(self._marked.text, words if not text.isascii() else (), width)
        self._answers = [self._answer(name, said, text, pair, width, view) for name, said in layers]
        self.height = len(self._layout.rows) + len(self._answers)

    def lines(self, first: int = 0, height: int | None = None) -> list[Content]:
        """See the protocol."""
        room = self.height if height is None else height
        answers = self._answers[: max(0, room - 1)]
        rows = range(first, min(len(self._layout.rows), first + room - len(answers)))
        return [*map(self._row, rows), *answers]

    def block_of(self, offset: int) -> tuple[int, int]:
        """See the protocol."""
        return self._layout.row_of(self._marked.moved(offset)), 1

    def _row(self, number: int) -> Content:
        row = self._layout.rows[number]
        content = Content(self._layout.shown[row.start : row.cut].replace(GLUE, " "))
        for start, end, style in self._marked.styles:
            left, right = max(start, row.start), min(end, row.cut)
            if left < right:
                content = content.stylize(style, left - row.start, right - row.start)
        return content

    @staticmethod
    def _answer(name: str, said: Said, text: str, pair: Pair | None, width: int, view: View) -> Content:
        glyphs = view.glyphs
        head = fit(safe(name), NAME, glyphs.ellipsis)
        line = Content.styled(head + " " * (NAME + 1 - cell_len(head)) if head else "", "$muted")
        if said.classes:
            line += chips(said.classes, view.span_styles, glyphs)
        else:
            line += Content.styled(f"{glyphs.dash} nothing", "$muted")
        words = [spoken for one in said.classes if (spoken := phrase(one.label, text, pair, view))]
        return cut(Content.assemble(line, (f"  {'; '.join(words)}" if words else "", "$muted")), width, glyphs.ellipsis)


class _Classes:
    first_labels = True

    def __init__(self, several: bool) -> None:
        self._several = several

    def page(
        self, text: str, tokens: Sequence[Offsets], pair: Pair | None, layers: Layers, width: int, view: View
    ) -> Paragraph:
        """See the protocol."""
        return Paragraph(text, tokens, pair, layers, width, view)

    def at_once(self, label: str) -> Labels | None:
        """See the protocol: where an item has one label, its key is the whole answer."""
        return None if self._several else Labels(classes=(label,))

    def editor(
        self,
        item: ReviewItem,
        labels: tuple[str, ...],
        view: View,
        *,
        begin: Labels,
        blind: bool = False,
        heading: str = "",
        label: str = "",
    ) -> Over[Mended | None]:
        """See the protocol."""
        from ..screens.pick import PickScreen

        return PickScreen(
            item,
            labels,
            view,
            several=self._several,
            blind=blind,
            classes=begin.classes,
            heading=heading,
            label=label,
        )


ONE = _Classes(several=False)
MANY = _Classes(several=True)
