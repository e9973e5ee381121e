"""The newest comparison: contenders on the same items in a table, F1 against dollars, agreement, a card for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from string import ascii_uppercase

from textual.content import Content

from ...core.comparison import ComparedRow, Comparison, Difference
from ...core.snapshot import Measure, Score
from ...core.tasks import NER, Shape, Task
from .. import doubt
from ..cells import cut, fill, fit, safe, said
from ..glyphs import Glyphs
from ..widgets.sheet import Block
from ..words import count, f1, failure, signed, usd
from .annotators import END
from .common import fact, warned
from .scatter import Point, scatter

NAME = 24
"""Cells of the names, at least."""
UNBEATEN = "unbeaten"
ROW = "row of "
"""Before the name of a line of the table, apart from that of its card."""
NOT_YET = (
    "Nobody was compared on the same {units} yet: llmaaa annotators DIR --estimate says what it costs, "
    "llmaaa annotators DIR --with annotator.model=NAME does it."
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its head, width, its place in the order in which columns give way (the last first), its cells, and
    whether leakage puts its figures in doubt."""

    head: str
    width: int
    rank: int
    figure: Callable[[ComparedRow, Glyphs], str]
    doubtful: bool = True


def letter(place: int) -> str:
    """The mark of a row, by its place: A, B … Z, then a question mark."""
    return ascii_uppercase[place] if place < len(ascii_uppercase) else "?"


def key(row: ComparedRow) -> str:
    """A name of its own for a row, apart from those of the other table."""
    return f"compared {row.name}"


def chosen(name: str) -> str:
    """Which row a place on the page stands for: the one whose card it is, or whose line."""
    return name.removeprefix(ROW)


# -- figures ----------------------------------------------------------------------------------------


def _score(score: Score | None, glyphs: Glyphs) -> str:
    if score is None:
        return glyphs.dash
    return f"{f1(score.f1)} ({f1(score.low)}{glyphs.dash}{f1(score.high)}) n {count(score.n)}"


def _measure(one: Measure | None, glyphs: Glyphs, n: bool = True) -> str:
    if one is None:
        return glyphs.dash
    ends = "" if one.low is None or one.high is None else f" ({f1(one.low)}{glyphs.dash}{f1(one.high)})"
    return f"{f1(one.value)}{ends}" + (f" n {count(one.n)}" if n else "")


def _value(value: float | None, glyphs: Glyphs) -> str:
    return glyphs.dash if value is None else f1(value)


def _percent(value: float | None, glyphs: Glyphs) -> str:
    return glyphs.dash if value is None else f"{100 * value:.1f} %"


def _failed(row: ComparedRow, glyphs: Glyphs) -> str:
    return _percent(row.failures / row.answers if row.answers else None, glyphs)


def _usd(nanousd: int | None, glyphs: Glyphs) -> str:
    return glyphs.dash if nanousd is None else usd(nanousd)


def _whole(value: float | None, glyphs: Glyphs) -> str:
    return glyphs.dash if value is None else f"{value:,.0f}"


def _of(measure: Measure | None) -> float | None:
    return None if measure is None else measure.value


def columns(spans: bool) -> tuple[Column, ...]:
    """All columns, in the order of the screen."""
    right: tuple[Column, ...] = (
        Column("token acc.", 12, 5, lambda row, glyphs: _percent(_of(row.token_accuracy), glyphs)),
        Column("entity acc.", 13, 11, lambda row, glyphs: _percent(_of(row.entity_token_accuracy), glyphs)),
    )
    if not spans:
        right = (Column("accuracy", 22, 5, lambda row, glyphs: _measure(row.accuracy, glyphs)),)
    strict = (Column("strict", 8, 12, lambda row, glyphs: _value(row.f1_strict.f1 if row.f1_strict else None, glyphs)),)
    return (
        Column("F1 over all", 21, 1, lambda row, glyphs: _score(row.f1, glyphs)),
        Column("F1 usable", 10, 3, lambda row, glyphs: _value(row.f1_usable.f1 if row.f1_usable else None, glyphs)),
        *(strict if spans else ()),
        *right,
        Column("self F1", 9, 9, lambda row, glyphs: _value(_of(row.self_f1), glyphs), False),
        Column("kappa", 7, 7, lambda row, glyphs: _value(_of(row.fleiss_kappa), glyphs), False),
        Column("failed", 8, 2, _failed, False),
        Column("unstable", 10, 6, lambda row, glyphs: _percent(_of(row.unstable), glyphs), False),
        Column("s/1,000", 9, 10, lambda row, glyphs: _whole(row.seconds_per_1000, glyphs), False),
        Column("$/1,000", 9, 4, lambda row, glyphs: _usd(row.nanousd_per_1000, glyphs), False),
        Column("$/right", 9, 8, lambda row, glyphs: _usd(row.nanousd_per_correct, glyphs), False),
    )


