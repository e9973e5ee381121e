"""Find what an answer named in the text it was about: an answer gives words, training needs offsets.

The ladder: exact; composed; quotes and spaces; case; accents (`fold.RUNGS`). Fuzzy matching is left out on purpose:
of recorded answers whose words differ from the text, nine in ten were rewritten, not misspelt, and would be
taken for finds. Mentions that the answer does not list are never labelled by themselves.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..core.annotation import GroundedSpan
from ..core.document import Document, Offsets, Pair, Span
from ..core.tokens import is_word, snap, words_of
from .fold import RUNGS, Folded, fold, visible

NOT_FOUND = "not found in the text"
NO_WORD = "holds no word"
OCCURRENCE_USED = "every occurrence is taken by another entity of the answer"
OVERLAP = "overlaps a longer entity of the answer"

OCCURRENCE_CONFLICT = "occurrence_conflict"
PARTIAL_TOKEN = "partial_token"


@dataclass(frozen=True, slots=True)
class Mention:
    """An entity as an answer names it; `occurrence` counts from 1, None where the answer did not say."""

    text: str
    label: str
    occurrence: int | None = None


@dataclass(frozen=True, slots=True)
class Grounding:
    """Spans in text order, and the mentions that found no place, each with the reason."""

    spans: tuple[GroundedSpan, ...]
    rejected: tuple[tuple[Mention, str], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Head or tail of a pair: `text[start:end]` of a `View`, and what kind of thing it is, "" where nobody said."""

    start: int
    end: int
    type: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """A document as a prompt shows it.

    Attributes:
        text: without invisible characters.
        words: offsets of its words in `text`; a word of invisible characters alone is left out.
        origin: where each of them stands in the document, in code points of the original text.
        places: for each character of `text` its place in the original; None where they are the same.
        pair: head and tail in `text`, of a document that asks about a pair.
    """

    text: str
    words: tuple[Offsets, ...]
    origin: tuple[Offsets, ...]
    places: tuple[int, ...] | None = None
    pair: tuple[Part, Part] | None = None

    def shown(self, spans: Sequence[Span], overlap: bool = False) -> list[tuple[int, int, str]]:
        """Spans of the original as (start, end, label) in `text`, in order.

        Args:
            overlap: give all; else of overlapping ones the longest.
        """
        kept: list[tuple[int, int, str]] = []
        for span in sorted(spans, key=lambda span: (span.start - span.end, span.start)):
            start, end = _shown(self.places, span.start, span.end)
            if start < end and (overlap or all(end <= other[0] or other[1] <= start for other in kept)):
                kept.append((start, end, span.label))
        return sorted(kept)

    def span(self, start: int, end: int, label: str, rung: int) -> GroundedSpan | None:
        """The span of the original over the words that `text[start:end]` touches; None where it touches none."""
        touched = snap(Span(start, end, label), self.words) if start < end else None
        if touched is None:
            return None
        first, last = touched
        partial = (start, end) != (self.words[first][0], self.words[last - 1][1])
        return GroundedSpan(
            Span(self.origin[first][0], self.origin[last - 1][1], label), rung, (PARTIAL_TOKEN,) * partial
        )

    def ground(self, mentions: Sequence[Mention], overlap: bool = False) -> Grounding:
        """`ground` on what was shown, with spans in the original text."""
        grounding = ground(self.text, self.words, mentions, overlap)
        starts = {shown[0]: origin[0] for shown, origin in zip(self.words, self.origin, strict=True)}
        ends = {shown[1]: origin[1] for shown, origin in zip(self.words, self.origin, strict=True)}
        spans = (
            replace(found, span=Span(starts[found.span.start], ends[found.span.end], found.span.label))
            for found in grounding.spans
        )
        return Grounding(tuple(spans), grounding.rejected)


def view_of(document: Document) -> View:
    """What a model is shown of a document."""
    words = words_of(document)
    seen = visible(document.text)
    if seen.text == document.text:
        return View(document.text, words, words, pair=_parts(document.pair, None))
    shown = [_shown(seen.starts, start, end) for start, end in words]
    kept = [(place, origin) for place, origin in zip(shown, words, strict=True) if place[0] < place[1]]
    places, origins = tuple(place for place, _ in kept), tuple(origin for _, origin in kept)
    return View(seen.text, places, origins, seen.starts, _parts(document.pair, seen.starts))


def _shown(places: Sequence[int] | None, start: int, end: int) -> Offsets:
    return (start, end) if places is None else (bisect_left(places, start), bisect_left(places, end))


def _parts(pair: Pair | None, places: Sequence[int] | None) -> tuple[Part, Part] | None:
    if pair is None:
        return None
    head, tail = _shown(places, *pair.head), _shown(places, *pair.tail)
    return Part(*head, pair.head_type), Part(*tail, pair.tail_type)


@dataclass(frozen=True, slots=True)
class _Place:
    """Words [first, last) that a mention may stand for."""

    first: int
    last: int
    rung: int
    partial: bool


