"""What the command palette finds: every command of the screen in front, and the themes, shown while one looks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from textual.app import App, SystemCommand
from textual.command import Command as Hit
from textual.command import CommandPalette

from ..keys.command import Command

THEME = "theme: "


def commands(known: Iterable[Command], run: Callable[[str], Any]) -> Iterator[SystemCommand]:
    """The commands of a screen, each with its key."""
    for command in known:
        if command.action != "app.command_palette":
            tooltip = f"{command.tooltip} Key: {command.shown}"
            yield SystemCommand(f"{command.group}: {command.says}", tooltip, partial(run, command.action))


def themes(known: Iterable[str], choose: Callable[[str], object]) -> Iterator[SystemCommand]:
    """The themes, ours first."""
    for name in sorted(known, key=lambda name: (not name.startswith("llmaaa"), name)):
        yield SystemCommand(f"{THEME}{name}", "Draw in these colours, next time too.", partial(choose, name))


class Preview:
    """Draws in the theme that is looked at in the palette, and in the one before when it is not chosen."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._before = ""

    def looked_at(self, message: CommandPalette.OptionHighlighted) -> None:
        """Another line of the palette is marked."""
        option = message.highlighted_event.option
        text = (option.hit.text or "") if isinstance(option, Hit) else ""
        name = text.removeprefix(THEME) if text.startswith(THEME) else ""
        if name in self._app.available_themes:
            self._before = self._before or self._app.theme
            self._app.theme = name
        else:
            self.end()

    def end(self) -> None:
        """Back to the theme before, if another one was looked at."""
        if self._before:
            self._app.theme, self._before = self._before, ""
