"""The annotators side by side, with the student and the people: what the store knows of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import BindingType
from textual.content import Content

from ..keys.annotators import KEYS
from ..keys.command import bindings
from ..paged import Paged
from ..pages import annotators as annotators_page
from ..pages.annotators import key
from ..place import Target
from ..view import View
from ..widgets.sheet import Block, Sheet

if TYPE_CHECKING:
    from ...core.league import LeagueRow
    from ...store.league import League


class AnnotatorsScreen(Paged["League", "tuple[LeagueRow, ...]"], inherit_bindings=False):
    """A table, and a card for each row."""

    NAME = "annotators"
    HEADING = "Annotators"
    KEYS = KEYS
    BINDINGS: ClassVar[list[BindingType]] = list(bindings(KEYS))
    HELP = "The annotators measured so far, side by side."
    PERIOD_S = 3.0

    def __init__(self) -> None:
        super().__init__()
        self._row = ""

    def body(self) -> Sequence[Sheet]:
        """See the base class: the table wants the whole width."""
        return (Sheet("sheet", self.blocks, top=self.top),)

    def top(self, width: int) -> Sequence[Block]:
        """The table, over both columns."""
        rows, glyphs = self.data, self.view.glyphs
        if not rows:
            return (Block("Side by side", tuple(Content.styled(self._nothing(), "$muted").wrap(width))),)
        return (annotators_page.table(rows, width, glyphs, self.view.task),)

    def blocks(self, left: int, right: int) -> Sequence[Block]:
        """A card for each row, in turn to the left and to the right, then what the figures are not."""
        cards = []
        for place, row in enumerate(self.data or ()):
            at_right = left != right and place % 2 == 1
            chosen, room = key(row) == self._row, right if at_right else left
            made = annotators_page.card(row, chosen, room, self.view.glyphs, self.view.snapshot)
            cards.append(Block(made.title, made.lines, made.note, at_right, made.named))
        return [*cards, annotators_page.about(right, self.view.task)]

    def _nothing(self) -> str:
        if self.house.doors is None:
            return "There is no project behind these pictures that could be read."
        return (
            "Nobody has answered yet." if self.data is not None else f"Reading the project {self.view.glyphs.ellipsis}"
        )

    def opener(self) -> Callable[[], League] | None:
        """See the base class."""
        return None if self.house.doors is None else self.house.doors.league

    def reads(self, view: View) -> Callable[[League], tuple[LeagueRow, ...]]:
        """See the base class."""
        as_of = view.as_of
        return lambda league: league.table(as_of)

    # -- choosing ---------------------------------------------------------------------------------

    def action_choose(self, by: int) -> None:
        """The next or previous row."""
        names = [key(row) for row in self.data or ()]
        if names:
            here = names.index(self._row) + by if self._row in names else 0 if by > 0 else -1
            self.choose(names[here % len(names)])

    def choose(self, name: str) -> None:
        """This row, and bring its card into sight."""
        self._row = name
        self.sheet.redraw()
        self.sheet.reveal(name)

    def targets(self) -> list[Target]:
        """The cards in sight."""
        return [(region, partial(self.choose, name)) for name, region in self.sheet.places().items()]

    def chosen(self) -> tuple[str, dict[str, Any]] | None:
        """The chosen row; else the whole table."""
        rows = self.data or ()
        for row in rows:
            if key(row) == self._row:
                lines = annotators_page.card(row, False, 200, self.view.glyphs, self.view.snapshot).lines
                return "\n".join(line.plain for line in lines), asdict(row)
        if not rows:
            return None
        lines = annotators_page.table(rows, 200, self.view.glyphs, self.view.task).lines
        return "\n".join(line.plain for line in lines), {"rows": [asdict(row) for row in rows]}

    def let_go(self) -> bool:
        """Let go of the row."""
        if not self._row:
            return False
        self._row = ""
        self.sheet.redraw()
        return True


SCREEN = AnnotatorsScreen