# -- blocks -----------------------------------------------------------------------------------------


def head(found: Comparison, width: int, glyphs: Glyphs, task: Task = NER, choice: str = "") -> Block:
    """What follows from the comparison, and the table, best F1 over all items first."""
    lines: list[Content] = []
    if found.recommendation:
        lines += fact("Advice", Content.assemble(said(glyphs.own(found.recommendation)).stylize("bold"), "."), width)
    if found.difference is not None:
        lines += fact("Apart", _difference(found.difference, task, glyphs), width)
    not_live = []
    for kind in ("simulated", "recorded"):
        those = [letter(n) for n, row in enumerate(found.rows) if row.simulated == kind]
        if those:
            not_live.append(f"{'all' if len(those) == len(found.rows) else ', '.join(those)} {kind.upper()}")
    if not_live:
        lines += fact("Not live", Content.styled(f"{', '.join(not_live)}: no model was asked", "$warn"), width)
    for place, row in enumerate(found.rows):
        if row.kind == "student" and row.manner:
            lines += fact("Student", f"{letter(place)}: {safe(glyphs.own(row.manner))}", width)
        if row.leakage:
            words = f"{letter(place)}: {glyphs.own(row.leakage)}"
            lines += fact("In doubt", Content.styled(f"{glyphs.warning} {safe(words)}", doubt.STYLE), width)
    lines += [Content()] if lines else []
    above = len(lines)
    lines += _table(found, width, glyphs, task, choice)
    times = f", {found.repeats} answers each" if found.repeats > 1 else ""
    note = f"{task.count(found.items)} of {safe(found.split)}, {safe(found.draw)} draw{times}"
    named = tuple((above + 1 + place, f"{ROW}{key(row)}") for place, row in enumerate(found.rows))
    return Block("Compared", tuple(lines), Content.styled(note, "$muted"), named=named)


def _table(found: Comparison, width: int, glyphs: Glyphs, task: Task, choice: str) -> list[Content]:
    shown = list(columns(task.shape is Shape.SPANS))
    while sum(column.width for column in shown) + NAME > width and len(shown) > 1:
        shown.remove(max(shown, key=lambda column: column.rank))
    room = max(8, width - sum(column.width for column in shown))
    lines = [Content.styled(f"{'':<{room}}" + "".join(f"{one.head:>{one.width}}" for one in shown), "$head")]
    for place, row in enumerate(found.rows):
        doubted = f"{doubt.STYLE}" if row.leakage else ""
        figures = [(f"{one.figure(row, glyphs):>{one.width}}", doubted if one.doubtful else "") for one in shown]
        mark = (f"{letter(place)} ", "$focus bold")
        name = Content.assemble(mark, cut(_name(row, glyphs), room - 3, glyphs.ellipsis))
        line = Content.assemble(fill(name, room), *figures)
        lines.append(line.stylize("on $cursor") if key(row) == choice else line)
    return lines


def _name(row: ComparedRow, glyphs: Glyphs) -> Content:
    words = {"student": "student ", "people": "people "}.get(row.kind, "")
    name = said(row.name).stylize("bold")
    if row.leakage:
        name = Content.assemble((f"{glyphs.warning} ", f"{doubt.STYLE} bold"), name.stylize(doubt.STYLE))
    return name if safe(row.name).startswith(words.strip()) else Content.assemble((words, "$muted"), name)


