"""Find a label by typing a part of its name."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input

from ..cells import said
from ..glyphs import Glyphs
from ..keys.command import bindings
from ..keys.mend import LABELS
from ..view import View
from ..widgets.lines import Lines

WIDTH = 50


def matching(labels: tuple[str, ...], typed: str) -> tuple[str, ...]:
    """The labels that hold what was typed, those that begin with it first; case does not matter."""
    part = typed.strip().casefold()
    found = [label for label in labels if part in label.casefold()]
    return tuple(sorted(found, key=lambda label: not label.casefold().startswith(part)))


class _Found(Lines):
    """The labels that match, the chosen one marked."""

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__()
        self.glyphs = glyphs
        self.labels: tuple[str, ...] = ()
        self.chosen = 0

    def lines(self, width: int, height: int) -> list[Content]:
        """See the base class."""
        if not self.labels:
            return [Content.styled("no label has that in its name", "$muted")]
        first = max(0, min(self.chosen - height // 2, len(self.labels) - height))
        return [
            Content.styled(f"{self.glyphs.cursor} ", "$focus") + said(label).stylize("bold")
            if place == self.chosen
            else Content("  ") + said(label)
            for place, label in enumerate(self.labels[first : first + height], start=first)
        ]


class LabelsScreen(ModalScreen[str | None], inherit_bindings=False):
    """Dismissed with the label that was chosen, or None."""

    DEFAULT_CSS = """
    LabelsScreen Input { height: 1; border: none; padding: 0; background: $background; }
    LabelsScreen Input:focus { border: none; }
    LabelsScreen _Found { height: 9; }
    """
    BINDINGS: ClassVar[list[BindingType]] = list(bindings(LABELS))

    def __init__(self, labels: tuple[str, ...], glyphs: Glyphs) -> None:
        super().__init__()
        self._labels = labels
        self._found = _Found(glyphs)
        self._found.labels = labels

    def compose(self) -> ComposeResult:
        """See the base class."""
        with Vertical(classes="box", id="labels") as box:
            box.styles.width = WIDTH
            box.border_title = "Which label"
            box.border_subtitle = "enter gives it, esc does not"
            yield Input(placeholder="a part of its name")
            yield self._found

    def on_mount(self) -> None:
        """Draw all of them."""
        self._found.show(View())

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        self._found.labels = matching(self._labels, message.value)
        self._found.chosen = 0
        self._found.redraw()

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.action_choose(True)

    def action_move(self, by: int) -> None:
        """Mark another label."""
        if self._found.labels:
            self._found.chosen = (self._found.chosen + by) % len(self._found.labels)
            self._found.redraw()

    def action_choose(self, give: bool) -> None:
        """Close, with the marked label or with none."""
        found = self._found
        self.dismiss(found.labels[found.chosen] if give and found.labels else None)
