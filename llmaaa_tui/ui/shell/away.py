"""What happened since this person last looked at a project: remembered by project in the state folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ...core.money import format_usd
from ...core.snapshot import Snapshot
from ...errors import LlmaaaError
from ..contracts import SnapshotSource
from ..words import count, f1
from .milestones import done, measured
from .state import write

LEAST_S = 300.0
"""Whoever was away for less has not been away."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The last moment of a project that this person saw: its `seq`, and when, as UTC ISO text."""

    seq: int
    utc: str

    def seconds_ago(self, now: datetime) -> float:
        """How long ago that was; 0 where the time cannot be read or lies ahead."""
        try:
            return max(0.0, (now - datetime.fromisoformat(self.utc)).total_seconds())
        except (ValueError, TypeError):
            return 0.0


def _file(folder: Path, project_uuid: str) -> Path:
    return folder / "seen" / f"{''.join(c for c in project_uuid if c.isalnum())}.json"


def last_seen(folder: Path, project_uuid: str) -> Seen | None:
    """What this person saw last of this project; None where that is not known."""
    try:
        found = json.loads(_file(folder, project_uuid).read_text(encoding="utf-8"))
        return Seen(int(found["seq"]), str(found["utc"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def remember(folder: Path, snapshot: Snapshot, now: datetime | None = None) -> None:
    """This person has seen the project up to here; a state folder that cannot be written forgets it."""
    utc = (now or datetime.now(UTC)).isoformat(timespec="seconds")
    write(_file(folder, snapshot.project_uuid), json.dumps({"seq": snapshot.seq, "utc": utc}))


def rounds_done(snapshot: Snapshot) -> int:
    """How many rounds were measured."""
    return sum(done(row) for row in snapshot.rounds)


def away(before: Snapshot, now: Snapshot, seconds: float) -> str:
    """`You were away 43 min: 2 rounds, test F1 .81 → .83 (n 1,475), $0.410.`; "" where there is nothing to say.

    Args:
        before: the picture as of what was seen last.
        seconds: since then.
    """
    if seconds < LEAST_S:
        return ""
    facts = []
    rounds = rounds_done(now) - rounds_done(before)
    if rounds > 0:
        facts.append(f"{count(rounds)} round{'s' if rounds > 1 else ''}")
        new = next((figure for row in reversed(now.rounds) if (figure := measured(row))), None)
        old = next((figure for row in reversed(before.rounds) if (figure := measured(row))), None)
        if new is not None:
            split, score = new
            since = f"{f1(old[1].f1)} → " if old is not None and old[0] == split else ""
            facts.append(f"{split} F1 {since}{f1(score.f1)} (n {count(score.n)})")
    else:
        answers = _answers(now) - _answers(before)
        if answers > 0:
            facts.append(f"{count(answers)} answer{'s' if answers > 1 else ''}")
    spent = now.budget.spent_nanousd - before.budget.spent_nanousd
    if spent > 0:
        facts.append(f"${format_usd(spent)}")
    if now.ended is not None and now.ended != before.ended:
        facts.append(f"ended: {now.ended.reason.rstrip('.')}")
    return f"You were away {_long(seconds)}: {', '.join(facts)}." if facts else ""


def _answers(snapshot: Snapshot) -> int:
    return sum(row.labelled + row.empty + row.failures for row in snapshot.rounds)


def _long(seconds: float) -> str:
    """`43 min`, `5 h 10 min`, `3 days`."""
    minutes = int(seconds // 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes // (24 * 60)} days"


class Absence:
    """Says at the opening what happened since, and remembers what was seen. Lives in the thread that owns the source.

    Args:
        folder: the state folder; None remembers nothing.
        source: pictures of the project.
        tell: takes the sentence.
    """

    def __init__(self, folder: Path | None, source: SnapshotSource, tell: Callable[[str], object]) -> None:
        self._folder = folder
        self._source = source
        self._tell = tell
        self._last: Snapshot | None = None
        self._rounds = 0

    def arrived(self, snapshot: Snapshot) -> None:
        """A new live picture: the first one is compared with what was seen last, a finished round is remembered."""
        if self._folder is None or not snapshot.project_uuid:
            return
        last, self._last = self._last, snapshot
        before, self._rounds = self._rounds, rounds_done(snapshot)
        if last is None:
            self._compare(self._folder, snapshot)
        elif self._rounds > before:
            remember(self._folder, snapshot)

    def _compare(self, folder: Path, snapshot: Snapshot) -> None:
        seen = last_seen(folder, snapshot.project_uuid)
        if seen is None or seen.seq >= snapshot.seq:
            return
        seconds = seen.seconds_ago(datetime.now(UTC))
        if seconds < LEAST_S:
            return
        try:
            then = self._source.snapshot(seen.seq)
        except LlmaaaError:  # how it is now matters more than how it was
            return
        if words := away(then, snapshot, seconds):
            self._tell(words)

    def left(self) -> None:
        """The screen is closed."""
        if self._folder is not None and self._last is not None:
            remember(self._folder, self._last)
