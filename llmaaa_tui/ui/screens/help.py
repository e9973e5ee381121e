"""All keys of a screen on one page of 80x24, made from the commands in force; its marks and figures under them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from ..cells import cut
from ..keys.command import Command, bindings
from ..keys.common import COMMON, PLACES
from ..keys.windows import HELP

WIDTH, COLUMN = 76, 32
"""Cells of the page inside its frame at 80 columns, and of all columns but the last there."""
WIDE = 52
"""Cells of a column where there is room for three."""
ROOM = 22
"""Lines of the page at 24 lines."""
TOGETHER = {
    "round.before": "round.after",
    "copy.row": "copy.json",
    "run.start": "run.stop",
    "look.help": "look.trouble",
}
"""Commands that share a line with the one that undoes or widens them."""
_EVERYWHERE = frozenset(command.id for command in COMMON)
_PLACES = tuple(f"go.{name}" for name, _title, _letter in PLACES)


def line(room: int, shown: str, *said: str) -> Content:
    """A key and the first of its words that fit."""
    keys = f"{shown:>6}  "
    words = next((words for words in said if len(keys) + len(words) < room), said[-1])
    return cut(Content.assemble((keys, "$focus bold"), words), room - 1)


def own(commands: Sequence[Command], room: int) -> list[Content]:
    """The screen's own commands in their order, by group; those that differ by a digit alone as one."""
    lines: list[Content] = []
    group = ""
    mine = [command for command in commands if command.id not in _EVERYWHERE]
    digits = [command for command in mine if command.id.rpartition("_")[2].isdigit()]
    for command in mine:
        if command.group != group:
            group = command.group
            lines.append(Content.styled(group.capitalize(), "$head bold"))
        if command not in digits:
            lines.append(line(room, command.shown, command.says, command.word))
        elif command is digits[0]:
            keys = f"{digits[0].shown}-{digits[-2].shown},{digits[-1].shown}"  # 0 is the tenth
            lines.append(line(room, keys, f"{command.says.rpartition(' ')[0]} 1, 2 and so on", command.word))
    return lines


def everywhere(commands: Sequence[Command], room: int) -> list[Content]:
    """What is the same on every screen; the screens themselves in one line."""
    known = {command.id: command for command in commands}
    second = set(TOGETHER.values())
    lines = [Content.styled("Everywhere", "$head bold")]
    places = [known[id_] for id_ in _PLACES if id_ in known]
    if places:
        first, last = places[0].shown, places[-1].shown
        lines.append(line(room, f"{first}-{last}", "the screens" + ("" if first.startswith("F") else ", also F1-F7")))
    for command in commands:
        if command.id not in _EVERYWHERE or command.id in _PLACES or command.id in second:
            continue
        other = known.get(TOGETHER.get(command.id, ""))
        if other is None:
            lines.append(line(room, command.shown, command.says, command.word))
        else:
            says, words = (f"{a}, {b}" for a, b in ((command.says, other.says), (command.word, other.word)))
            lines.append(line(room, f"{command.shown} {other.shown}", says, words))
    return lines


def beside(mine: list[Content], common: list[Content]) -> list[list[Content]]:
    """Two columns; what of the first does not fit beside the common keys stands under them."""
    high = max(ROOM, -(-(len(mine) + len(common)) // 2))
    return [mine[:high], [*common, *mine[high:]]] if len(mine) > ROOM else [mine, common]


def page(commands: Sequence[Command], marks: Sequence[Content], width: int = WIDTH) -> Content:
    """The whole page, in as many columns as the width has room for; this screen's own keys come first."""
    if width >= WIDE * 2:
        column = WIDE
        mine, common = own(commands, column), everywhere(commands, column)
        half = -(-len(mine) // 2)
        three = width >= WIDE * 3 - 6 and len(mine) > ROOM
        parts = [mine[:half], mine[half:], common] if three else beside(mine, common)
    elif width < WIDTH:
        column = width
        parts = [[*own(commands, column), *everywhere(commands, column)]]
    else:
        column = COLUMN
        mine, common = own(commands, column), everywhere(commands, width - column + 1)
        parts = beside(mine, common)
    lines = [
        Content().join(cell.pad_right(column - cell.cell_length) for cell in row)
        for row in zip_longest(*parts, fillvalue=Content())
    ]
    return Content("\n").join([*lines, *marks])


class HelpScreen(ModalScreen[None]):
    """Opened by `?`, closed by it or by escape.

    Args:
        commands: the screen's, with the keys in force.
        window: this window's own.
        marks: what the screen's marks and figures mean, in lines of at most 76 cells.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(bindings(HELP))

    def __init__(
        self, commands: Sequence[Command], window: Sequence[Command] = HELP, marks: Sequence[Content] = ()
    ) -> None:
        super().__init__()
        self._commands = commands
        self._window = window
        self._marks = marks

    def compose(self) -> ComposeResult:
        """See the base class."""
        with VerticalScroll(classes="box", id="help") as box:
            box.border_title = "Help"
            box.border_subtitle = f"{self._window[-1].shown} closes"
            yield Static(id="help-page")

    def on_resize(self) -> None:
        """Columns are made for a width."""
        outside = self.app.size.width
        width = next((wide for wide in (WIDE * 3 - 6, WIDE * 2) if outside >= wide + 4), min(outside - 4, WIDTH))
        self.query_one("#help").styles.width = width + 4
        self.query_one("#help-page", Static).update(page(self._commands, self._marks, width))

    def action_scroll(self, by: int) -> None:
        """Scroll by lines."""
        self.query_one("#help").scroll_relative(y=by, animate=False)
