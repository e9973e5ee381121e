"""The keys of the annotators' table."""

from __future__ import annotations

from .command import Command
from .common import COMMON
from .scrolls import SCROLLS

KEYS = (
    Command("league.next", "tab", "tab", "choose(1)", "choose", "choose the next row",
            "Choose the next row and go to its card with all figures; it can be copied.", 7),
    Command("league.before", "shift+tab", "⇧tab", "choose(-1)", "choose", "choose the row before",
            "Choose the row before."),
    *SCROLLS,
    *COMMON,
)  # fmt: skip
