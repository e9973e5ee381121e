"""The keys that mean the same on every screen."""

from __future__ import annotations

from .command import Command

PLACES: tuple[tuple[str, str, str], ...] = (
    ("loop", "Loop", "l"),
    ("review", "Review", "r"),
    ("budget", "Budget", "b"),
    ("annotators", "Annotators", "a"),
    ("leakage", "Leakage", "k"),
    ("data", "Data", "d"),
    ("run", "Run", "u"),
)
"""The screens in order: name, title, and the letter that follows `g`. F1 to F7, and bare digits where they are free."""

_ABOUT = {
    "loop": "Show the loop: rounds, F1, the batch under way, money.",
    "review": "Judge the annotator's answers, one key a sentence.",
    "budget": "Show where the money is, what the goal will cost, what people would cost; change the cap.",
    "annotators": "Show the annotators measured so far, side by side.",
    "leakage": "Show whether the annotator may have seen the data before.",
    "data": "Show every sentence of the project: filter, search, look.",
    "run": "Show the settings in force, events, the worker's log and the GPU.",
}


def _places(digits: bool) -> tuple[Command, ...]:
    return tuple(
        Command(
            f"go.{name}",
            f"f{place},{place}" if digits else f"f{place}",
            f"{place}" if digits else f"F{place}",
            f"go('{name}')",
            title,
            title,
            _ABOUT[name],
        )
        for place, (name, title, _letter) in enumerate(PLACES, start=1)
    )


_EVERYWHERE = (
    Command("go.chord", "g", "g", "chord", "go to", "another screen, by a letter",
            "Wait for a letter: l Loop, r Review, b Budget, a Annotators, k Leakage, d Data, u Run, g first line.", 3),
    Command("go.back", "escape", "esc", "back", "back", "back to the screen before",
            "Let go of what is chosen; then back to the screen before."),
    Command("round.before", "left_square_bracket", "[", "round(-1)", "rounds", "the one before",
            "Go back in time: every screen shows the project as it was after the round before.", 7),
    Command("round.after", "right_square_bracket", "]", "round(1)", "rounds", "the one after",
            "Go forward in time; after the last round the screens are live again.", 7),
    Command("run.pause", "p", "p", "pause", "pause", "pause or resume",
            "Let the worker rest after the running request or step; again to go on.", 4, True),
    Command("run.start", "s", "s", "start", "start", "start a worker",
            "Start a worker if none lives; it goes on where the last one stopped.", 4, True),
    Command("run.stop", "X", "X", "stop_worker", "stop", "stop after this step",
            "Let the worker finish the running step and end; this screen stays.", 0, True),
    Command("look.jump", "semicolon", ";", "jump", "jump", "to anything in sight",
            "Put a letter on everything in sight that can be chosen, and go where the next key says."),
    Command("copy.row", "y", "y", "copy(False)", "copy", "copy the chosen line",
            "Copy the chosen line to the clipboard, as far as the terminal allows it; the note says what was done."),
    Command("copy.json", "Y", "Y", "copy(True)", "copy JSON", "as JSON",
            "Copy all that is known about the chosen line, as JSON."),
    Command("look.trouble", "E", "E", "app.trouble", "errors", "what went wrong",
            "Show the errors of this session in full, and the end of the worker's log."),
    Command("look.mouse", "M", "M", "app.mouse", "mouse", "take or leave the mouse",
            "Leave the mouse to the terminal, so that it can select text; again to take it back."),
    Command("look.palette", "ctrl+p", "^p", "app.command_palette", "commands", "find any command",
            "Find any command, screen or sentence by its name.", 8),
    Command("look.help", "question_mark", "?", "help", "help", "keys and marks",
            "Show all keys of this screen and what the marks mean.", 2),
    Command("run.quit", "q,ctrl+c", "q", "leave", "quit", "quit",
            "Leave; a running worker can go on without this screen.", 1),
)  # fmt: skip

COMMON = (*_EVERYWHERE, *_places(digits=True))
"""For screens that do not label."""
COMMON_LABELS = (*_EVERYWHERE, *_places(digits=False))
"""For screens that label: there bare digits are labels."""
