"""The polling loop: asks the project for its version and hands on a picture when something that shows has changed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from ..core.snapshot import Snapshot
from .contracts import SnapshotSource

RUNNING_S, RESTING_S, RETRY_S = 1.0, 2.0, 1.0
"""Seconds after which a picture is taken although the database did not change: an ETA moves and a silent worker
becomes late without anybody writing; and seconds between two tries after an error."""


def shown(snapshot: Snapshot) -> Snapshot:
    """The picture without what never shows: its sequence number and the age of the heartbeat."""
    return replace(snapshot, seq=0, worker=replace(snapshot.worker, heartbeat_age_s=None))


def follow(
    source: SnapshotSource,
    hertz: float,
    cancelled: Callable[[], bool],
    arrived: Callable[[Snapshot], object],
    unreadable: Callable[[str], object],
    wanted: Callable[[], int | None] = lambda: None,
    past: Callable[[int, Snapshot], object] = lambda number, snapshot: None,
    missing: Callable[[], str] = lambda: "",
) -> None:
    """Poll until cancelled, then close the source. Runs in a thread of its own and sleeps .2 s at most.

    `wanted` names a round gone by that somebody looks at; its picture is handed to `past` once, the newest ones
    still to `arrived`. `missing` says why there is nothing to read any more, or "".
    """
    version: int | None = None
    last: Snapshot | None = None
    looked_at: int | None = None
    due = 0.0
    broken = ""
    try:
        while not cancelled():
            now = time.monotonic()
            try:
                if gone := missing():
                    raise FileNotFoundError(gone)
                newest = source.version()
                if newest != version or now >= due:
                    snapshot = source.snapshot()
                    version = newest
                    due = now + (RUNNING_S if snapshot.progress else RESTING_S)
                    if broken or last is None or shown(snapshot) != shown(last):
                        arrived(snapshot)
                    last, broken = snapshot, ""
                number = wanted()
                if number is not None and number != looked_at:
                    past(number, source.snapshot(source.seq_of_round(number)))
                looked_at = number
            except Exception as error:  # the screen must outlive any trouble of the store, and say it
                reason = str(error).strip() or type(error).__name__
                if reason != broken:
                    unreadable(reason)
                broken, version = reason, None
                _sleep(RETRY_S, cancelled)
            time.sleep(1 / hertz)
    finally:
        source.close()


def _sleep(seconds: float, cancelled: Callable[[], bool]) -> None:
    until = time.monotonic() + seconds
    while not cancelled() and time.monotonic() < until:
        time.sleep(0.1)
