"""An item on one line: its text with tagged spans, the pair that is asked about, its classes; readable without colour.

‹Samia Suluhu Hassan PER› aliwasili ‹Dodoma LOC›
‹Work_For .93› [1 Kassim Majaliwa PER] wa [2 Benki Kuu ORG]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from textual.content import Content

from ..core.annotation import GroundedClass, GroundedSpan
from ..core.document import Pair
from .cells import safe, snap
from .glyphs import Glyphs
from .words import f1

COLOURS = 8
"""Span colours of a theme: `$span-1` … `$span-8`."""
GLUE = "\u2800"
"""Stands for the blank of a mark until it is drawn, so that no line ends there."""


class Item(Protocol):
    """Whatever is drawn on a line of its own."""

    @property
    def text(self) -> str: ...
    @property
    def spans(self) -> tuple[GroundedSpan, ...]: ...
    @property
    def classes(self) -> tuple[GroundedClass, ...]: ...
    @property
    def pair(self) -> Pair | None: ...


def colours(labels: Sequence[str]) -> dict[str, str]:
    """Each label's theme variable, by its place in the label set; further labels start over."""
    return {label: f"$span-{place % COLOURS + 1}" for place, label in enumerate(labels)}


def doubtful(span: GroundedSpan) -> bool:
    """Whether the span was found by more than an exact match, or carries a flag."""
    return span.rung > 1 or bool(span.flags)


@dataclass(frozen=True, slots=True)
class _Mark:
    """A stretch with what stands before and behind it; styles of these and of the stretch."""

    start: int
    end: int
    before: str
    behind: str
    style: str
    inside: str

    def crosses(self, other: _Mark) -> bool:
        """Whether the two overlap and neither holds the other."""
        return self.start < other.start < self.end < other.end or other.start < self.start < other.end < self.end


@dataclass(frozen=True, slots=True)
class Marked:
    """A text with marks put into it.

    Attributes:
        text: with the marks, cleaned; `GLUE` for their blanks.
        styles: (start, end, style) of stretches of it, outer ones first.
        put: (offset in the original, characters put in there), in order.
        left_out: spans that cross others and are not marked.
    """

    text: str
    styles: tuple[tuple[int, int, str], ...]
    put: tuple[tuple[int, int], ...]
    left_out: int

    def moved(self, offset: int) -> int:
        """Where a code point of the original stands now."""
        return offset + sum(characters for at, characters in self.put if at <= offset)


def marked(
    text: str, spans: Sequence[GroundedSpan], styles: Mapping[str, str], glyphs: Glyphs, pair: Pair | None = None
) -> Marked:
    """`text` with brackets and labels around its spans, and `[1 …]`, `[2 …]` around head and tail of its pair.

    Offsets are code points of the original; the cleaning is one to one, so they stay true. Spans may lie in one
    another. One that crosses another, or lies beyond the text, is left out here (the detail view lists them all).
    """
    shown = _clean_lines(text)
    marks = _of_pair(shown, pair) if pair is not None else []
    left_out = 0
    for grounded in sorted(spans, key=lambda s: (s.span.start, -s.span.end)):
        start, end = snap(shown, grounded.span.start, min(grounded.span.end, len(shown)))
        if start >= end:
            continue
        style = styles.get(grounded.span.label, "$span-8")
        label = f"{GLUE}{safe(grounded.span.label)}{'?' if doubtful(grounded) else ''}{glyphs.close}"
        made = _Mark(start, end, glyphs.open, label, style, f"{style} underline")
        if any(made.crosses(mark) for mark in marks):
            left_out += 1
        else:
            marks.append(made)
    return _put(shown, sorted(marks, key=lambda mark: (mark.start, -mark.end)), left_out)


def _of_pair(shown: str, pair: Pair) -> list[_Mark]:
    def placed(start: int, end: int) -> tuple[int, int]:
        return snap(shown, min(start, len(shown)), min(end, len(shown)))

    parts = [(placed(*pair.head), pair.head_type, "1"), (placed(*pair.tail), pair.tail_type, "2")]
    (head, *_), (tail, *_) = parts
    across = head[0] < tail[0] < head[1] < tail[1] or tail[0] < head[0] < tail[1] < head[1]
    return [
        _Mark(
            start,
            end,
            f"[{number}{GLUE}",
            (f"{GLUE}{safe(kind)}" if kind else "") + (f"{GLUE}{number}]" if across else "]"),
            "$focus",
            "bold underline",
        )
        for (start, end), kind, number in parts
        if start < end
    ]


def _put(shown: str, marks: Sequence[_Mark], left_out: int) -> Marked:
    """The marks into the text: at one place what ends there, the inner first, then what begins, the outer first."""
    events = [(mark.end, 0, -place, mark.behind, mark) for place, mark in enumerate(marks)]
    events += [(mark.start, 1, place, mark.before, mark) for place, mark in enumerate(marks)]
    events.sort(key=lambda event: event[:3])
    parts: list[str] = []
    styles: list[tuple[int, int, str]] = []
    begun: dict[int, int] = {}
    put: list[tuple[int, int]] = []
    done = length = 0
    for at, begins, _, words, mark in events:
        parts += [shown[done:at], words]
        length += at - done
        done = at
        if begins:
            begun[id(mark)] = length + len(words)
        else:
            styles.append((begun[id(mark)], length, mark.inside))
        styles.append((length, length + len(words), mark.style))
        put.append((at, len(words)))
        length += len(words)
    styles.sort(key=lambda one: (one[0], -one[1]))
    return Marked("".join([*parts, shown[done:]]), tuple(styles), tuple(put), left_out)


def tagged(
    text: str, spans: Sequence[GroundedSpan], styles: Mapping[str, str], glyphs: Glyphs, pair: Pair | None = None
) -> Content:
    """What `marked` makes of a text; `+1` at its end says that a span that crosses another is not drawn."""
    made = marked(text, spans, styles, glyphs, pair)
    content = Content(made.text.replace(GLUE, " "))
    for start, end, style in made.styles:
        content = content.stylize(style, start, end)
    return content + Content.styled(f" +{made.left_out}", "$muted") if made.left_out else content


def chips(classes: Sequence[GroundedClass], styles: Mapping[str, str], glyphs: Glyphs) -> Content:
    """Labels of a whole item: `‹Work_For .93›`, with how sure each is where that is not certain."""
    found = []
    for one in classes:
        sure = f" {f1(one.confidence)}" if one.confidence is not None and one.confidence < 1 else ""
        style = styles.get(one.label, "$span-8")
        found.append(Content.styled(f"{glyphs.open}{safe(one.label)}{sure}{glyphs.close}", style))
    return Content(" ").join(found)


def row(item: Item, styles: Mapping[str, str], glyphs: Glyphs) -> Content:
    """An item on one line: its classes, then its text with spans and pair."""
    text = one_line(tagged(item.text, item.spans, styles, glyphs, item.pair))
    return chips(item.classes, styles, glyphs) + Content(" ") + text if item.classes else text


def _clean_lines(text: str) -> str:
    """Clean, but let line breaks be: the list replaces them by a mark, the detail view wraps at them."""
    return "\n".join(safe(line) for line in text.split("\n"))


def one_line(content: Content) -> Content:
    """The same with each line break drawn as one visible character."""
    if "\n" not in content.plain:
        return content
    return Content(content.plain.replace("\n", "␊"), list(content.spans))
