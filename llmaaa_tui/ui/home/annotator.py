"""Step 3: who annotates, and the most it may cost in all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from ...core.money import parse_usd
from ...errors import LlmaaaError
from ...launch import answer_of
from ..glyphs import Glyphs
from ..keys.command import bindings
from ..keys.home import ANNOTATOR
from . import pages
from .draft import Draft
from .step import Step

FIELDS = (
    ("model", "Model", "as its provider spells it"),
    ("base_url", "Address", "e.g. http://127.0.0.1:8000/v1; empty: the provider's own"),
    ("cap", "Cap in USD", "no request leaves that could bring the spend over it"),
)


class AnnotatorStep(Step):
    """Chooses the annotator and makes the project."""

    HEADING = "New project 3/4 · annotator and cap"
    HINTS = (("F1-F4", "provider"), ("tab", "next field"), ("enter", "make the project"), ("esc", "back"))
    BINDINGS: ClassVar[list[BindingType]] = list(bindings(ANNOTATOR))

    def __init__(self, draft: Draft, simulable: bool, glyphs: Glyphs) -> None:
        super().__init__(draft, glyphs)
        self._simulable = simulable
        if not simulable and draft.provider == "simulator":
            draft.provider = "openai"

    def page(self, width: int) -> list[Content]:
        """See the base class."""
        lines = pages.annotator(self.draft, self._simulable, width, self.glyphs)
        for name in ("model", "base_url"):
            for widget in self.query(f".of-{name}"):
                widget.display = self.draft.provider != "simulator"
        return lines

    def fields(self) -> Iterable[Widget]:
        """See the base class."""
        for name, question, hint in FIELDS:
            label = Content.assemble((question, "bold"), (f"  {hint}", "$muted"))
            yield Static(label, classes=f"step-label of-{name}")
            field = Input(getattr(self.draft, name), id=name, classes=f"of-{name}", compact=True)
            field.cursor_blink = False
            yield field

    def on_mount(self) -> None:
        """The cap is what everybody has to think about."""
        self.draw()
        self.query_one("#cap" if self.draft.provider == "simulator" else "#model", Input).focus()

    def action_choose(self, name: str) -> None:
        """Another provider."""
        if name == "simulator" and not self._simulable:
            self.problem("the simulator answers from labels, and the pool has texts without")
            return
        self.draft.provider = name
        self.problem("")
        self.draw()
        self.query_one("#cap" if name == "simulator" else "#model", Input).focus()

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        setattr(self.draft, message.input.id or "", message.value)
        self.problem("")

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        try:
            parse_usd(self.draft.cap.strip())
        except ValueError as error:
            self.query_one("#cap", Input).focus()
            self.problem(f"cap: {error}")
            return
        if self.draft.provider != "simulator" and not self.draft.model.strip():
            self.query_one("#model", Input).focus()
            self.problem("name the model, as its provider spells it")
            return
        self.query_one(".step-below", Static).update(
            Content.styled(f"Making the project {self.glyphs.ellipsis}", "$muted")
        )
        self.run_worker(self._make(), group="make", exclusive=True, exit_on_error=False)

    async def _make(self) -> None:
        try:
            await answer_of(*self.draft.new(), "--json")
        except LlmaaaError as error:
            self.problem(str(error))
            self.query_one(".step-below", Static).update(Content())
        else:
            self.dismiss(True)
