"""How far a step is and how long it will take, for the pulse that others read."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from ..core.states import Phase
from ..store.lease import Lease

WORDS = {
    Phase.SELECT: "pick",
    Phase.ANNOTATE: "annotate",
    Phase.REVIEW: "review",
    Phase.TRAIN: "train",
    Phase.EVALUATE: "evaluate",
}


def clock(seconds: float) -> str:
    """Seconds as `0:41` or `1:02:05`."""
    whole = round(seconds)
    hours, minutes = whole // 3600, whole % 3600 // 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


@dataclass
class Meter:
    """One step's progress.

    Args:
        expected_s: how long the step took last time, for an estimate before the first item is done.
        then: what follows, in words.
    """

    lease: Lease
    round: int
    rounds: int | None
    phase: Phase
    expected_s: float | None = None
    then: str = ""
    paused: bool = False
    _started: float = field(default_factory=time.monotonic)

    def wait_for_provider(self, batch: str, done: int, total: int, since: str) -> None:
        """Report a batch that is with its provider: nothing of ours decides how long it takes."""
        self._tell(done, total, None, waiting="provider", batch=batch, since=since)

    def tell(self, done: int, total: int, note: str = "") -> None:
        """Report; `done` of `total` in whatever unit the step counts."""
        elapsed = time.monotonic() - self._started
        eta: float | None = None
        if done and total:
            eta = elapsed / done * (total - done)
        elif self.expected_s is not None:
            eta = max(0.0, self.expected_s - elapsed)
        self._tell(done, total, eta, note=note)

    def _tell(self, done: int, total: int, eta: float | None, **more: Any) -> None:
        progress = {
            "round": self.round,
            "rounds": self.rounds,
            "phase": self.phase,
            "done": done,
            "total": total,
            "eta_s": eta,
            "then": self.then,
            **more,
        }
        self.lease.tell(self.phase, progress, paused=self.paused)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started


def next_words(following: Phase | None, expected_s: float | None) -> str:
    """`train ≈ 1:30`, what follows a step; "" after the last. How long people take is not guessed."""
    if following is None:
        return ""
    guess = f" ≈ {clock(expected_s)}" if expected_s is not None and following is not Phase.REVIEW else ""
    return WORDS[following] + guess
