"""The keys of the small windows that lie over a screen: each closes by escape."""

from __future__ import annotations

from .command import Command
from .common import PLACES

CHORD = (
    *(
        Command(f"chord.{name}", f"{letter},f{place}", letter, f"answer('{name}')", title, title, f"Go to {title}.")
        for place, (name, title, letter) in enumerate(PLACES, start=1)
    ),
    Command("chord.first", "g", "g", "answer('first')", "first line", "first line", "Go to the first line."),
    Command("chord.stay", "escape,q", "esc", "answer('')", "stay", "stay here", "Stay here."),
)
"""After `g`."""

QUIT = (
    Command("quit.detach", "d,enter", "d", "answer('detach')", "detach", "the worker goes on; llmaaa attach comes back",
            "Leave; the worker goes on."),
    Command("quit.stop", "s", "s", "answer('stop')", "stop", "the worker finishes this step, then ends",
            "Let the worker finish its step, then end."),
    Command("quit.cancel", "escape,q,c", "esc", "answer('cancel')", "cancel", "stay here", "Stay here."),
)  # fmt: skip
"""Leaving a living worker."""

_SCROLL = (
    Command("window.down", "j,down", "j \u2193", "scroll(1)", "down", "a line down", "Scroll a line down."),
    Command("window.up", "k,up", "k \u2191", "scroll(-1)", "up", "a line up", "Scroll a line up."),
    Command("window.page_down", "pagedown,ctrl+d", "PgDn", "scroll(10)", "page", "a page down", "Scroll a page down."),
    Command("window.page_up", "pageup,ctrl+u", "PgUp", "scroll(-10)", "page", "a page up", "Scroll a page up."),
)
HELP = (
    *_SCROLL,
    Command("help.close", "escape,q,question_mark,enter", "esc", "app.pop_screen", "close", "close", "Back."),
)
"""All keys of a screen."""

TROUBLE = (
    *_SCROLL,
    Command("trouble.close", "escape,q,E,enter", "esc", "app.pop_screen", "close", "close", "Back."),
)
"""What went wrong."""

JUMP = (Command("jump.stay", "escape,semicolon", "esc", "stay", "stay", "stay here", "Stay where you are."),)
"""Letters on what is in sight: every other key is one of them."""
