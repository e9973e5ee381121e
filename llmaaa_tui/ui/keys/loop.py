"""The keys of the first screen."""

from __future__ import annotations

from .command import Command
from .common import COMMON

KEYS = (
    Command("sentence.open", "enter", "enter", "open", "sentence", "show in full",
            "Show the chosen sentence in full, and why it was picked.", 6),
    Command("sentence.down", "j,down", "j ↓", "move(1)", "next", "next", "Choose the next sentence."),
    Command("sentence.up", "k,up", "k ↑", "move(-1)", "previous", "the one before",
            "Choose the sentence before."),
    Command("sentence.page_down", "pagedown,ctrl+d", "PgDn", "page(1)", "page", "page down",
            "Go a page down the sentences."),
    Command("sentence.page_up", "pageup,ctrl+u", "PgUp", "page(-1)", "page", "page up",
            "Go a page up the sentences."),
    Command("sentence.first", "home", "gg", "end(-1)", "first", "first", "Choose the first sentence."),
    Command("sentence.last", "G,end", "G", "end(1)", "last", "last", "Choose the last sentence."),
    Command("panel.next", "tab", "tab", "panel(1)", "panel", "next",
            "Turn to the next panel where not all of them fit.", 5),
    Command("panel.before", "shift+tab", "⇧tab", "panel(-1)", "panel", "the one before",
            "Turn to the panel before."),
    *COMMON,
)  # fmt: skip
