"""Step 2: what was read, who serves for what, the label set; strict or paper mode."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from textual.binding import BindingType
from textual.content import Content

from ...errors import LlmaaaError
from ...launch import answer_of
from ..glyphs import Glyphs
from ..keys.command import bindings
from ..keys.home import PREVIEW
from . import pages
from .draft import Draft
from .step import Step


class PreviewStep(Step):
    """The parsed data before anything is made."""

    HEADING = "New project 2/4 · what was read"
    HINTS = (("enter", "looks right"), ("m", "strict or paper mode"), ("j k", "scroll"), ("esc", "back"))
    BINDINGS: ClassVar[list[BindingType]] = list(bindings(PREVIEW))

    def __init__(self, draft: Draft, found: Mapping[str, Any], glyphs: Glyphs) -> None:
        super().__init__(draft, glyphs)
        self.found = found

    def page(self, width: int) -> list[Content]:
        """See the base class."""
        return pages.preview(self.found, self.draft.mode, width, self.glyphs)

    def action_line(self, by: int) -> None:
        """Scroll the page."""
        self.query_one(".step-scroll").scroll_relative(y=by, animate=False)

    def action_mode(self) -> None:
        """The other mode, and the splits it makes."""
        self.run_worker(self._turn(), group="read", exclusive=True, exit_on_error=False)

    async def _turn(self) -> None:
        before = self.draft.mode
        self.draft.mode = "paper" if before == "strict" else "strict"
        try:
            self.found = await answer_of(*self.draft.new(preview=True))
        except LlmaaaError as error:
            self.draft.mode = before
            self.problem(str(error))
        else:
            self.problem("")
            self.draw()
