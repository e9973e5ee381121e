"""The application: follows the project, shows it to the screen in front, hands commands to the worker."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from . import env

env.apply(os.environ)

from textual import events, on, work  # noqa: E402 - Textual reads the environment when it is imported
from textual.app import SystemCommand  # noqa: E402
from textual.screen import Screen  # noqa: E402
from textual.worker import get_current_worker  # noqa: E402

from ..core.snapshot import Snapshot  # noqa: E402
from ..errors import LlmaaaError  # noqa: E402
from .cells import safe  # noqa: E402
from .contracts import Controls, Estimator, SnapshotSource  # noqa: E402
from .doors import Doors  # noqa: E402
from .estimate import Estimate  # noqa: E402
from .glyphs import ASCII, UNICODE  # noqa: E402
from .keys.command import Command  # noqa: E402
from .messages import Arrived, Ask, PastArrived, Unreadable  # noqa: E402
from .place import Place, Target  # noqa: E402
from .screens.loop import LoopScreen  # noqa: E402
from .shell import palette, travel  # noqa: E402
from .shell.away import Absence  # noqa: E402
from .shell.find import PROVIDERS  # noqa: E402
from .shell.milestones import milestones  # noqa: E402
from .shell.preferences import Preferences  # noqa: E402
from .shell.terminal import TerminalApp  # noqa: E402
from .tail import follow  # noqa: E402
from .view import View  # noqa: E402
from .widgets.progress import goal_reached  # noqa: E402

_ASKED = {
    "pause": "Pausing after this step.",
    "resume": "Going on.",
    "stop": "The worker ends after this step.",
    "start": "Starting a worker.",
}


class LoopApp(TerminalApp, inherit_bindings=False):
    """`run()` returns "detach" or "stop", whichever was chosen on leaving (None where the terminal was closed).

    Args:
        source: pictures of the project; used by one polling thread alone.
        controls: takes commands; called from threads, one command at a time.
        reviewer: who sits at the keys, for decisions.
        readonly: look only: no command leaves this screen.
        estimator: works out what a run will cost; None where that cannot be asked.
        preflight: show the estimate, and ask, before this screen starts a worker for the first time.
        start: start a worker at once (after that question).
        folder: the project's folder, for the commands that a page names.
        doors: opens the store for the screens that read and write more than the picture; None on made pictures.
        place: the screen to begin with.
        preferences, state, log: see `TerminalApp`.
    """

    CSS_PATH = "app.tcss"
    COMMANDS = TerminalApp.COMMANDS | set(PROVIDERS)

    def __init__(
        self,
        source: SnapshotSource,
        controls: Controls,
        *,
        reviewer: str = "",
        readonly: bool = False,
        estimator: Estimator | None = None,
        preflight: bool = False,
        start: bool = False,
        folder: str = "DIR",
        doors: Doors | None = None,
        place: str = "loop",
        preferences: Preferences | None = None,
        state: Path | None = None,
        log: Path | None = None,
    ) -> None:
        super().__init__(preferences or Preferences(), state, log)
        self.source = source
        self.controls = controls
        self.reviewer = reviewer
        self.view = View(readonly=readonly, glyphs=ASCII if self.ascii_only else UNICODE, keymap=self.keymap)
        self.doors = doors
        self._loop_screen = LoopScreen()
        self._first = place
        self._ways_back: list[str] = []
        self._wanted: int | None = None
        self.readonly = readonly
        self.estimator = estimator
        self.folder = folder
        self._preflight = preflight
        self._start = start
        self._one_at_a_time = threading.Lock()
        self._hertz = 4.0 if self.slow or env.over_ssh(os.environ) else 10.0

    def get_default_screen(self) -> Screen[None]:
        """See the base class."""
        return self._loop_screen

    def on_mount(self) -> None:
        """Begin to follow the project."""
        self.begin()
        self._tail()
        if self._first != LoopScreen.NAME:
            self.go(self._first)
        if self._start:
            self.call_after_refresh(self.post_message, Ask("start"))

    # -- following --------------------------------------------------------------------------------

    @work(thread=True, exclusive=True, exit_on_error=False, group="tail", description="follow the project")
    def _tail(self) -> None:
        worker = get_current_worker()

        absence = Absence(self.state, self.source, self._was_away)

        def arrived(snapshot: Snapshot) -> None:
            absence.arrived(snapshot)
            self.post_message(Arrived(snapshot))

        def past(number: int, snapshot: Snapshot) -> None:
            self.post_message(PastArrived(number, snapshot))

        def unreadable(reason: str) -> None:
            self.post_message(Unreadable(reason))

        follow(
            self.source,
            self._hertz,
            lambda: worker.is_cancelled,
            arrived,
            unreadable,
            wanted=lambda: self._wanted,
            past=past,
            missing=self.doors.missing if self.doors is not None else lambda: "",
        )
        absence.left()

    def _was_away(self, words: str) -> None:
        """Called in the tail's thread, which notify allows."""
        self.notify(safe(words), markup=False, timeout=12)

    @on(Arrived)
    def _arrived(self, message: Arrived) -> None:
        before, self.live = self.live, message.snapshot
        for milestone in milestones(before, self.live) if before is not None else ():
            self.notify(safe(milestone.text), severity=milestone.severity, markup=False, timeout=8)
        self.retitle()
        newest = self.live.rounds[-1].round if self.live.rounds else 0
        shown = self.live if self.view.past is None else self.view.snapshot
        self._show(replace(self.view, snapshot=shown, newest=newest, problem=""))

    @on(PastArrived)
    def _past_arrived(self, message: PastArrived) -> None:
        if message.round == self._wanted:
            self._show(replace(self.view, snapshot=message.snapshot, past=message.round))

    @on(Unreadable)
    def _unreadable(self, message: Unreadable) -> None:
        self._show(replace(self.view, problem=f"The project cannot be read: {message.reason}; trying again."))

    def _show(self, view: View) -> None:
        """A new view for the screen in front and what lies over it; the others take it when they are."""
        self.view = view
        for screen in reversed(self.screen_stack):
            if isinstance(screen, Place):
                screen.take(view)
                break
            if screen.is_mounted and hasattr(screen, "show"):
                screen.show(view)

    @property
    def worker_lives(self) -> bool:
        """Whether a worker is at work, as far as the newest picture says."""
        return self.live is not None and self.live.worker.state in ("alive", "late")

    # -- going about ------------------------------------------------------------------------------

    @property
    def place(self) -> Place:
        """The screen in front, whatever lies over it."""
        stack = self.screen_stack if self.is_running else []
        return next((screen for screen in reversed(stack) if isinstance(screen, Place)), self._loop_screen)

    @property
    def where(self) -> str:
        """See the base class."""
        return self.place.HEADING or self.place.NAME

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The palette: every command of the screen in front, and the themes.

        What lies over a place has the keys, so it has the palette too: what a person accepts is what is in sight.
        """
        known: tuple[Command, ...] = getattr(screen, "KEYS", ())
        commands = [c for c in self.in_force(known) if not (c.writes and self.readonly)]
        yield from palette.commands(commands, screen.run_action)
        yield from palette.themes(self.available_themes, self.choose_theme)

    def go(self, name: str, *, back: bool = False) -> None:
        """To another screen; `back` does not remember where from."""
        here = self.place.NAME
        if name == here or not isinstance(self.screen, Place):
            return
        try:
            self._build(name)
        except Exception as error:  # the screen in front must outlive one that is broken
            self.notify(safe(f"{name.capitalize()} cannot be opened: {error}"), severity="error", markup=False)
            return
        if not back:
            self._ways_back = [*(way for way in self._ways_back if way != name), here]
        if name == LoopScreen.NAME:
            self.pop_screen()
            return
        if here == LoopScreen.NAME:
            self.push_screen(name)
        else:
            self.switch_screen(name)

    def _build(self, name: str) -> None:
        """Import and make a screen the first time that somebody goes there."""
        if name != LoopScreen.NAME and not self.is_screen_installed(name):
            module = import_module(f".screens.{name}", __package__)
            self.install_screen(module.SCREEN(), name)

    def back(self) -> None:
        """To the screen before, if there was one."""
        if self._ways_back:
            self.go(self._ways_back.pop(), back=True)

    def travel(self, by: int) -> None:
        """To another round's end; past the last one everything is live again."""
        numbers = [row.round for row in self.live.rounds] if self.live else []
        self._wanted = travel.step(numbers, self._wanted, by)
        if self._wanted is None and self.view.past is not None:
            self._show(replace(self.view, snapshot=self.live, past=None))

    async def on_key(self, event: events.Key) -> None:
        """The letter after `g`; taken here, for it may come before the screen has heard of the `g`."""
        if isinstance(self.screen, Place) and (action := self.screen.answers(event.key)):
            event.prevent_default()
            await self.screen.run_action(action)

    def jump(self, targets: Sequence[Target]) -> None:
        """Letters on what is in sight."""
        from .screens.jump import JumpScreen

        def go(number: int | None) -> None:
            if number is not None and number >= 0:
                self.call_later(targets[number][1])

        self.push_screen(JumpScreen(targets), go)

    # -- commands ---------------------------------------------------------------------------------

    @on(Ask)
    def _asked(self, message: Ask) -> None:
        """Hand the command to the worker, off the event loop; an error is one line."""
        if self.readonly:
            self.notify("This screen only looks: it was opened read-only.", markup=False)
            return
        if message.command == "start" and self._preflight and not self.worker_lives:
            self._look_before()
        else:
            self._tell(message.command, message.then_exit, **self._further(message.command))

    def _further(self, command: str) -> dict[str, int]:
        """A run whose goal is reached is started for one more round; else it would end at once."""
        ended = self.live.ended if self.live else None
        if command != "start" or self.live is None or ended is None or not goal_reached(ended):
            return {}
        return {"rounds": self.live.rounds[-1].round + 1} if self.live.rounds else {}

    def _look_before(self) -> None:
        """The first paid call is a person's decision: say what it costs and what is sent."""
        from .screens.preflight import PreflightScreen

        if self.estimator is None:
            self.notify("Nothing was sent: what it would cost cannot be worked out here.", markup=False)
        elif not isinstance(self.screen, PreflightScreen):
            self.push_screen(PreflightScreen(self.estimator, self.view.glyphs), self._agreed)

    def _agreed(self, estimate: Estimate | None) -> None:
        if estimate is None:
            self.notify(f"Nothing was sent. {self.view.key('run.start')} asks again.", markup=False)
            return
        self._preflight = False
        self._tell("start", False, allow_remote=estimate.host is not None, **self._further("start"))

    @work(thread=True, exit_on_error=False, group="controls", description="command the worker")
    def _tell(self, command: str, then_exit: bool, **arguments: int) -> None:
        try:
            with self._one_at_a_time:
                getattr(self.controls, command)(**arguments)
        except LlmaaaError as error:
            self._refused(str(error))
            return
        except Exception as error:  # a toast in place of a traceback; E has the rest
            self._refused(f"{command} failed: {error}")
            return
        if then_exit:
            self.call_from_thread(self.exit, "stop")
        else:
            self.call_from_thread(self.notify, _ASKED[command], markup=False, timeout=3)

    def _refused(self, reason: str) -> None:
        """One line; called where the exception is being handled, so that E knows its cause."""
        self.notify(safe(reason), severity="error", markup=False)
