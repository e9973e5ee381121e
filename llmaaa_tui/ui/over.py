"""What lies over a place for a while, and gives it something back: full screens, and small windows."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.content import Content
from textual.screen import ModalScreen, Screen

from .keys.command import Command

if TYPE_CHECKING:
    from .app import LoopApp

T = TypeVar("T")


class Over(Screen[T], inherit_bindings=False):
    """A screen with keys and a help page of its own."""

    DEFAULT_CSS = "Over { layout: vertical; overflow: hidden; } Over KeyBar { height: 1; }"
    KEYS: ClassVar[tuple[Command, ...]] = ()

    @property
    def house(self) -> LoopApp:
        """The application, as what it is."""
        from .app import LoopApp

        assert isinstance(self.app, LoopApp)
        return self.app

    @property
    def commands(self) -> tuple[Command, ...]:
        """The screen's commands with the keys in force."""
        return self.house.in_force(self.KEYS)

    def marks(self) -> list[Content]:
        """What the help page says of this screen's marks, in lines of at most 76 cells."""
        return []

    def action_help(self) -> None:
        """All keys of this screen."""
        from .keys.windows import HELP
        from .screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self.commands, self.house.in_force(HELP), self.marks()))


class Window(ModalScreen[T]):
    """A window over a screen, with keys of its own."""

    KEYS: ClassVar[tuple[Command, ...]] = ()

    @property
    def commands(self) -> tuple[Command, ...]:
        """The window's commands with the keys in force."""
        from .shell.terminal import TerminalApp

        return self.app.in_force(self.KEYS) if isinstance(self.app, TerminalApp) else self.KEYS

    def key(self, id_: str) -> str:
        """How the key of one of them is written."""
        return next(command.shown for command in self.commands if command.id == id_)
