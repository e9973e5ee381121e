"""The round table, and under it what was left out of its columns about the round looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual.content import Content

from ...core.snapshot import Measure, RoundRow, Score
from .. import doubt
from ..areas import DETAIL
from ..cells import cut, fill, fit, said
from ..glyphs import Glyphs
from ..words import clock, count, f1, failure, half_width, signed, tokens, usd
from .lines import Panel

Cell = Callable[[RoundRow, RoundRow | None], str]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, its cells' width, when it gives way (higher goes first), and its style."""

    head: str
    width: int
    gives_way: int
    cell: Cell
    style: str = ""


def columns(rounds: tuple[RoundRow, ...], glyphs: Glyphs) -> list[Column]:
    """All columns that these rounds can fill, in the order of the screen; the strategy is drawn apart."""
    pm, unknown = glyphs.plus_minus, glyphs.dash
    tested = any(row.test for row in rounds)

    def score(of: str, interval: bool = False) -> Cell:
        def cell(row: RoundRow, before: RoundRow | None) -> str:
            value: Score | None = getattr(row, of)
            if value is None:
                return unknown
            return f"{f1(value.f1)} {pm}{f1(half_width(value))}" if interval else f1(value.f1)

        return cell

    def part(of: str) -> Cell:
        def cell(row: RoundRow, before: RoundRow | None) -> str:
            value = row.test if tested else row.dev
            return f1(getattr(value, of)) if value else unknown

        return cell

    found = [
        Column("labels", 6, 0, lambda row, _: count(row.labelled)),
        Column("empty", 5, 3, lambda row, _: count(row.empty), "$muted"),
        Column(glyphs.failed, 2, 0, lambda row, _: str(row.failures)),
        Column("F1 dev", 8 if not tested else 6, 0, score("dev", not tested), "" if tested else "bold"),
    ]
    if tested:
        found.append(Column("F1 test", 8, 0, score("test", True), "bold"))
    found.append(Column(glyphs.delta, 4, 1, lambda row, before: change(row, before, tested) or unknown))
    found += [
        Column("prec", 4, 6, part("precision"), "$muted"),
        Column("rec", 4, 6, part("recall"), "$muted"),
        Column("picked", 6, 8, score("picked"), "$muted"),
        Column("tokens", 6, 5, lambda row, _: tokens(row.tokens.input + row.tokens.output), "$muted"),
        Column("$", 6, 2, lambda row, _: usd(row.cost_nanousd)),
        Column("time", 5, 4, lambda row, _: clock(sum(row.seconds.values())), "$muted"),
    ]
    return found


def change(row: RoundRow, before: RoundRow | None, tested: bool) -> str:
    """How far F1 moved since the round before, on test where there is a test split, else on dev; "" if unknown."""
    new = row.test if tested else row.dev
    old = (before.test if tested else before.dev) if before else None
    return signed(new.f1 - old.f1) if new and old else ""


