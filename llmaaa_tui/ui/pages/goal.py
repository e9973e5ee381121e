"""What lies ahead: the goal's cost with its range, and the learning curve's forecast."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from ...core.books import Books
from ...core.forecast import FEWEST, Curve
from ...core.outlook import Outlook, Span, labels_there, outlook, points, rate, whole_rounds
from ...core.snapshot import Snapshot
from ...core.stopping import DEFAULTS
from ...core.tasks import shown_as
from ..cells import said
from ..glyphs import Glyphs
from ..widgets.chart import Series, chart
from ..widgets.sheet import Block
from ..words import count, f1, half_width, usd
from .common import fact

CHART = 10
"""Lines of the learning curve."""
AHEAD = 12
"""Points at which the curve is drawn beyond the last round."""


def goals_of(snapshot: Snapshot, books: Books | None) -> tuple[str, ...]:
    """The goals in force: the newest run's, else the rounds of the settings."""
    goals = snapshot.goals or (books.goals if books else ())
    rounds = books.rounds_goal if books else None
    if rounds is None and snapshot.progress is not None:
        rounds = snapshot.progress.rounds
    return goals or ((f"rounds={rounds}",) if rounds else ())


def goal(
    snapshot: Snapshot, books: Books | None, curve: Curve | None, width: int, height: int, glyphs: Glyphs
) -> Block:
    """Each goal: what is to come, whether the cap holds, and the F1 that the learning curve promises."""
    goals = goals_of(snapshot, books)
    lines: list[Content] = []
    if not goals:
        lines += Content.styled("Known once a run has begun.", "$muted").wrap(width)
    spent, plan = snapshot.budget.spent_nanousd, books.plan if books else None
    task = shown_as(snapshot.task)
    found = [outlook(one, snapshot.rounds, spent, snapshot.pool, curve, plan, task) for one in goals]
    for place, one in enumerate(found):
        lines += [Content()] if place else []
        lines += _goal(one, snapshot, curve, width, glyphs)
    paid = rate(snapshot.rounds)
    if paid is not None and goals:
        low, high = usd(paid.least_nanousd), usd(paid.most_nanousd)
        words = f"a round takes ${usd(paid.nanousd)} ({low} {glyphs.dash} {high}) for {paid.labels:.0f} labels"
        whole = f"{words}, n {count(paid.n)} whole {'round' if paid.n == 1 else 'rounds'}"
        lines += fact("By", Content.styled(whole, "$muted"), width)
    lines += _curve(snapshot, curve, found, width, height, glyphs)
    return Block("To the goal", tuple(lines), Content.styled("forecast", "$muted"), right=True)


def _goal(one: Outlook, snapshot: Snapshot, curve: Curve | None, width: int, glyphs: Glyphs) -> list[Content]:
    lines = fact("Goal", Content.styled(_goal_words(one.goal), "bold") + Content(_now(one, snapshot, glyphs)), width)
    if one.done:
        return [*lines, *fact("", Content.styled(f"{glyphs.labelled} reached", "$good"), width)]
    if one.rounds is not None:
        parts = [f"{_span(one.rounds, glyphs)} {'round' if one.rounds.expected == 1 else 'rounds'}"]
        if one.labels is not None:
            parts.append(f"{_span(one.labels, glyphs)} labels")
        lines += fact("To come", f" {glyphs.dot} ".join(parts), width)
    if one.nanousd is not None:
        lines += fact("Cost", _money(one.nanousd, glyphs), width)
        lines += _cap(one.nanousd, snapshot, width, glyphs)
    if one.why:
        lines += fact("", Content.styled(one.why, "$warn"), width)
    if one.need is not None and one.labels is not None:
        later = "a round more, unless the lower bound is there at once"
        lines += fact("", Content.styled(later, "$muted"), width)
    if one.need is not None and one.need.share < 1:
        share = f"{one.need.share * 100:.0f} % of the drawn curves reach it at all"
        lines += fact("", Content.styled(share, "$muted"), width)
    if one.need is None and curve is not None and one.labels is not None:
        have = curve.points[-1].labels
        middle, low, high = curve.at(have + one.labels.expected)
        lines += fact("F1 dev then", f"{glyphs.about} {f1(middle)} ({f1(low)} {glyphs.dash} {f1(high)})", width)
    return lines


