"""Which sentences serve in two roles: what was looked for when the project was made, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from ...core.copies import EXACT, NEAR
from ...core.hygiene import TAKEN_OUT, Copies
from ..cells import fit, said
from ..keys.command import Command, bindings
from ..keys.windows import COPIES
from ..over import Window
from ..view import View
from ..words import count

KEPT, SOURCE, FIGURE = 15, 15, 7
"""Cells of the columns."""
NOTHING = "Nothing was noted of copies: this project was made by an earlier version, or not from files."


class CopiesScreen(Window[None]):
    """Opened from the sentences.

    Args:
        found: what the import noted; None where it noted nothing.
    """

    KEYS: ClassVar[tuple[Command, ...]] = COPIES
    BINDINGS: ClassVar[list[BindingType]] = list(bindings(COPIES))

    def __init__(self, view: View, found: Sequence[Copies] | None) -> None:
        super().__init__()
        self._view = view
        self._found = found

    def compose(self) -> ComposeResult:
        """See the base class."""
        with VerticalScroll(classes="box", id="copies", can_focus=False) as box:
            box.border_title = "Copies between roles"
            box.border_subtitle = f"{self.key('copies.close')} closes"
            yield Static(page(self._found, self._view), id="copies-page")

    def action_scroll(self, by: int) -> None:
        """Scroll by lines."""
        self.query_one("#copies").scroll_relative(y=by, animate=False)


def page(found: Sequence[Copies] | None, view: View) -> Content:
    """The whole page, in lines that wrap."""
    again = Content.assemble("llmaaa doctor", " counts them anew from the texts, exact and near.")
    if not found:
        return Content("\n").join([Content(NOTHING), again])
    glyphs = view.glyphs
    lines = [*_summary(found, view), Content()]
    head = f"{'kept in':<{KEPT}}{'copy in':<{SOURCE}}{'exact':>{FIGURE}}{'near':>{FIGURE}}"
    lines.append(Content.styled(head, "$head"))
    for kept, source, done in dict.fromkeys((one.role_a, one.role_b, one.done) for one in found):
        figures = {one.kind: one.count for one in found if (one.role_a, one.role_b, one.done) == (kept, source, done)}
        exact, near = figures.get(EXACT, 0), figures.get(NEAR, 0)
        row = f"{kept:<{KEPT}}{source:<{SOURCE}}{count(exact):>{FIGURE}}{count(near):>{FIGURE}}"
        if not exact and not near:
            lines.append(Content.styled(row, "$muted"))
        elif done == TAKEN_OUT:
            lines.append(Content.assemble(row, ("  taken out", "$good")))
        else:
            lines.append(Content.assemble(row, (f"  {glyphs.warning} left", "$warn")))
    lines += _examples(found, glyphs.ellipsis)
    return Content("\n").join([*lines, Content(), again])


def _summary(found: Sequence[Copies], view: View) -> list[Content]:
    taken = sum(one.count for one in found if one.done == TAKEN_OUT)
    left = sum(one.count for one in found if one.done != TAKEN_OUT)
    pairs = len({(one.role_a, one.role_b) for one in found})
    units = view.task.units
    head = (
        f"Of {pairs} pairs of roles, when the project was made: {count(taken)} {units} taken out, {count(left)} left."
    )
    lines = [Content(head)]
    if left:
        lines.append(Content.styled("Paper mode lets one gold set serve as demonstrations, meta and dev.", "$muted"))
    return lines


def _examples(found: Sequence[Copies], ellipsis: str) -> list[Content]:
    """Where the first few of each kind were read."""
    lines: list[Content] = []
    for one in found:
        if one.examples:
            done = "taken out" if one.done == TAKEN_OUT else "left"
            head = f"{one.kind}, {one.role_a} and {one.role_b}, {done}"
            lines += [Content(), Content.styled(head, "$head")]
            lines += [
                Content.assemble(
                    "  ", said(fit(kept, 40, ellipsis)), ("  =  " if one.kind == EXACT else "  ~  ", "$muted"),
                    said(fit(copy, 40, ellipsis)),
                )
                for kept, copy in one.examples
            ]  # fmt: skip
    return lines