def ground(text: str, words: Sequence[Offsets], mentions: Sequence[Mention], overlap: bool = False) -> Grounding:
    """Give every mention a place of its own in the text, or the reason why it has none.

    Mentions with one possible place go first, longer before shorter, so that the others are placed around them.
    A mention with several gets the occurrence it names; where that is taken or does not exist, the next free
    one after the entity before it (answers follow the text), with the flag `occurrence_conflict`.

    Args:
        text: the original text.
        words: offsets of its words, in order; every span is widened to whole words (flag `partial_token`).
        mentions: the entities in the order of the answer.
        overlap: entities may share words: one gets the occurrence it names, or any where none is left to itself.
            Else the spans have no overlap.
    """
    places = _Places(text, words)
    found = [places.of(mention.text) for mention in mentions]
    order = sorted(
        (index for index in range(len(mentions)) if found[index]),
        key=lambda i: (len(found[i]) > 1, -max(place.last - place.first for place in found[i]), i),
    )
    chosen: dict[int, tuple[_Place, bool]] = {}
    taken: set[tuple[int, int]] = set()
    owner = [-1] * len(words)
    rejected: dict[int, str] = {}
    for index in order:
        free = [place for place in found[index] if max(owner[place.first : place.last]) < 0]
        if overlap and not (free and mentions[index].occurrence is None):
            free = [place for place in found[index] if (place.first, place.last) not in taken]
        if not free:
            same = any((place.first, place.last) in taken for place in found[index])
            rejected[index] = OCCURRENCE_USED if same else OVERLAP
            continue
        place, conflict = _choose(found[index], free, mentions[index].occurrence, _end_before(index, chosen))
        chosen[index] = (place, conflict)
        taken.add((place.first, place.last))
        owner[place.first : place.last] = [index] * (place.last - place.first)
    for index, mention in enumerate(mentions):
        if not found[index]:
            rejected[index] = NOT_FOUND if mention.text.strip() else NO_WORD
    return Grounding(
        spans=tuple(
            sorted(
                (_span(words, mentions[index].label, place, conflict) for index, (place, conflict) in chosen.items()),
                key=lambda grounded: grounded.span,
            )
        ),
        rejected=tuple((mentions[index], rejected[index]) for index in sorted(rejected)),
    )


def occurrence_of(text: str, words: Sequence[Offsets], span: Span) -> int:
    """Which occurrence of its own words a gold span is, counted as `ground` counts; for demonstrations."""
    places = _Places(text, words).of(text[span.start : span.end])
    first = bisect_right([end for _, end in words], span.start)
    return next((number for number, place in enumerate(places, 1) if place.first == first), 1)


def _choose(
    places: Sequence[_Place], free: Sequence[_Place], occurrence: int | None, after: int
) -> tuple[_Place, bool]:
    if occurrence is not None and 1 <= occurrence <= len(places) and places[occurrence - 1] in free:
        return places[occurrence - 1], False
    place = next((place for place in free if place.first >= after), free[0])
    return place, occurrence is not None


def _end_before(index: int, chosen: dict[int, tuple[_Place, bool]]) -> int:
    """Where the nearest earlier entity of the answer ends, in words."""
    earlier = [other for other in chosen if other < index]
    return chosen[max(earlier)][0].last if earlier else 0


def _span(words: Sequence[Offsets], label: str, place: _Place, conflict: bool) -> GroundedSpan:
    flags = (OCCURRENCE_CONFLICT,) * conflict + (PARTIAL_TOKEN,) * place.partial
    return GroundedSpan(Span(words[place.first][0], words[place.last - 1][1], label), place.rung, flags)


class _Places:
    """Looks mentions up in one text; a folded view is made when the first mention needs it."""

    def __init__(self, text: str, words: Sequence[Offsets]) -> None:
        self._text = text
        self._starts = [start for start, _ in words]
        self._ends = [end for _, end in words]
        self._edges = {*self._starts, *self._ends}
        self._folded: dict[int, Folded] = {}
        self._known: dict[str, list[_Place]] = {}

    def of(self, mention: str) -> list[_Place]:
        """The places at the lowest rung that has any, in text order; whole words at any rung before parts of words."""
        if mention not in self._known:
            self._known[mention] = self._look_up(mention) if mention.strip() else []
        return self._known[mention]

    def _look_up(self, mention: str) -> list[_Place]:
        parts: list[_Place] = []
        for rung in RUNGS:
            places = list(self._at(mention, rung))
            whole = [place for place in places if not place.partial]
            if whole:
                return whole
            parts = parts or places
        return parts

    def _at(self, mention: str, rung: int) -> Iterator[_Place]:
        if rung not in self._folded:
            self._folded[rung] = fold(self._text, rung)
        needle = fold(mention.strip(), rung).text.strip()
        last_seen: tuple[int, int] | None = None
        for start, end in self._folded[rung].find(needle):
            first, last = bisect_right(self._ends, start), bisect_left(self._starts, end)
            if first >= last or (first, last) == last_seen:
                continue
            partial = (start, end) != (self._starts[first], self._ends[last - 1])
            if partial and not (self._is_edge(start) or self._is_edge(end)):
                continue  # `ali` inside `italian` is chance, not a mention
            last_seen = (first, last)
            yield _Place(first, last, rung, partial)

    def _is_edge(self, at: int) -> bool:
        """Whether a word could begin or end here."""
        inside = 0 < at < len(self._text) and is_word(self._text[at - 1]) and is_word(self._text[at])
        return not inside or at in self._edges
