"""The keys of pages that scroll by lines."""

from __future__ import annotations

from .command import Command

SCROLLS = (
    Command("page.down", "j,down", "j ↓", "scroll(1)", "down", "a line down", "Scroll a line down."),
    Command("page.up", "k,up", "k ↑", "scroll(-1)", "up", "a line up", "Scroll a line up."),
    Command("page.page_down", "pagedown,ctrl+d", "PgDn", "page(1)", "scroll", "a page down",
            "Scroll a page down.", 6),
    Command("page.page_up", "pageup,ctrl+u", "PgUp", "page(-1)", "scroll", "a page up", "Scroll a page up."),
    Command("page.first", "home", "gg", "end(-1)", "first", "the first line", "Scroll to the first line."),
    Command("page.last", "G,end", "G", "end(1)", "last", "the last line", "Scroll to the last line."),
)  # fmt: skip
