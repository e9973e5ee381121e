"""Leakage: what will be measured, and that nothing has been. There are no figures here, for there are none."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget

from ..cells import said
from ..keys.command import bindings
from ..keys.leakage import KEYS
from ..place import Place
from ..widgets.sheet import Block, Sheet

PLANNED = (
    (
        "Source",
        "The annotator is shown sentences of this project and asked where they come from. Beside them stand controls: "
        "sentences of the same kind from elsewhere. Only naming the source more often than theirs says anything.",
    ),
    (
        "Continuation",
        "The annotator is given the first half of a sentence and asked for the rest. A word-for-word continuation of "
        "many, and of few controls, is a sign that the text was learnt by heart.",
    ),
)
FILLS = (
    "These scores will be filled by a measurement on this project's own sentences that a later version brings; this "
    "version has none, and no setting or command turns it on."
)
MEANWHILE = (
    "Until then a high F1 of the annotator on a published corpus is no proof that it can do the task: it may have seen "
    "the corpus. Test data that was never published is not open to that doubt."
)


class LeakageScreen(Place, inherit_bindings=False):
    """One page of words."""

    NAME = "leakage"
    HEADING = "Leakage"
    KEYS = KEYS
    BINDINGS: ClassVar[list[BindingType]] = list(bindings(KEYS))
    HELP = "Whether the annotator may have seen the data before: what will be measured."

    def body(self) -> Iterable[Widget]:
        """See the base class."""
        yield Sheet("sheet", self.blocks)

    def blocks(self, left: int, right: int) -> list[Block]:
        """The page, for blocks of so many cells in the left and in the right column."""
        snapshot = self.view.snapshot
        if snapshot is None:
            return []
        who = Content.assemble("Nothing has been measured for ", said(snapshot.annotator).stylize("bold"), ".")
        state = [*who.wrap(left), Content(), *Content(FILLS).wrap(left), Content(), *Content(MEANWHILE).wrap(left)]
        if snapshot.simulated:
            words = "This annotator is a simulation: it has read nothing, so there is nothing that could leak from it."
            if snapshot.simulated == "recorded":
                words = (
                    "This annotator's answers are recorded: what its model had read can be asked of the model alone."
                )
            state += [Content(), *Content.styled(words, "$warn").wrap(left)]
        planned: list[Content] = []
        for name, words in PLANNED:
            planned += [Content()] if planned else []
            planned += [Content.styled(name, "bold"), *Content(words).wrap(right)]
        return [
            Block("Not measured", tuple(state)),
            Block("What will be measured", tuple(planned), right=True),
        ]

    def hidden(self) -> set[str]:
        """See the base class."""
        return super().hidden() if self.query_one(Sheet).longer else super().hidden() | {"page.page_down"}

    def action_scroll(self, by: int) -> None:
        """By lines."""
        self.query_one(Sheet).scroll_by(by)

    def action_page(self, by: int) -> None:
        """By screens."""
        self.query_one(Sheet).page_by(by)

    def action_end(self, side: int) -> None:
        """To an end."""
        self.query_one(Sheet).to_end(side)


SCREEN = LeakageScreen
