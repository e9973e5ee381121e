"""A source that shows what a test gives it, and controls that write down what they were told."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from textual.pilot import Pilot

from llmaaa_tui.core.snapshot import Snapshot, WorkerMark
from llmaaa_tui.ui.app import LoopApp


class Shown:
    """A snapshot source in memory: the frozen-value seam that the store's reader fills in the product."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._version = 1
        self.gone = threading.Event()
        self.error: Exception | None = None

    def put(self, snapshot: Snapshot) -> None:
        self._snapshot, self._version = snapshot, self._version + 1

    def version(self) -> int:
        if self.error is not None:
            raise self.error
        return self._version

    def snapshot(self, as_of: int | None = None) -> Snapshot:
        """The moment `as_of` is the end of the round of that number."""
        if as_of is None:
            return self._snapshot
        rounds = tuple(row for row in self._snapshot.rounds if row.round <= as_of)
        return replace(self._snapshot, rounds=rounds, seq=as_of, worker=WorkerMark("none"), progress=None)

    def seq_of_round(self, number: int) -> int | None:
        newest = self._snapshot.rounds[-1].round if self._snapshot.rounds else None
        return None if number == newest else number

    def close(self) -> None:
        self.gone.set()


class Told:
    """Controls that remember, or refuse."""

    def __init__(self, error: Exception | None = None) -> None:
        self.commands: list[str] = []
        self.error = error

    def _take(self, command: str) -> None:
        if self.error is not None:
            raise self.error
        self.commands.append(command)

    def pause(self) -> None:
        self._take("pause")

    def resume(self) -> None:
        self._take("resume")

    def stop(self) -> None:
        self._take("stop")

    def start(self, allow_remote: bool = False, rounds: int | None = None) -> None:
        self._take("start" + ", remote allowed" * allow_remote + (f", to round {rounds}" if rounds else ""))


class Worked:
    """An estimator that gives what it is told to, or fails; `gate` holds it back."""

    def __init__(self, result: Mapping[str, Any], error: Exception | None = None) -> None:
        self.result = result
        self.error = error
        self.gate = asyncio.Event()
        self.gate.set()
        self.calls = 0

    async def __call__(self) -> Mapping[str, Any]:
        self.calls += 1
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return self.result


def screen_text(app: LoopApp) -> str:
    """What stands on the screen, line by line, without style."""
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())


def links(app: LoopApp) -> list[object]:
    """What a click on the screen would run."""
    strips = app.screen._compositor.render_strips()
    return [s.style.meta["@click"] for strip in strips for s in strip if s.style and "@click" in s.style.meta]


async def until(pilot: Pilot[str], text: str, seconds: float = 5.0, *, gone: bool = False) -> str:
    """Wait for `text` to stand on the screen, or to be `gone` from it; the screen's text, whether or not that came."""
    end = time.monotonic() + seconds
    while True:
        await pilot.pause()
        seen = screen_text(pilot.app)  # type: ignore[arg-type]
        if (text in seen) != gone or time.monotonic() > end:
            return seen
        await pilot.pause(0.05)


async def told(pilot: Pilot[str], controls: Told, commands: int, seconds: float = 5.0) -> list[str]:
    """Wait until so many commands came (they come from threads); those that came."""
    end = time.monotonic() + seconds
    while len(controls.commands) < commands and time.monotonic() < end:
        await pilot.pause(0.02)
    return controls.commands