def _difference(one: Difference, task: Task, glyphs: Glyphs) -> Content:
    p = "p < .001" if one.p < 0.001 else f"p = {f1(one.p, 3)}"
    ends = f"({signed(one.low)} {glyphs.dash} {signed(one.high)})"
    return Content.assemble(
        said(one.first), " less ", said(one.second), f": F1 {signed(one.value)} {ends}, {p}, ",
        f"n {count(one.n)} {task.units}, paired bootstrap",
    )  # fmt: skip


def pareto(found: Comparison, width: int, glyphs: Glyphs, task: Task = NER) -> Block:
    """F1 over all against dollars, and who stands where in words: it is read without the picture too."""
    points, legend = [], []
    for place, row in enumerate(found.rows):
        front = row.name in found.pareto
        words = UNBEATEN if front else ""
        price = f"${usd(row.nanousd_per_1000)}" if row.nanousd_per_1000 is not None else "no price"
        figure = glyphs.dash if row.f1 is None else f1(row.f1.f1)
        left = Content.assemble((f"{letter(place)} ", "$focus bold"), _name(row, glyphs))
        right = f"{figure:>5} {price:>10}  "
        room = max(8, width - len(right) - len(UNBEATEN))
        line = Content.assemble(fill(cut(left, room, glyphs.ellipsis), room), right, (words, "$muted"))
        legend.append(cut(line, width, glyphs.ellipsis))
        if row.f1 is not None and row.nanousd_per_1000 is not None:
            style = doubt.STYLE if row.leakage else "$focus"
            points.append(Point(letter(place), row.nanousd_per_1000, row.f1.f1, row.f1.low, row.f1.high, front, style))
    drawn = scatter(points, width, 11, glyphs, task.units) if len(points) > 1 else []
    about = f"{UNBEATEN}: nobody is both better and cheaper."
    if drawn:
        about = f"Bars are 95 % intervals, the dotted line is the best up to a price; {about}"
        drawn.append(Content())
    return Block("F1 against dollars", (*drawn, *legend, *Content.styled(about, "$muted").wrap(width)))


def agreements(found: Comparison, width: int, glyphs: Glyphs, task: Task = NER) -> Block | None:
    """How far every two agree, and each with the gold; None where nothing was worked out."""
    if not found.agreements:
        return None
    letters = {row.name: letter(place) for place, row in enumerate(found.rows)}
    wide, pair_width = (16, 16, 16) if width >= 66 else (16, 7, 7), 12
    heads = zip(("Cohen kappa", "alpha", "F1"), wide, strict=True)
    head = f"{'':<{pair_width}}{''.join(f'{name:>{cells}}' for name, cells in heads)}{'n':>6}"
    lines = [Content.styled(fit(head, width, glyphs.ellipsis), "$head")]
    for one in sorted(found.agreements, key=lambda one: "gold" not in (one.first, one.second)):
        pair = f"{_short(one.first, letters)}, {_short(one.second, letters)}"
        n = next((count(got.n) for got in (one.cohen_kappa, one.f1) if got is not None), glyphs.dash)
        line = f"{fit(pair, pair_width, glyphs.ellipsis):<{pair_width}}"
        measures = (one.cohen_kappa, one.krippendorff_alpha, one.f1)
        for measure, cells in zip(measures, wide, strict=True):
            words = _measure(measure, glyphs, False) if cells > 7 else _value(_of(measure), glyphs)
            line += f"{words:>{cells}}"
        lines.append(cut(Content(f"{line}{n:>6}"), width, glyphs.ellipsis))
    of = "tokens" if task.shape is Shape.SPANS else task.units
    words = f"kappa and Krippendorff's alpha (nominal) over {of} of the {task.units} that both answered."
    return Block("Who agrees with whom", (*lines, *Content.styled(words, "$muted").wrap(width)), right=True)


