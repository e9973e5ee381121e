"""Leakage on the first screen: what the rounds' probe came to so far, in a line or in a box."""

from __future__ import annotations

from textual.content import Content

from ...core.leakage import Finding, Verdict, sentence
from ...core.snapshot import Snapshot
from .. import doubt
from ..cells import cut, safe
from ..words import count, f1
from .lines import Panel

MOST = 5
"""Lines of the box."""
WORDS = 100
"""From so many cells on a line has its verdict in full."""


def shown(snapshot: Snapshot | None) -> list[Finding]:
    """The findings about the project's annotator, in the order of what a person should know first: what is flagged,
    then what the rounds' probe says, then the others."""
    if snapshot is None:
        return []
    mine = [one for one in snapshot.leakage if one.annotator == snapshot.annotator]
    return sorted(mine, key=lambda one: (one.verdict is not Verdict.EVIDENCE, one.round is None))[:MOST]


class Leak(Panel):
    """A line where there is no room for a frame, else a box with a line for each finding."""

    def title(self) -> Content:
        """See the base class."""
        return Content("Leakage")

    def note(self) -> Content:
        """See the base class."""
        found = shown(self.view.snapshot)
        kind = found[0].simulated if found else ""
        return Content.styled(f"{safe(kind).upper()}", "$warn bold") if kind else Content()

    def lines(self, width: int, height: int) -> list[Content]:
        """See the base class: without a frame in one line."""
        if height > 1:
            return super().lines(width, height)
        found = shown(self.view.snapshot)
        if not found:
            return []
        line = self._line(found[0], True, width)
        return [cut(Content.assemble(" ", line), width - 1, self.view.glyphs.ellipsis)]

    def body(self, width: int, height: int) -> list[Content]:
        """See the base class."""
        return [
            cut(self._line(one, False, width), width, self.view.glyphs.ellipsis) for one in shown(self.view.snapshot)
        ]

    def _line(self, one: Finding, alone: bool, width: int) -> Content:
        """`in the rounds    0/100 exact .00 (.00–.04)   no evidence, excludes > .04`."""
        glyphs = self.view.glyphs
        name = "in the rounds" if one.round is not None and not alone else doubt.PROBES[one.probe]
        figures = f"{f1(one.rate)} ({f1(one.low)}{glyphs.dash}{f1(one.high)})"
        if not one.n:
            figures = glyphs.dash
        elif alone:
            figures += f" n {count(one.n)}"
        elif one.rouge_l is not None:
            figures = f"{one.exact:,}/{one.n:,} exact {figures}"
        else:
            figures += f" n {count(one.n)}" + (f" vs {f1(one.against.value)}" if one.against is not None else "")
        style, mark = "$muted", ""
        if one.verdict is Verdict.EVIDENCE:
            style, mark = f"{doubt.STYLE} bold", f"{glyphs.warning} "
        words = self._verdict(one, width)
        if not alone:
            return Content.assemble(f"{name:<16}{figures:<28} ", (f"{mark}{words}", style))
        # What is simulated or recorded stands in the header above.
        return Content.assemble(
            (mark, style), f"leakage: {name} {figures}", (f" {glyphs.dot} ", "$faint"), (words, style)
        )

    def _verdict(self, one: Finding, width: int) -> str:
        """The verdict without what the figures before it say, as long as there is room for."""
        if width >= WORDS:
            return self.view.glyphs.own(sentence(one))
        match one.verdict:
            case Verdict.NONE:
                return f"no evidence, excludes > {f1(one.high)}"
            case Verdict.NO_CONTROL if one.n:
                return "no control: no verdict"
            case Verdict.NO_CONTROL:
                return "nothing was answered"
        held = one.p if one.p_holm is None else one.p_holm
        return f"evidence, p {'< .001' if held is None or held < 0.001 else f'= {f1(held, 3)}'}"
