"""The run: settings in force, earlier runs, every event, the worker's log, the graphics cards."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on
from textual.binding import BindingType
from textual.containers import Grid
from textual.content import Content
from textual.widget import Widget
from textual.worker import WorkType

from ...config import Settings, load_settings
from ...core.books import RunRow
from ...core.snapshot import EventLine
from ...errors import LlmaaaError
from ...gpu import ASK_S, gpus
from .. import logfile
from ..areas import TWO
from ..cells import safe, said
from ..keys.command import bindings
from ..keys.run import KEYS
from ..line import Line
from ..pages import run as run_page
from ..place import Place, Target
from ..view import View
from ..widgets.machine import RESTING, Machine
from ..widgets.scrolled import Scrolled
from ..words import count

if TYPE_CHECKING:
    from ...store.record import Record

RELOAD_S, LOG_S = 1.0, 1.0
"""Seconds between two readings of the store, and between two looks at the log."""
MOST_EVENTS = 5000
PANELS = ("settings", "events", "runs", "log")
NOWHERE = "These are made pictures: there is no store to read from."
NO_SMI = "no nvidia-smi on this machine"


class RunScreen(Place, inherit_bindings=False):
    """Four panels; side by side where they fit, else one at a time."""

    NAME = "run"
    HEADING = "Run"
    KEYS = KEYS
    BINDINGS: ClassVar[list[BindingType]] = list(bindings(KEYS))
    HELP = "The run: what it was started with, what happened, what the worker wrote."
    AUTO_FOCUS = ""
    DEFAULT_CSS = """
    RunScreen > Machine { height: 1; }
    RunScreen > #panels { height: 1fr; grid-size: 1 1; }
    RunScreen.-one Scrolled, RunScreen.-tiny Scrolled { display: none; }
    RunScreen.-one Scrolled.-front, RunScreen.-tiny Scrolled.-front { display: block; }
    RunScreen.-two > #panels { grid-size: 2 2; grid-rows: 3fr 2fr; }
    RunScreen.-three > #panels { grid-size: 8 2; grid-rows: 2fr 3fr; }
    RunScreen.-three #settings { row-span: 2; column-span: 3; }
    RunScreen.-three #events { row-span: 2; column-span: 3; }
    RunScreen.-three #runs, RunScreen.-three #log { column-span: 2; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._line: Line[Record] | None = None
        self._panel = "settings"
        self._kind = ""
        self._runs: tuple[RunRow, ...] = ()
        self._written: Settings | None = None
        self._events: list[EventLine] = []
        self._more = True
        self._loading = False
        self._log: tuple[str, ...] = ()
        self._log_stamp: tuple[int, int] | None = None
        self._read: tuple[int, int | None] | None = None
        self._read_at = 0.0
        self._due = False
        self._in_front = True
        self._smi = True
        self._lived = False

    def body(self) -> Iterable[Widget]:
        """See the base class."""
        yield Machine("machine")
        with Grid(id="panels"):
            yield Scrolled("settings", "Settings in force")
            yield Scrolled("events", "Events")
            yield Scrolled("runs", "Runs")
            yield Scrolled("log", "Worker's log", follows=True)

    def on_mount(self) -> None:
        """Open the record."""
        doors = self.house.doors
        if doors is not None:
            self._line = Line(doors.record)
        self._turn_to(self._panel)
        if doors is None:
            self._panel_of("settings").tell([Content(), Content.styled(NOWHERE, "$muted")])
        else:
            self.set_interval(LOG_S, self._look_at_log)
            self.set_interval(ASK_S, self._ask_gpus)
            self._ask_gpus()

    def on_unmount(self) -> None:
        """Give the record back."""
        if self._line is not None:
            self._line.close()

    def on_screen_suspend(self) -> None:
        """Nothing is asked while another screen is in front."""
        self._in_front = False

    def on_screen_resume(self) -> None:
        """Ask again."""
        self._in_front = True
        if self.is_mounted:
            self._ask_gpus()

    def on_resize(self, event: events.Resize) -> None:
        """Lines are made for a width."""
        self.call_after_refresh(self._draw_all)

    def _panel_of(self, name: str) -> Scrolled:
        return self.query_one(f"#{name}", Scrolled)

    def _run(self, work: Callable[[], Coroutine[Any, Any, None]], group: str) -> None:
        async def careful() -> None:
            try:
                await work()
            except asyncio.CancelledError:
                raise
            except Exception as error:  # one sentence in place of a traceback
                self.notify(safe(str(error)), severity="error", markup=False)

        job: WorkType[None] = careful
        self.run_worker(job, group=group, exclusive=True, exit_on_error=False)

    # -- the view ---------------------------------------------------------------------------------

    def show(self, view: View) -> None:
        """Take a new view; read again what it says has changed, once a second at most."""
        super().show(view)
        snapshot = view.snapshot
        if snapshot is None or self._line is None:
            return
        if self.worker_lives != self._lived:
            self._lived = self.worker_lives
            self._draw_runs()
            self._ask_gpus()
        now = (snapshot.seq, view.past)
        if self._read is None or self._read[1] != view.past:
            self._events, self._more, self._log_stamp = [], True, None
            self._reload()
            self._look_at_log()
        elif self._read != now and not self._due:
            self._due = True
            self.set_timer(max(0.05, self._read_at + RELOAD_S - time.monotonic()), self._reload)

    def _reload(self) -> None:
        self._due = False
        snapshot = self.view.snapshot
        if snapshot is not None and self._line is not None:
            self._read, self._read_at = (snapshot.seq, self.view.past), time.monotonic()
            self._run(partial(self._reading, self._line), "record")

    async def _reading(self, line: Line[Record]) -> None:
        as_of, doors = self.view.as_of, self.house.doors
        assert doors is not None
        path = doors.paths.settings

        def work(record: Record) -> tuple[tuple[RunRow, ...], tuple[EventLine, ...], Settings | None]:
            try:
                written = load_settings(path)
            except LlmaaaError:
                written = None  # a file under way, or none: the settings in force are still known
            return record.runs(as_of), record.events(as_of=as_of), written

        self._runs, newest, self._written = await line.call(work)
        known = self._events[0].seq if self._events else -1
        fresh = [event for event in newest if event.seq > known]
        whole = len(fresh) < len(newest) or not self._events
        added = len(self._event_lines(fresh))
        self._events = [*fresh, *(self._events if whole else ())]
        if not whole:
            self._more = True
        self._draw_settings()
        self._draw_runs()
        self._draw_events(above=added)

    async def _older(self, line: Line[Record]) -> None:
        """The page of events before those that are here."""
        as_of, before = self.view.as_of, self._events[-1].seq if self._events else None
        page = await line.call(lambda record: record.events(before, as_of=as_of))
        if before == (self._events[-1].seq if self._events else None):
            self._events += page
            self._more = bool(page) and len(self._events) < MOST_EVENTS
            self._draw_events()

    def _look_at_log(self) -> None:
        """Read the log again if it was written to; nothing is read while another screen is in front."""
        if self._line is not None and self._in_front and self.view.past is None:
            self._run(partial(self._reading_log, self._line), "log")
        elif self.view.past is not None and self._log_stamp is None:
            self._log_stamp = (-1, -1)
            self._log = ()
            self._draw_log()

    async def _reading_log(self, line: Line[Record]) -> None:
        doors = self.house.doors
        assert doors is not None
        path, known = doors.paths.log, self._log_stamp

        def work(_record: Record) -> tuple[tuple[int, int], tuple[str, ...]] | None:
            stamp = logfile.stamp(path)
            return None if stamp == known else (stamp, logfile.tail(path))

        found = await line.call(work)
        if found is not None and self.view.past is None:
            self._log_stamp, self._log = found
            self._draw_log()

    def _ask_gpus(self) -> None:
        if self._line is None or not self._in_front or not self._smi:
            return
        if self.worker_lives and self.view.past is None:
            self._run(self._asking_gpus, "gpu")
        else:
            self.query_one(Machine).tell((), RESTING)

    async def _asking_gpus(self) -> None:
        try:
            cards, words = await asyncio.to_thread(gpus), ""
        except LlmaaaError as error:
            cards, words = (), str(error)
        self._smi = bool(cards or words)
        self.query_one(Machine).tell(cards, words or NO_SMI)

    # -- drawing ----------------------------------------------------------------------------------

    def _draw_all(self) -> None:
        if self._line is not None:
            self._draw_settings()
            self._draw_runs()
            self._draw_events()
            self._draw_log()

    def _draw_settings(self) -> None:
        panel = self._panel_of("settings")
        runs, glyphs = self._runs, self.view.glyphs
        in_force = runs[0].settings if runs else self._written.as_dict() if self._written else {}
        lines, changed, over = run_page.settings_lines(in_force, self._written, panel.room, glyphs)
        if not lines:
            words = "No settings are known: the run ended before it had read them." if runs else "No run yet."
            lines = [Content(), Content.styled(words, "$muted")]
        panel.figures = Content.styled(f"run {runs[0].id}" if runs else "llmaaa.toml, no run yet", "$muted")
        marks = f"{run_page.SET} {changed} set"
        if over:
            marks += f"  {run_page.OVER} {over} unlike llmaaa.toml"
        panel.foot = Content.styled(marks, "$faint")
        panel.tell(lines)

    def _draw_runs(self) -> None:
        panel = self._panel_of("runs")
        now = "is running" if self.worker_lives else ""
        under_way = now if self.view.past is None else "was under way"
        lines = run_page.run_lines(self._runs, under_way, panel.room, self.view.glyphs)
        panel.figures = Content.styled(count(len(self._runs)) if self._runs else "", "$muted")
        none = Content.styled(f"No run yet: {self.view.key('run.start')} starts one.", "$muted")
        panel.tell(lines or [Content(), none])

    def _event_lines(self, found: Iterable[EventLine]) -> list[Content]:
        shown = [event for event in found if self._kind in ("", event.kind)]
        return run_page.event_lines(shown, self._panel_of("events").room, self.view.glyphs)

    def _draw_events(self, *, above: int = 0) -> None:
        panel = self._panel_of("events")
        lines = self._event_lines(self._events)
        kind = f"{said(self._kind).plain} alone" if self._kind else "newest first"
        panel.figures = Content.styled(kind, "$warn" if self._kind else "$muted")
        panel.foot = Content.styled("f other kind", "$faint")
        panel.tell(lines or [Content(), Content.styled("Nothing happened yet.", "$muted")], above=above)

    def _draw_log(self) -> None:
        panel = self._panel_of("log")
        doors = self.house.doors
        if self.view.past is not None:
            lines = [Content(), Content.styled("The log is a file of today: see it at the newest round.", "$muted")]
        elif not self._log:
            lines = [Content(), Content.styled("No worker has written to the log yet.", "$muted")]
        else:
            lines = run_page.log_lines(self._log, panel.room)
        path = safe(str(doors.paths.log)) if doors is not None else ""
        room = max(12, panel.room - 24)
        shown = path if len(path) <= room else self.view.glyphs.ellipsis + path[-room:]
        panel.foot = Content.styled(shown, "$faint")
        panel.tell(lines)

    # -- what a screen can offer ------------------------------------------------------------------

    def chosen(self) -> tuple[str, dict[str, Any]] | None:
        """The chosen line of the panel in front; as data, all that the panel knows."""
        data: dict[str, Callable[[], object]] = {
            "settings": lambda: dict(self._runs[0].settings) if self._runs else {},
            "runs": lambda: [asdict(run) for run in self._runs],
            "events": lambda: [asdict(event) for event in self._events if self._kind in ("", event.kind)],
            "log": lambda: list(self._log),
        }
        return self._panel_of(self._panel).text, {self._panel: data[self._panel]()}

    def targets(self) -> list[Target]:
        """The panels in sight."""
        return [
            (panel.region, partial(self._turn_to, panel.id or "")) for panel in self.query(Scrolled) if panel.region
        ]

    def marks(self) -> list[Content]:
        """What stands before a setting."""
        return [
            Content(f"{run_page.SET} another value than the default"),
            Content(f"{run_page.OVER} another value than llmaaa.toml has now: given for this run alone,"),
            Content("  or the file was changed since the run began"),
        ]

    def let_go(self) -> bool:
        """All kinds of events again."""
        if not self._kind:
            return False
        self._kind = ""
        self._draw_events()
        return True

    # -- the keys ---------------------------------------------------------------------------------

    def _turn_to(self, name: str) -> None:
        self._panel = name
        for panel in self.query(Scrolled):
            panel.front(panel.id == name)
            panel.set_class(panel.id == name, "-front")
        if self.size.width < TWO:
            self.call_after_refresh(self._draw_all)

    def action_panel(self, by: int) -> None:
        """Give the keys to another panel."""
        self._turn_to(PANELS[(PANELS.index(self._panel) + by) % len(PANELS)])

    def action_scroll(self, by: int) -> None:
        """Another line of the panel in front."""
        self._panel_of(self._panel).move(by)

    def action_page(self, by: int) -> None:
        """A page of it."""
        panel = self._panel_of(self._panel)
        panel.move(by * max(1, panel.rows - 1))

    def action_end(self, side: int) -> None:
        """Its first or last line."""
        self._panel_of(self._panel).move(side * 10**6)

    def action_kind(self, by: int) -> None:
        """Events of another kind alone."""
        kinds = ["", *sorted({event.kind for event in self._events})]
        here = kinds.index(self._kind) if self._kind in kinds else 0
        self._kind = kinds[(here + by) % len(kinds)]
        self._turn_to("events")
        panel = self._panel_of("events")
        panel.move(-(10**6))
        self._draw_events()

    @on(Scrolled.Pressed)
    def _pressed(self, message: Scrolled.Pressed) -> None:
        if message.panel.id in PANELS:
            self._turn_to(message.panel.id)

    @on(Scrolled.Reached)
    def _reached(self, message: Scrolled.Reached) -> None:
        if message.panel.id == "events" and self._more and self._line is not None and self._events:
            self._run(partial(self._older, self._line), "older")


SCREEN = RunScreen
