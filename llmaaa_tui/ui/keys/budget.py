"""The keys of the page about money."""

from __future__ import annotations

from .command import Command
from .common import COMMON
from .scrolls import SCROLLS

KEYS = (
    Command("budget.cap", "c", "c", "cap", "cap", "set the cap",
            "Write another cap: it counts at once, and stands in llmaaa.toml for later runs.", 3, True),
    Command("budget.raise", "plus,equals_sign", "+", "step(1)", "raise", "raise the cap a step",
            "Raise the cap by about a tenth, at least $0.10.", 5, True),
    Command("budget.lower", "minus", "-", "step(-1)", "lower", "lower the cap a step",
            "Lower the cap by about a tenth, at least $0.10.", 5, True),
    Command("budget.estimate", "e", "e", "estimate", "estimate", "what the rest will cost",
            "Work out what this round and the rest will cost, at worst and probably.", 6),
    Command("assume.next", "tab", "tab", "choose(1)", "assume", "choose the next assumption",
            "Choose the next figure that people's cost is made of.", 7),
    Command("assume.before", "shift+tab", "⇧tab", "choose(-1)", "assume", "choose the one before",
            "Choose the figure before."),
    Command("assume.change", "enter", "enter", "change", "change", "change the chosen assumption",
            "Write another figure for the chosen assumption.", 0, True),
    Command("assume.default", "delete,backspace", "del", "default", "default", "put its default back",
            "Put the default of the chosen assumption back.", 0, True),
    *SCROLLS,
    *COMMON,
)  # fmt: skip
