"""Relations as the student sees them: one label of a pair that is marked in its sentence."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from ..core.document import Document, Offsets
from ..core.tokens import words_of
from .examples import Text
from .one_label import OneLabel

if TYPE_CHECKING:
    from .readouts import Readout


class Relation(OneLabel):
    """One label of a pair."""

    @property
    def readout(self) -> Readout:
        """The markers before head and tail."""
        from .readouts import PairStarts

        return PairStarts()

    def text(self, document: Document) -> Text:
        """The sentence's words, split where head and tail begin and end, and what the two are.

        Raises:
            ValueError: the document has no pair.
        """
        pair = document.pair
        if pair is None:
            raise ValueError(f"{document.name or 'a document'} has no pair to be asked about")
        words = split(words_of(document), (*pair.head, *pair.tail))
        said = tuple(document.text[start:end] for start, end in words)
        kinds = pair.head_type, pair.tail_type
        return Text(
            said, covered(pair.head, words), covered(pair.tail, words), (in_words(kinds[0]), in_words(kinds[1]))
        )


def in_words(kind: str) -> str:
    """The name of a type as a text would have it: "STATE_OR_PROVINCE" is "state or province"."""
    return " ".join(kind.replace("_", " ").split()).lower()


def split(words: Sequence[Offsets], borders: Sequence[int]) -> list[Offsets]:
    """The words, cut at the borders that lie inside one."""
    return [
        part
        for start, end in words
        for part in pairwise([start, *sorted({border for border in borders if start < border < end}), end])
    ]


def covered(place: Offsets, words: Sequence[Offsets]) -> tuple[int, int]:
    """The words [first, last) that lie in a place; an empty range where it holds none, as between two words."""
    first = sum(end <= place[0] for _, end in words)
    last = sum(start < place[1] for start, _ in words)
    return first, max(first, last)


TASK = Relation()
