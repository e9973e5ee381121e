"""What every screen is made of: a header, a body, its keys; how one goes from one to the next."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.geometry import Region
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from .areas import MIN_HEIGHT, MIN_WIDTH, THREE, TWO
from .keys.command import Command
from .messages import Ask
from .view import View
from .widgets.header import Header
from .widgets.keybar import KeyBar
from .widgets.lines import Lines

if TYPE_CHECKING:
    from .app import LoopApp

Target = tuple[Region, Callable[[], object]]
"""Where something stands on the screen, and what choosing it does."""


class Place(Screen[None], inherit_bindings=False):
    """One of the screens a person can go to.

    A subclass gives NAME, TITLE, KEYS and BINDINGS (made from KEYS), and yields its widgets in `body`. Every `Lines`
    on it is shown each new view; what needs more overrides `show`.
    """

    NAME: ClassVar[str] = ""
    HEADING: ClassVar[str] = ""
    KEYS: ClassVar[tuple[Command, ...]] = ()
    LABELS: ClassVar[bool] = False
    """Whether bare digits are labels here."""
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (MIN_WIDTH, "-one"), (TWO, "-two"), (THREE, "-three")]  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        self.view = View()

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

    def compose(self) -> ComposeResult:
        """See the base class."""
        yield Header("header", self.HEADING)
        yield from self.body()
        yield KeyBar("keys", self.commands, "" if self.LABELS else self.NAME)
        yield Static(
            Content(f"This terminal is too small.\nIt needs {MIN_WIDTH} columns and {MIN_HEIGHT} lines."), id="small"
        )

    def body(self) -> Iterable[Widget]:
        """The widgets between header and keys."""
        return ()

    def on_mount(self) -> None:
        """Draw what there is."""
        self.take(self.house.view)

    def on_screen_resume(self) -> None:
        """Draw what came while another screen was in front."""
        if self.view is not self.house.view:
            self.take(self.house.view)

    def on_resize(self, event: events.Resize) -> None:
        """Too small is said, not drawn."""
        width, height = event.size
        self.set_class(width < MIN_WIDTH or height < MIN_HEIGHT, "-small")

    # -- the view ---------------------------------------------------------------------------------

    def take(self, view: View) -> None:
        """Show a new view, unless this screen is not there yet or no longer: then its widgets are not either."""
        if self.query(KeyBar):
            self.show(view)

    def show(self, view: View) -> None:
        """Draw what differs in a new view."""
        self.view = view
        for widget in self.query(Lines):
            widget.show(view)
        self.query_one(KeyBar).hide(frozenset(self.hidden()))

    def hidden(self) -> set[str]:
        """Ids of commands without a meaning now: they are left out of the footer."""
        hidden = {"run.start" if self.worker_lives else "run.pause"}
        if self.view.newest < 2:
            hidden.add("round.before")
        if self.view.readonly:
            hidden |= {command.id for command in self.KEYS if command.writes}
        return hidden

    @property
    def worker_lives(self) -> bool:
        """Whether a worker is at work, as far as the newest picture says."""
        return self.house.worker_lives

    # -- what a screen can offer ------------------------------------------------------------------

    def targets(self) -> list[Target]:
        """What `;` puts letters on, beside the screens."""
        return []

    def marks(self) -> list[Content]:
        """What the help page says of this screen's marks and figures, in lines of at most 76 cells."""
        return []

    def chosen(self) -> tuple[str, dict[str, Any]] | None:
        """The chosen line, as text and as data, for copying; None where nothing is chosen."""
        return None

    def let_go(self) -> bool:
        """What escape does first: let go of what is chosen; False where nothing was."""
        return False

    # -- the keys of every screen -----------------------------------------------------------------

    def action_go(self, name: str) -> None:
        """To another screen."""
        self.house.go(name)

    def action_chord(self) -> None:
        """`g` and a letter: the last line says which, and the next key is the answer."""
        from .keys.windows import CHORD

        self.query_one(KeyBar).ask(CHORD)

    def action_answer(self, name: str) -> None:
        """After `g`: to a screen, to the first line, or nowhere."""
        self.query_one(KeyBar).ask(())
        if name == "first":
            self.action_end(-1)
        elif name:
            self.house.go(name)

    def answers(self, key: str) -> str:
        """After `g` the action of the next key, whatever it means otherwise; one that is no letter stays here."""
        keys = self.query_one_optional(KeyBar)
        asked = self.house.in_force(keys.asked) if keys is not None else ()
        return next((one.action for one in asked if key in one.keys.split(",")), "answer('')" if asked else "")

    def on_screen_suspend(self) -> None:
        """Something else has the keys."""
        for keys in self.query(KeyBar):
            keys.ask(())

    def action_back(self) -> None:
        """Let go of what is chosen, else back to the screen before."""
        if not self.let_go():
            self.house.back()

    def action_end(self, side: int) -> None:
        """The first or the last line, where there are lines."""

    def action_round(self, by: int) -> None:
        """Back or forward in time."""
        self.house.travel(by)

    def action_pause(self) -> None:
        """Pause, or go on."""
        live = self.house.live
        self.post_message(Ask("resume" if live is not None and live.worker.paused else "pause"))

    def action_start(self) -> None:
        """Start a worker."""
        self.post_message(Ask("start"))

    def action_stop_worker(self) -> None:
        """Stop the worker, stay here."""
        self.post_message(Ask("stop"))

    def action_jump(self) -> None:
        """Letters on everything in sight."""
        self.house.jump([*self.targets(), *links(self)])

    def action_copy(self, whole: bool) -> None:
        """Copy the chosen line, or all that is known about it."""
        chosen = self.chosen()
        if chosen is None:
            self.notify("Nothing is chosen that could be copied.", markup=False, timeout=3)
            return
        text, data = chosen
        self.house.copy(json.dumps(data, ensure_ascii=False, indent=1, default=str) if whole else text)

    def action_help(self) -> None:
        """All keys of this screen."""
        from .keys.windows import HELP
        from .screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self.commands, self.house.in_force(HELP), self.marks()))

    def action_leave(self) -> None:
        """Leave; ask only if a worker lives that could be stopped from here."""
        from .keys.windows import QUIT
        from .screens.quit import QuitScreen

        if not self.worker_lives or self.view.readonly:
            self.app.exit("detach")
        else:
            self.app.push_screen(QuitScreen(self.house.in_force(QUIT)), self._left)

    def _left(self, answer: str | None) -> None:
        if answer == "detach":
            self.app.exit("detach")
        elif answer == "stop":
            self.post_message(Ask("stop", then_exit=True))


def links(place: Place) -> list[Target]:
    """What a click would run on the lines of a screen: its keys, and the other screens where they stand there."""
    found: list[Target] = []
    for widget in place.query(Lines):
        if not widget.display or not widget.region:
            continue
        for y in range(widget.size.height):
            x, before = 0, None
            for segment in widget.render_line(y):
                action = segment.style.meta.get("@click") if segment.style is not None else None
                if isinstance(action, str) and action != before:
                    region = Region(widget.region.x + x, widget.region.y + y, segment.cell_length, 1)
                    found.append((region, partial(place.run_action, action)))
                before = action
                x += segment.cell_length
    return found
