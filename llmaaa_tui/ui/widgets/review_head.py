"""The two lines over the sentence: what is served and where it stands; whom the run waits for and what was done."""

from __future__ import annotations

from textual.content import Content

from ...core.review import Filter, Order, Tally
from ..cells import ends
from ..review.text import counts, head
from ..words import count
from .lines import Lines


class ReviewHead(Lines):
    """Order, filter and place; then counts and undo depth.

    Attributes:
        wanted, order, place: what is served, and which of how many this is.
        unweighed: by its weight, which this one does not have.
        tally, reviewer: where the whole review stands, and who decides.
    """

    DEFAULT_CSS = "ReviewHead { height: 2; }"

    def __init__(self, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.wanted = Filter()
        self.order = Order.SUSPICIOUS
        self.unweighed = False
        self.place: tuple[int, int] | None = None
        self.tally: Tally | None = None
        self.reviewer = ""

    def lines(self, width: int, height: int) -> list[Content]:
        """See the base class."""
        dot = self.view.glyphs.dot
        place = f"{count(self.place[0])} of {count(self.place[1])} " if self.place else ""
        served = Content.assemble((" ", ""), head(self.wanted, self.order, self.view.glyphs))
        if self.unweighed:
            served = Content.assemble(served, (f" {dot} no training weighed this one (student.reweight)", "$warn"))
        first = ends(
            served,
            Content.styled(place, "bold"),
            width,
        )
        if self.tally is None:
            return [first]
        waiting = self._awaited(self.tally)
        done = counts(self.tally, self.reviewer, dot, width - waiting.cell_length - 3) + Content(" ")
        return [first, ends(waiting, done.stylize("$muted"), width, gap=2)]

    def _awaited(self, tally: Tally) -> Content:
        if tally.waiting is None:
            return Content(f" {count(tally.undecided)} undecided")
        if tally.waiting == 0:
            return Content(f" round {tally.waiting_round} is reviewed")
        return Content.styled(f" the run waits for {count(tally.waiting)} of these", "$warn")
