"""What went wrong in this session, each error with its cause; under them the end of the worker's log."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from ..cells import said
from ..keys.command import Command, bindings
from ..keys.windows import TROUBLE
from ..shell.troubles import Trouble

LAST_LINES, LAST_BYTES = 20, 16_384


def last_lines(log: Path) -> list[str]:
    """The last lines of a log; one sentence where it cannot be read."""
    try:
        with open(log, "rb") as handle:
            handle.seek(0, 2)
            start = max(0, handle.tell() - LAST_BYTES)
            handle.seek(start)
            lines = handle.read().decode("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return ["There is no log yet: no worker has run here."]
    except OSError as error:
        return [f"It cannot be read: {error.strerror}."]
    return lines[1 if start else 0 :][-LAST_LINES:] or ["It is empty."]


def page(troubles: Iterable[Trouble], log: Path | None, lines: list[str]) -> Content:
    """All of it, newest first."""
    parts: list[Content] = []
    for trouble in troubles:
        head = Content.assemble((f"{trouble.utc[11:19]} UTC  ", "$muted"), said(trouble.where), "  ")
        parts.append(head + said(trouble.what).stylize("$bad"))
        parts += [said(line).stylize("$muted") for line in trouble.cause.splitlines()]
        parts.append(Content())
    if not parts:
        parts += [Content("Nothing has gone wrong on this screen."), Content()]
    if log is not None:
        parts.append(Content.assemble(("The worker's log: ", "$head bold"), said(str(log))))
        parts += [said(line) for line in lines]
    return Content("\n").join(parts)


class TroubleScreen(ModalScreen[None]):
    """Opened by `E`.

    Args:
        troubles: the errors, newest first.
        log: the worker's log, or None where there is none.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(bindings(TROUBLE))

    def __init__(self, troubles: Iterable[Trouble], log: Path | None, commands: tuple[Command, ...] = TROUBLE) -> None:
        super().__init__()
        self._troubles = tuple(troubles)
        self._log = log
        self._commands = commands

    def compose(self) -> ComposeResult:
        """See the base class."""
        with VerticalScroll(classes="box", id="trouble") as box:
            box.border_title = f"Errors: {len(self._troubles)}"
            box.border_subtitle = f"{self._commands[-1].shown} closes"
            yield Static(page(self._troubles, None, []), id="trouble-page")

    def on_mount(self) -> None:
        """Read the log."""
        if self._log is not None:
            self.run_worker(self._read(self._log), exit_on_error=False)

    async def _read(self, log: Path) -> None:
        lines = await asyncio.to_thread(last_lines, log)
        self.query_one("#trouble-page", Static).update(page(self._troubles, log, lines))

    def action_scroll(self, by: int) -> None:
        """Scroll by lines."""
        self.query_one("#trouble").scroll_relative(y=by, animate=False)
