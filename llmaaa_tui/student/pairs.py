"""A pair in its text as one window: markers around head and tail, and what lies near them where not all has room.

Where the source says what head and tail are, that stands in words behind the marker that opens each (typed entity
markers: Zhou & Chen 2022, arXiv 2102.01373): the encoder knows these words before it has seen one label.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from .examples import Text
from .words import Pieces, Window

MARKERS = 4
"""Before and after the head, before and after the tail."""
KIND = 6
"""Sub-words of a type's name that are read, at most."""


def pair_windows(pieces: Pieces, texts: Sequence[Text], offset: int = 0) -> list[Window]:
    """A window a text, whose `first` are the columns of the markers before head and tail.

    A text that is longer than a window is cut around the pair: words are kept from head and tail outwards, the nearest
    first, so where the two lie further apart than a window, it is the middle that is left out.

    Args:
        pieces: with room for the markers.
        texts: each with head and tail.
        offset: the index of the first of them.

    Raises:
        ValueError: a text has no head and tail, or a window has no room for the markers.
    """
    if pieces.room < MARKERS:
        raise ValueError(f"a window with room for {pieces.room} sub-words has none for the {MARKERS} markers of a pair")
    known = pieces.of_all([text.words for text in texts])
    return [_window(pieces, at, text, words) for at, (text, words) in enumerate(zip(texts, known, strict=True), offset)]


def _window(pieces: Pieces, sentence: int, text: Text, words: Sequence[tuple[int, ...]]) -> Window:
    if text.head is None or text.tail is None:
        raise ValueError("a text of a pair task has no head and tail")
    kinds = [tuple(chain.from_iterable(ids))[:KIND] for ids in pieces.of_all([kind.split() for kind in text.kinds])]
    if pieces.room - MARKERS < 2 * sum(map(len, kinds)):  # the text itself comes first
        kinds = [(), ()]
    room = pieces.room - MARKERS - sum(map(len, kinds))
    if sum(map(len, words)) <= room:
        read, cut = dict(enumerate(words)), 0
    else:
        read = _nearest([ids[: room // 2] for ids in words], (text.head, text.tail), room)
        cut = sum(read.get(index) != ids for index, ids in enumerate(words))
    marks = _marks(text.head, text.tail)
    ids, columns = list(pieces.prefix), [0] * MARKERS
    for index in range(len(words) + 1):
        while marks and marks[0][0] == index:
            marker = marks.pop(0)[1]
            columns[marker] = len(ids)
            ids.append(pieces.marker + marker)
            if marker % 2 == 0:
                ids.extend(kinds[marker // 2])
        ids.extend(read.get(index, ()))
    return Window(sentence, (*ids, *pieces.suffix), (columns[0], columns[2]), 0, 1, cut=cut)


def _marks(head: tuple[int, int], tail: tuple[int, int]) -> list[tuple[int, int]]:
    """The word each marker stands before, and its number, in order: at one place what ends comes before what begins, of
    two that end the inner one first, of two that begin the outer one."""
    found: list[tuple[tuple[int, int, int, int], int]] = []
    for number, (first, last) in enumerate((head, tail)):
        empty = first == last
        found.append(((first, 1 if empty else 2, 0 if empty else -last, 2 * number), 2 * number))
        # What is opened first is closed last where both are the same words.
        found.append(((last, 1, 0, 2 * number + 1) if empty else (last, 0, -first, -number), 2 * number + 1))
    return [(order[0], marker) for order, marker in sorted(found)]


def _nearest(
    words: Sequence[tuple[int, ...]], mentions: Sequence[tuple[int, int]], room: int
) -> dict[int, tuple[int, ...]]:
    """The words that have room, from those of the mentions (their first ones first) outwards."""

    def away(index: int) -> tuple[int, int]:
        return min(
            (0, index - first) if first <= index < last else (first - index if index < first else index - last + 1, 0)
            for first, last in mentions
        )

    kept: dict[int, tuple[int, ...]] = {}
    for index in sorted(range(len(words)), key=away):
        room -= len(words[index])
        if room < 0:
            break
        kept[index] = words[index]
    return kept
