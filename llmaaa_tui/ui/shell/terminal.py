"""The application's dealings with the terminal and with a person's habits: keys, colours, title, mouse, clipboard."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import App
from textual.binding import BindingType
from textual.command import CommandPalette
from textual.driver import Driver
from textual.notifications import SeverityLevel
from textual.scrollbar import ScrollBar, ScrollBarRender

from ...core.snapshot import Snapshot
from .. import env
from ..cells import safe
from ..glyphs import ASCII, UNICODE
from ..keys.command import Command
from ..keys.registry import SCREENS, WINDOWS
from ..keys.registry import command as registered
from ..themes import DARK, LIGHT, defaults, nearest
from . import mouse, palette
from . import preferences as likes
from .frames import Once, once
from .keymaps import in_ascii, keymap
from .preferences import Preferences
from .title import Title, wanted
from .troubles import Troubles


class Plain(ScrollBarRender):
    """A scroll bar without parts of blocks at its ends."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "] * 8
    HORIZONTAL_BARS: ClassVar[list[str]] = [" "] * 8


class TerminalApp(App[str], inherit_bindings=False):
    """What is the same whatever is shown.

    Args:
        preferences: whose keys and colours.
        state: the folder where this person's choices and what they saw last are kept; None keeps nothing.
        log: the worker's log, shown where something went wrong.

    Attributes:
        live: the newest picture there is.
        problems: sentences about preferences that cannot be followed.
        slow: whether bytes are dear.
    """

    TITLE = "llmaaa"
    BINDINGS: ClassVar[list[BindingType]] = []
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"

    def __init__(self, preferences: Preferences, state: Path | None, log: Path | None) -> None:
        super().__init__()
        self.live: Snapshot | None = None
        self.ascii_only = env.plain_glyphs(os.environ)
        self.set_class(self.ascii_only, "-ascii")
        ScrollBar.renderer = Plain if self.ascii_only else ScrollBarRender
        self.slow = env.asked(os.environ, "LLMAAA_LOW_BANDWIDTH")
        self.preferences = preferences
        self.keymap = keymap(preferences.keymap, preferences.keys, SCREENS | WINDOWS, preferences.file)
        self.state = state
        self.log_file = log
        self.troubles = Troubles()
        self._title = Title(self.write)
        self._preview = palette.Preview(self)
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.problems = [*preferences.problems, *self.keymap.problems, *self._begin_theme()]

    def get_driver_class(self) -> type[Driver]:
        """See the base class; bytes are dear."""
        return once(super().get_driver_class())

    def on_resize(self) -> None:
        """Who resizes a terminal may mix up what it shows."""
        if isinstance(self._driver, Once):
            self._driver.forget()

    @property
    def where(self) -> str:
        """The name of the screen in front."""
        return self.TITLE or ""

    def begin(self) -> None:
        """Once the screen is there: the keys in force, and what cannot be followed in a toast each."""
        self.set_keymap(self.keymap.keys)
        for problem in self.problems:
            self.notify(safe(problem), severity="warning", markup=False, timeout=15)

    def in_force(self, commands: tuple[Command, ...]) -> tuple[Command, ...]:
        """Commands with the keys that a person has for them here, and how these are written."""
        return self.keymap.on(commands, ascii_only=self.ascii_only)

    def _key(self, id_: str) -> str:
        return self.in_force((registered(id_),))[0].shown

    # -- colours ----------------------------------------------------------------------------------

    def _begin_theme(self) -> list[str]:
        """Draw in the colours that were chosen, else in ours; a name that is none is said."""
        ours = LIGHT.name if env.light_background(os.environ) else DARK.name
        chosen = likes.chosen_theme(self.preferences, self.state, os.environ)
        self.theme = nearest(chosen or os.environ.get("TEXTUAL_THEME", ""), self.available_themes, ours)
        if os.environ.get("LLMAAA_THEME") == self.theme:
            likes.remember_theme(self.preferences, self.state, self.theme)
        if not chosen or chosen == self.theme:
            return []
        return [f"theme: {chosen!r} is none; there are {', '.join(sorted(self.available_themes))}."]

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our variables for themes that are not ours."""
        return defaults(self.current_theme.dark)

    def choose_theme(self, name: str) -> None:
        """Draw in these colours, now and next time."""
        self._preview.end()
        self.theme = name
        remember = partial(likes.remember_theme, self.preferences, self.state, name)
        self.run_worker(remember, thread=True, exit_on_error=False)

    # -- the palette ------------------------------------------------------------------------------

    @on(CommandPalette.OptionHighlighted)
    def _looked_at(self, message: CommandPalette.OptionHighlighted) -> None:
        if not self.slow:
            self._preview.looked_at(message)

    @on(CommandPalette.Closed)
    def _palette_closed(self) -> None:
        self._preview.end()

    # -- the terminal -----------------------------------------------------------------------------

    @work(thread=True, exit_on_error=False, group="copy", description="copy")
    def copy(self, text: str) -> None:
        """To the clipboard, as far as that can be done from here; the note says what was done."""
        from .clipboard import copy

        def put(sequence: str) -> None:
            self.call_from_thread(self.write, sequence)

        self.notify(safe(copy(text, put, os.environ, self.state)), markup=False, timeout=6)

    def action_command_palette(self) -> None:
        """The palette, which says what it can find."""
        if not isinstance(self.screen, CommandPalette):
            words = "a command, a part of a sentence, #number, round 3"
            self.push_screen(CommandPalette(placeholder=words, id="--command-palette"))

    def write(self, sequence: str) -> None:
        """Straight to the terminal, between two frames."""
        if self._driver is not None:
            self._driver.write(sequence)

    def retitle(self) -> None:
        """Say in the terminal's title how far it is."""
        if self.live is not None and wanted(os.environ):
            wait = self._title.show(self.live)
            if wait > 0:
                self.set_timer(wait, self.retitle)

    def on_unmount(self) -> None:
        """Give the terminal back as it was."""
        self._title.end()

    def action_mouse(self) -> None:
        """Leave the mouse to the terminal, or take it."""
        taken = mouse.toggle(self._driver)
        words = {
            True: "The mouse is ours again. Hold shift to select text.",
            False: f"The mouse is the terminal's: select text with it. {self._key('look.mouse')} takes it back.",
            None: "This terminal's mouse cannot be given back while we run.",
        }
        self.notify(words[taken], markup=False, timeout=5)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """See the base class; an error is kept for `E`, with the exception that is being handled."""
        if severity == "error":
            self.troubles.add(message, self.where)
            title = title or f"{self._key('look.trouble')} tells more"
        glyphs = ASCII if self.ascii_only else UNICODE
        mark = {"error": f"{glyphs.failed} ", "warning": f"{glyphs.warning} "}.get(severity, "")  # not by colour alone
        message = mark + (in_ascii(message) if self.ascii_only else message)
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)

    def action_trouble(self) -> None:
        """The errors in full."""
        from ..keys.windows import TROUBLE
        from ..screens.trouble import TroubleScreen

        self.push_screen(TroubleScreen(self.troubles, self.log_file, self.in_force(TROUBLE)))
