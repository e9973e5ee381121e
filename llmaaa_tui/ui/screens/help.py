"""All keys and marks on one page of 80x24, made from the list of commands."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from ..glyphs import Glyphs
from ..keys.command import Command

LEFT, RIGHT = ("sentence", "round", "copy"), ("run", "panel", "look", "go")
HEADS = {
    "run": "Run",
    "sentence": "Sentences",
    "round": "Rounds",
    "panel": "Panels",
    "look": "Look",
    "copy": "Copy",
    "go": "Go",
}
COLUMN = 32
"""Cells of the left column; the page is 76 wide inside its frame."""


def keys(commands: tuple[Command, ...], groups: tuple[str, ...]) -> list[Content]:
    """One column: the keys of some groups of commands under their headings."""
    lines: list[Content] = []
    for group in groups:
        lines.append(Content.styled(HEADS[group], "$head bold"))
        lines += [
            Content.assemble((f"{command.shown:>6}", "$focus bold"), f"  {command.says}")
            for command in commands
            if command.group == group
        ]
    return lines


def marks(glyphs: Glyphs) -> list[Content]:
    """What the marks mean, in three lines."""
    return [
        Content(
            f"{glyphs.labelled} labelled  {glyphs.empty} nothing in it  {glyphs.failed} failed, never trained  "
            f"{glyphs.waiting} waits  .93 score"
        ),
        Content(f"{glyphs.open}name PER{glyphs.close} a span, PER? loosely found  {glyphs.warning} suspicious"),
        Content(
            f"{glyphs.spent} spent  {glyphs.held} held  {glyphs.free} free  "
            f"{glyphs.unconfirmed} unconfirmed: perhaps billed, nobody knows"
        ),
    ]


def notes(glyphs: Glyphs) -> list[Content]:
    """What stands behind the figures, in lines of at most 76 cells."""
    return [
        Content(f"{glyphs.plus_minus} half the 95 % bootstrap interval over n sentences. Picked: bought labels"),
        Content("against hidden gold on the picked sentences alone, which are the hard ones."),
        Content("People: $0.11 per 50 words (Wang et al. 2021), by one to three annotators."),
    ]


def page(commands: tuple[Command, ...], glyphs: Glyphs) -> Content:
    """The whole page."""
    left, right = keys(commands, LEFT), keys(commands, RIGHT)
    rows = max(len(left), len(right))
    left += [Content()] * (rows - len(left))
    right += [Content()] * (rows - len(right))
    both = [a.pad_right(COLUMN - a.cell_length) + b for a, b in zip(left, right, strict=True)]
    heads = (Content.styled("Marks", "$head bold"), Content.styled("Figures", "$head bold"))
    return Content("\n").join([*both, heads[0], *marks(glyphs), heads[1], *notes(glyphs)])


class HelpScreen(ModalScreen[None]):
    """Opened by `?`, closed by it or by escape."""

    BINDINGS = [  # noqa: RUF012
        Binding("escape,q,question_mark,enter", "app.pop_screen", "close", id="help.close", tooltip="Back."),
    ]

    def __init__(self, commands: tuple[Command, ...], glyphs: Glyphs) -> None:
        super().__init__()
        self._commands = commands
        self._glyphs = glyphs

    def compose(self) -> ComposeResult:
        """See the base class."""
        with VerticalScroll(classes="box", id="help") as box:
            box.border_title = "Help"
            box.border_subtitle = "esc closes"
            yield Static(page(self._commands, self._glyphs))