class Rounds(Panel):
    """All rounds, the one looked at marked; scrolls to keep it in sight."""

    def title(self) -> Content:
        """See the base class."""
        return Content("Rounds")

    def note(self) -> Content:
        """See the base class."""
        snapshot = self.view.snapshot
        if snapshot is None or not snapshot.rounds:
            return Content()
        bought = sum(row.labelled + row.empty for row in snapshot.rounds)
        number = len(snapshot.rounds)
        return Content.styled(f"{count(bought)} answers in {number} round{'s' * (number > 1)}", "$muted")

    def legend(self, width: int) -> tuple[Content, Content]:
        """See the base class."""
        snapshot = self.view.snapshot
        if snapshot is None or len(snapshot.rounds) < 2:
            return Content(), Content()
        return Content(), Content.styled("[ ] other round", "$faint")

    def body(self, width: int, height: int) -> list[Content]:
        """See the base class."""
        snapshot, looked_at = self.view.snapshot, self.view.row
        if snapshot is None:
            return []
        if looked_at is None:
            return [
                Content(),
                Content.styled("No round yet.", "$muted"),
                Content.styled(f"The first picks from {self.view.task.count(snapshot.pool)}.", "$muted"),
            ]
        rounds = snapshot.rounds
        space = height - 1
        # The table keeps four rows before the detail gets any; a rule stands only above two lines or more.
        spare = max(0, space - min(len(rounds), max(4, space - DETAIL)))
        detail = self._detail(looked_at, width)[: spare if spare > 2 else 0]
        if spare and not detail:
            detail = self._detail(looked_at, width)[1:2]
        space -= len(detail)
        place = rounds.index(looked_at)
        first = max(0, min(place - space // 2, len(rounds) - space))
        table = self._table(width)
        lines = [table[0]]
        lines += [
            fill(line, width).stylize("on $cursor") if first + y == place and len(rounds) > 1 else line
            for y, line in enumerate(table[1:][first : first + space])
        ]
        lines += [Content()] * (space + 1 - len(lines))
        return lines + detail

    def _table(self, width: int) -> list[Content]:
        """The heading and one line a round, in `width` cells."""
        snapshot, glyphs = self.view.snapshot, self.view.glyphs
        assert snapshot is not None
        rounds = snapshot.rounds
        found = columns(rounds, glyphs)
        number = max(2, len(str(rounds[-1].round)))
        names = [said(row.strategy).plain.replace("_", " ") for row in rounds]
        longest = min(18, max(16, *(len(name) for name in names)))

        def needed(gap: int) -> int:
            return 2 + number + 2 + longest + sum(column.width + gap for column in found)

        while needed(1) > width and any(column.gives_way for column in found):
            last = max(column.gives_way for column in found)
            found = [column for column in found if column.gives_way != last]
        gap = max(1, min(4, 1 + (width - needed(1)) // max(1, len(found))))
        name_width = max(6, longest - max(0, needed(gap) - width))

        def line(mark: str, first: str, name: str, cells: list[tuple[str, Column]]) -> Content:
            parts: list[str | tuple[str, str]] = [(f"{mark} ", "$focus bold"), first.rjust(number), "  "]
            parts.append(fill(Content(fit(name, name_width, glyphs.ellipsis)), name_width).plain)
            for text, column in cells:
                parts.append((" " * gap + text.rjust(column.width), self._style(text, column)))
            return Content.assemble(*parts)

        head = line(" ", "#", "picked by", [(column.head, column) for column in found])
        lines = [Content.styled(head.plain, "$muted")]
        before: RoundRow | None = None
        for row, name in zip(rounds, names, strict=True):
            mark = glyphs.cursor if row is self.view.row and len(rounds) > 1 else " "
            cells = [(self._cell(column, row, before), column) for column in found]
            lines.append(line(mark, str(row.round), name, cells))
            before = row
        return lines

    def _cell(self, column: Column, row: RoundRow, before: RoundRow | None) -> str:
        """The cell's text; what the running step will still bring is an ellipsis, not a dash."""
        snapshot, glyphs = self.view.snapshot, self.view.glyphs
        text = column.cell(row, before)
        awaited = text == glyphs.dash and column.head != "picked"
        running = snapshot is not None and snapshot.progress is not None and snapshot.progress.round == row.round
        changeless = column.head == glyphs.delta and before is None
        return glyphs.ellipsis if awaited and running and not changeless else text

    def _style(self, text: str, column: Column) -> str:
        glyphs = self.view.glyphs
        if text in (glyphs.dash, glyphs.ellipsis):
            return "$faint"
        if column.head == "picked" and self._doubted:
            return doubt.STYLE
        if column.head == glyphs.failed:
            return "$faint" if text == "0" else "$bad bold"
        if column.head == glyphs.delta:
            return "$good" if text.startswith("+") else "$bad" if text.startswith("-") else "$muted"
        return column.style

    def _detail(self, row: RoundRow, width: int) -> list[Content]:
        """A rule and four lines about one round."""
        glyphs = self.view.glyphs
        dot = f" {glyphs.dot} "
        failed = ", ".join(f"{number} {said(failure(name)).plain}" for name, number in row.failed.items() if number)
        title = f" round {row.round}{dot}{count(row.selected)} picked "
        if row.train_size:
            title = f"{title.rstrip()}{dot}trained on {count(row.train_size)} "
        cached = f" ({100 * row.tokens.cached // row.tokens.input} % cached)" if row.tokens.cached else ""
        used = f"{tokens(row.tokens.input)} in{cached}, {tokens(row.tokens.output)} out"
        if row.tokens.input and len(title) + len(dot) + len(used) + 3 <= width:
            title = f"{title.rstrip()}{dot}{used} "
        rule = glyphs.line * 2 + title + glyphs.line * (width - len(title) - 2)
        answers = [f"{count(row.labelled)} labelled", f"{count(row.empty)} empty"]
        answers.append(f"{row.failures} failed" + (f" ({failed})" if failed else ""))
        if row.reviewed:
            answers.append(f"{count(row.reviewed)} reviewed")
        scores = [
            self._score(name, score) for name, score in (("test", row.test), ("dev", row.dev)) if score is not None
        ]
        picked = self._score(f"annotator on the {self.view.task.units} picked", row.picked) if row.picked else ""
        spent = ", ".join(f"{name} {clock(seconds)}" for name, seconds in row.seconds.items() if seconds)
        scores += [
            f"accuracy on {split} {f1(found.value)}{self._spread(found)}" for split, found in row.accuracy.items()
        ]
        lines = [Content(dot.join(scores) or "not measured yet")]
        if picked:
            mark, style = (f"{glyphs.warning} ", doubt.STYLE) if self._doubted else ("", "")
            lines.append(Content.styled(f"{mark}{picked}", style))
        lines.append(Content(dot.join(answers)))
        # The first to go where lines are few is what the table has too.
        lines += [*self._confidence(row), *self._by_label(row), *self._stability(row), Content.styled(spent, "$muted")]
        return [
            Content.styled(rule[:width], "$line").stylize("$muted", 2, 2 + len(title)),
            *(cut(line, width, glyphs.ellipsis) for line in lines),
        ]

    @property
    def _doubted(self) -> bool:
        """Whether leakage puts the annotator's figures in doubt."""
        snapshot = self.view.snapshot
        return snapshot is not None and doubt.of(snapshot, snapshot.annotator) is not None

    def _by_label(self, row: RoundRow) -> list[Content]:
        """The reported split's F1 of each label, where there is a line to spare."""
        split = "test" if row.test is not None else "dev"
        scores = row.by_label.get(split, {})
        if not scores:
            return []
        named = [f"{said(label).plain} {f1(score.f1)}" for label, score in scores.items()]
        return [Content(f"{split} by label {f' {self.view.glyphs.dot} '.join(named)}")]

    def _confidence(self, row: RoundRow) -> list[Content]:
        """How true the student's confidence is on dev."""
        found = row.calibration
        if found is None:
            return []
        raw = "" if found.raw is None else f" (raw {f1(found.raw)})"
        parts = [f"confidence: ECE {f1(found.ece)}{raw} n {count(found.n)} held {self.view.task.decisions}"]
        parts += [] if found.temperature is None else [f"temperature {found.temperature:.2g}"]
        return [Content(f" {self.view.glyphs.dot} ".join(parts))]

    def _stability(self, row: RoundRow) -> list[Content]:
        """Whether the student still changes its mind, and how sure it is, on the stop set."""
        parts = []
        if row.agreement is not None:
            parts.append(f"kappa {f1(row.agreement.value, 3)} with the student before")
        if row.uncertainty is not None:
            over = f"n {count(row.uncertainty.n)} {self.view.task.decisions}"
            parts.append(f"entropy {f1(row.uncertainty.value, 3)}, {over}")
        return [Content(", ".join(parts))] if parts else []

    def _spread(self, found: Measure) -> str:
        if found.low is None or found.high is None:
            return ""
        return f" {self.view.glyphs.plus_minus}{f1((found.high - found.low) / 2)}"

    def _score(self, name: str, score: Score) -> str:
        """A score in full: F1 with its interval, precision, recall and over how many sentences."""
        f1_text = f"{f1(score.f1)} {self.view.glyphs.plus_minus}{f1(half_width(score))}"
        return f"{name} {f1_text} P {f1(score.precision)} R {f1(score.recall)} n {count(score.n)}"
