"""A sentence as a prompt shows it, which need not be letter for letter as gold has it.

Prompts leave out invisible characters, and a form that wants a tag a word shows the words with spaces between them. A
model answers in the words it was shown, so what is said about a sentence is carried over to its shown text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from ..core.document import Document, Span
from .errors_model import Sentence

_UNSEEN = re.compile(
    "[\\s\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]+"
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A gold sentence that is asked about.

    Attributes:
        number: what its answer goes under.
        text: as the prompt has it.
    """

    number: str
    sentence: Sentence
    text: str

    def carry(self, spans: Sequence[Span]) -> tuple[Sentence, tuple[Span, ...]]:
        """The sentence as it is shown, with these spans of it; those of which nothing is shown are left out."""
        if self.text == self.sentence.text:
            return self.sentence, tuple(spans)
        before, after = seen(self.sentence.text), seen(self.text)
        tokens = [_carried(start, end, before, after) for start, end in self.sentence.words]
        document = Document(self.text, tuple(place for place in tokens if place is not None))
        said = [(_carried(one.start, one.end, before, after), one.label) for one in spans]
        return Sentence(document, ()), tuple(Span(*place, label) for place, label in said if place is not None)


def bare(text: str) -> str:
    """A text without spaces and invisible characters: what stays the same however it is shown."""
    return _UNSEEN.sub("", text)


def seen(text: str) -> list[int]:
    """Where the characters are that `bare` keeps."""
    hidden = {place for match in _UNSEEN.finditer(text) for place in range(*match.span())}
    return [place for place in range(len(text)) if place not in hidden]


def _carried(start: int, end: int, before: Sequence[int], after: Sequence[int]) -> tuple[int, int] | None:
    first, last = bisect_left(before, start), bisect_left(before, end)
    return (after[first], after[last - 1] + 1) if first < last else None
