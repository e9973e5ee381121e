"""The second line: which step of which round runs, how far it is, how long it takes; or, in words, why nothing runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from textual.content import Content
from textual.timer import Timer

from ...core.snapshot import Ended, Progress, Snapshot
from ..cells import cut, said
from ..glyphs import Glyphs
from ..view import View
from ..words import DOING, clock, count
from .lines import Lines

SHORTEST = 8
PERIOD = 0.5
ETA_PERIOD = 1.0
"""Seconds between two drawings: of the count, and where the ETA alone moved."""
TICK_S = 10.0
"""Seconds between two drawings of how long somebody else has been waited for."""
WAITS = 6
"""The exit code of a run that waits for a provider's batch or for a person."""
WAITS_FOR = {"provider": "the provider", "person": "you"}


def bar(done: int, total: int, width: int, glyphs: Glyphs) -> Content:
    """A bar of `width` cells in half cells, full only when all is done."""
    if width <= 0:
        return Content()
    share = 0.0 if total <= 0 else min(1.0, done / total)
    halves = min(int(share * width * 2), width * 2 - (share < 1))
    full, half = divmod(halves, 2)
    return Content.assemble(
        (glyphs.full * full + (glyphs.half if half else ""), "$focus"),
        (glyphs.rest * (width - full - half), "$line"),
    )


