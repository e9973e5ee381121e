"""A recorded project: a real run of the demo, in the middle of its fourth round, when its five rounds were done, and
when its annotator was compared and probed.

project = unpack(folder, ARRIVING)
with still(project.now()):               # the clock, the processes and the graphics cards of the recorded moment
    app = project.app("loop")

`scripts/pictures.py --record` makes the recording anew. Files of an earlier version are brought to this one here, as
the program does it.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import sqlite3
import sys
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any
from unittest.mock import patch

from textual.app import App
from textual.pilot import Pilot
from textual.worker import WorkerState
from ui.doubles import Told, screen_text

import llmaaa_tui.store
import llmaaa_tui.ui
from llmaaa_tui.cli.view import open_reader
from llmaaa_tui.paths import ProjectPaths
from llmaaa_tui.store.upgrade import upgrade
from llmaaa_tui.ui.app import LoopApp
from llmaaa_tui.ui.doors import Doors
from llmaaa_tui.ui.view import View
from llmaaa_tui.ui.widgets.lines import Lines

RECORDING = Path(__file__).with_name("recording.tar.xz")
ARRIVING, DONE, MEASURED = "arriving", "done", "measured"
BESIDE = ("llmaaa.toml", "worker.log")
REVIEWER = "ada"
AFTER = timedelta(minutes=12)
"""How long after the last run has ended one looks at it."""
LASTING = ("tail", "action_new")
"""What goes on as long as the application does: following the project, the wizard."""
READS = re.compile(r"[Rr]eading( the \w+)? …")
"""What a screen says while it reads."""
PICTURED = "llmaaa"
"""What stands in the title of every picture."""


@dataclass(frozen=True)
class Recorded:
    """The project at one of the recorded moments, in a folder of its own."""

    folder: Path
    moment: str

    @property
    def database(self) -> Path:
        return self.folder / "llmaaa.db"

    def now(self) -> datetime:
        """The time to show: of the worker's last pulse, else a while after the last run has ended."""
        with sqlite3.connect(f"{self.database.absolute().as_uri()}?mode=ro", uri=True) as connection:
            pulse = connection.execute("SELECT heartbeat_utc FROM lease").fetchone()
            ended = connection.execute("SELECT MAX(ended_utc) FROM run_end").fetchone()
        return datetime.fromisoformat(pulse[0]) if pulse else datetime.fromisoformat(ended[0]) + AFTER

    def app(self, place: str = "loop", *, readonly: bool = False) -> LoopApp:
        """The real application on the real store; the worker's controls only remember."""
        _paths, _settings, reader = open_reader(self.folder)
        paths = ProjectPaths(self.folder)  # as it was given: screens name it
        doors = Doors(paths, self.database, self.database, REVIEWER, "screen of the pictures")
        return LoopApp(
            reader,
            Told(),
            reviewer=REVIEWER,
            readonly=readonly,
            folder=self.folder.name,
            doors=doors,
            place=place,
            log=paths.log,
        )


def unpack(folder: Path, moment: str) -> Recorded:
    """The recording in a new folder, as it was at one of its moments."""
    folder.mkdir(parents=True)
    with tarfile.open(RECORDING) as archive:
        for member in (f"{moment}.db", *BESIDE):
            held = archive.extractfile(member)
            assert held is not None
            (folder / member).write_bytes(held.read())
    made = Recorded(folder, moment)
    (folder / f"{moment}.db").rename(made.database)
    upgrade(made.database, made.database)
    return made


# -- a moment that stands still ---------------------------------------------------------------------


@contextmanager
def still(at: datetime) -> Iterator[None]:
    """The clock of all that draws stands at a moment, the recorded worker lives, and there is no graphics card."""

    class Stopped(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return at.astimezone(tz)

    for package in (llmaaa_tui.ui, llmaaa_tui.store):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(found.name)  # what is imported later would go by the real clock
    with ExitStack() as stack:
        for name, module in list(sys.modules.items()):
            if name.startswith("llmaaa_tui.") and getattr(module, "datetime", None) is datetime:
                stack.enter_context(patch.object(module, "datetime", Stopped))
        stack.enter_context(patch("llmaaa_tui.store.reader.is_alive", lambda process: True))
        stack.enter_context(patch("llmaaa_tui.ui.screens.run.gpus", tuple))
        stack.enter_context(patch.object(Lines, "show", _at_once))
        yield


def _at_once(widget: Lines, view: View) -> None:
    """Lines that wait for their turn to be drawn would be drawn after the picture is taken."""
    widget.view = view
    widget.redraw()


async def settled(pilot: Pilot[Any], seconds: float = 20.0) -> str:
    """Wait until nothing is read or due any more and the screen stands still; its text."""
    before, same, busy = "", 0, ["the screen"]
    for _ in range(int(seconds / 0.02)):
        await pilot.pause(0.02)
        seen = screen_text(pilot.app)  # type: ignore[arg-type]
        busy = _busy(pilot.app)
        same = same + 1 if seen == before and not busy and not READS.search(seen) else 0
        before = seen
        if same == 2:
            return seen
    raise AssertionError(f"{', '.join(busy) or 'the screen'} did not come to rest:\n{before}")


def _busy(app: App[Any]) -> list[str]:
    """What works in the background, and what a timer will do once."""
    working = [
        worker.name or worker.group
        for worker in app.workers
        if worker.group not in LASTING
        and worker.name not in LASTING
        and worker.state in (WorkerState.PENDING, WorkerState.RUNNING)
    ]
    waiting = [
        f"a timer of {node}"
        for node in app.screen.walk_children(with_self=True)
        for timer in node._timers
        if timer._repeat is not None and timer._task is not None and not timer._task.done()
    ]
    return working + waiting
