"""The keys of the run's screen."""

from __future__ import annotations

from .command import Command
from .common import COMMON
from .scrolls import SCROLLS

KEYS = (
    Command("panel.next", "tab", "tab", "panel(1)", "panel", "next", "Give the keys to the next panel.", 3),
    Command("panel.before", "shift+tab", "⇧tab", "panel(-1)", "panel", "the one before",
            "Give the keys to the panel before."),
    Command("panel.filter", "f", "f", "kind(1)", "kind of event", "the next kind of event",
            "Show the events of the next kind alone.", 3),
    Command("panel.filter_before", "F", "F", "kind(-1)", "kind of event", "the kind before",
            "Show the events of the kind before alone."),
    *SCROLLS,
    *COMMON,
)  # fmt: skip
