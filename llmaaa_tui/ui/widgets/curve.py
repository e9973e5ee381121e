"""The learning curve: F1 on dev and test over the labels trained on, with the figures in words above it."""

from __future__ import annotations

from textual.content import Content

from ...core.snapshot import RoundRow, Score
from ...core.tasks import Shape
from .. import doubt
from ..cells import cut, said
from ..words import count, f1, half_width, signed
from .chart import Level, Series, chart
from .lines import Panel

_MARKS = {"test": ("●", "*"), "dev": ("○", "o")}


class Curve(Panel):
    """Dev and test against labels; the teacher's line only where the teacher was measured, with its split named."""

    def title(self) -> Content:
        """See the base class."""
        return Content("Learning curve")

    def note(self) -> Content:
        """See the base class."""
        return Content.styled("span F1" if self.view.task.shape is Shape.SPANS else "F1", "$muted")

    def body(self, width: int, height: int) -> list[Content]:
        """See the base class."""
        rounds = self.view.snapshot.rounds if self.view.snapshot else ()
        glyphs = self.view.glyphs
        series = [
            Series(
                name,
                tuple((row.train_size, score.f1) for row, score in _measured(rounds, name)),
                _MARKS[name][0 if glyphs.braille else 1],
                f"$curve-{name}",
                dotted=name == "dev",
            )
            for name in ("dev", "test")
        ]
        series = [one for one in series if one.points]
        if not series:
            return [Content(), Content.styled("Drawn once the first round is measured.", "$muted")]
        teachers = [row for row in rounds if row.teacher is not None]
        levels = [Level(teachers[-1].teacher.f1, "$curve-teacher")] if teachers and teachers[-1].teacher else []
        lines = [self._figures(one, rounds, width) for one in reversed(series)]
        if teachers:
            lines += [self._teacher(teachers[-1], width), *self._crossing(width)]
        if len(lines) + 5 > height:
            lines = lines[: max(1, height - 5)]
        return lines + chart(series, levels, width, height - len(lines), glyphs, "labels")

    def _figures(self, one: Series, rounds: tuple[RoundRow, ...], width: int) -> Content:
        """The last value, the change since the first, the best one, and over how many sentences it was measured."""
        glyphs = self.view.glyphs
        scores = _measured(rounds, one.name)
        last = scores[-1][1]
        best_row, best = max(scores, key=lambda pair: pair[1].f1)
        gap = "  " if width >= 46 else " "
        line = Content.assemble(
            (f"{one.mark} ", one.style),
            (f"{one.name:<4} ", "$muted"),
            (f1(last.f1), "bold"),
            (f" {glyphs.plus_minus}{f1(half_width(last))}{gap}n {count(last.n)}", "$muted"),
        )
        more = [("best", f1(best.f1) + (f" in round {best_row.round}" if width >= 56 else ""))]
        if len(scores) > 1:
            more.insert(0, (glyphs.delta, signed(last.f1 - scores[0][1].f1)))
        for name, figure in more:
            if line.cell_length + len(gap) + len(name) + 1 + len(figure) <= width:
                line = Content.assemble(line, (f"{gap}{name} ", "$muted"), figure)
        return line

    def _teacher(self, row: RoundRow, width: int) -> Content:
        assert row.teacher is not None
        glyphs = self.view.glyphs
        split = said(row.teacher_split or "?").plain
        snapshot = self.view.snapshot
        doubted = doubt.of(snapshot, snapshot.annotator) is not None if snapshot else False
        mark, style = (f"{glyphs.warning} ", f"{doubt.STYLE} bold") if doubted else ("", "bold")
        text = Content.assemble(
            (f"{glyphs.teacher} teacher ", "$muted"),
            (f"{mark}{f1(row.teacher.f1)}", style),
            (f" {glyphs.plus_minus}{f1(half_width(row.teacher))}  on {split}  n {count(row.teacher.n)}", "$muted"),
        )
        return cut(text, width, glyphs.ellipsis)

    def _crossing(self, width: int) -> list[Content]:
        """Whether the student has passed the teacher, in a line; the page of the annotators says it in full."""
        found = self.view.snapshot.crossing if self.view.snapshot else None
        if found is None:
            return []
        glyphs, style = self.view.glyphs, "$muted"
        if found.passed is None:
            words = "the student is below it"
            if found.need is not None and found.need.labels is not None and found.need.low is not None:
                high = "no end" if found.need.high is None else count(found.need.high)
                ends = f"{count(found.need.low)} {glyphs.dash} {high}"
                words = f"passed at {glyphs.about} {count(found.need.labels)} labels ({ends})?"
        elif found.newest[1].f1 <= found.teacher.f1:
            words = f"passed in round {found.passed[0]}, not in round {found.newest[0]}"
        elif found.apart is None:
            words = f"passed in round {found.passed[0]}, not beyond chance yet"
        else:
            first = "" if found.apart[0] == found.passed[0] else f" first in round {found.apart[0]}"
            words, style = f"passed in round {found.passed[0]}, beyond chance{first}", "$good"
        return [cut(Content.styled(f"  {words}", style), width, glyphs.ellipsis)]


def _measured(rounds: tuple[RoundRow, ...], name: str) -> list[tuple[RoundRow, Score]]:
    """The rounds that have a score of this name, in order of labels."""
    found = [(row, getattr(row, name)) for row in rounds if getattr(row, name) is not None]
    return sorted(found, key=lambda pair: pair[0].train_size)
