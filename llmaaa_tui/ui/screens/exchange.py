"""Pages over the review: what was sent and what came back, byte for byte; why an item is here; all that is known."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.cells import cell_len, split_graphemes
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message

from ...core.review import Exchange
from ..cells import safe, said
from ..glyphs import Glyphs
from ..keys.command import Command, bindings
from ..keys.windows import PAGE
from ..over import Window
from ..view import View
from ..widgets.lines import Lines
from ..words import count

_BREAK = re.compile(r"(?<!\\)((?:\\\\)*)\\n")


class Pager(Lines):
    """Lines that scroll; however many there are, only those in sight are drawn."""

    DEFAULT_CSS = "Pager { width: 100%; height: 1fr; }"

    class Sized(Message):
        """It is so many cells wide."""

        def __init__(self, width: int) -> None:
            self.width = width
            super().__init__()

    def __init__(self) -> None:
        super().__init__()
        self.page: Sequence[Content] = ()
        self.top = 0

    def put(self, page: Sequence[Content]) -> None:
        """Show another page, from where the old one stood."""
        self.page = page
        self.go(self.top)

    def go(self, top: int) -> None:
        """Scroll to a line."""
        self.top = max(0, min(top, len(self.page) - self.size.height))
        self.redraw()

    def on_resize(self, event: events.Resize) -> None:
        """Another width needs other lines."""
        self.post_message(self.Sized(event.size.width))

    def lines(self, width: int, height: int) -> list[Content]:
        """See the base class."""
        return list(self.page[self.top : self.top + height])


class PageScreen(Window[None]):
    """A page to read.

    Args:
        title: over it.
        make: makes its lines for a width; called in a thread, for it may be long.
        text: what copying copies.
        key: the key that opened it, which closes it too.
    """

    KEYS: ClassVar[tuple[Command, ...]] = PAGE
    BINDINGS: ClassVar[list[BindingType]] = list(bindings(PAGE))

    def __init__(self, title: str, make: Callable[[int], list[Content]], view: View, *, text: str, key: str) -> None:
        super().__init__()
        self._title = title
        self._make = make
        self._view = view
        self._text = text
        self._key = key

    def compose(self) -> ComposeResult:
        """See the base class."""
        with Vertical(classes="box") as box:
            box.styles.width, box.styles.height, box.styles.padding = "92%", "92%", (0, 1)
            box.border_title = self._title
            close, copy = self.key("page.close"), self.key("copy.row")
            pages = f"{self.key('page.page_down')} {self.key('page.page_up')}"
            box.border_subtitle = f"{self._key} or {close} closes, {pages} scroll, {copy} copies"
            yield Pager()

    def on_mount(self) -> None:
        """Draw it once its size is known."""
        self.query_one(Pager).view = self._view

    @on(Pager.Sized)
    async def _fill(self, message: Pager.Sized) -> None:
        """Lines are made for a width."""
        pager = self.query_one(Pager)
        pager.put(await asyncio.to_thread(self._make, message.width))

    def on_key(self, event: events.Key) -> None:
        """The key that opened it closes it."""
        if event.character == self._key:
            event.stop()
            self.dismiss(None)

    def action_leave(self) -> None:
        """Close."""
        self.dismiss(None)

    def action_scroll(self, by: int) -> None:
        """A line."""
        pager = self.query_one(Pager)
        pager.go(pager.top + by)

    def action_page(self, by: int) -> None:
        """A page."""
        pager = self.query_one(Pager)
        pager.go(pager.top + by * max(1, pager.size.height - 1))

    def action_end(self, side: int) -> None:
        """The first or the last line."""
        pager = self.query_one(Pager)
        pager.go(len(pager.page) if side > 0 else 0)

    def action_copy(self, whole: bool) -> None:
        """All of it to the clipboard."""
        from ..app import LoopApp

        assert isinstance(self.app, LoopApp)
        self.app.copy(self._text)


def exchange_page(found: Sequence[Exchange], glyphs: Glyphs, width: int) -> list[Content]:
    """Every request as it was sent, and the answer as it came, the newest first."""
    if not found:
        return [Content.styled("No request about this sentence is kept here.", "$muted")]
    lines: list[Content] = []
    for place, exchange in enumerate(found, start=1):
        dot = f" {glyphs.dot} "
        title = Content.styled(f"Request {place} of {len(found)}", "$head bold")
        facts = [title, said(exchange.model), Content(f"sample {exchange.sample}"), said(exchange.state or "not sent")]
        lines += Content(dot).join(facts).wrap(width)
        when = exchange.created_utc[:19].replace("T", " ")
        lines += said(f"{when} UTC  {exchange.request_key[:32]}").stylize("$muted").wrap(width)
        for name, text in (("Sent", exchange.body), ("Answer", exchange.answer)):
            size = f"{count(len(text))} characters" if text else "nothing is kept"
            lines += [Content(), Content.assemble((name, "bold"), (f"  {size}", "$muted"))]
            lines += [Content(f"  {line}") for line in wrapped(pretty(text), width - 2)] if text else []
        lines += [Content(), Content.styled(glyphs.line * width, "$line")]
    return lines[:-2]


def exchange_text(found: Sequence[Exchange]) -> str:
    """The same as plain text, unchanged."""
    return "\n\n".join(f"{one.request_key} {one.state}\n{one.body}\n\n{one.answer}" for one in found)


def pretty(text: str) -> str:
    """JSON indented, with line breaks inside its strings as line breaks; anything else as it is."""
    try:
        dumped = json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return text
    lines = []
    for line in dumped.split("\n"):
        inner = " " * (len(line) - len(line.lstrip()) + 2)
        lines.append(_BREAK.sub(lambda found, inner=inner: f"{found[1]}\n{inner}", line))  # type: ignore[misc]
    return "\n".join(lines)


def wrapped(text: str, width: int) -> list[str]:
    """Foreign text in safe lines of at most `width` cells, broken wherever they are full."""
    lines: list[str] = []
    for line in text.split("\n"):
        shown = safe(line)
        if shown.isascii() or cell_len(shown) <= width:
            lines += [shown[at : at + width] for at in range(0, len(shown), width)] or [""]
            continue
        start = used = 0
        for first, _last, cells in split_graphemes(shown)[0]:
            if used + cells > width:
                lines.append(shown[start:first])
                start, used = first, 0
            used += cells
        lines.append(shown[start:])
    return lines
