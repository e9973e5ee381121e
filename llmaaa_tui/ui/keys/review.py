"""The keys of the review: the rhythm of Prodigy, one key a sentence."""

from __future__ import annotations

from .command import Command
from .common import COMMON_LABELS

KEYS = (
    Command("review.accept", "a", "a", "accept", "accept", "it is right",
            "Accept the answer as it is and go on.", 1, True),
    Command("review.reject", "x", "x", "reject", "reject", "it is wrong: out of training",
            "Take the sentence out of training and go on; m or t then has it asked again.", 1, True),
    Command("review.skip", "space", "space", "skip", "skip", "do not say",
            "Say nothing about it and go on; the sentence keeps the answer it has.", 2, True),
    Command("review.mend", "e", "e", "mend", "mend", "put it right",
            "Change the labels by keys, or pick one of a list; also labels a sentence whose answer failed.", 1, True),
    *(
        Command(f"review.label_{place}", str(place % 10), str(place % 10), f"label({place - 1})", "label",
                f"label {place}",
                f"Give label {place}: at once where an item has one label, else it opens for mending with it.",
                0, True)
        for place in range(1, 11)
    ),
    Command("review.undo", "u,backspace", "u", "undo", "undo", "take the last decision back",
            "Take your last decision back, and the one before, without limit, also of earlier days.", 2, True),
    Command("review.redo", "U", "U", "redo", "redo", "make it again",
            "Make the decision again that was taken back.", 0, True),
    Command("review.layer", "tab", "tab", "layer(1)", "layer", "the next answer",
            "Show another answer in the sentence: LLM, student, gold, human, or what they have otherwise.", 5),
    Command("review.layer_before", "shift+tab", "⇧tab", "layer(-1)", "layer", "the answer before",
            "Show the answer before in the sentence."),
    Command("review.demonstration", "f", "f", "demonstration", "demo", "accept, and show it to the annotator",
            "Accept it and show it to the annotator as a demonstration from now on; again: no longer.", 6, True),
    Command("review.raw", "r", "r", "raw", "raw", "prompt and raw answer",
            "Show every request about this sentence as it was sent, and the answer byte for byte.", 6),
    Command("review.why", "w", "w", "why", "why", "why it was picked",
            "Show why the sentence was picked and why to look, with the demonstrations that were shown.", 6),
    Command("review.bulk", "A", "A", "bulk", "many", "accept many at once",
            "Accept all answers of the filter at once, after a random sample of them was labelled blind.", 6, True),
    Command("review.filter", "slash", "/", "filter", "filter", "which items",
            "Choose items by text, label, round, suspicion, confidence, or those decided before.", 7),
    Command("review.order", "o", "o", "order", "order", "in which order",
            "Serve the most suspicious first, the newest, at random, or what the trainer trusts least.", 8),
    Command("review.next", "n,right,down,j", "n →", "move(1)", "next", "look at the next",
            "Look at the next sentence of the queue without deciding."),
    Command("review.before", "N,left,up,k", "N ←", "move(-1)", "before", "look at the one before",
            "Look at the sentence before, decided or not, without deciding."),
    Command("review.details", "enter", "enter", "details", "details", "all that is known",
            "Show every layer span by span, with offsets and how each was found; gold where tab has shown it.", 8),
    Command("review.dearer", "m", "m", "again('model')", "dearer model", "ask the rejected one again: dearer model",
            "Have the sentence that was rejected last asked again of the second model.", 0, True),
    Command("review.sample", "t", "t", "again('sample')", "try again", "ask the rejected one again: another sample",
            "Have the sentence that was rejected last asked again of the same model.", 0, True),
    Command("review.page_down", "pagedown,ctrl+d", "PgDn", "page(1)", "page", "page down",
            "Scroll a long sentence down."),
    Command("review.page_up", "pageup,ctrl+u", "PgUp", "page(-1)", "page", "page up",
            "Scroll a long sentence up."),
    Command("review.first", "home", "gg", "end(-1)", "first", "first", "Look at the first sentence of the queue."),
    Command("review.last", "G,end", "G", "end(1)", "last", "last", "Look at the last sentence of the queue."),
    *COMMON_LABELS,
)  # fmt: skip
