"""The keys of the sentences' screen."""

from __future__ import annotations

from .command import Command
from .common import COMMON

KEYS = (
    Command("sentence.open", "enter", "enter", "open", "sentence", "show in full",
            "Show the chosen sentence in full, with every answer about it.", 3),
    Command("sentence.search", "slash", "/", "search", "search", "search in the text",
            "Show the sentences whose text holds what you type, in any script.", 3),
    Command("sentence.label", "l", "l", "label", "label", "with one label",
            "Show the sentences with one label alone, found by typing; again: with any.", 7),
    Command("sentence.status", "f", "f", "status_next(1)", "status", "the next status",
            "Show the sentences of the next status alone.", 3),
    Command("sentence.status_before", "F", "F", "status_next(-1)", "status", "the status before",
            "Show the sentences of the status before alone."),
    Command("sentence.role", "t", "t", "role_next(1)", "role", "the next role",
            "Show pool, demonstrations, meta, dev or test.", 6),
    Command("sentence.role_before", "T", "T", "role_next(-1)", "role", "the role before",
            "Show the role before."),
    Command("sentence.copies", "c", "c", "copies", "copies", "copies between roles",
            "Show how many sentences serve in two roles: what was taken out, what was left, with examples.", 8),
    Command("sentence.down", "j,down", "j ↓", "move(1)", "next", "next", "Choose the next sentence."),
    Command("sentence.up", "k,up", "k ↑", "move(-1)", "previous", "the one before",
            "Choose the sentence before."),
    Command("sentence.page_down", "pagedown,ctrl+d", "PgDn", "page(1)", "page", "page down",
            "Go a page down the sentences."),
    Command("sentence.page_up", "pageup,ctrl+u", "PgUp", "page(-1)", "page", "page up",
            "Go a page up the sentences."),
    Command("sentence.first", "home", "gg", "end(-1)", "first", "first", "Choose the first sentence."),
    Command("sentence.last", "G,end", "G", "end(1)", "last", "last", "Choose the last sentence."),
    *COMMON,
)  # fmt: skip
