"""Knows a gold sentence again that holds other names of the gold in place of its own.

Whoever probes a model asks about such sentences. They are in no gold file, but what is a name in them is known: the
words between the names are those of a gold sentence, and each name stands somewhere in the gold with that label. So
they are answered like any sentence, with the errors of the profile, and no better and no worse.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..core.document import Document, Offsets, Span
from ..core.tokens import word_offsets
from .errors_model import Sentence
from .shown import bare, seen

_MOST_TRIES = 5000
_RUN = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class _Frame:
    """A gold sentence without its names: the text before, between and after them, as `bare` has it."""

    sentence: Sentence
    pieces: tuple[str, ...]
    labels: tuple[str, ...]


class Renamed:
    """Finds the sentence that a text is with other names, where there is one.

    Args:
        sentences: the gold; those whose names overlap are left out.
    """

    def __init__(self, sentences: Sequence[Sentence]) -> None:
        self._names: dict[str, set[str]] = defaultdict(set)
        self._by_word: dict[str, list[_Frame]] = defaultdict(list)
        self._of_names_alone: list[_Frame] = []
        for sentence in sentences:
            spans = sorted(sentence.spans)
            for span in spans:
                self._names[span.label].add(bare(sentence.text[span.start : span.end]))
            if spans and all(first.end <= second.start for first, second in pairwise(spans)):
                self._add(sentence, spans)
        self._lengths = {label: sorted(set(map(len, names)), reverse=True) for label, names in self._names.items()}

    def of(self, text: str) -> Sentence | None:
        """The text as a sentence with its names; None where it is no gold sentence with other names."""
        words = {text[start:end] for start, end in word_offsets(text)}
        rarest = sorted(words & self._by_word.keys(), key=lambda word: (len(self._by_word[word]), word))
        tried = 0
        for frames in (*(self._by_word[word] for word in rarest), self._of_names_alone):
            for frame in frames:
                places = self._match(bare(text), frame, 0, 0)
                if places is not None:
                    return _sentence(text, frame, places)
            tried += len(frames)
            if tried > _MOST_TRIES:
                break
        return None

    def _add(self, sentence: Sentence, spans: Sequence[Span]) -> None:
        edges = [0, *(edge for span in spans for edge in (span.start, span.end)), len(sentence.text)]
        between = [sentence.text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)]
        frame = _Frame(sentence, tuple(map(bare, between)), tuple(span.label for span in spans))
        words = {part[start:end] for part in between for start, end in word_offsets(part)}
        for word in words:
            self._by_word[word].append(frame)
        if not words:
            self._of_names_alone.append(frame)

    def _match(self, text: str, frame: _Frame, number: int, at: int) -> list[Offsets] | None:
        """Where the names from this one on stand in a text without spaces; the longest that fits comes first."""
        piece = frame.pieces[number]
        if not text.startswith(piece, at):
            return None
        at += len(piece)
        if number == len(frame.labels):
            return [] if at == len(text) else None
        label = frame.labels[number]
        for length in self._lengths[label]:
            if text[at : at + length] in self._names[label]:
                rest = self._match(text, frame, number + 1, at + length)
                if rest is not None:
                    return [(at, at + length), *rest]
        return None


def _sentence(text: str, frame: _Frame, places: Sequence[Offsets]) -> Sentence:
    at = seen(text)
    spans = [Span(at[start], at[end - 1] + 1, label) for (start, end), label in zip(places, frame.labels, strict=True)]
    spaced = frame.sentence.text == " ".join(frame.sentence.word_texts)
    tokens = tuple(run.span() for run in _RUN.finditer(text)) if spaced else None
    return Sentence(Document(text, tokens), tuple(spans))