def _goal_words(goal: str) -> str:
    name, _, value = goal.partition("=")
    value = said(value).plain or DEFAULTS.get(name, "")
    words = {
        "rounds": f"{value} rounds",
        "labels": f"{value} labels",
        "f1": f"dev F1 {value}",
        "usd": f"${value} spent",
        "plateau": f"a plateau: {value} rounds without a gain on dev",
        "stable": f"stable predictions: kappa {value}",
        "certain": f"a certain student: entropy below {value}",
    }
    return words.get(name, said(goal).plain)


def _now(one: Outlook, snapshot: Snapshot, glyphs: Glyphs) -> str:
    """Where it stands."""
    name = one.goal.partition("=")[0]
    if name == "rounds":
        return f" {glyphs.dot} {len(whole_rounds(snapshot.rounds))} done"
    if name == "labels":
        return f" {glyphs.dot} {count(labels_there(snapshot.rounds))} there"
    if name == "usd":
        return f" {glyphs.dot} {usd(snapshot.budget.spent_nanousd)} now"
    if name in ("stable", "certain"):
        return ""  # what is still missing says it
    score = next((row.dev for row in reversed(snapshot.rounds) if row.dev is not None), None)
    return "" if score is None else f" {glyphs.dot} now {f1(score.f1)} {glyphs.plus_minus}{f1(half_width(score))}"


def _span(span: Span, glyphs: Glyphs) -> str:
    if span.low == span.high == span.expected:
        return count(span.expected)
    high = "no end" if span.high is None else count(span.high)
    return f"{glyphs.about} {count(span.expected)} ({count(span.low)} {glyphs.dash} {high})"


def _money(span: Span, glyphs: Glyphs) -> str:
    if span.low == span.high == span.expected:
        return f"${usd(span.expected)}"
    high = "no end" if span.high is None else usd(span.high)
    return f"{glyphs.about} ${usd(span.expected)} ({usd(span.low)} {glyphs.dash} {high})"


def _cap(cost: Span, snapshot: Snapshot, width: int, glyphs: Glyphs) -> list[Content]:
    """Whether what is free reaches as far."""
    free = max(0, snapshot.budget.free_nanousd)
    if cost.expected > free:
        short = f"{glyphs.failed} does not reach: ${usd(cost.expected - free)} more would be needed"
        return fact("The cap", Content.styled(short, "$bad bold"), width)
    if cost.high is None or cost.high > free:
        words = f"{glyphs.warning} reaches by the middle, not at the high end: ${usd(free, left=True)} is free"
        return fact("The cap", Content.styled(words, "$warn"), width)
    return fact("The cap", f"{glyphs.labelled} holds: ${usd(free, left=True)} is free", width)


def _curve(
    snapshot: Snapshot, curve: Curve | None, found: Sequence[Outlook], width: int, height: int, glyphs: Glyphs
) -> list[Content]:
    """The dev curve with its law and band, where there are points enough."""
    measured = points(snapshot.rounds)
    if curve is None:
        if not measured:
            return []
        words = f"dev F1 cannot be foretold yet: {len(measured)} of the {FEWEST} rounds it needs are measured"
        return [Content(), *Content.styled(words, "$muted").wrap(width)]
    have = curve.points[-1].labels
    wished = [one.labels.high or one.labels.expected for one in found if one.labels is not None and not one.done]
    end = min(max([have * 3 // 2, *(have + more for more in wished)]), have * 4, max(snapshot.pool, have + 1))
    start = curve.points[0].labels
    xs = [start + (end - start) * step / AHEAD for step in range(AHEAD + 1)]
    band = [(x, *curve.at(round(x))) for x in xs]
    series = [
        Series("dev", tuple((p.labels, p.f1) for p in curve.points), "●" if glyphs.braille else "*", "$curve-dev"),
        Series("low", tuple((x, low) for x, _m, low, _h in band), glyphs.dot, "$muted", dotted=True),
        Series("high", tuple((x, high) for x, _m, _l, high in band), glyphs.dot, "$muted", dotted=True),
        Series("law", tuple((x, middle) for x, middle, _l, _h in band), glyphs.dot, "$curve-test"),
    ]
    middle, low, high = curve.at(end)
    tail = (
        f"At {count(end)} labels dev F1 {glyphs.about} {f1(middle)} ({f1(low)} {glyphs.dash} {f1(high)}): a power law "
        f"through {len(curve.points)} rounds, with its 95 % band from each round's own interval; that the curve goes "
        "on as it began is assumed, and all rounds share one dev set."
    )
    drawn = [*series, series[0]]  # first for the numbers of the axis, and last so that nothing covers it
    rows = chart(drawn, [], width, CHART, glyphs, "labels") if height >= 30 else []
    return [Content(), *rows, *Content.styled(tail, "$muted").wrap(width)]
