"""Documents, spans and labels: offsets are code points of the original text, ends are exclusive."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Offsets = tuple[int, int]
"""(start, end) of a token in code points, end exclusive."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A labelled stretch of a document, `text[start:end]`."""

    start: int
    end: int
    label: str

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a span needs 0 <= start < end, got {self.start}..{self.end}")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two stretches of a text whose relation is asked about.

    Attributes:
        head, tail: offsets of each, in code points, end exclusive; they may touch or overlap, but are not the same.
        head_type, tail_type: what kind of thing each is, "" where nobody said.
    """

    head: Offsets
    tail: Offsets
    head_type: str = ""
    tail_type: str = ""

    def __post_init__(self) -> None:
        for start, end in (self.head, self.tail):
            if not 0 <= start < end:
                raise ValueError(f"a part of a pair needs 0 <= start < end, got {start}..{end}")
        if self.head == self.tail:
            raise ValueError("head and tail of a pair are the same stretch of text")


@dataclass(frozen=True, slots=True)
class Labels:
    """What is said of one item: labelled spans, or labels of the whole item; nothing at all is a statement too.

    Attributes:
        spans: of a task that labels spans, in text order.
        classes: of a task that labels whole items: one name, or several in the order of the label set.
    """

    spans: tuple[Span, ...] = ()
    classes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.spans or self.classes)

    @property
    def names(self) -> tuple[str, ...]:
        """Every label said, as often as it is said."""
        return (*(span.label for span in self.spans), *self.classes)


NOTHING = Labels()
"""The statement that nothing is here."""


@dataclass(frozen=True, slots=True)
class Document:
    """One text as it was read, and which pair of it is asked about; never changed afterwards.

    Attributes:
        text: the original text.
        tokens: offsets of its words where the source gave them, else None.
        name: the source's own id, or "".
        language: BCP 47 code where known.
        metadata: what else the source said; JSON values.
        file, line: where it was read.
        never_send: only people may see it: it is never asked about and never shown as a demonstration.
        pair: whose relation is asked about, for tasks that ask about pairs: a text then stands in as many documents
            as it has pairs.
    """

    text: str
    tokens: tuple[Offsets, ...] | None = None
    name: str = ""
    language: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    file: str = ""
    line: int = 0
    never_send: bool = False
    pair: Pair | None = None

    @property
    def sha256(self) -> str:
        """Hex digest of the UTF-8 text."""
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Record:
    """A document with the gold labels of its file: None where it has none, `NOTHING` where it says "nothing here"."""

    document: Document
    gold: Labels | None = None


def from_words(words: list[str]) -> tuple[str, tuple[Offsets, ...]]:
    """Join words by single spaces into a text and give each word's offsets in it."""
    offsets: list[Offsets] = []
    position = 0
    for word in words:
        offsets.append((position, position + len(word)))
        position += len(word) + 1
    return " ".join(words), tuple(offsets)
