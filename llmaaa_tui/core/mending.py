"""Editing the spans of one text by words, as a pure state: every operation gives the next one.

Spans may lie in one another and cross: a selection that is labelled becomes a span beside those there are. Only one
on the very borders of another takes its place, in one step that can be undone. Nothing is ever cut inside a grapheme.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from .document import Offsets, Span

QUOTED = 40
"""Characters of the text that a note quotes at most."""


class Side(Enum):
    """One edge of a span."""

    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Preview:
    """Where the same mention stands elsewhere in the text: places that would get its label, and how many would not.

    `taken` counts those that lie on other spans and are left as they are.
    """

    label: str
    places: tuple[Offsets, ...]
    taken: int


@dataclass(frozen=True, slots=True)
class Mending:
    """Spans under the cursor of a person.

    Attributes:
        text: the original text.
        words: what the cursor goes by, as offsets: in order, apart, on grapheme borders.
        borders: where graphemes begin, and the length of the text.
        spans: in order of start and end; two on the same borders only where they were given so.
        cursor: the index of a word; 0 in a text without words.
        anchor: the word at which a selection began, or None.
        fine: whether edges move by characters, for words that are cut wrongly.
        preview: what `confirm` would label, or None.
        note: what the last operation did or why it did nothing, for the person; it quotes the text.
        past, future: the (spans, cursor) to go back and forward to, the nearest last.
        touched: the span last changed or gone to, where several lie on one word.
    """

    text: str
    words: tuple[Offsets, ...]
    borders: tuple[int, ...]
    spans: tuple[Span, ...] = ()
    cursor: int = 0
    anchor: int | None = None
    fine: bool = False
    preview: Preview | None = None
    note: str = ""
    past: tuple[tuple[tuple[Span, ...], int], ...] = ()
    future: tuple[tuple[tuple[Span, ...], int], ...] = ()
    touched: Span | None = None

    @classmethod
    def begin(cls, text: str, words: Sequence[Offsets], borders: Sequence[int], spans: Sequence[Span] = ()) -> Mending:
        """Begin with some spans, moved outwards to grapheme borders; none is left out but one said twice.

        Args:
            words: as the source gave them; they are put on grapheme borders, and joined where they overlap.
            borders: where the text may be cut, from 0 to its length.
        """
        borders = tuple(borders)
        placed: list[Offsets] = []
        for word in sorted(words):
            start, end = _outwards(borders, *word)
            if placed and start < placed[-1][1]:
                placed[-1] = (placed[-1][0], max(end, placed[-1][1]))
            elif start < end:
                placed.append((start, end))
        moved = ((_outwards(borders, span.start, span.end), span.label) for span in spans)
        kept = sorted({Span(start, end, label) for (start, end), label in moved if start < end})
        state = cls(text, tuple(placed), borders, tuple(kept))
        return state._at(state.spans[0]) if state.spans else state

    # -- what there is ----------------------------------------------------------------------------

    @property
    def word(self) -> Offsets | None:
        """The word under the cursor; None in a text without words."""
        return self.words[self.cursor] if self.words else None

    @property
    def selection(self) -> Offsets | None:
        """What is selected, from the first word's start to the last one's end."""
        if self.anchor is None or not self.words:
            return None
        first, last = sorted((self.anchor, self.cursor))
        return self.words[first][0], self.words[last][1]

    @property
    def here(self) -> Span | None:
        """The span under the cursor: of several on one word the one last touched, else the shortest."""
        under = self.under
        if self.touched in under:
            return self.touched
        return min(under, key=lambda span: span.end - span.start, default=None)

    @property
    def under(self) -> tuple[Span, ...]:
        """All spans under the cursor."""
        return () if self.word is None else tuple(_on(self.spans, self.word))

    @property
    def changed(self) -> bool:
        """Whether the spans are others than those it began with."""
        return bool(self.past) and self.spans != self.past[0][0]

    def quote(self, start: int, end: int) -> str:
        """A stretch of the text in quotation marks, cut short."""
        words = self.text[start:end]
        return f'"{words}"' if len(words) <= QUOTED else f'"{words[: QUOTED - 1]}…"'

    # -- moving -----------------------------------------------------------------------------------

    def go(self, word: int) -> Mending:
        """The cursor to a word, by its index; the nearest there is."""
        word = max(0, min(word, len(self.words) - 1))
        return replace(self, cursor=word, preview=None, note="", touched=None)

    def move(self, by: int) -> Mending:
        """The cursor some words on."""
        return self.go(self.cursor + by)

    def go_to(self, offset: int) -> Mending:
        """The cursor to the word at, or else before, a code point."""
        return self.go(bisect_right(self.words, offset, key=lambda word: word[0]) - 1)

    def next_span(self, by: int) -> Mending:
        """The cursor to the next span (by 1) or the one before (by -1); around at the ends."""
        if not self.spans or self.word is None:
            return replace(self, note="there is no span yet: a digit labels the word under the cursor")
        here = self.here
        if here is not None:
            place = self.spans.index(here) + by
        else:
            place = bisect_left(self.spans, self.word[0], key=lambda span: span.start) + (by if by < 0 else by - 1)
        return replace(self, anchor=None, note="")._at(self.spans[place % len(self.spans)])

    def _at(self, span: Span) -> Mending:
        """The cursor on the first word of a span."""
        word = bisect_right(self.words, span.start, key=lambda word: word[1])
        return replace(self.go(word), note=self.note, touched=span)

    def select(self) -> Mending:
        """Begin a selection at the cursor, or let go of it."""
        if self.word is None:
            return self
        anchor = self.cursor if self.anchor is None else None
        return replace(self, anchor=anchor, preview=None, note="")

    def extend(self, by: int) -> Mending:
        """The selection some words on; it begins at the cursor."""
        anchor = self.cursor if self.anchor is None else self.anchor
        return replace(self.move(by), anchor=anchor if self.words else None)

    def let_go(self) -> Mending:
        """No selection and no preview."""
        return replace(self, anchor=None, preview=None, note="")

    # -- changing ---------------------------------------------------------------------------------

    def label(self, label: str) -> Mending:
        """Label the selection, else the span under the cursor anew, else the word under the cursor."""
        here = self.here
        if self.selection is None and here is not None:
            if here.label == label:
                return replace(self, note=f"it is {label} already")
            made = Span(here.start, here.end, label)
            return self._take(made, f"{here.label} becomes {label}: {self.quote(made.start, made.end)}", instead=here)
        stretch = self.selection or self.word
        if stretch is None:
            return replace(self, note="there is no word to label in this text")
        made = Span(*stretch, label)
        if made in self.spans:
            return replace(self, anchor=None, note=f"it is {label} already")
        return self._take(made, f"{label} {self.quote(*stretch)}{self._among(made)}")

    def edge(self, side: Side, outwards: bool) -> Mending:
        """Move one edge of the span under the cursor by a word, or by a character where edges are fine."""
        here = self.here
        if here is None:
            return self._nothing_here()
        left = side is Side.LEFT
        found = self._next_edge(here.start if left else here.end, left, left != outwards)
        start, end = (found, here.end) if left else (here.start, found)
        if found == (here.start if left else here.end):
            return replace(self, note="the text ends here")
        if not outwards and start >= end:
            finer = "" if self.fine else "; , moves edges by characters"
            return replace(self, note=f"it cannot be shorter: d deletes it{finer}")
        made = Span(start, end, here.label)
        return self._take(made, f"{made.label} {self.quote(start, end)}", instead=here)

    def _next_edge(self, at: int, left: bool, forward: bool) -> int:
        """The next place an edge can stand at; the same where there is none."""
        if not self.fine:
            places = [word[0] if left else word[1] for word in self.words]
            place = bisect_right(places, at) if forward else bisect_left(places, at) - 1
            return places[place] if 0 <= place < len(places) else at
        place = bisect_left(self.borders, at)
        while 0 <= (place := place + (1 if forward else -1)) < len(self.borders):
            to = self.borders[place]
            # A span neither begins nor ends with a blank.
            beside = self.text[to : to + 1] if left else self.text[max(0, to - 1) : to]
            if beside and not beside.isspace():
                return to
        return at

    def toggle_fine(self) -> Mending:
        """Edges move by characters, or by words again."""
        return replace(self, fine=not self.fine, note=f"edges move by {'words' if self.fine else 'characters'}")

    def split(self) -> Mending:
        """Cut the span under the cursor in two, before the word under the cursor."""
        here = self.here
        if here is None or self.word is None:
            return self._nothing_here()
        cut = self.word[0]
        end = cut
        while end > here.start and self.text[end - 1].isspace():
            end -= 1
        if not here.start < end <= cut < here.end:
            return replace(self, note="go to the word that the second part shall begin with")
        parts = (Span(here.start, end, here.label), Span(cut, here.end, here.label))
        note = f"{here.label} {self.quote(here.start, end)} and {self.quote(cut, here.end)}"
        return self._set((*self._beside(self._without(here), parts), *parts), note, touched=parts[1])

    def delete(self) -> Mending:
        """Delete the span under the cursor."""
        here = self.here
        if here is None:
            return self._nothing_here()
        return self._set(self._without(here), f"{here.label} deleted: {self.quote(here.start, here.end)}")

    def delete_all(self) -> Mending:
        """Delete every span."""
        if not self.spans:
            return replace(self, note="there is no span to delete")
        return self._set((), f"{_count(len(self.spans), 'span')} deleted; u brings them back")

    # -- the same mention -------------------------------------------------------------------------

    def same_mention(self) -> Mending:
        """Look where else the surface of the span under the cursor stands as whole words; nothing is labelled yet."""
        here = self.here
        if here is None:
            return self._nothing_here()
        surface = self.text[here.start : here.end]
        known = frozenset(self.spans)
        begins, ends = {start for start, _ in self.words}, {end for _, end in self.words}
        places: list[Offsets] = []
        taken = 0
        at = self.text.find(surface)
        while at >= 0:
            place = (at, at + len(surface))
            whole = at in begins and place[1] in ends
            if whole and not _meet(here, place) and Span(*place, here.label) not in known:
                if _on(self.spans, place):
                    taken += 1
                else:
                    places.append(place)
            at = self.text.find(surface, place[1] if whole else at + 1)
        left = f"; {_count(taken, 'place')} with other spans left as they are" if taken else ""
        if not places:
            return replace(self, anchor=None, note=f"{self.quote(here.start, here.end)} stands nowhere else{left}")
        preview = Preview(here.label, tuple(places), taken)
        found = f"{_count(len(places), 'more place')} with {self.quote(here.start, here.end)}"
        return replace(
            self, anchor=None, preview=preview, note=f"{found}: enter labels {here.label}, esc does not{left}"
        )

    def confirm(self) -> Mending:
        """Label what the preview shows, in one step; nothing without one."""
        if self.preview is None:
            return self
        made = tuple(Span(*place, self.preview.label) for place in self.preview.places)
        note = f"{_count(len(made), 'more place')} labelled {self.preview.label}"
        return self._set(self.spans + made, note, touched=self.touched)

    # -- undo -------------------------------------------------------------------------------------

    def undo(self) -> Mending:
        """The spans before the last change."""
        if not self.past:
            return replace(self.let_go(), note="nothing to undo in this sentence")
        (spans, cursor), past = self.past[-1], self.past[:-1]
        future = (*self.future, (self.spans, self.cursor))
        return replace(self.let_go().go(cursor), spans=spans, past=past, future=future, note="undone; U redoes it")

    def redo(self) -> Mending:
        """The spans before the last undo."""
        if not self.future:
            return replace(self.let_go(), note="nothing to redo in this sentence")
        (spans, cursor), future = self.future[-1], self.future[:-1]
        past = (*self.past, (self.spans, self.cursor))
        return replace(self.let_go().go(cursor), spans=spans, past=past, future=future, note="done again")

    # -- inside -----------------------------------------------------------------------------------

    def _nothing_here(self) -> Mending:
        return replace(self, note="there is no span under the cursor")

    def _without(self, span: Span) -> tuple[Span, ...]:
        return tuple(one for one in self.spans if one != span)

    def _take(self, made: Span, note: str, *, instead: Span | None = None) -> Mending:
        """Lay a span over the text in place of one, and of those on the very same borders."""
        others = [span for span in self.spans if span != instead]
        kept = self._beside(others, (made,))
        if len(kept) < len(others):
            note += " replaces " + ", ".join(span.label for span in others if span not in kept)
        state = self._set((*kept, made), note, touched=made)
        return state if state.here == made else state._at(made)

    def _beside(self, others: Sequence[Span], made: Sequence[Span]) -> tuple[Span, ...]:
        """Those of the others that do not lie on the very borders of what is made."""
        borders = {(span.start, span.end) for span in made}
        return tuple(span for span in others if (span.start, span.end) not in borders)

    def _among(self, made: Span) -> str:
        """How a new span lies to the one it meets first, in words."""
        met = [
            span for span in _on(self.spans, (made.start, made.end)) if (span.start, span.end) != (made.start, made.end)
        ]
        if not met:
            return ""
        other = met[0]
        inside, around = other.start <= made.start and made.end <= other.end, made.start <= other.start
        how = "inside" if inside else "around" if around and other.end <= made.end else "across"
        return f" {how} {other.label} {self.quote(other.start, other.end)}"

    def _set(self, spans: Sequence[Span], note: str, *, touched: Span | None = None) -> Mending:
        return replace(
            self,
            spans=tuple(sorted(spans)),
            anchor=None,
            preview=None,
            note=note,
            past=(*self.past, (self.spans, self.cursor)),
            future=(),
            touched=touched,
        )


def _meet(span: Span, place: Offsets) -> bool:
    return span.start < place[1] and place[0] < span.end


def _on(spans: Sequence[Span], place: Offsets) -> list[Span]:
    """Those of some spans in order that lie on a place."""
    last = bisect_left(spans, place[1], key=lambda span: span.start)
    return [span for span in spans[:last] if span.end > place[0]]


def _outwards(borders: Sequence[int], start: int, end: int) -> Offsets:
    """The offsets moved outwards to borders."""
    last = borders[-1]
    start, end = max(0, min(start, last)), max(0, min(end, last))
    return borders[max(0, bisect_right(borders, start) - 1)], borders[bisect_left(borders, end)]


def _count(number: int, name: str) -> str:
    return f"{number:,} {name}" if number == 1 else f"{number:,} {name}s"
