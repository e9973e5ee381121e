"""What the first screen's marks and figures mean, for its help page."""

from __future__ import annotations

from textual.content import Content

from .glyphs import Glyphs


def marks(glyphs: Glyphs) -> list[Content]:
    """Lines of at most 76 cells."""
    return [
        Content.styled("Marks and figures", "$head bold"),
        Content(
            f"{glyphs.labelled} labelled  {glyphs.empty} nothing in it  {glyphs.failed} failed, never trained  "
            f"{glyphs.waiting} waits  .93 score"
        ),
        Content(
            f"{glyphs.open}name PER{glyphs.close} a span, PER? loosely found  "
            f"{glyphs.warning} suspicious, or in doubt: leakage"
        ),
        Content(
            f"{glyphs.spent} spent  {glyphs.held} held  {glyphs.free} free  "
            f"{glyphs.unconfirmed} unconfirmed: perhaps billed, nobody knows"
        ),
        Content(f"{glyphs.plus_minus} half the 95 % bootstrap interval over n sentences. Picked: bought labels"),
        Content("against hidden gold on the picked sentences alone, which are the hard ones."),
        Content("People: $0.11 per 50 words (Wang et al. 2021), or what is assumed on Budget."),
    ]
