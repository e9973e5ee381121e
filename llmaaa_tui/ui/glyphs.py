"""The marks on the screen, once in Unicode and once in ASCII. Every mark has a word beside it or in the help."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One character each, one cell wide (`corners`: top left, top right, bottom left, bottom right)."""

    labelled: str = "✓"
    empty: str = "·"
    failed: str = "✗"
    waiting: str = "⋯"
    cursor: str = "▸"
    alive: str = "●"
    late: str = "◐"
    lost: str = "✗"
    none: str = "○"
    paused: str = "‖"
    ended: str = "■"
    open: str = "‹"
    close: str = "›"
    ellipsis: str = "…"
    full: str = "━"
    half: str = "╸"
    rest: str = "─"
    spent: str = "█"
    held: str = "▒"
    free: str = "░"
    unconfirmed: str = "?"
    line: str = "─"
    side: str = "│"
    thumb: str = "┃"
    corners: str = "╭╮╰╯"
    axis: str = "┤"
    origin: str = "┼"
    floor: str = "─"
    tick: str = "┬"
    teacher: str = "┈"
    plus_minus: str = "±"
    delta: str = "Δ"
    times: str = "×"
    dot: str = "·"
    dash: str = "–"
    about: str = "≈"
    warning: str = "▲"
    keys_up_down: str = "↑↓"
    enter: str = "↵"
    braille: bool = True

    def own(self, words: str) -> str:
        """Words of our own, or an event's, as far as these glyphs have no other marks: foreign text keeps its own."""
        return words if self.braille else words.translate(_PLAIN)


_PLAIN = str.maketrans(
    {"–": "-", "—": "-", "…": "...", "·": "-", "“": '"', "”": '"', "’": "'", "×": "x", "±": "+-", "≈": "~", "→": "->"}
)


UNICODE = Glyphs()
ASCII = Glyphs(
    labelled="+",
    empty=".",
    failed="x",
    waiting="~",
    cursor=">",
    alive="*",
    late="?",
    lost="x",
    none="o",
    paused="=",
    ended="#",
    open="<",
    close=">",
    ellipsis="~",
    full="=",
    half=">",
    rest="-",
    spent="#",
    held="+",
    free=".",
    line="-",
    side="|",
    thumb="#",
    corners="++++",
    axis="|",
    origin="+",
    floor="-",
    tick="+",
    teacher="-",
    plus_minus="~",
    delta="d",
    times="x",
    dot="-",
    dash="-",
    about="~",
    warning="!",
    keys_up_down="j k",
    enter="enter",
    braille=False,
)
