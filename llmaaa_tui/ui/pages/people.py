"""What people would cost beside all that was spent, by figures that can be changed; dollars to an F1 by each route."""

from __future__ import annotations

from collections.abc import Callable

from textual.content import Content

from ...core.human_cost import HumanCost, Part
from ...core.human_inputs import ANNOTATORS, EACH, NAMES, PAID_BY, RATE, TARGET, WAGE, Assumptions, Input
from ...core.money import format_usd
from ...core.routes import Dollars, Route
from ...core.snapshot import Snapshot
from ...core.tasks import shown_as
from ..cells import cut, fill
from ..glyphs import Glyphs
from ..widgets.sheet import Block
from ..words import count, ratio, usd
from .common import fact

LABEL, VALUE = 21, 8
"""Cells of an input's name and of its value."""


def people(snapshot: Snapshot, chosen: str, width: int, glyphs: Glyphs) -> Block:
    """The ratio with its formula, every term of it, and each input, which can be chosen and changed."""
    human = snapshot.human
    if human.high_nanousd:
        lines = _terms(human, width, glyphs)
    else:
        lines = fact("Would cost", f"known once {shown_as(snapshot.task).units} are answered", width)
    lines.append(Content())
    named = []
    for name in NAMES:
        if name != TARGET:
            named.append((len(lines), name))
            lines.append(_row(human.assumed, name, name == chosen, width, glyphs))
    note = Content.styled("tab chooses, enter changes", "$muted")
    return Block("People", tuple(lines), note, True, tuple(named))


def _terms(human: HumanCost, width: int, glyphs: Glyphs) -> list[Content]:
    lines = []
    for name, part in zip(("Would cost", "LLM", "Gold", "Review"), human.parts, strict=True):
        amount = Content.styled(_amount(part, glyphs), "bold" if part.name == "people" else "")
        how = part.how.replace(" * ", f" {glyphs.times} ")
        lines += fact(name, Content.assemble(amount, (f" {glyphs.dot} {how}", "$muted")), width)
    if human.ratio_low is None or human.ratio_high is None:
        return [*lines, *fact("Ratio", "known once something was paid", width)]
    assert human.alone_low is not None
    assert human.alone_high is not None
    whole = f"{_times(human.ratio_low, human.ratio_high, glyphs)} = people / (LLM + gold + review)"
    alone = f"{_times(human.alone_low, human.alone_high, glyphs)} = people / LLM alone"
    lines += fact("Ratio", Content.styled(whole, "bold"), width)
    lines += fact("", Content.styled(alone, "$muted"), width)
    return lines + fact("By", human.basis, width)


def _amount(part: Part, glyphs: Glyphs) -> str:
    if part.low is None or part.high is None:
        return "not counted"
    if part.low == part.high:
        return f"${usd(part.low)}"
    return f"{glyphs.about} ${usd(part.low)} {glyphs.dash} {usd(part.high)}"


def _times(low: float, high: float, glyphs: Glyphs) -> str:
    least, most = ratio(low), ratio(high)
    return f"{least if least == most else f'{least} {glyphs.dash} {most}'} {glyphs.times}"


def _row(assumed: Assumptions, name: str, here: bool, width: int, glyphs: Glyphs) -> Content:
    """One input: its name, value, low and high end, and where it comes from."""
    value, ends, origin, used = _said(assumed, name, glyphs)
    head = f"{glyphs.cursor if here else ' '} {NAMES[name].format(unit=assumed.unit):<{LABEL}}{value:>{VALUE}}"
    words = Content.assemble(
        head if used else (head, "$muted"),
        f" ({ends})" if ends else "",
        (f"  {origin}", "$muted"),
    )
    line = fill(cut(words, width, glyphs.ellipsis), width)
    return line.stylize("$focus bold") if here else line


def _said(assumed: Assumptions, name: str, glyphs: Glyphs) -> tuple[str, str, str, bool]:
    """Value, its ends where they differ, its origin, and whether it counts now."""
    if name == PAID_BY:
        return assumed.paid_by, "", "assumed here" if assumed.chosen else "by what is set below", True
    if name == TARGET:
        own = assumed.target is not None
        return f"{assumed.target:g}" if own else glyphs.dash, "", "assumed here" if own else "the run's goal", own
    one = assumed[name]
    if one.value is None or one.low is None or one.high is None:
        return glyphs.dash, "", one.source, False
    ends = "" if one.low == one.high else f"{_figure(one, one.low)} {glyphs.dash} {_figure(one, one.high)}"
    return _figure(one, one.value), ends, one.source, one.used


def _figure(one: Input, value: float) -> str:
    if one.name == ANNOTATORS:
        return f"{value:.0f}"
    if one.name not in (RATE, EACH, WAGE):
        return f"{value:.1f}"
    return format_usd(int(value), 2 if value % 10_000_000 == 0 else 3 if value % 1_000_000 == 0 else 4)


# -- dollars to F1 --------------------------------------------------------------------------------


def dollars(found: Dollars | None, snapshot: Snapshot, chosen: str, width: int, glyphs: Glyphs) -> Block:
    """What the F1 asked for takes where the annotator labels, where people do, and where people review a share."""
    lines: list[Content] = []
    if found is None:
        lines += Content.styled(f"Reading {glyphs.ellipsis}", "$muted").wrap(width)
    elif found.target is None:
        ask = "No F1 is asked for: choose the target below, or run with --until f1=0.8."
        lines += Content.styled(ask, "$muted").wrap(width)
    else:
        lines += fact("To dev F1", Content.styled(f"{found.target:g}", "bold"), width)
        if found.why:
            lines += fact("", Content.styled(found.why, "$warn"), width)
        for route in found.routes:
            lines += _route(route, width, glyphs)
        if found.routes:
            common = "In all, from the first label on, with a 95 % band; gold and probes, which each needs, are not in."
            lines += Content.styled(common, "$muted").wrap(width)
    lines.append(Content())
    place = len(lines)
    lines.append(_row(snapshot.human.assumed, TARGET, chosen == TARGET, width, glyphs))
    return Block("Dollars to F1", tuple(lines), Content.styled("forecast", "$muted"), True, ((place, TARGET),))


def _route(route: Route, width: int, glyphs: Glyphs) -> list[Content]:
    parts: list[Content] = []
    if route.nanousd is not None:
        ends = f"{usd(route.low or 0)} {glyphs.dash} {_end(route.high, usd)}"
        parts.append(Content.styled(f"{glyphs.about} ${usd(route.nanousd)} ({ends})", "bold"))
    if route.need is not None and route.need.labels is not None:
        ends = f"{count(route.need.low or 0)} {glyphs.dash} {_end(route.need.high, count)}"
        parts.append(Content(f"{glyphs.about} {count(route.need.labels)} labels ({ends})"))
    if route.why:
        parts.append(Content.styled(route.why, "$warn"))
    name = {"LLM only": "LLM only", "people only": "People only", "mixed": "Mixed"}[route.name]
    lines = fact(name, Content(f" {glyphs.dot} ").join(parts), width)
    return lines + (fact("", Content.styled(route.assumes, "$muted"), width) if route.assumes else [])


def _end(number: int | None, words: Callable[[int], str]) -> str:
    return "no end" if number is None else words(number)
