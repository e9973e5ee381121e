"""The annotators side by side, with the student and the people: what was compared, and what the store knows of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import BindingType
from textual.content import Content

from ...core.comparison_json import row_json
from ..keys.annotators import KEYS
from ..keys.command import bindings
from ..paged import Paged
from ..pages import annotators as annotators_page
from ..pages import compared
from ..place import Target
from ..view import View
from ..widgets.sheet import Block, Sheet

if TYPE_CHECKING:
    from ...core.comparison import Comparison
    from ...core.groups import Grouped
    from ...core.league import LeagueRow
    from ...store.league import League


@dataclass(frozen=True, slots=True)
class Known:
    """What was read: everybody so far, the newest scores by group, and what the sentinels say."""

    rows: tuple[LeagueRow, ...]
    groups: tuple[Grouped, ...]
    drift: str


class AnnotatorsScreen(Paged["League", Known], inherit_bindings=False):
    """Two tables, and a card for each row."""

    NAME = "annotators"
    HEADING = "Annotators"
    KEYS = KEYS
    BINDINGS: ClassVar[list[BindingType]] = list(bindings(KEYS))
    HELP = "The annotators compared and measured so far, side by side."
    PERIOD_S = 3.0

    def __init__(self) -> None:
        super().__init__()
        self._row = ""

    def body(self) -> Sequence[Sheet]:
        """See the base class: the tables want the whole width."""
        return (Sheet("sheet", self.blocks, top=self.top),)

    @property
    def comparison(self) -> Comparison | None:
        """The newest one of the moment looked at."""
        return self.view.snapshot.comparison if self.view.snapshot else None

    @property
    def rows(self) -> tuple[LeagueRow, ...]:
        """Everybody so far; empty before it is read."""
        return self.data.rows if self.data else ()

    def top(self, width: int) -> Sequence[Block]:
        """The tables, over both columns."""
        glyphs, task, found = self.view.glyphs, self.view.task, self.comparison
        blocks = [compared.head(found, width, glyphs, task, self._row)] if found else []
        if self.rows:
            below = "" if found else compared.NOT_YET.format(units=task.units)
            made = annotators_page.table(self.rows, width, glyphs, task, self.view.snapshot, below)
            return [*blocks, replace(made, title="In the project so far") if found else made]
        return [*blocks, Block("Side by side", tuple(Content.styled(self._nothing(), "$muted").wrap(width)))]

    def blocks(self, left: int, right: int) -> Sequence[Block]:
        """Who is worth the money and who agrees, a card for each row, in turn to the left and to the right, then what
        the figures are not."""
        glyphs, task, found = self.view.glyphs, self.view.task, self.comparison
        blocks: list[Block] = []
        makers: list[Callable[..., Block]] = []
        if found is not None:
            blocks.append(compared.pareto(found, left, glyphs, task))
            agreed = compared.agreements(found, right, glyphs, task)
            blocks += [agreed] if agreed else []
            for one in found.rows:
                chosen = compared.key(one) == self._row
                makers.append(partial(compared.card, found, one, chosen, glyphs=glyphs, task=task))
        makers += [partial(self._card, row) for row in self.rows]
        for place, make in enumerate(makers):
            at_right = left != right and place % 2 == 1
            made = make(width=right if at_right else left)
            blocks.append(replace(made, right=at_right))
        return [*blocks, annotators_page.about(right, task)]

    def _card(self, row: LeagueRow, width: int) -> Block:
        snapshot, known = self.view.snapshot, self.data
        groups: tuple[Grouped, ...] = ()
        drift = ""
        if known is not None and (row.kind == "student" or (snapshot is not None and row.name == snapshot.annotator)):
            groups = tuple(one for one in known.groups if one.subject == row.kind)
            drift = known.drift if row.kind == "annotator" else ""
        chosen = annotators_page.key(row) == self._row
        return annotators_page.card(row, chosen, width, self.view.glyphs, snapshot, groups, drift)

    def _nothing(self) -> str:
        if self.house.doors is None:
            return "There is no project behind these pictures that could be read."
        return (
            "Nobody has answered yet." if self.data is not None else f"Reading the project {self.view.glyphs.ellipsis}"
        )

    def opener(self) -> Callable[[], League] | None:
        """See the base class."""
        return None if self.house.doors is None else self.house.doors.league

    def reads(self, view: View) -> Callable[[League], Known]:
        """See the base class."""
        as_of = view.as_of

        def read(league: League) -> Known:
            from ...store.groups import drift, newest_groups

            return Known(league.table(as_of), newest_groups(league, as_of=as_of), drift(league, as_of).sentence())

        return read

    def marks(self) -> list[Content]:
        """See the base class."""
        glyphs = self.view.glyphs
        return [
            Content.styled("Marks and figures", "$head bold"),
            Content("A B C stand for those compared, in the tables and in the picture."),
            Content(f"{glyphs.warning} in amber: leakage puts an annotator's F1 and accuracy in doubt, see there."),
            Content("F1 over all counts a failed answer as nothing found; $ and s are per 1,000."),
        ]

    # -- choosing ---------------------------------------------------------------------------------

    def _names(self) -> list[str]:
        compared_rows = self.comparison.rows if self.comparison else ()
        return [*map(compared.key, compared_rows), *map(annotators_page.key, self.rows)]

    def action_choose(self, by: int) -> None:
        """The next or previous row."""
        names = self._names()
        if names:
            here = names.index(self._row) + by if self._row in names else 0 if by > 0 else -1
            self.choose(names[here % len(names)])

    def choose(self, name: str) -> None:
        """This row, and bring its card into sight, its head where not all of it fits."""
        self._row = name
        self.sheet.redraw()
        self.sheet.reveal(f"{annotators_page.END}{name}")
        self.sheet.reveal(name)

    def targets(self) -> list[Target]:
        """The rows and the cards in sight."""
        return [
            (region, partial(self.choose, compared.chosen(name)))
            for name, region in self.sheet.places().items()
            if not name.startswith(annotators_page.END)
        ]

    def chosen(self) -> tuple[str, dict[str, Any]] | None:
        """The chosen row; else the whole table."""
        glyphs, found = self.view.glyphs, self.comparison
        for one in found.rows if found else ():
            if found and compared.key(one) == self._row:
                return _plain(compared.card(found, one, False, 200, glyphs, self.view.task)), row_json(one)
        for row in self.rows:
            if annotators_page.key(row) == self._row:
                made = annotators_page.card(row, False, 200, glyphs, self.view.snapshot)
                return _plain(made), asdict(row)
        if not self.rows:
            return None
        rows = [asdict(row) for row in self.rows]
        made = annotators_page.table(self.rows, 200, glyphs, self.view.task, self.view.snapshot)
        return _plain(made), {"rows": rows}

    def let_go(self) -> bool:
        """Let go of the row."""
        if not self._row:
            return False
        self._row = ""
        self.sheet.redraw()
        return True


def _plain(block: Block) -> str:
    return "\n".join(line.plain for line in block.lines)


SCREEN = AnnotatorsScreen