def _short(name: str, letters: dict[str, str]) -> str:
    return letters.get(name) or safe(name)


def card(found: Comparison, row: ComparedRow, chosen: bool, width: int, glyphs: Glyphs, task: Task = NER) -> Block:
    """All figures of one contender."""
    place = found.rows.index(row)
    top = Content.assemble(
        (f"{glyphs.cursor} " if chosen else "", "$focus bold"), (f"{letter(place)} ", "$focus bold"), _name(row, glyphs)
    )
    if row.simulated:
        top = Content.assemble(top, "  ", (f" {safe(row.simulated).upper()} ", "$warn bold reverse"))
    lines = [cut(top, width, glyphs.ellipsis)]
    if row.leakage:
        lines += warned(f"In doubt: {glyphs.own(row.leakage)}", width, glyphs)
    for name, words, doubtful in _facts(row, glyphs, task):
        style = doubt.STYLE if doubtful and row.leakage else ""
        lines += fact(name, Content.styled(words, style), width)
    return Block("Compared", tuple(lines), named=((0, key(row)), (len(lines) - 1, f"{END}{key(row)}")))


def _facts(row: ComparedRow, glyphs: Glyphs, task: Task) -> list[tuple[str, str, bool]]:
    """Name, words, and whether leakage puts them in doubt; what was not worked out is left out."""
    facts: list[tuple[str, str, bool]] = []
    if row.manner:
        name = "Asked" if row.kind == "annotator" else "Made"
        facts.append((name, safe(glyphs.own(row.manner)), False))
    if row.answers:
        failed = ", ".join(f"{safe(failure(name))} {count(n)}" for name, n in row.failed.items() if n)
        words = f"{count(row.usable)} of {task.count(row.items)} usable at first; {count(row.answers)} asked"
        words += f", {count(row.failures)} failed ({_failed(row, glyphs)})" + (f": {failed}" if failed else "")
        facts.append(("Answers", words, False))
    for name, score, words in (
        ("F1 over all", row.f1, "; what failed found nothing"),
        ("F1 usable", row.f1_usable, ""),
        ("F1 strict", row.f1_strict, "; as strict IOB2 reads the tags"),
    ):
        if score is not None:
            ends = f"({f1(score.low)} {glyphs.dash} {f1(score.high)})"
            full = f"{f1(score.f1)} {ends}, P {f1(score.precision)} R {f1(score.recall)}, "
            facts.append((name, f"{full}n {count(score.n)}{words}", True))
    for name, measure, words, doubtful in (
        ("Accuracy", row.accuracy, f"of {task.units} right", True),
        ("Tokens", row.token_accuracy, "of all tokens right over all answers, O too: token accuracy, no F1", True),
        ("", row.token_f1_paper, "of the tokens of usable first answers: the paper's F1 micro", True),
        ("", row.entity_token_accuracy, "of the tokens that are entities in gold", True),
        ("Self", row.self_f1, "F1 between its own answers: how far it agrees with itself", False),
        ("", row.fleiss_kappa, "Fleiss' kappa over its answers", False),
        ("", row.fleiss_kappa_entities, "the same without tokens that are O in all", False),
        ("Unstable", row.unstable, f"of {task.units} whose answers are not all alike", False),
        ("Ungrounded", row.ungrounded, "of usable answers named what is not in the text", False),
    ):
        if measure is not None:
            facts.append((name, f"{_measure(measure, glyphs)} {words}", doubtful))
    if row.nanousd_per_1000 is not None:
        words = f"${usd(row.nanousd_per_1000)} per 1,000 {task.units}"
        if row.nanousd_per_correct is not None:
            words += f", ${usd(row.nanousd_per_correct)} a right {'span' if task.shape is Shape.SPANS else 'label'}"
        facts.append(("Cost", words, False))
    if row.seconds_per_1000 is not None:
        pace = f"{row.seconds_per_1000:,.0f} s per 1,000 {task.units}"
        pace += f", one request after the other, n {row.requests:,}" if row.requests else ""
        facts.append(("Pace", pace, False))
    return facts
