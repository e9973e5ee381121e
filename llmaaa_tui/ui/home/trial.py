"""Step 4: one question to the annotator, priced before and after; then the run, or not yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from textual.binding import BindingType
from textual.content import Content

from ...errors import LlmaaaError
from ...launch import answer_of
from ..cells import said
from ..estimate import Estimate, read
from ..glyphs import Glyphs
from ..keys.command import bindings
from ..keys.home import TRIAL
from ..pages.common import fact
from ..pages.preflight import summary
from ..spans import colours
from ..words import usd
from . import pages
from .draft import Draft
from .step import Step


class TrialStep(Step):
    """Nothing is sent off this machine before `y` says so."""

    HEADING = "New project 4/4 · one question first"
    HINTS = (("t", "ask it one question"), ("enter", "start the run"), ("esc", "open it, start later"))
    BINDINGS: ClassVar[list[BindingType]] = list(bindings(TRIAL))

    def __init__(self, draft: Draft, labels: list[str], glyphs: Glyphs) -> None:
        super().__init__(draft, glyphs)
        self._styles = colours(labels)
        self._estimate: Estimate | None = None
        self._result: Mapping[str, Any] | None = None
        self._asking = False

    def on_mount(self) -> None:
        """Work out what all of it will cost while the page is read."""
        self.draw()
        self.run_worker(self._work_out(), group="estimate", exclusive=True, exit_on_error=False)

    def page(self, width: int) -> list[Content]:
        """See the base class."""
        lines = [
            *Content.assemble(("Made ", "$muted"), said(str(self.draft.place)).stylize("bold")).wrap(width),
            Content(),
        ]
        if self._estimate is None:
            lines.append(Content.styled(f"Working out what it will cost {self.glyphs.ellipsis}", "$muted"))
        else:
            lines += self._costs(self._estimate, width)
        lines.append(Content())
        if self._result is not None:
            lines += pages.trial(self._result, self._styles, width, self.glyphs)
        elif self._asking:
            lines.append(Content.styled(f"Asking {self.glyphs.ellipsis}", "$muted"))
        else:
            lines += Content(
                "t asks the annotator about one labelled text and shows its answer beside gold, with the price."
            ).wrap(width)
        return lines

    def _costs(self, estimate: Estimate, width: int) -> list[Content]:
        both = estimate.this_round + estimate.rest
        lines = summary(estimate).wrap(width)
        if estimate.rest.items:
            words = f"about ${usd(both.expected_nanousd)}, at most ${usd(both.worst_nanousd)}"
            lines += fact("All rounds", words, width)
        if estimate.host:
            lines += fact("Sent", said(f"{', '.join(estimate.sent)} go to {estimate.host}"), width)
            lines += fact("Never sent", said(", ".join(estimate.never)), width)
            lines += fact("Kept there", said(", ".join(estimate.retention)), width)
            agreed = "agreed" if self.draft.remote else f"y agrees, and asks {estimate.host} one question"
            lines += fact("Consent", Content.styled(agreed, "$good" if self.draft.remote else "$warn bold"), width)
        return lines

    async def _work_out(self) -> None:
        try:
            self._estimate = read(await answer_of("estimate", str(self.draft.place), "--json"))
        except LlmaaaError as error:
            self.problem(str(error))
        self.draw()

    def action_line(self, by: int) -> None:
        """Scroll the page."""
        self.query_one(".step-scroll").scroll_relative(y=by, animate=False)

    def action_try_one(self) -> None:
        """Ask about one gold sentence; where text leaves this machine, this key is the consent."""
        if self._asking or self._estimate is None:
            return
        self._asking, self._result = True, None
        self.draft.remote = self.draft.remote or self._estimate.host is not None
        self.problem("")
        self.draw()
        self.run_worker(self._ask(), group="ask", exclusive=True, exit_on_error=False)

    async def _ask(self) -> None:
        allowed = ("--set", "annotator.allow_remote=true") if self.draft.remote else ()
        try:
            self._result = await answer_of("try", str(self.draft.place), "--json", *allowed)
        except LlmaaaError as error:
            self.problem(str(error))
        finally:
            self._asking = False
            self.draw()
