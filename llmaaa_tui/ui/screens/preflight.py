"""Before the first paid call: what it costs and what is sent, and one key that decides."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from ...errors import LlmaaaError
from ..cells import said
from ..contracts import Estimator
from ..estimate import Estimate, read
from ..glyphs import Glyphs
from ..keys.command import Command, bindings
from ..keys.windows import PREFLIGHT
from ..over import Window
from ..pages.preflight import page

WIDEST = 96
"""Cells of the box, where the terminal has them."""
AROUND = 5
"""Cells of the box beside its text: frame, padding and the scroll bar."""
BELOW = 4
"""Lines of the box above and below its text: frame and keys, which are always in sight."""


class Key(Static):
    """A key and its word, for the mouse too."""

    does = ""

    def show(self, key: str, word: str, does: str) -> None:
        """Draw it; nothing where there is no key."""
        self.does = does
        self.update(Content.assemble((key, "$focus bold"), f" {word}   ") if key else Content())

    async def on_click(self) -> None:
        """The same as its key."""
        if self.does:
            await self.screen.run_action(self.does)


class PreflightScreen(Window[Estimate | None]):
    """Gives the estimate a person agreed to, or None: then nothing is sent.

    Args:
        estimator: works the estimate out; an error of its is a sentence on this page.
        asks: whether a worker waits for the answer; False only looks.
    """

    KEYS: ClassVar[tuple[Command, ...]] = PREFLIGHT
    BINDINGS: ClassVar[list[BindingType]] = list(bindings(PREFLIGHT))

    def __init__(self, estimator: Estimator, glyphs: Glyphs, *, asks: bool = True) -> None:
        super().__init__()
        self._estimator = estimator
        self._glyphs = glyphs
        self._asks = asks
        self._estimate: Estimate | None = None
        self._error = ""

    def compose(self) -> ComposeResult:
        """See the base class."""
        with Vertical(classes="box", id="preflight") as box:
            box.border_title = "Before anything is sent" if self._asks else "What it will cost"
            with VerticalScroll(id="preflight-scroll", can_focus=False):
                yield Static(id="preflight-page")
            with Horizontal(id="preflight-keys"):
                yield Key()
                yield Key()

    def on_mount(self) -> None:
        """Work it out, off the event loop's way: in a process of its own."""
        self.action_again()

    def on_resize(self, event: events.Resize) -> None:
        """Lines are made for a width."""
        self._draw()

    def action_again(self) -> None:
        """Work it out once more, e.g. after a price was declared."""
        self._estimate, self._error = None, ""
        self._draw()
        self.run_worker(self._work_out(), group="estimate", exclusive=True, exit_on_error=False)

    async def _work_out(self) -> None:
        try:
            self._estimate = read(await self._estimator())
        except LlmaaaError as error:
            self._error = str(error)
        except Exception as error:  # one sentence in place of a traceback
            self._error = f"the cost could not be worked out: {type(error).__name__}: {error}"
        self._draw()

    def action_answer(self, agreed: bool) -> None:
        """Close with the answer; agreeing needs something to agree to."""
        if not agreed:
            self.dismiss(None)
        elif self._estimate is not None:
            self.dismiss(self._estimate if self._asks else None)

    def action_line(self, by: int) -> None:
        """Scroll the page."""
        self.query_one("#preflight-scroll").scroll_relative(y=by, animate=False)

    def _draw(self) -> None:
        width = min(WIDEST, self.app.size.width) - AROUND
        if self._error:
            words = Content.assemble((f"{self._glyphs.failed} ", "$bad bold"), said(self._error))
            content = Content("\n").join([words, Content(), Content("Nothing was sent.")])
        elif self._estimate is None:
            content = Content(f"Working out what it will cost {self._glyphs.ellipsis}")
        else:
            content = page(self._estimate, width, self._glyphs)
        self.query_one("#preflight-page", Static).update(content)
        self.query_one("#preflight-scroll").styles.max_height = max(3, self.app.size.height - BELOW)
        for place, key in enumerate(self.query(Key)):
            key.show(*(self._keys()[place : place + 1] or [("", "", "")])[0])

    def _keys(self) -> list[tuple[str, str, str]]:
        """Key, word and action of what can be done now."""
        estimate = self._estimate
        keys = []
        if estimate is not None and self._asks:
            keys.append((self.key("preflight.yes"), "send it, and start" if estimate.host else "start", "answer(True)"))
        elif self._error:
            keys.append((self.key("preflight.again"), "try again", "again"))
        no = self.key("preflight.no") if self._asks else "esc"
        keys.append((no, "nothing is sent", "answer(False)") if self._asks else (no, "back", "answer(False)"))
        return keys
