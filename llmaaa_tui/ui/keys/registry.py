"""All screens' keys by the screen's name: what the palette searches and a test holds against each other."""

from __future__ import annotations

from . import annotators, budget, bulk, data, leakage, loop, mend, review, run, windows
from .command import Command

SCREENS: dict[str, tuple[Command, ...]] = {
    "loop": loop.KEYS,
    "mend": mend.KEYS,
    "bulk": bulk.KEYS,
    "budget": budget.KEYS,
    "annotators": annotators.KEYS,
    "leakage": leakage.KEYS,
    "data": data.KEYS,
    "review": review.KEYS,
    "run": run.KEYS,
}
WINDOWS: dict[str, tuple[Command, ...]] = {
    "labels": mend.LABELS,
    "chord": windows.CHORD,
    "quit": windows.QUIT,
    "help": windows.HELP,
    "trouble": windows.TROUBLE,
    "jump": windows.JUMP,
}
"""The small windows' keys."""