class ProgressLine(Lines):
    """Phase, bar and ETA. Drawn at most twice a second, once a second where only the ETA moves."""

    _tick: Timer | None = None

    def show(self, view: View) -> None:
        """See the base class; while a provider is waited for nobody writes, so the clock is drawn by a timer."""
        super().show(view)
        waits = _running(view) and view.snapshot is not None and bool(_waits(view.snapshot.progress))
        if waits and self._tick is None:
            self._tick = self.set_interval(TICK_S, self.redraw)
        elif not waits and self._tick is not None:
            self._tick.stop()
            self._tick = None

    def period(self, old: View, new: View) -> float:
        """See the base class."""
        if not _running(new):
            return 0.0
        return ETA_PERIOD if _but_eta(old) == _but_eta(new) else PERIOD

    def lines(self, width: int, height: int) -> list[Content]:
        """See the base class."""
        snapshot, glyphs = self.view.snapshot, self.view.glyphs
        if self.view.problem:
            return [cut(Content.assemble((f" {glyphs.warning} ", "$bad"), said(self.view.problem)), width)]
        if snapshot is None:
            return [Content()]
        if self.view.past is not None:
            words = f" {glyphs.dot} as it was left {glyphs.dot} ] goes forward"
            return [cut(Content.assemble((f" {glyphs.none} Round {self.view.past}", "bold"), words), width - 1)]
        if _running(self.view) and snapshot.progress is not None:
            return [self._step(snapshot, snapshot.progress, width)]
        return [cut(Content.assemble(" ", self._rest(snapshot)), width - 1, glyphs.ellipsis)]

    def _step(self, snapshot: Snapshot, step: Progress, width: int) -> Content:
        glyphs = self.view.glyphs
        waits = _waits(step)
        doing = Content(waits if width >= 100 else waits.replace("waiting for", "with")) if waits else _doing(step)
        left = Content.assemble(
            " ",
            (f"{glyphs.paused} paused {glyphs.dot} ", "$warn") if snapshot.worker.paused else "",
            (_round(step), "bold"),
            f" {glyphs.dot} ",
            doing,
            f" {count(step.done):>{len(count(step.total))}}/{count(step.total)} " if step.total else " ",
        )
        share = f" {100 * step.done // step.total:3} %" if step.total else ""
        eta = (
            f"  {_waited(step)}"
            if waits
            else f"  eta {clock(step.eta_s)}"
            if step.eta_s is not None and not snapshot.worker.paused
            else ""
        )
        then: list[str | Content] = []
        if snapshot.worker.paused:
            then.append("p goes on" if not self.view.readonly else "")
        elif waits:
            then.append(said(f"batch {step.batch}") if step.batch else "")
        elif snapshot.worker.state == "late":
            then.append("worker silent for over 10 s")
        elif step.note:
            then.append(said(step.note))
        elif step.then and width >= 100:
            then.append(Content.assemble("then ", said(step.then)))
        tail = Content.assemble(eta, *(Content.assemble(f" {glyphs.dot} ", words) for words in then if words))
        # The bar keeps its length while the words after it change, or the whole line would dance.
        bar_width = max(SHORTEST, width // 5) if step.total else 0
        room = width - left.cell_length - bar_width - len(share) - 1
        tail = cut(tail, room, glyphs.ellipsis)
        return cut(
            Content.assemble(left, bar(step.done, step.total, bar_width, glyphs), share, tail.stylize("$muted")), width
        )

    def _rest(self, snapshot: Snapshot) -> Content:
        """Why nothing runs, and which key makes it run."""
        glyphs, step = self.view.glyphs, snapshot.progress
        dot = f" {glyphs.dot} "
        key, start = not self.view.readonly, self.view.key("run.start")
        far = f" {count(step.done)}/{count(step.total)}" if step and step.total else ""
        where = f"{_round(step)}, {_doing(step).plain}{far}" if step else ""
        if snapshot.worker.state == "lost":
            parts: list[str | Content | tuple[str, str]] = [(f"{glyphs.lost} The worker is gone", "$bad bold")]
            parts += [dot + where] if where else []
            parts.append(dot + "what was answered is kept")
            parts.append(f"{dot}{start} starts a new one" if key else "")
        elif snapshot.worker.state in ("alive", "late"):
            mark, word = (glyphs.paused, "Paused") if snapshot.worker.paused else (glyphs.alive, "At work")
            parts = [(f"{mark} {word}", "$warn" if snapshot.worker.paused else "$good")]
            if snapshot.worker.paused:
                parts.append(f"{dot}{self.view.key('run.pause')} goes on" if key else "")
            elif snapshot.worker.phase:
                parts += [dot, said(DOING.get(snapshot.worker.phase, snapshot.worker.phase))]
        elif snapshot.ended is not None:
            good, waits = snapshot.ended.code == 0, snapshot.ended.code == WAITS
            head = f"{glyphs.paused} Waits" if waits else f"{glyphs.ended} Ended"
            parts = [(head, "$good bold" if good else "$warn bold"), dot, said(snapshot.ended.reason)]
            does = "looks again" if waits else "runs one more round" if goal_reached(snapshot.ended) else "goes on"
            parts.append(f"{dot}{start} {does}" if key else "")
        elif snapshot.rounds:
            parts = [(f"{glyphs.none} No worker", "bold"), dot + where if where else ""]
            parts.append(f"{dot}{start} starts one" if key else "")
        else:
            parts = [(f"{glyphs.none} Not started", "bold")]
            parts.append(dot + f"{self.view.task.count(snapshot.pool)} wait in the pool")
            parts.append(f"{dot}{start} starts the worker" if key else "")
        return Content.assemble(*parts)


def goal_reached(ended: Ended) -> bool:
    """Whether a run ended because it had reached its goal: started once more as it was, it would end at once."""
    return ended.code == 0 and ended.reason.startswith("goal reached")


def _waits(step: Progress | None) -> str:
    """Whom the step waits for, in words; "" where it works."""
    if step is None or not step.waiting:
        return ""
    return f"waiting for {WAITS_FOR.get(step.waiting) or said(step.waiting).plain}"


def _waited(step: Progress) -> str:
    """How long it has waited: `for 41:10`; "" where nobody says since when."""
    try:
        seconds = (datetime.now(UTC) - datetime.fromisoformat(step.since_utc)).total_seconds()
    except (ValueError, TypeError):
        return ""
    return f"for {clock(seconds)}"


def _round(step: Progress) -> str:
    return f"Round {step.round} of {step.rounds}" if step.rounds else f"Round {step.round}"


def _doing(step: Progress) -> Content:
    return said(DOING.get(str(step.phase), str(step.phase)))


def _running(view: View) -> bool:
    snapshot = view.snapshot
    if snapshot is None or snapshot.progress is None or view.problem:
        return False
    return snapshot.worker.state in ("alive", "late")


def _but_eta(view: View) -> object:
    """All this line depends on, without the ETA."""
    snapshot = view.snapshot
    if snapshot is None:
        return None
    step = replace(snapshot.progress, eta_s=None) if snapshot.progress else None
    return step, snapshot.worker.state, snapshot.worker.paused, snapshot.ended, view.problem
