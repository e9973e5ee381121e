"""The terminal's title: how far the running step is, for whoever looks at another window."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from ...core.snapshot import Snapshot
from ..cells import fit, safe
from ..env import asked

PERIOD_S = 1.0
PUSH, POP = "\x1b[22;0t", "\x1b]0;\x07\x1b[23;0t"
"""Ask the terminal to keep the title it has, and to take it back; one that cannot keep it gets an empty one."""


def wanted(environ: Mapping[str, str]) -> bool:
    """Whether this terminal has a title, and nobody asked to leave it alone."""
    if environ.get("TERM", "") in ("linux", "dumb", ""):
        return False
    return not (asked(environ, "LLMAAA_NO_TITLE") or asked(environ, "LLMAAA_LOW_BANDWIDTH"))


def title(snapshot: Snapshot) -> str:
    """`llmaaa 62 % round 4 · project`: cleaned, at most 80 cells."""
    progress = snapshot.progress
    name = fit(safe(snapshot.project), 40)
    if snapshot.worker.state == "lost":
        return f"llmaaa worker lost · {name}"
    if progress is not None:
        percent = f"{progress.done * 100 // progress.total} % " if progress.total else ""
        paused = "paused " if snapshot.worker.paused else ""
        where = f"round {progress.round}" if progress.round else "measuring"
        return f"llmaaa {paused}{percent}{where} · {name}"
    return f"llmaaa ended · {name}" if snapshot.ended is not None else f"llmaaa · {name}"


class Title:
    """Writes the title when it changes, at most once a second.

    Args:
        write: writes to the terminal.
    """

    def __init__(self, write: Callable[[str], object], clock: Callable[[], float] = time.monotonic) -> None:
        self._write = write
        self._clock = clock
        self._said = ""
        self._due = float("-inf")

    def show(self, snapshot: Snapshot) -> float:
        """Say how far this picture is; gives the seconds after which to ask again where it is too early."""
        words = title(snapshot)
        wait = self._due - self._clock()
        if words == self._said:
            return 0.0
        if wait > 0:
            return wait
        self._write(f"{'' if self._said else PUSH}\x1b]0;{words}\x07")
        self._said, self._due = words, self._clock() + PERIOD_S
        return 0.0

    def end(self) -> None:
        """Give the terminal its own title back."""
        if self._said:
            self._write(POP)
            self._said = ""
