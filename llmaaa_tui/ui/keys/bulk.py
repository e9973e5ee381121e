"""The keys for accepting many answers at once."""

from __future__ import annotations

from .command import Command
from .mend import ANYWHERE

KEYS = (
    Command("bulk.go", "enter", "enter", "go", "go on", "begin the sample, or go on",
            "Draw the sample, or go on with it; once it is labelled: accept the rest.", 1, True),
    Command("bulk.accept", "A", "A", "accept", "accept the rest", "accept the rest, in one step",
            "Accept every answer beyond the sample in one step; u in the review takes it back.", 1, True),
    Command("bulk.drop", "d", "d", "drop", "drop it", "drop it, accept nothing",
            "Accept nothing and end this bulk; the labels you gave stay.", 2, True),
    Command("bulk.other", "c", "c", "other", "the open one", "go on with the open one",
            "Go on with the bulk of another filter that is still open.", 2, True),
    Command("bulk.down", "j,down", "j ↓", "scroll(1)", "down", "a line down", "Scroll a line down.", 4),
    Command("bulk.up", "k,up", "k ↑", "scroll(-1)", "up", "a line up", "Scroll a line up."),
    Command("bulk.page_down", "pagedown,ctrl+d", "PgDn", "scroll(10)", "page", "a page down", "Scroll a page down."),
    Command("bulk.page_up", "pageup,ctrl+u", "PgUp", "scroll(-10)", "page", "a page up", "Scroll a page up."),
    Command("bulk.leave", "escape,q,ctrl+c", "esc", "leave", "later", "back; it stays open",
            "Back to the review; a sample that was begun stays open, also over a restart.", 1),
    *ANYWHERE,
)  # fmt: skip
