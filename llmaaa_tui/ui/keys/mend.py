"""The keys for editing the spans of one sentence: everything without a mouse, digits are labels."""

from __future__ import annotations

from .command import Command
from .common import COMMON

ANYWHERE = tuple(c for c in COMMON if c.id in ("look.mouse", "look.help", "look.trouble"))
"""What also has a meaning on a screen that lies over another."""
KEYS = (
    Command("mend.done", "enter", "enter", "done", "done", "done: these labels count",
            "Done: the labels as they stand are your answer; no label says “nothing here”.", 1, True),
    Command("mend.leave", "escape,ctrl+c", "esc", "leave", "leave", "leave it as it was",
            "Let go of the selection or the preview; then leave the sentence as it was.", 2),
    Command("mend.undo", "u", "u", "undo", "undo", "undo, within this sentence",
            "Take the last change of this sentence back.", 2, True),
    Command("mend.redo", "U", "U", "redo", "redo", "redo",
            "Make the change again that was taken back.", 0, True),
    Command("mend.others", "o", "o", "others", "others", "others, gold too, or none",
            "Show what annotator and student say under your labels; again: gold too; again: nobody's."),
    *(
        Command(f"label.give_{place}", str(place % 10), str(place % 10), f"label({place - 1})", "label",
                f"label {place}",
                f"Label {place} for the selection, inside spans too; else for the span at the cursor; else the word.",
                0, True)
        for place in range(1, 11)
    ),
    Command("label.search", "l", "l", "search", "more labels", "a label by typing",
            "Find a label by typing a part of its name, and give it.", 5, True),
    Command("label.again", "full_stop", ".", "again", "again", "the last label again",
            "Give the label that was given last.", 0, True),
    Command("cursor.right", "right,w", "→ w", "move(1)", "word", "next word", "Go to the next word.", 7),
    Command("cursor.left", "left,b,h", "← b", "move(-1)", "word", "word before", "Go to the word before."),
    Command("cursor.down", "down", "↓", "line(1)", "line", "line below", "Go to the word below."),
    Command("cursor.up", "up", "↑", "line(-1)", "line", "line above", "Go to the word above."),
    Command("cursor.line_start", "home,circumflex_accent", "home", "line_end(-1)", "line start", "line start",
            "Go to the first word of the line."),
    Command("cursor.line_end", "end,dollar_sign", "end", "line_end(1)", "line end", "line end",
            "Go to the last word of the line."),
    Command("cursor.first", "g,ctrl+home", "g", "text_end(-1)", "first", "first word", "Go to the first word."),
    Command("cursor.last", "G,ctrl+end", "G", "text_end(1)", "last", "last word", "Go to the last word."),
    Command("cursor.next_span", "j,tab", "j", "span(1)", "span", "next span",
            "Go to the next span, also of several on one word.", 6),
    Command("cursor.span_before", "k,shift+tab", "k", "span(-1)", "span", "span before", "Go to the span before."),
    Command("cursor.select", "v", "v", "select", "select", "begin or end a selection",
            "Begin a selection at this word, moving makes it longer; again to let go of it.", 3),
    Command("cursor.extend_right", "shift+right", "⇧→", "extend(1)", "select", "select to the right",
            "Select one word more to the right."),
    Command("cursor.extend_left", "shift+left", "⇧←", "extend(-1)", "select", "select to the left",
            "Select one word more to the left."),
    Command("span.wider_left", "left_square_bracket", "[", "edge('left', True)", "wider", "left edge outwards",
            "Move the left edge of the span a word outwards.", 4, True),
    Command("span.wider_right", "right_square_bracket", "]", "edge('right', True)", "wider", "right edge outwards",
            "Move the right edge of the span a word outwards.", 4, True),
    Command("span.narrower_left", "left_curly_bracket", "{", "edge('left', False)", "narrower", "left edge inwards",
            "Move the left edge of the span a word inwards.", 6, True),
    Command("span.narrower_right", "right_curly_bracket", "}", "edge('right', False)", "narrower",
            "right edge inwards", "Move the right edge of the span a word inwards.", 6, True),
    Command("span.fine", "comma", ",", "fine", "by character", "edges by character, or word",
            "Let edges move by characters, for words that are cut wrongly; again: by words.", 8),
    Command("span.split", "t,vertical_line", "t", "split", "split", "split before this word",
            "Cut the span in two before the word under the cursor.", 8, True),
    Command("span.delete", "d,delete,backspace", "d", "delete", "delete", "delete the span",
            "Delete the span under the cursor.", 3, True),
    Command("span.delete_all", "D", "D", "delete_all", "delete all", "delete all spans",
            "Delete every span of the sentence.", 0, True),
    Command("span.everywhere", "asterisk", "*", "everywhere", "everywhere", "the same mention everywhere",
            "Show where else these words stand in the sentence; enter then labels them all the same.", 5, True),
    *ANYWHERE,
)  # fmt: skip

LABELS = (
    Command("labels.give", "enter", "enter", "choose(True)", "give it", "give it", "Give the marked label."),
    Command("labels.next", "down,tab", "↓", "move(1)", "next", "next label", "Mark the next label."),
    Command("labels.before", "up,shift+tab", "↑", "move(-1)", "before", "label before", "Mark the label before."),
    Command("labels.back", "escape", "esc", "choose(False)", "back", "back", "Back; no label is given."),
)
"""Finding a label by typing."""
