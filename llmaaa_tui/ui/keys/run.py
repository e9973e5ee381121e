"""The keys of the run's screen."""

from __future__ import annotations

from .command import Command
from .common import COMMON

KEYS = (
    Command("panel.next", "tab", "tab", "panel(1)", "panel", "next", "Give the keys to the next panel.", 3),
    Command("panel.before", "shift+tab", "⇧tab", "panel(-1)", "panel", "the one before",
            "Give the keys to the panel before."),
    Command("panel.filter", "f", "f", "kind(1)", "kind of event", "the next kind of event",
            "Show the events of the next kind alone.", 3),
    Command("panel.filter_before", "F", "F", "kind(-1)", "kind of event", "the kind before",
            "Show the events of the kind before alone."),
    Command("panel.down", "j,down", "j ↓", "move(1)", "down", "a line down", "Scroll the panel a line down."),
    Command("panel.up", "k,up", "k ↑", "move(-1)", "up", "a line up", "Scroll the panel a line up."),
    Command("panel.page_down", "pagedown,ctrl+d", "PgDn", "page(1)", "page", "page down",
            "Scroll the panel a page down."),
    Command("panel.page_up", "pageup,ctrl+u", "PgUp", "page(-1)", "page", "page up", "Scroll the panel a page up."),
    Command("panel.first", "home", "gg", "end(-1)", "first", "first line", "Go to the panel's first line."),
    Command("panel.last", "G,end", "G", "end(1)", "last", "last line", "Go to the panel's last line."),
    *COMMON,
)  # fmt: skip
