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
        return [cut(Content.assemble(" ", self._line(found[0], True)), width - 1, self.view.glyphs.ellipsis)]

    def body(self, width: int, height: int) -> list[Content]:
        """See the base class."""
        return [cut(self._line(one, False), width, self.view.glyphs.ellipsis) for one in shown(self.view.snapshot)]

    def _line(self, one: Finding, alone: bool) -> Content:
        """`continuation  0/100 exact  .00 (.00–.04)  no evidence, excludes a rate above .04`."""
        glyphs = self.view.glyphs
        name = doubt.PROBES[one.probe]
        figures = f"{f1(one.rate)} ({f1(one.low)}{glyphs.dash}{f1(one.high)}) n {count(one.n)}"
        if one.rouge_l is not None and one.n:
            figures = f"{one.exact:,}/{one.n:,} exact, {f1(one.rate)} ({f1(one.low)}{glyphs.dash}{f1(one.high)}) near"
        elif one.against is not None and one.n:
            figures += f" vs {f1(one.against.value)}"
        if not one.n:
            figures = glyphs.dash
        dot = (f" {glyphs.dot} ", "$faint")
        words, style = self._verdict(one), "$muted"
        mark: tuple[str, str] = ("", "")
        if one.verdict is Verdict.EVIDENCE:
            style, mark = f"{doubt.STYLE} bold", (f"{glyphs.warning} ", f"{doubt.STYLE} bold")
        if not alone:
            return Content.assemble(f"{name:<17}{figures:<36} ", mark, (words, style))
        kind = (f"{safe(one.simulated)} ", "$warn") if one.simulated else ("", "")
        return Content.assemble(mark, kind, (name, ""), f" {figures}", dot, (words, style))

    def _verdict(self, one: Finding) -> str:
        """The verdict without what the figures before it say."""
        if one.verdict is Verdict.NONE:
            of = "gap" if one.probe.value == "perturbed" else "rate"
            return f"no evidence, excludes a {of} above {f1(one.high)}"
        if one.verdict is Verdict.NO_CONTROL and one.n:
            return "no control: no verdict"
        return self.view.glyphs.own(sentence(one).replace(f", n = {one.n:,}", ""))
