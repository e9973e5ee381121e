"""The keys for labelling a whole item from a list: digits are labels, letters search."""

from __future__ import annotations

from .command import Command
from .common import COMMON

HELP = tuple(command for command in COMMON if command.id == "look.help")
"""Letters are typed, so of what works everywhere this alone is left."""
KEYS = (
    Command("pick.done", "enter", "enter", "done", "done", "it is this; where several apply: done",
            "Give the marked label. Where several can apply: done, or turn the label that was searched for.", 1, True),
    *(
        Command(f"pick.label_{place}", str(place % 10), str(place % 10), f"label({place - 1})", "label",
                f"label {place}",
                f"Label {place}: it is this; where several can apply, it or not. In a search it is a digit.", 0, True)
        for place in range(1, 11)
    ),
    Command("pick.turn", "space", "space", "turn", "it or not", "it or not, where several apply",
            "Say that the marked label applies, or that it does not; in a search for one it is a blank.", 2, True),
    Command("pick.leave", "escape,ctrl+c", "esc", "leave", "leave", "drop the search; leave it as it was",
            "Drop the search; then leave the item as it was.", 2),
    Command("pick.next", "down,tab", "↓", "move(1)", "next", "next label", "Mark the next label.", 3),
    Command("pick.before", "up,shift+tab", "↑", "move(-1)", "before", "label before", "Mark the label before."),
    Command("pick.erase", "backspace", "⌫", "erase", "erase", "erase a letter", "Erase the last letter of the search."),
    Command("pick.others", "ctrl+o,f8", "^o", "others", "others", "others, gold too, or none",
            "Show what annotator and student say; again: gold too; again: nobody's.", 4),
    Command("pick.page_down", "pagedown,ctrl+d", "PgDn", "page(1)", "page", "page down", "Scroll a long text down."),
    Command("pick.page_up", "pageup,ctrl+u", "PgUp", "page(-1)", "page", "page up", "Scroll a long text up."),
    *HELP,
)  # fmt: skip
