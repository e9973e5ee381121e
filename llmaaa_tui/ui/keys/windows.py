"""The keys of the small windows that lie over a screen: each closes by escape."""

from __future__ import annotations

from .command import Command
from .common import COMMON, PLACES

CHORD = (
    *(
        Command(f"chord.{name}", f"{letter},f{place}", letter, f"answer('{name}')", title, title, f"Go to {title}.")
        for place, (name, title, letter) in enumerate(PLACES, start=1)
    ),
    Command("chord.first", "g", "g", "answer('first')", "first", "first line", "Go to the first line."),
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

COPIES = (
    *_SCROLL,
    Command("copies.close", "escape,q,c,enter", "esc", "app.pop_screen", "close", "close", "Back."),
)
"""Which sentences serve in two roles."""

JUMP = (Command("jump.stay", "escape,semicolon", "esc", "stay", "stay", "stay here", "Stay where you are."),)
"""Letters on what is in sight: every other key is one of them."""

COPY = tuple(command for command in COMMON if command.id == "copy.row")

SENTENCE = (
    Command("sentence.next", "j,down,n", "j", "turn(1)", "next", "the next sentence", "The next sentence."),
    Command("sentence.previous", "k,up,N", "k", "turn(-1)", "previous", "the sentence before", "The sentence before."),
    Command("sentence.scroll_down", "pagedown,ctrl+d,space", "PgDn", "page(1)", "scroll", "a page down",
            "Scroll down."),
    Command("sentence.scroll_up", "pageup,ctrl+u", "PgUp", "page(-1)", "scroll", "a page up", "Scroll up."),
    *COPY,
    Command("sentence.close", "escape,q,enter", "esc", "app.pop_screen", "close", "close", "Back."),
)  # fmt: skip
"""One sentence in full, from the loop, the sentences or the palette."""

PAGE = (
    Command("page.down", "j,down", "j \u2193", "scroll(1)", "down", "a line down", "A line down."),
    Command("page.up", "k,up", "k \u2191", "scroll(-1)", "up", "a line up", "A line up."),
    Command("page.page_down", "pagedown,ctrl+d,space", "PgDn", "page(1)", "scroll", "a page down", "A page down."),
    Command("page.page_up", "pageup,ctrl+u", "PgUp", "page(-1)", "scroll", "a page up", "A page up."),
    Command("page.first", "home,g", "g", "end(-1)", "first", "the first line", "The first line."),
    Command("page.last", "G,end", "G", "end(1)", "last", "the last line", "The last line."),
    *COPY,
    Command("page.close", "escape,q,enter", "esc", "leave", "close", "close", "Back to the review."),
)
"""A page to read over the review; the key that opened it closes it too."""

PREFLIGHT = (
    Command("preflight.yes", "y,enter", "y", "answer(True)", "start", "agree, and start",
            "Agree, and start the worker."),
    Command("preflight.no", "n,escape,q", "n", "answer(False)", "back", "nothing is sent", "Back; nothing is sent."),
    Command("preflight.again", "r", "r", "again", "try again", "work it out again", "Work the cost out once more."),
    Command("preflight.down", "j,down", "j \u2193", "line(1)", "down", "a line down", "Scroll down."),
    Command("preflight.up", "k,up", "k \u2191", "line(-1)", "up", "a line up", "Scroll up."),
)  # fmt: skip
"""Before the first paid call."""

FORM = (Command("form.leave", "escape", "esc", "leave", "nothing changes", "change nothing", "Back; nothing changes."),)
"""A form of one line: enter is the entry's own key."""

FILTER = (
    Command("filter.done", "enter", "enter", "done", "serve", "serve these", "Serve these sentences."),
    Command("filter.next", "down,tab", "tab", "app.focus_next", "next", "next line", "The next line."),
    Command("filter.before", "up,shift+tab", "\u21e7tab", "app.focus_previous", "before", "line before",
            "The line before."),
    Command("filter.clear", "ctrl+r,f8", "^r", "clear", "everything", "everything undecided",
            "Serve everything undecided."),
    Command("filter.leave", "escape", "esc", "leave", "close", "leave it as it was", "Leave the filter as it was."),
)  # fmt: skip
"""Which sentences the review serves."""

SEARCH = (
    Command("search.drop", "escape", "esc", "screen.drop_search", "drop", "no search", "Drop the search."),
    Command("search.down", "down", "\u2193", "screen.move(1)", "next", "next sentence", "The next sentence."),
    Command("search.up", "up", "\u2191", "screen.move(-1)", "previous", "sentence before", "The sentence before."),
)
"""Typing what the sentences are searched for."""
