"""The first line: project, task, labels; at its right, what must never be cut: simulated, mode, the worker."""

from __future__ import annotations

from textual.content import Content

from ...core.snapshot import Snapshot
from .. import doubt
from ..cells import cut, ends, fit, said
from .lines import Lines

_WORKER = {
    "alive": ("alive", "$good"),
    "late": ("late", "$warn"),
    "lost": ("lost", "$bad"),
    "none": ("none", "$muted"),
}


class Header(Lines):
    """Where I am and whether somebody works; redrawn only when one of these words changes.

    `title` is the screen's name; the first screen bears the program's.
    """

    def __init__(self, id: str | None = None, title: str = "llmaaa") -> None:  # noqa: A002
        super().__init__(id=id)
        self.title = title

    def lines(self, width: int, height: int) -> list[Content]:
        """See the base class."""
        name = Content.styled(f" {self.title} ", "$focus bold")
        snapshot = self.view.snapshot
        if snapshot is None:
            return [Content.assemble(name, (f" opening {self.view.glyphs.ellipsis}", "$muted"))]
        right = self._right(snapshot, width)
        room = width - right.cell_length - name.cell_length - 3
        dot = f" {self.view.glyphs.dot} "
        parts = [
            Content.styled(fit(said(snapshot.project).plain, max(8, room // 2), self.view.glyphs.ellipsis), "bold"),
            said(self.view.task.title),
            Content(" ").join([said(label).stylize(self.view.span_styles.get(label, "")) for label in snapshot.labels]),
        ]
        if width >= 160:
            parts.append(said(snapshot.encoder).stylize("$muted"))
        left = Content.styled(dot, "$faint").join([part for part in parts if part])
        return [ends(Content.assemble(name, " ", cut(left, room, self.view.glyphs.ellipsis)), right, width, gap=2)]

    def _right(self, snapshot: Snapshot, width: int) -> Content:
        glyphs = self.view.glyphs
        chips: list[Content] = []
        if self.view.past is not None:
            of = f" of {self.view.newest}" if width >= 100 else f"/{self.view.newest}"
            chips.append(Content.styled(f" PAST: round {self.view.past}{of} ", "$focus bold reverse"))
        if self.view.readonly:
            chips.append(Content.styled("read only", "$warn"))
        if snapshot.mode == "paper":
            words = "paper mode: dev is not held out" if width >= 120 else "paper mode"
            chips.append(Content.styled(words, "$warn bold"))
        source = said(snapshot.annotator).stylize("$muted") if width >= 100 else Content()
        doubted = doubt.of(snapshot, snapshot.annotator) is not None
        if doubted:
            source = source.stylize(doubt.STYLE)
            chips.append(Content.styled(f"{glyphs.warning} leakage", f"{doubt.STYLE} bold"))
        if snapshot.simulated:
            chips.append(Content.styled(f" {said(snapshot.simulated).plain.upper()} ", "$warn bold reverse"))
        if source:
            chips.append(cut(source, 30, glyphs.ellipsis))
        if self.view.problem:  # on every screen: what stands there may be long over
            return Content("  ").join([*chips, Content.styled(f"{glyphs.warning} cannot be read ", "$bad bold")])
        if self.view.past is not None:  # nobody works in the past, whoever works now
            return Content("  ").join([*chips, Content()])
        worker = snapshot.worker
        word, style = _WORKER.get(worker.state, (said(worker.state).plain, "$muted"))
        mark = {"alive": glyphs.alive, "late": glyphs.late, "lost": glyphs.lost}.get(worker.state, glyphs.none)
        if worker.paused and worker.state in ("alive", "late"):
            mark, word, style = glyphs.paused, "paused", "$warn"
        prefix = "worker " if width >= 100 else ""
        chips.append(Content.assemble((prefix, "$muted"), (f"{mark} {word} ", style)))
        return Content("  ").join(chips)
