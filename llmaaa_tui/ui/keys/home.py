"""The keys of the program without arguments: its first page and the steps to a new project."""

from __future__ import annotations

from ..home.draft import PROVIDERS
from .command import Command

MOST = 9
"""Projects that have a digit."""
HOME = (
    Command("home.demo", "d", "d", "demo", "demo", "the demo", "The whole loop on a shipped example.", 1),
    Command("home.new", "n", "n", "new", "new project", "a new project", "A project from your files, step by step.", 1),
    *(
        Command(f"home.open_{number}", f"{number}", f"{number}", f"open({number})", "open", f"project {number}",
                "Open it.")
        for number in range(1, MOST + 1)
    ),
    Command("home.quit", "q,ctrl+c", "q", "quit", "quit", "quit", "Leave.", 1),
)  # fmt: skip
STEP = (
    Command("step.back", "escape", "esc", "answer(False)", "back", "back", "Back to the step before.", 1),
    Command("step.quit", "ctrl+c,f10", "^c", "app.quit", "quit", "quit", "Leave; nothing is made.", 1),
)
"""What every step has."""
FILES = (
    Command("files.next", "down", "\u2193", "app.focus_next", "next field", "next field", "The next field."),
    Command("files.before", "up", "\u2191", "app.focus_previous", "field before", "field before", "The field before."),
)
PREVIEW = (
    Command("preview.next", "enter,y", "enter", "answer(True)", "next", "it looks right", "It looks right; go on.", 1),
    Command("preview.mode", "m", "m", "mode", "mode", "the other mode", "Change between strict and paper mode.", 1),
    Command("preview.down", "j,down", "j", "line(1)", "down", "a line down", "Scroll down."),
    Command("preview.up", "k,up", "k", "line(-1)", "up", "a line up", "Scroll up."),
)
ANNOTATOR = (
    *(
        Command(f"annotator.{name}", f"f{number}", f"F{number}", f"choose('{name}')", name, name, f"Ask {name}.", 1)
        for number, (name, _words) in enumerate(PROVIDERS, start=1)
    ),
    Command("annotator.next", "down", "\u2193", "app.focus_next", "next field", "next field", "The next field."),
    Command("annotator.before", "up", "\u2191", "app.focus_previous", "field before", "field before",
            "The field before."),
)  # fmt: skip
TRIAL = (
    Command("trial.ask", "t,y", "t", "try_one", "ask", "ask it one question",
            "Ask the annotator about one gold sentence.", 1),
    Command("trial.start", "enter", "enter", "answer(True)", "start", "start the run",
            "Open the project and start the run.", 1),
    Command("trial.down", "j,down", "j", "line(1)", "down", "a line down", "Scroll down."),
    Command("trial.up", "k,up", "k", "line(-1)", "up", "a line up", "Scroll up."),
)  # fmt: skip
