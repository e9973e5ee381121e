"""Leakage: what the probes say about whether an annotator has seen the data, and what asks them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import BindingType
from textual.content import Content

from ...core.leakage import Finding, as_dict
from ..keys.command import bindings
from ..keys.leakage import KEYS
from ..paged import Paged
from ..pages import leakage as leakage_page
from ..view import View
from ..widgets.sheet import Block, Sheet

if TYPE_CHECKING:
    from ...store.league import League


class LeakageScreen(Paged["League", "tuple[Finding, ...]"], inherit_bindings=False):
    """The newest findings, which are in the picture; how they came about round by round is read beside it."""

    NAME = "leakage"
    HEADING = "Leakage"
    KEYS = KEYS
    BINDINGS: ClassVar[list[BindingType]] = list(bindings(KEYS))
    HELP = "Whether the annotator may have seen the data before: what was asked, and what came of it."
    PERIOD_S = 3.0

    def body(self) -> Sequence[Sheet]:
        """See the base class: the table wants the whole width."""
        return (Sheet("sheet", self.blocks, top=self.top),)

    @property
    def found(self) -> tuple[Finding, ...]:
        """The newest findings of the moment looked at."""
        return self.view.snapshot.leakage if self.view.snapshot else ()

    def top(self, width: int) -> Sequence[Block]:
        """The table, over both columns."""
        return (leakage_page.table(self.found, width, self.view.glyphs),) if self.found else ()

    def blocks(self, left: int, right: int) -> Sequence[Block]:
        """A card for each finding, in turn to the left and to the right, or what could be asked."""
        snapshot, glyphs, task = self.view.snapshot, self.view.glyphs, self.view.task
        if snapshot is None:
            return []
        if not self.found:
            return leakage_page.nothing(snapshot, left, right, task)
        read = [one for one in self.data or () if one.annotator == snapshot.annotator]
        trend = leakage_page.trend([one for one in read if one.dataset == read[-1].dataset], right, glyphs)
        blocks = [trend] if trend else []
        for place, one in enumerate(self.found):
            at_right = left != right and place % 2 == 1
            blocks.append(replace(leakage_page.card(one, right if at_right else left, glyphs, task), right=at_right))
        beside = trend is None or left == right
        return [*blocks, leakage_page.about(right if beside else left, task, right=beside)]

    def opener(self) -> Callable[[], League] | None:
        """See the base class."""
        return None if self.house.doors is None else self.house.doors.league

    def reads(self, view: View) -> Callable[[League], tuple[Finding, ...]]:
        """See the base class."""
        as_of = view.as_of

        def read(reading: League) -> tuple[Finding, ...]:
            from ...store.leakage import of_rounds

            return of_rounds(reading, as_of)

        return read

    def marks(self) -> list[Content]:
        """See the base class."""
        glyphs = self.view.glyphs
        return [
            Content.styled("Marks and figures", "$head bold"),
            Content(f"{glyphs.warning} in amber: evidence of leakage, p < .01 after correction over all probes run."),
            Content("Near exact: all but a tenth of the letters. Exact: the text itself."),
        ]

    def chosen(self) -> tuple[str, dict[str, Any]] | None:
        """All findings; None where there are none."""
        if not self.found:
            return None
        lines = leakage_page.table(self.found, 200, self.view.glyphs).lines
        return "\n".join(line.plain for line in lines), {"probes": [as_dict(one) for one in self.found]}


SCREEN = LeakageScreen
