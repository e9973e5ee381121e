"""The annotators' table, and all that is known of each below it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual.content import Content

from ...core.crossing import sentence
from ...core.groups import Grouped
from ...core.league import LeagueRow, Share
from ...core.snapshot import Measure, Score, Snapshot
from ...core.tasks import NER, Shape, Task, shown_as
from .. import doubt
from ..cells import cut, fill, fit, safe, said
from ..glyphs import Glyphs
from ..widgets.sheet import Block
from ..words import count, f1, failure, usd
from .budget import seconds
from .common import fact, warned

END = "end of "
"""Before the name of a card's last line."""
MOST = 8
"""Groups that a card names; `llmaaa status --by` names all."""
NAME = 24
"""Cells of the names, at least."""
ABOUT = (
    "Each row's figures come from the {units} that row was asked about; annotator and student are compared on the "
    "same {units} under F1 on gold alone, where both stand there.",
    "What a dash stands for fills as the project goes on: F1 on the {units} picked wants labels in the pool's file, "
    'F1 on a gold split wants teacher.measure = "dev" or "test", confidence wants annotator.samples over 1, and what '
    "people accept wants a review.",
)
WHOLE = (
    "Accuracy is the share of {units} whose labels are exactly right. F1 leaves out the label that says that none of "
    "the others holds, where there is one."
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its head, its cells, and its place in the order in which columns give way, the last first.

    The place is `of_spans` where labels are stretches of the text, `of_items` where they are of whole items; without
    one there is no such column.
    """

    head: str
    width: int
    of_spans: int | None
    of_items: int
    figure: Callable[[LeagueRow, Glyphs], str]
    doubtful: bool = False
    """Whether leakage puts its figures in doubt."""


def _score(score: Score | None, glyphs: Glyphs) -> str:
    if score is None:
        return glyphs.dash
    return f"{f1(score.f1)} ({f1(score.low)}{glyphs.dash}{f1(score.high)}) n {count(score.n)}"


def _share(share: Share | None, glyphs: Glyphs) -> str:
    if share is None:
        return glyphs.dash
    return f"{f1(share.rate)} ({f1(share.low)}{glyphs.dash}{f1(share.high)}) n {count(share.n)}"


def _right(accuracy: Measure | None, glyphs: Glyphs) -> str:
    if accuracy is None or accuracy.low is None or accuracy.high is None:
        return glyphs.dash
    return f"{f1(accuracy.value)} ({f1(accuracy.low)}{glyphs.dash}{f1(accuracy.high)}) n {count(accuracy.n)}"


def _number(number: int, row: LeagueRow, glyphs: Glyphs) -> str:
    return count(number) if row.kind == "annotator" else glyphs.dash


def _seconds(row: LeagueRow, glyphs: Glyphs) -> str:
    return glyphs.dash if row.seconds is None else f"{seconds(row.seconds)} n {count(row.requests)}"


def _each(row: LeagueRow, glyphs: Glyphs) -> str:
    return glyphs.dash if row.each_nanousd is None else usd(row.each_nanousd)


COLUMNS = (
    Column("usable", 8, 1, 1, lambda row, glyphs: _number(row.usable, row, glyphs)),
    Column("empty", 7, 8, 10, lambda row, glyphs: _number(row.empty, row, glyphs)),
    Column("failed", 8, 3, 3, lambda row, glyphs: _number(row.failures, row, glyphs)),
    Column("flagged", 9, 9, 11, lambda row, glyphs: _number(sum(row.flagged.values()), row, glyphs)),
    Column("accuracy as picked", 23, None, 2, lambda row, glyphs: _right(row.accuracy, glyphs), True),
    Column("F1 as picked", 23, 2, 5, lambda row, glyphs: _score(row.picked, glyphs), True),
    Column("accuracy on gold", 23, None, 6, lambda row, glyphs: _right(row.measured_accuracy, glyphs), True),
    Column("F1 on gold", 23, 5, 7, lambda row, glyphs: _score(row.measured, glyphs), True),
    Column("accepted by people", 23, 6, 8, lambda row, glyphs: _share(row.share, glyphs)),
    Column("$ a label", 11, 4, 4, _each),
    Column("seconds", 15, 7, 9, _seconds),
)


def table(
    rows: Sequence[LeagueRow],
    width: int,
    glyphs: Glyphs,
    task: Task = NER,
    snapshot: Snapshot | None = None,
    below: str = "",
) -> Block:
    """Everybody in a line each, with as many columns as have room; the page below has all.

    Args:
        below: a sentence under the table.
    """
    spans = task.shape is Shape.SPANS
    ranked = [(one.of_spans if spans else one.of_items, one) for one in COLUMNS]
    kept = sorted((rank, place) for place, (rank, _) in enumerate(ranked) if rank is not None)
    while sum(COLUMNS[place].width for _, place in kept) + NAME > width and len(kept) > 1:
        kept.pop()
    shown = [COLUMNS[place] for place in sorted(place for _, place in kept)]
    room = max(8, width - sum(column.width for column in shown))
    heads = "".join(f"{column.head:>{column.width}}" for column in shown)
    lines = [Content.styled(f"{'':<{room}}{heads}", "$head")]
    for row in rows:
        found = doubt.of(snapshot, row.name) if row.kind == "annotator" else None
        figures = [
            (f"{column.figure(row, glyphs):>{column.width}}", doubt.STYLE if found and column.doubtful else "")
            for column in shown
        ]
        name = doubt.badge(_name(row), found, glyphs)
        lines.append(Content.assemble(fill(cut(name, room - 1, glyphs.ellipsis), room), *figures))
    if below:
        lines += [Content(), *Content.styled(below, "$muted").wrap(width)]
    return Block("Side by side", tuple(lines), Content.styled("95 % intervals", "$muted"))


def _name(row: LeagueRow) -> Content:
    words = {"annotator": "", "student": "the student: ", "people": "a person: "}.get(row.kind, "")
    return Content.assemble((words, "$muted"), said(row.name).stylize("bold"))


def about(width: int, task: Task = NER) -> Block:
    """What the figures are not, and how the missing ones come."""
    lines: list[Content] = []
    for words in (*ABOUT, *(() if task.shape is Shape.SPANS else (WHOLE,))):
        lines += Content.styled(words.format(units=task.units), "$muted").wrap(width)
    return Block("How to read it", tuple(lines), right=True)


def card(
    row: LeagueRow,
    chosen: bool,
    width: int,
    glyphs: Glyphs,
    snapshot: Snapshot | None = None,
    groups: Sequence[Grouped] = (),
    drift: str = "",
) -> Block:
    """All that is known of one row; of the student that is in the snapshot, with its scores by group."""
    found = doubt.of(snapshot, row.name) if row.kind == "annotator" else None
    name = doubt.badge(_name(row), found, glyphs)
    head = Content.assemble((f"{glyphs.cursor} " if chosen else "", "$focus bold"), name)
    if row.simulated:
        head = Content.assemble(head, "  ", (f" {row.simulated.upper()} ", "$warn bold reverse"))
    lines = [cut(head, width, glyphs.ellipsis)]
    if found is not None:
        lines += warned(f"In doubt: {glyphs.own(doubt.why(found))}", width, glyphs)
    for title, words in _facts(row, glyphs, snapshot):
        style = doubt.STYLE if found is not None and (title == "As picked" or title.startswith("F1 ")) else ""
        lines += fact(title, Content.styled(words, style), width)
    for one in groups:
        lines += fact(*_grouped(one, glyphs), width)
    if drift:
        lines += fact("Drift", safe(glyphs.own(drift)), width)
    title = {"annotator": "Annotator", "student": "Student", "people": "Person"}.get(row.kind, "")
    return Block(title, tuple(lines), named=((0, key(row)), (len(lines) - 1, f"{END}{key(row)}")))


def _grouped(one: Grouped, glyphs: Glyphs) -> tuple[str, str]:
    """Its F1 by one field in a line or a few: name and words."""
    when = "" if one.round is None else f" after round {one.round}"
    parts = []
    for group in one.groups[:MOST]:
        failed = f", {100 * group.failed.value:.0f} % failed" if group.failed and group.failed.value else ""
        parts.append(f"{safe(group.value)} {_score(group.score, glyphs)}{failed}")
    more = len(one.groups) - MOST
    parts += [f"and {more} more"] if more > 0 else []
    words = f"{safe(one.split)}{when}: {'; '.join(parts)}"
    if one.gap is not None:
        words += f". Largest gap: {safe(glyphs.own(one.gap.sentence()))}"
    return f"By {fit(safe(one.field), 8, glyphs.ellipsis)}", words


def key(row: LeagueRow) -> str:
    """A name of its own for a row."""
    return f"{row.kind} {row.name}"


def _facts(row: LeagueRow, glyphs: Glyphs, snapshot: Snapshot | None) -> list[tuple[str, str]]:
    task = shown_as(snapshot.task if snapshot else "")
    if row.kind == "annotator":
        return _of_annotator(row, glyphs, task)
    if row.kind == "student":
        return [(_on(row, glyphs, task), _on_gold(row, glyphs, task)), *_of_student(snapshot, glyphs)]
    verdicts = f"{count(row.accepted)} accepted, {count(row.mended)} mended, {count(row.rejected)} rejected"
    if row.in_bulk:
        verdicts += f", {count(row.in_bulk)} more accepted many at once"
    pace = glyphs.dash
    if row.seconds is not None:
        pace = f"{row.seconds:.1f} s a {task.unit}, the median, n {count(row.requests)}"
    return [("Decided", verdicts), ("Pace", pace)]


def _of_student(snapshot: Snapshot | None, glyphs: Glyphs) -> list[tuple[str, str]]:
    """Against its teacher and the baselines, how true its confidence is, and what stopping rules look at."""
    if snapshot is None:
        return []
    task = shown_as(snapshot.task)
    found: list[tuple[str, str]] = []
    if snapshot.crossing is not None:
        found.append(("Teacher", said(glyphs.own(sentence(snapshot.crossing, f1))).plain))
    for one in snapshot.baselines:
        learnt = f", learnt from {count(one.train_size)} gold {task.units}" if one.train_size else ""
        failed = f", {count(one.failed)} answers failed" if one.failed else ""
        found.append(("Baseline", f"{one.name} on {one.split}: {_score(one.score, glyphs)}{learnt}{failed}"))
    row = next((one for one in reversed(snapshot.rounds) if one.uncertainty or one.calibration), None)
    if row is None:
        return found
    if row.calibration is not None:
        found.append(("Confidence", row.calibration.words(f1, task.decisions)))
    if row.agreement is not None:
        kappa = _measured(row.agreement, glyphs, task)
        said_by = "tags" if task.shape is Shape.SPANS else "labels"
        found.append(("Stability", f"kappa {kappa}, between its {said_by} and those of the student before"))
    if row.uncertainty is not None:
        entropy = _measured(row.uncertainty, glyphs, task)
        found.append(("Certainty", f"{task.entropy} {entropy}, {task.units} drawn once from the pool"))
    return found


def _measured(measure: Measure, glyphs: Glyphs, task: Task) -> str:
    ends = ""
    if measure.low is not None and measure.high is not None:
        ends = f" ({f1(measure.low, 3)} {glyphs.dash} {f1(measure.high, 3)})"
    return f"{f1(measure.value, 3)}{ends}, n {count(measure.n)} {task.decisions}"


def _of_annotator(row: LeagueRow, glyphs: Glyphs, task: Task) -> list[tuple[str, str]]:
    dash = glyphs.dash
    failed = ", ".join(f"{said(failure(name)).plain} {count(n)}" for name, n in row.failed.items() if n)
    flags = ", ".join(f"{said(name.replace('_', ' ')).plain} {count(n)}" for name, n in row.flagged.items())
    sure = dash if row.confidence is None else f"{f1(row.confidence)} on average, n {count(row.confident)}"
    each, picked = dash, _full(row.picked, row.accuracy, glyphs, task)
    if row.picked is not None:
        picked += " answered, against the pool's hidden gold"
    if row.each_nanousd is not None and row.cost_nanousd is not None:
        each = f"${usd(row.each_nanousd)} a usable label: ${usd(row.cost_nanousd)} for {count(row.usable)}"
    pace = dash if row.seconds is None else f"{seconds(row.seconds)} s a request on average, n {count(row.requests)}"
    people = _share(row.share, glyphs)
    if row.share is not None:
        people += (
            f" accepted: {count(row.accepted)} accepted, {count(row.mended)} mended, {count(row.rejected)} rejected"
        )
        people += ", of those reviewed, which is no random sample"
    if row.in_bulk:
        people += f"; {count(row.in_bulk)} more accepted many at once"
    return [
        ("Answers", f"{count(row.labelled)} labelled, {count(row.empty)} empty, {count(row.failures)} failed"),
        *([("Failed", failed)] if failed else []),
        ("To look at", flags or "nothing flagged"),
        ("As picked", picked),
        (_on(row, glyphs, task), _on_gold(row, glyphs, task)),
        ("Confidence", sure),
        ("Cost", each),
        ("Pace", pace),
        ("People", people),
    ]


def _on(row: LeagueRow, glyphs: Glyphs, task: Task) -> str:
    """Which split the score is of."""
    split = fit(said(row.split).plain, 6, glyphs.ellipsis) if row.split else "on gold"
    return f"F1 {split}" if task.shape is Shape.SPANS else f"On {split.removeprefix('on ')}"


def _on_gold(row: LeagueRow, glyphs: Glyphs, task: Task) -> str:
    failed = f", {count(row.measured_failed)} of them failed" if row.measured_failed else ""
    return _full(row.measured, row.measured_accuracy, glyphs, task) + failed


def _full(score: Score | None, accuracy: Measure | None, glyphs: Glyphs, task: Task) -> str:
    if score is None:
        return glyphs.dash
    right = ""
    if accuracy is not None and accuracy.low is not None and accuracy.high is not None:
        right = f"accuracy {f1(accuracy.value)} ({f1(accuracy.low)} {glyphs.dash} {f1(accuracy.high)}), "
    ends = f"{f1(score.low)} {glyphs.dash} {f1(score.high)}"
    precise = f"P {f1(score.precision)} R {f1(score.recall)}"
    return f"{right}F1 {f1(score.f1)} ({ends}), {precise}, n {count(score.n)} {task.units}"
