"""The last events of the worker, six at most, the newest at the bottom."""

from __future__ import annotations

from textual.content import Content

from ...core.snapshot import EventLine
from ..cells import cut, said
from .lines import Panel

TAIL, MOST = 6, 3


class Log(Panel):
    """Time and sentence of each event; a sentence too long for the panel goes on below, and older ones give way."""

    def title(self) -> Content:
        """See the base class."""
        return Content("Worker")

    def note(self) -> Content:
        """See the base class."""
        worker = self.view.snapshot.worker if self.view.snapshot else None
        if worker is None or worker.pid is None or worker.state == "none":
            return Content()
        return Content.styled(f"pid {worker.pid}, UTC", "$muted")

    def body(self, width: int, height: int) -> list[Content]:
        """See the base class."""
        events = self.view.snapshot.events[-TAIL:] if self.view.snapshot else ()
        if not events:
            return [Content(), Content.styled("Nothing happened yet.", "$muted")] if self.view.snapshot else []
        blocks: list[list[Content]] = []
        left = height
        for event in reversed(events):
            if left <= 0:
                break
            blocks.append(self._lines(event, width, min(MOST, left)))
            left -= len(blocks[-1])
        return [line for block in reversed(blocks) for line in block]

    def _lines(self, event: EventLine, width: int, most: int) -> list[Content]:
        """One event in at most `most` lines, the further ones indented under its text."""
        time = said(event.created_utc).plain.partition("T")[2][: 8 if width >= 44 else 5] or "--:--"
        indent = len(time) + 2
        text = said(self.view.glyphs.own(event.text))
        if event.kind in ("error", "failed", "lost"):
            text = text.stylize("$bad")
        room = width - indent
        lines = text.wrap(room) if room > 8 else [text]
        if len(lines) > most:
            rest = Content(" ").join(lines[most - 1 :])
            lines = [*lines[: most - 1], cut(rest, room, self.view.glyphs.ellipsis)]
        first = Content.assemble((f"{time}  ", "$muted"), lines[0])
        return [first, *(Content(" " * indent) + line for line in lines[1:])]
