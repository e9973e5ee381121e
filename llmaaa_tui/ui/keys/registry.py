"""All screens' keys by the screen's name: what the palette searches and a test holds against each other."""

from __future__ import annotations

from functools import cache

from . import annotators, budget, bulk, data, home, leakage, loop, mend, pick, review, run, windows
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
    "pick": pick.KEYS,
    "chord": windows.CHORD,
    "quit": windows.QUIT,
    "help": windows.HELP,
    "trouble": windows.TROUBLE,
    "copies": windows.COPIES,
    "jump": windows.JUMP,
    "sentence": windows.SENTENCE,
    "look": windows.SENTENCE,
    "exchange": windows.PAGE,
    "preflight": windows.PREFLIGHT,
    "form": windows.FORM,
    "review_filter": windows.FILTER,
    "search": windows.SEARCH,
}
"""The keys of windows, and of an entry that takes the keys of its screen."""
BEGIN: dict[str, tuple[Command, ...]] = {
    "app": home.HOME,
    "files": (*home.STEP, *home.FILES),
    "preview": (*home.STEP, *home.PREVIEW),
    "annotator": (*home.STEP, *home.ANNOTATOR),
    "trial": (*home.STEP, *home.TRIAL),
}
"""The program without arguments: nobody's keymap changes these."""


@cache
def command(id_: str) -> Command:
    """The command of that name.

    Raises:
        LookupError: there is none.
    """
    every = (command for commands in (SCREENS | WINDOWS).values() for command in commands)
    found = next((command for command in every if command.id == id_), None)
    if found is None:
        raise LookupError(id_)
    return found
